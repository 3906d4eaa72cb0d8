#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <vector>

#include "models/memory.h"
#include "models/step_model.h"
#include "sim/workload/request.h"

namespace plimsoll::test {

/// The serving loop written out step by step and sequence by sequence, as plainly as possible:
/// what Replica must reproduce without visiting either.
class SteppingEngine {
public:
    SteppingEngine(const StepModel& model, const MemoryPlan& memory)
        : model_(model), engine_(model.deployment().engine), memory_(memory) {}

    struct Result {
        std::vector<RequestRecord> records;
        std::vector<double> gaps;
        std::int64_t steps = 0;
        std::int64_t preemptions = 0;
    };

    Result run(const std::vector<Request>& requests) {
        std::size_t arrived = 0;
        free_ = memory_.kv_blocks;
        double now = 0.0;
        while (true) {
            while (arrived < requests.size() &&
                   requests[arrived].arrival_s + engine_.frontend_in.value() <= now) {
                submit(requests[arrived++]);
            }
            retire(now);
            drop_timed_out(now);
            compose();
            const std::int64_t scheduled = static_cast<std::int64_t>(work_.size());
            if (scheduled > 0) {
                now = step(now, scheduled);
            } else if (!in_flight_.empty()) {
                now = std::max(now, in_flight_.front());
                in_flight_.pop_front();
            } else if (arrived < requests.size()) {
                now = requests[arrived].arrival_s + engine_.frontend_in.value();
            } else {
                break;
            }
        }
        return std::move(result_);
    }

private:
    struct Seq {
        Request request;
        std::int64_t produced = 0;
        std::int64_t computed = 0;
        std::int64_t blocks = 0;
        std::int32_t preemptions = 0;
        double admitted = -1.0;
        double first = 0.0;
        double last = 0.0;
        std::int64_t known() const { return request.prompt_tokens + produced; }
        /// From its first chunk until the step that samples; a recomputed prompt prefills again.
        bool prefills = true;
    };
    struct Item {
        Seq* seq;
        std::int64_t tokens;
        bool decode;
    };
    struct Release {
        double date;
        std::int64_t blocks;
    };

    void submit(const Request& r) {
        const std::int64_t tokens = std::int64_t{r.prompt_tokens} + r.output_tokens;
        if (tokens > max_request_tokens(model_.deployment()) ||
            memory_.blocks_for(tokens - 1) > memory_.kv_blocks) {
            result_.records.push_back({.id = r.id, .outcome = Outcome::rejected});
            return;
        }
        all_.push_back({.request = r});
        waiting_.push_back(&all_.back());
    }

    void retire(double now) {
        while (!in_flight_.empty() && in_flight_.front() <= now) in_flight_.pop_front();
        while (!releases_.empty() && releases_.front().date <= now) {
            free_ += releases_.front().blocks;
            --slots_;
            releases_.pop_front();
        }
    }

    void drop_timed_out(double now) {
        const double timeout = engine_.timeout.value();
        if (timeout <= 0.0) return;
        const auto late = [&](const Seq* s) { return s->request.arrival_s + timeout <= now; };
        for (auto* queue : {&waiting_, &running_}) {
            for (auto it = queue->begin(); it != queue->end();) {
                if (!late(*it)) {
                    ++it;
                    continue;
                }
                Seq* s = *it;
                if (queue == &running_) {
                    free_ += s->blocks;
                    --slots_;
                }
                report(*s, s->request.arrival_s + timeout, Outcome::timed_out);
                it = queue->erase(it);
            }
        }
    }

    void preempt_last() {
        Seq* s = running_.back();
        running_.pop_back();
        while (!work_.empty() && work_.back().seq == s) work_.pop_back();
        free_ += s->blocks;
        --slots_;
        s->blocks = 0;
        s->computed = 0;
        s->prefills = true;
        ++s->preemptions;
        ++result_.preemptions;
        waiting_.push_front(s);
        preempted_ = true;
    }

