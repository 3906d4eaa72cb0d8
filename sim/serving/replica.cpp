#include "sim/serving/replica.h"

#include <algorithm>

#include "models/contract.h"
#include "sim/kernel/slot_tree.h"

namespace plimsoll {

using kernel::kNever;

Replica::Replica(const StepModel& model,
                 const MemoryPlan& memory,
                 ReplicaSink& sink,
                 const Identity& identity)
    : model_(model),
      engine_(model.deployment().engine),
      memory_(memory),
      sink_(sink),
      identity_(identity),
      max_tokens_(max_request_tokens(model.deployment())),
      frontend_in_s_(engine_.frontend_in.value()),
      frontend_out_s_(engine_.frontend_out.value()),
      timeout_s_(engine_.timeout.value() > 0.0 ? engine_.timeout.value() : kNever),
      decodes_(slab_,
               {.sequences = engine_.max_sequences,
                .block_tokens = engine_.block_tokens,
                .classes = identity.classes,
                .spans = model.limits()}),
      one_of_class_(identity.classes, 0),
      free_blocks_(memory.kv_blocks),
      next_s_(kNever),
      delivery_(engine_.frontend_per_token.value()) {
    PLIMSOLL_EXPECTS(engine_.max_sequences >= 1);
    PLIMSOLL_EXPECTS(engine_.max_sequences <= engine_.max_batch_tokens);
    PLIMSOLL_EXPECTS(engine_.pipeline_depth == 1 || engine_.pipeline_depth == 2);
    totals_.tally = model.make_tally();
    totals_.by_class.resize(identity.classes);
}

bool Replica::can_serve(const Request& request) const {
    const std::int64_t tokens = std::int64_t{request.prompt_tokens} + request.output_tokens;
    const bool fits = tokens <= max_tokens_ && memory_.blocks_for(tokens - 1) <= memory_.kv_blocks;
    const bool fits_a_step = engine_.batching == Batching::chunked_prefill ||
                             request.prompt_tokens <= engine_.max_batch_tokens;
    return fits && fits_a_step;
}

void Replica::submit(const Request& request, double now_s) {
    const bool queue_is_full = engine_.max_waiting > 0 && waiting() >= engine_.max_waiting;
    if (queue_is_full || !can_serve(request)) {
        reject(request, now_s);
        return;
    }
    const double ready_s = now_s + frontend_in_s_;
    const bool was_empty = waiting_.empty();
    waiting_.push_back(slab_.create(request, ready_s));
    if (phase_ == Phase::idle) {
        phase_ = Phase::scheduling;
        next_s_ = ready_s;
    } else if (was_empty && held_sequences_ - released_by(kNever) < engine_.max_sequences) {
        truncate(ready_s);
    }
}

void Replica::look_at_shared_queue() {
    if (!releases_.empty()) truncate(releases_.front().date_s);
}

void Replica::on_date(double now_s) {
    if (phase_ == Phase::running) {
        commit(run_);
        phase_ = Phase::scheduling;
        if (sink_.others_due(now_s)) {
            next_s_ = now_s;
            return;
        }
    }
    schedule(now_s);
}

void Replica::settle(double now_s) {
    if (phase_ != Phase::running) return;
    truncate(now_s);
    commit(run_);
    phase_ = Phase::idle;
    next_s_ = kNever;
}

void Replica::schedule(double now_s) {
    release_due(now_s);
    drop_timed_out(now_s);
    decodes_.settle(step_);
    chunks_.clear();
    bool preempted = make_room_for_decodes();
    budget_ = engine_.max_batch_tokens - decodes_.size();
    if (partial_ != kNoSequence) preempted = continue_partial() || preempted;
    if (!preempted) admit_waiting(now_s);
    if (!chunks_.empty()) {
        run_mixed_step(now_s);
    } else if (decodes_.size() > 0) {
        start_run(now_s, preempted);
    } else {
        sleep(now_s);
    }
}

void Replica::release_due(double now_s) {
    while (!releases_.empty() && releases_.front().date_s <= now_s) {
        held_sequences_ -= releases_.front().sequences;
        free_blocks_ += releases_.front().blocks;
        releases_.pop_front();
    }
}

void Replica::drop_timed_out(double now_s) {
    if (timeout_s_ == kNever) return;
    // Both queues are in order of arrival, so the oldest is at the front.
    while (!waiting_.empty() && deadline_s(waiting_.front()) <= now_s) {
        const SequenceId id = waiting_.front();
        waiting_.pop_front();
        report(id, deadline_s(id), Outcome::timed_out);
        slab_.destroy(id);
    }
    while (decodes_.size() > 0 && deadline_s(decodes_.oldest()) <= now_s) {
        const SequenceId id = decodes_.oldest();
        Sequence& s = slab_[id];
        const std::int64_t rank = rank_in_last_step(0);
        gone_.insert(std::upper_bound(gone_.begin(), gone_.end(), rank), rank);
        free_blocks_ += decode_blocks(id, step_ - 1);
        --held_sequences_;
        s.produced = static_cast<std::int32_t>(s.context_base + step_ - s.request.prompt_tokens);
        decodes_.settle(step_);
        decodes_.remove(id, step_);
        report(id, deadline_s(id), Outcome::timed_out);
        slab_.destroy(id);
    }
    if (partial_ != kNoSequence && deadline_s(partial_) <= now_s) {
        free_blocks_ += slab_[partial_].blocks;
        --held_sequences_;
        report(partial_, deadline_s(partial_), Outcome::timed_out);
        slab_.destroy(partial_);
        partial_ = kNoSequence;
    }
}

bool Replica::make_room_for_decodes() {
    bool preempted = false;
    while (decodes_.new_blocks(step_) > free_blocks_) {
        preempt(partial_ != kNoSequence ? partial_ : decodes_.newest());
        preempted = true;
    }
    return preempted;
}

bool Replica::continue_partial() {
    Sequence& s = slab_[partial_];
    const std::int64_t tokens = std::min<std::int64_t>(s.to_prefill() - s.prefilled, budget_);
    if (tokens == 0) return false;
    const std::int64_t more = memory_.blocks_for(s.prefilled + tokens) - s.blocks;
    if (more > free_blocks_ - decodes_.new_blocks(step_)) {
        preempt(partial_);
        return true;
    }
    free_blocks_ -= more;
    s.blocks += more;
    budget_ -= tokens;
    chunks_.push_back({partial_, static_cast<std::int32_t>(tokens)});
    return false;
}

void Replica::admit_waiting(double now_s) {
    const std::int64_t reserved = decodes_.new_blocks(step_);
    while (budget_ > 0 && held_sequences_ < engine_.max_sequences) {
        if (waiting_.empty() && !take_shared(now_s)) return;
        const SequenceId id = waiting_.front();
        Sequence& s = slab_[id];
        if (s.ready_s > now_s) return;
        std::int64_t tokens = std::min<std::int64_t>(s.to_prefill(), budget_);
        if (engine_.batching == Batching::continuous && tokens < s.to_prefill()) {
            // A recomputed prompt may exceed the budget: it then has a step to itself.
            if (!chunks_.empty() || decodes_.size() > 0) return;
            tokens = s.to_prefill();
        }
        const std::int64_t blocks = memory_.blocks_for(tokens);
        if (blocks > free_blocks_ - reserved) return;
        waiting_.pop_front();
        free_blocks_ -= blocks;
        s.blocks = blocks;
        ++held_sequences_;
        budget_ -= tokens;
        chunks_.push_back({id, static_cast<std::int32_t>(tokens)});
    }
}

bool Replica::take_shared(double now_s) {
    if (!sink_.has_shared_queue()) return false;
    while (const std::optional<Request> request = sink_.pull(now_s)) {
        if (!can_serve(*request)) {
            reject(*request, now_s);
            continue;
        }
        const SequenceId id = slab_.create(*request, request->arrival_s + frontend_in_s_);
        if (deadline_s(id) <= now_s) {
            report(id, deadline_s(id), Outcome::timed_out);
            slab_.destroy(id);
            continue;
        }
        waiting_.push_back(id);
        return true;
    }
    return false;
}

void Replica::preempt(SequenceId id) {
    Sequence& s = slab_[id];
    if (id == partial_) {
        free_blocks_ += s.blocks;
        partial_ = kNoSequence;
    } else {
        s.last_token_s = newest_token_s(id);
        s.produced = static_cast<std::int32_t>(s.context_base + step_ - s.request.prompt_tokens);
        free_blocks_ += decode_blocks(id, step_ - 1);
        decodes_.remove(id, step_);
    }
    s.blocks = 0;
    s.prefilled = 0;
    ++s.preemptions;
    ++totals_.preemptions;
    --held_sequences_;
    waiting_.push_front(id);
}

void Replica::sleep(double now_s) {
    if (last_end_s_ > now_s) {
        // Nothing to schedule: the host waits for the step in flight.
        phase_ = Phase::scheduling;
        next_s_ = last_end_s_;
    } else if (!waiting_.empty()) {
        PLIMSOLL_ENSURES(slab_[waiting_.front()].ready_s > now_s);
        phase_ = Phase::scheduling;
        next_s_ = slab_[waiting_.front()].ready_s;
    } else {
        phase_ = Phase::idle;
        next_s_ = kNever;
    }
}

void Replica::report(SequenceId id, double end_s, Outcome outcome) {
    const Sequence& s = slab_[id];
    // What was under way when the client gave up has not happened for it.
    const bool is_admitted = s.admitted_s <= end_s;
    const bool has_token = s.produced > 0 && s.first_token_s <= end_s;
    sink_.finished({.id = s.request.id,
                    .class_index = s.request.class_index,
                    .pool_index = identity_.pool,
                    .replica = identity_.index,
                    .prompt_tokens = s.request.prompt_tokens,
                    .output_tokens = has_token ? s.produced : 0,
                    .preemptions = s.preemptions,
                    .session = s.request.session,
                    .outcome = outcome,
                    .arrival_s = s.request.arrival_s,
                    .admitted_s = is_admitted ? s.admitted_s : -1.0,
                    .first_token_s = has_token ? s.first_token_s : 0.0,
                    .end_s = end_s});
}

void Replica::reject(const Request& request, double now_s) {
    sink_.finished({.id = request.id,
                    .class_index = request.class_index,
                    .pool_index = identity_.pool,
                    .replica = identity_.index,
                    .prompt_tokens = request.prompt_tokens,
                    .session = request.session,
                    .outcome = Outcome::rejected,
                    .arrival_s = request.arrival_s,
                    .admitted_s = -1.0,
                    .end_s = now_s});
}

double Replica::deadline_s(SequenceId id) const { return slab_[id].request.arrival_s + timeout_s_; }

std::int64_t Replica::decode_blocks(SequenceId id, std::int64_t last_step) const {
    return memory_.blocks_for(slab_[id].context_base + last_step);
}

std::int64_t Replica::released_by(double now_s) const {
    std::int64_t sequences = 0;
    for (const Release& release : releases_) {
        if (release.date_s > now_s) break;
        sequences += release.sequences;
    }
    return sequences;
}

std::int64_t Replica::outstanding(double now_s) const {
    return held_sequences_ - released_by(now_s) + waiting();
}

bool Replica::has_room(double now_s) const {
    return waiting_.empty() && held_sequences_ - released_by(now_s) < engine_.max_sequences;
}

std::int64_t Replica::held_blocks() const {
    std::int64_t held = 0;
    for (const Release& release : releases_) held += release.blocks;
    if (partial_ != kNoSequence) held += slab_[partial_].blocks;
    for (SequenceId id = decodes_.oldest(); id != kNoSequence; id = slab_[id].next) {
        held += decode_blocks(id, step_ - 1);
    }
    return held;
}

}  // namespace plimsoll
