#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "models/memory.h"
#include "models/step_model.h"
#include "sim/metrics.h"
#include "sim/serving/decode_set.h"
#include "sim/serving/delivery.h"
#include "sim/serving/sequence.h"
#include "sim/serving/step_run.h"

namespace plimsoll {

/// What a replica tells the world.
class ReplicaSink {
public:
    virtual ~ReplicaSink() = default;
    /// A request has left; its last dates may lie ahead of the clock (delivery), never behind it.
    virtual void finished(const RequestRecord& record) = 0;
    /// Gaps between output tokens: first_s + i * slope_s for i < count, each seen by
    /// `by_class[c]` sequences of class c.
    virtual void token_gaps(const GapLine& line, const std::vector<std::int64_t>& by_class) = 0;
    /// True when something else is due at this very date and comes first (an arrival).
    [[nodiscard]] virtual bool others_due(double now_s) = 0;
    /// The next request of a queue shared by all replicas, if there is one.
    [[nodiscard]] virtual std::optional<Request> pull(double now_s) = 0;
    [[nodiscard]] virtual bool has_shared_queue() const = 0;
};

/// Sums over the life of a replica.
struct ReplicaTotals {
    StepTally tally;
    /// In a step, and between the steps of a busy engine.
    double busy_s = 0.0;
    double gap_s = 0.0;
    std::vector<ClassShare> by_class;
    std::int64_t preemptions = 0;
    /// Tokens of prompts computed again after a preemption.
    std::int64_t recomputed_tokens = 0;
    /// Sequences in the running step, and KV blocks in use, integrated over time.
    double sequence_s = 0.0;
    double kv_block_s = 0.0;
    std::int64_t kv_peak_blocks = 0;
};

/// One engine serving one copy of the model: continuous batching over a paged KV pool, with the
/// loop of vLLM V1 (models/README.md, serving engine). Time moves from change to change of the
/// batch: between two changes the steps form a StepRun and are summed in closed form, which gives
/// what stepping through them would.
///
/// Scheduling of one step: running sequences first (one token each), then the unfinished prompt,
/// then waiting requests in order, within the token budget, the sequence limit and the KV pool.
/// Where a decode finds no free block the newest sequence is preempted, to be recomputed.
class Replica {
public:
    struct Identity {
        std::int32_t pool = 0;
        std::int32_t index = 0;
        std::size_t classes = 1;
    };
    Replica(const StepModel& model,
            const MemoryPlan& memory,
            ReplicaSink& sink,
            const Identity& identity);
    Replica(const Replica&) = delete;
    Replica& operator=(const Replica&) = delete;

    /// Takes a request at the router's date. One that can never fit, or finds the waiting queue at
    /// its limit, is rejected at once.
    void submit(const Request& request, double now_s);
    /// Something waits in the shared queue: look at it as soon as a place is free.
    void look_at_shared_queue();
    /// The date at which on_date() must be called next; infinite when idle.
    [[nodiscard]] double next_s() const { return next_s_; }
    /// Carries out what is due at next_s().
    void on_date(double now_s);

    /// Accounts for the steps scheduled before `now_s`, the end of the run; nothing follows.
    void settle(double now_s);

    /// Requests held at `now_s`, running and waiting; what a router balances.
    [[nodiscard]] std::int64_t outstanding(double now_s) const;
    /// A request given now could start in the next step, as far as sequence slots go.
    [[nodiscard]] bool has_room(double now_s) const;
    [[nodiscard]] std::int64_t waiting() const {
        return static_cast<std::int64_t>(waiting_.size());
    }
    [[nodiscard]] std::int64_t running() const {
        return decodes_.size() + (partial_ != kNoSequence ? 1 : 0);
    }
    [[nodiscard]] const ReplicaTotals& totals() const { return totals_; }
    /// Calls visit(arrival_s, first_token_s or a negative number, class) for each request inside.
    template <class Visit>
    void for_each_inside(Visit visit) const {
        for (SequenceId id : waiting_) visit(slab_[id]);
        if (partial_ != kNoSequence) visit(slab_[partial_]);
        for (SequenceId id = decodes_.oldest(); id != kNoSequence; id = slab_[id].next) {
            visit(slab_[id]);
        }
    }
    /// Free + held blocks; equals the pool at all times (a test reads it).
    [[nodiscard]] std::int64_t free_blocks() const { return free_blocks_; }
    [[nodiscard]] std::int64_t held_blocks() const;

private:
    enum class Phase : std::uint8_t { idle, scheduling, running };
    /// Sequences and blocks given back when a step retires.
    struct Release {
        double date_s;
        std::int64_t sequences;
        std::int64_t blocks;
    };
    /// What one step computes besides decodes.
    struct Chunk {
        SequenceId id;
        std::int32_t tokens;
    };

    void schedule(double now_s);
    void release_due(double now_s);
    void drop_timed_out(double now_s);
    [[nodiscard]] bool make_room_for_decodes();
    [[nodiscard]] bool continue_partial();
    void admit_waiting(double now_s);
    bool take_shared(double now_s);
    [[nodiscard]] bool can_serve(const Request& request) const;
    void preempt(SequenceId id);
    void sleep(double now_s);
    void run_mixed_step(double now_s);
    void start_run(double now_s, bool preempted);
    void limit_run(StepRun& run, double now_s) const;
    [[nodiscard]] StepRun new_run(double now_s) const;
    void truncate(double date_s);
    void commit(const StepRun& run);
    void account(const StepRun& run, double end_s);
    void emit_gaps();
    void emit_first_gap(const GapLine& line);
    void finish_decodes(std::int64_t last_step);
    void finish_prefills(double start_s, std::int64_t decodes);
    void finish(SequenceId id, std::int64_t blocks);
    void report(SequenceId id, double end_s, Outcome outcome);
    void reject(const Request& request, double now_s);
    [[nodiscard]] std::int64_t rank_in_last_step(std::int64_t rank) const;
    [[nodiscard]] double newest_token_s(SequenceId id) const;
    [[nodiscard]] double deadline_s(SequenceId id) const;
    [[nodiscard]] std::int64_t decode_blocks(SequenceId id, std::int64_t last_step) const;
    [[nodiscard]] std::int64_t released_by(double now_s) const;

    const StepModel& model_;
    const Engine& engine_;
    MemoryPlan memory_;
    ReplicaSink& sink_;
    Identity identity_;
    std::int64_t max_tokens_;
    double frontend_in_s_;
    double frontend_out_s_;
    double timeout_s_;

    SequenceSlab slab_;
    DecodeSet decodes_;
    std::deque<SequenceId> waiting_;
    /// The prompt that did not fit one step; always the newest of the running.
    SequenceId partial_ = kNoSequence;
    std::vector<Chunk> chunks_;
    std::int64_t budget_ = 0;
    /// Ranks in the last step's batch of the sequences that have left it since, ascending.
    std::vector<std::int64_t> gone_;
    std::vector<SequenceId> finishing_;
    std::vector<std::int64_t> one_of_class_;

    std::deque<Release> releases_;
    /// Slots taken: running sequences and those not yet released.
    std::int64_t held_sequences_ = 0;
    std::int64_t free_blocks_ = 0;

    Phase phase_ = Phase::idle;
    double next_s_;
    StepRun run_;
    /// Duration of the decodes of the mixed step under way, had they been alone.
    double decode_alone_s_ = 0.0;
    /// Index of the next step to schedule.
    std::int64_t step_ = 0;
    double last_end_s_ = 0.0;
    Delivery delivery_;
    ReplicaTotals totals_;
};

}  // namespace plimsoll
