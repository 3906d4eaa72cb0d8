// How steps run, and what becomes of their tokens; what goes into them is decided in replica.cpp.

#include <algorithm>

#include "models/contract.h"
#include "sim/kernel/slot_tree.h"
#include "sim/serving/replica.h"

namespace plimsoll {

using kernel::kNever;

namespace {

/// Sum of min(position, limit) over positions before + 1 .. before + tokens.
std::int64_t pairs(std::int64_t before, std::int64_t tokens, std::int64_t limit) {
    const std::int64_t below = std::clamp<std::int64_t>(limit - before, 0, tokens);
    return below * before + below * (below + 1) / 2 + (tokens - below) * limit;
}

}  // namespace

StepRun Replica::new_run(double now_s) const {
    const auto scheduled = decodes_.size() + static_cast<std::int64_t>(chunks_.size());
    StepRun run;
    run.depth = engine_.pipeline_depth;
    run.first_step = step_;
    run.scheduled_s = now_s;
    run.previous_end_s = last_end_s_;
    run.gap_s = engine_.host_gap.value() +
                engine_.host_gap_per_sequence.value() * static_cast<double>(scheduled);
    return run;
}

void Replica::run_mixed_step(double now_s) {
    StepCounts counts;
    counts.decode_sequences = decodes_.size();
    counts.decode_context = decodes_.contexts(step_);
    counts.sampled = decodes_.size();
    for (const Chunk& chunk : chunks_) {
        const Sequence& s = slab_[chunk.id];
        counts.prefill_tokens += chunk.tokens;
        if (s.prefilled + chunk.tokens == s.to_prefill()) ++counts.sampled;
        for (std::size_t l = 0; l < model_.limits().size(); ++l) {
            counts.prefill_pairs[l] += pairs(s.prefilled, chunk.tokens, model_.limits()[l]);
        }
    }
    StepRun run = new_run(now_s);
    run.first_s = model_.step_s(counts);
    decode_alone_s_ =
        decodes_.size() > 0
            ? model_.decode_segment(decodes_.size(), counts.decode_context, {}).first_s
            : 0.0;
    totals_.tally.add_step(counts, run.first_s);
    commit(run);
    phase_ = Phase::scheduling;
    next_s_ = run.schedule_s(1);
}

void Replica::start_run(double now_s, bool preempted) {
    StepRun run = new_run(now_s);
    const DecodeSegment segment =
        model_.decode_segment(decodes_.size(), decodes_.contexts(step_), decodes_.growing());
    run.first_s = segment.first_s;
    run.slope_s = segment.slope_s;
    run.steps = std::min({segment.steps,
                          decodes_.next_finish() - step_ + 1,
                          std::max<std::int64_t>(decodes_.next_crossing() - step_ + 1, 1)});
    run.steps = decodes_.steps_within(
        {.free_blocks = free_blocks_, .first_step = step_, .most_steps = run.steps});
    // A step that preempts admits nobody; the next one may.
    if (preempted) run.steps = 1;
    PLIMSOLL_ENSURES(run.steps >= 1);
    set_pace(run);
    limit_run(run, now_s);
    run_ = run;
    phase_ = Phase::running;
    next_s_ = run.schedule_s(run.steps);
}

void Replica::limit_run(StepRun& run, double now_s) const {
    const auto until = [&](double date_s) {
        if (run.steps > 1 && date_s < kNever) run.steps = run.first_schedule_at(date_s);
    };
    const bool is_waited_for = !waiting_.empty() || sink_.has_shared_queue();
    if (is_waited_for && !releases_.empty()) until(releases_.front().date_s);
    if (!waiting_.empty()) {
        const double ready_s = slab_[waiting_.front()].ready_s;
        if (ready_s > now_s) until(ready_s);
        until(deadline_s(waiting_.front()));
    }
    if (timeout_s_ < kNever) {
        until(deadline_s(decodes_.oldest()));
        if (partial_ != kNoSequence) until(deadline_s(partial_));
    }
}

void Replica::truncate(double date_s) {
    if (phase_ != Phase::running) return;
    run_.steps = run_.first_schedule_at(date_s);
    next_s_ = run_.schedule_s(run_.steps);
}

void Replica::commit(const StepRun& run) {
    const std::int64_t decodes = decodes_.size();
    std::int64_t completing = 0;
    for (const Chunk& chunk : chunks_) {
        const Sequence& s = slab_[chunk.id];
        if (s.prefilled + chunk.tokens == s.to_prefill()) ++completing;
    }
    delivery_.deliver(run, decodes + completing);
    if (decodes > 0) emit_gaps();
    gone_.clear();

    const std::int64_t last_step = step_ + run.steps - 1;
    const double end_s = run.end_s(run.steps - 1);
    account(run, end_s);
    last_end_s_ = end_s;
    step_ += run.steps;
    decodes_.settle(step_);
    if (decodes > 0) finish_decodes(last_step);
    if (!chunks_.empty()) {
        // Not end - duration, which rounds to before the arrival now and then.
        const double start_s = std::max(run.scheduled_s + run.gap_s, run.previous_end_s);
        finish_prefills(start_s, decodes);
    }
    chunks_.clear();
}

void Replica::account(const StepRun& run, double end_s) {
    const auto decodes = static_cast<double>(decodes_.size());
    const std::int64_t used_before = memory_.kv_blocks - free_blocks_;
    free_blocks_ -= decodes_.new_blocks(step_, run.steps);
    PLIMSOLL_ENSURES(free_blocks_ >= 0);
    const std::int64_t used = memory_.kv_blocks - free_blocks_;
    const double busy_s = run.duration_s(run.steps);
    const double span_s = end_s - std::max(last_end_s_, run.scheduled_s);
    totals_.busy_s += busy_s;
    totals_.gap_s += span_s - busy_s;
    totals_.kv_block_s += 0.5 * static_cast<double>(used_before + used) * span_s;
    totals_.kv_peak_blocks = std::max(totals_.kv_peak_blocks, used);
    totals_.sequence_s += (decodes + static_cast<double>(chunks_.size())) * busy_s;

    double output_s = busy_s;
    if (chunks_.empty()) {
        totals_.tally.add_decode(
            decodes_.size(), decodes_.contexts(step_), decodes_.growing(), run.steps, busy_s);
    } else {
        output_s = std::min(decode_alone_s_, busy_s);
        std::int64_t tokens = 0;
        for (const Chunk& chunk : chunks_) tokens += chunk.tokens;
        for (const Chunk& chunk : chunks_) {
            const auto c = static_cast<std::size_t>(slab_[chunk.id].request.class_index);
            totals_.by_class[c].prompt_s += (busy_s - output_s) *
                                            static_cast<double>(chunk.tokens) /
                                            static_cast<double>(tokens);
        }
    }
    if (decodes == 0.0) return;
    for (std::size_t c = 0; c < identity_.classes; ++c) {
        const auto own = static_cast<double>(decodes_.by_class()[c]);
        totals_.by_class[c].output_s += output_s * own / decodes;
        totals_.by_class[c].output_tokens += own * static_cast<double>(run.steps);
    }
}

void Replica::emit_gaps() {
    const auto& lines = delivery_.gaps();
    emit_first_gap(lines.front());
    for (std::size_t i = 1; i < lines.size(); ++i) {
        sink_.token_gaps(lines[i], decodes_.by_class());
    }
}

void Replica::emit_first_gap(const GapLine& line) {
    const double per_token_s = delivery_.per_token_s();
    if (gone_.empty() || per_token_s == 0.0) {
        sink_.token_gaps(line, decodes_.by_class());
        return;
    }
    // Whoever stood behind a sequence that left has moved up, and is served that much sooner.
    std::int64_t rank = 0;
    std::size_t moved = 0;
    const auto flush = [&](std::vector<std::int64_t>& by_class) {
        GapLine shifted = line;
        shifted.first_s -= static_cast<double>(moved) * per_token_s;
        sink_.token_gaps(shifted, by_class);
        std::fill(by_class.begin(), by_class.end(), 0);
    };
    if (identity_.classes == 1) {
        for (; moved <= gone_.size() && rank < decodes_.size(); ++moved) {
            const std::int64_t until =
                moved < gone_.size()
                    ? std::min(decodes_.size(), gone_[moved] - static_cast<std::int64_t>(moved))
                    : decodes_.size();
            if (until <= rank) continue;
            one_of_class_[0] = until - rank;
            rank = until;
            flush(one_of_class_);
        }
        return;
    }
    bool pending = false;
    for (SequenceId id = decodes_.oldest(); id != kNoSequence; id = slab_[id].next, ++rank) {
        while (moved < gone_.size() && gone_[moved] - static_cast<std::int64_t>(moved) <= rank) {
            if (pending) flush(one_of_class_);
            pending = false;
            ++moved;
        }
        ++one_of_class_[static_cast<std::size_t>(slab_[id].request.class_index)];
        pending = true;
    }
    if (pending) flush(one_of_class_);
}

void Replica::finish_decodes(std::int64_t last_step) {
    finishing_.clear();
    for (SequenceId id = decodes_.pop_finish(last_step); id != kNoSequence;
         id = decodes_.pop_finish(last_step)) {
        finishing_.push_back(id);
    }
    if (finishing_.empty()) return;
    const bool ranked = delivery_.per_token_s() > 0.0;
    for (SequenceId id : finishing_) {
        // Ranks are those of the step, so they are read before anyone leaves.
        const std::int64_t rank = ranked ? decodes_.rank(id) : 0;
        if (ranked) gone_.push_back(rank);
        slab_[id].last_token_s = delivery_.last_start_s() +
                                 static_cast<double>(rank) * delivery_.per_token_s() +
                                 frontend_out_s_;
    }
    std::sort(gone_.begin(), gone_.end());
    for (SequenceId id : finishing_) {
        const std::int64_t blocks = decode_blocks(id, last_step);
        decodes_.remove(id, step_);
        finish(id, blocks);
    }
}

void Replica::finish_prefills(double start_s, std::int64_t decodes) {
    const std::int64_t last_step = step_ - 1;
    std::int64_t position = decodes;
    partial_ = kNoSequence;
    for (const Chunk& chunk : chunks_) {
        Sequence& s = slab_[chunk.id];
        if (s.admitted_s < 0.0) s.admitted_s = start_s;
        s.prefilled += chunk.tokens;
        ClassShare& share = totals_.by_class[static_cast<std::size_t>(s.request.class_index)];
        if (s.preemptions > 0) {
            totals_.recomputed_tokens += chunk.tokens;
        } else {
            share.prompt_tokens += chunk.tokens;
        }
        if (s.prefilled < s.to_prefill()) {
            partial_ = chunk.id;
            continue;
        }
        const double token_s = delivery_.last_start_s() +
                               static_cast<double>(position) * delivery_.per_token_s() +
                               frontend_out_s_;
        ++position;
        share.output_tokens += 1.0;
        if (s.produced == 0) {
            s.first_token_s = token_s;
        } else {
            auto& weight = one_of_class_[static_cast<std::size_t>(s.request.class_index)];
            weight = 1;
            sink_.token_gaps({token_s - s.last_token_s, 0.0, 1, token_s}, one_of_class_);
            weight = 0;
        }
        ++s.produced;
        if (s.produced < s.request.output_tokens) {
            decodes_.add(chunk.id, last_step);
        } else {
            // Prompts that end in the same step stand behind it.
            if (delivery_.per_token_s() > 0.0) gone_.push_back(position - 1);
            s.last_token_s = token_s;
            finish(chunk.id, s.blocks);
        }
    }
}

void Replica::finish(SequenceId id, std::int64_t blocks) {
    slab_[id].produced = slab_[id].request.output_tokens;
    report(id, slab_[id].last_token_s, Outcome::completed);
    slab_.destroy(id);
    if (releases_.empty() || releases_.back().date_s != last_end_s_) {
        releases_.push_back({last_end_s_, 0, 0});
    }
    ++releases_.back().sequences;
    releases_.back().blocks += blocks;
}

std::int64_t Replica::rank_in_last_step(std::int64_t rank) const {
    for (std::int64_t gone : gone_) {
        if (gone <= rank) ++rank;
    }
    return rank;
}

double Replica::newest_token_s(SequenceId id) const {
    const bool ranked = delivery_.per_token_s() > 0.0;
    const std::int64_t rank = ranked ? rank_in_last_step(decodes_.rank(id)) : 0;
    return delivery_.last_start_s() + static_cast<double>(rank) * delivery_.per_token_s() +
           frontend_out_s_;
}

}  // namespace plimsoll