    void compose() {
        work_.clear();
        preempted_ = false;
        std::int64_t budget = engine_.max_batch_tokens;
        for (std::size_t i = 0; i < running_.size(); ++i) {
            Seq* s = running_[i];
            const bool decode = !s->prefills;
            const std::int64_t tokens = std::min(s->known() - s->computed, budget);
            if (tokens == 0) continue;
            const std::int64_t need = memory_.blocks_for(s->computed + tokens);
            bool gone = false;
            while (need - s->blocks > free_) {
                gone = running_.back() == s;
                preempt_last();
                if (gone) break;
            }
            if (gone) break;
            free_ -= need - s->blocks;
            s->blocks = need;
            budget -= tokens;
            work_.push_back({s, tokens, decode});
        }
        while (!preempted_ && !waiting_.empty() && budget > 0 && slots_ < engine_.max_sequences) {
            Seq* s = waiting_.front();
            std::int64_t tokens = std::min(s->known(), budget);
            if (engine_.batching == Batching::continuous && tokens < s->known()) {
                if (!work_.empty()) break;
                tokens = s->known();
            }
            const std::int64_t need = memory_.blocks_for(tokens);
            if (need > free_) break;
            waiting_.pop_front();
            free_ -= need;
            s->blocks = need;
            ++slots_;
            budget -= tokens;
            running_.push_back(s);
            work_.push_back({s, tokens, false});
        }
    }

    double step(double now, std::int64_t scheduled) {
        StepCounts counts;
        for (const Item& item : work_) {
            const std::int64_t end = item.seq->computed + item.tokens;
            for (std::size_t l = 0; l < model_.limits().size(); ++l) {
                const std::int64_t limit = model_.limits()[l];
                if (item.decode) counts.decode_context[l] += std::min(end, limit);
                for (std::int64_t p = item.seq->computed + 1; !item.decode && p <= end; ++p) {
                    counts.prefill_pairs[l] += std::min(p, limit);
                }
            }
            (item.decode ? counts.decode_sequences : counts.prefill_tokens) += item.tokens;
            if (end == item.seq->known()) ++counts.sampled;
        }
        const double duration = model_.step_s(counts);
        const double gap = engine_.host_gap.value() +
                           engine_.host_gap_per_sequence.value() * static_cast<double>(scheduled);
        const double start = std::max(gpu_free_, now + gap);
        const double end = start + duration;
        gpu_free_ = end;
        ++result_.steps;
        in_flight_.push_back(end);

        const double delivery = std::max(end, frontend_free_);
        std::int64_t position = 0;
        for (const Item& item : work_) {
            Seq& s = *item.seq;
            if (s.admitted < 0.0) s.admitted = start;
            s.computed += item.tokens;
            if (s.computed < s.known()) continue;
            s.prefills = false;
            const double date = delivery +
                                static_cast<double>(position) * engine_.frontend_per_token.value() +
                                engine_.frontend_out.value();
            ++position;
            if (s.produced == 0) {
                s.first = date;
            } else {
                result_.gaps.push_back(date - s.last);
            }
            s.last = date;
            ++s.produced;
            if (s.produced < s.request.output_tokens) continue;
            report(s, date, Outcome::completed);
            running_.erase(std::find(running_.begin(), running_.end(), &s));
            releases_.push_back({end, s.blocks});
        }
        frontend_free_ =
            delivery + static_cast<double>(position) * engine_.frontend_per_token.value();

        double next = now + gap;
        if (static_cast<int>(in_flight_.size()) >= engine_.pipeline_depth) {
            next = std::max(next, in_flight_.front());
            in_flight_.pop_front();
        }
        return next;
    }

    void report(const Seq& s, double end, Outcome outcome) {
        const bool has_token = s.produced > 0 && s.first <= end;
        result_.records.push_back(
            {.id = s.request.id,
             .class_index = s.request.class_index,
             .prompt_tokens = s.request.prompt_tokens,
             .output_tokens = has_token ? static_cast<std::int32_t>(s.produced) : 0,
             .preemptions = s.preemptions,
             .outcome = outcome,
             .arrival_s = s.request.arrival_s,
             .admitted_s = s.admitted <= end ? s.admitted : -1.0,
             .first_token_s = s.first,
             .end_s = end});
    }

    const StepModel& model_;
    const Engine& engine_;
    MemoryPlan memory_;
    std::list<Seq> all_;
    std::deque<Seq*> waiting_;
    std::vector<Item> work_;
    std::deque<Seq*> running_;
    std::deque<double> in_flight_;
    std::deque<Release> releases_;
    std::int64_t slots_ = 0;
    std::int64_t free_ = 0;
    bool preempted_ = false;
    double gpu_free_ = 0.0;
    double frontend_free_ = 0.0;
    Result result_;
};

}  // namespace plimsoll::test
