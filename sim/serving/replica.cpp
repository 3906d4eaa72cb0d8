#include "sim/serving/replica.h"

#include <algorithm>
#include <limits>

#include "models/contract.h"

namespace plimsoll {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

/// Sum of min(position, limit) over positions before + 1 .. before + tokens.
std::int64_t pairs(std::int64_t before, std::int64_t tokens, std::int64_t limit) {
    const std::int64_t below = std::clamp<std::int64_t>(limit - before, 0, tokens);
    return below * before + below * (below + 1) / 2 + (tokens - below) * limit;
}

}  // namespace

Replica::Replica(const StepModel& model, const MemoryPlan& memory, ReplicaSink& sink,
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
      decodes_(slab_, {.sequences = engine_.max_sequences,
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
        s.produced =
            static_cast<std::int32_t>(s.context_base + step_ - s.request.prompt_tokens);
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

StepRun Replica::new_run(double now_s, std::int64_t scheduled) const {
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
    StepRun run = new_run(now_s, decodes_.size() + static_cast<std::int64_t>(chunks_.size()));
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
    StepRun run = new_run(now_s, decodes_.size());
    const DecodeSegment segment =
        model_.decode_segment(decodes_.size(), decodes_.contexts(step_), decodes_.growing());
    run.first_s = segment.first_s;
    run.slope_s = segment.slope_s;
    run.steps = std::min({segment.steps, decodes_.next_finish() - step_ + 1,
                          std::max<std::int64_t>(decodes_.next_crossing() - step_ + 1, 1)});
    run.steps = decodes_.steps_within(free_blocks_, step_, run.steps);
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
    delivery_.deliver(run, run.steps, decodes + completing);
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
        finish_prefills(last_step, start_s, decodes);
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
        totals_.tally.add_decode(decodes_.size(), decodes_.contexts(step_), decodes_.growing(),
                                 run.steps, busy_s);
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
        finish(id, slab_[id].last_token_s, blocks);
    }
}

void Replica::finish_prefills(std::int64_t last_step, double start_s, std::int64_t decodes) {
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
            finish(chunk.id, token_s, s.blocks);
        }
    }
}

void Replica::finish(SequenceId id, double end_s, std::int64_t blocks) {
    slab_[id].produced = slab_[id].request.output_tokens;
    report(id, end_s, Outcome::completed);
    slab_.destroy(id);
    if (releases_.empty() || releases_.back().date_s != last_end_s_) {
        releases_.push_back({last_end_s_, 0, 0});
    }
    ++releases_.back().sequences;
    releases_.back().blocks += blocks;
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
                    .outcome = Outcome::rejected,
                    .arrival_s = request.arrival_s,
                    .admitted_s = -1.0,
                    .end_s = now_s});
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

double Replica::deadline_s(SequenceId id) const {
    return slab_[id].request.arrival_s + timeout_s_;
}

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
