#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "models/step_model.h"
#include "sim/serving/rank_list.h"
#include "sim/serving/sequence.h"

namespace plimsoll {

/// The sequences of a replica that make one token in every step, in order of admission. Each step
/// moves all of them by one token, so what a step needs (context sums, new KV blocks, the next
/// finish) is kept as sums over `context = base + step index`: no step visits its sequences.
class DecodeSet {
public:
    struct Limits {
        std::int64_t sequences = 0;
        std::int64_t block_tokens = 16;
        std::size_t classes = 1;
        /// span_limits() of the model; the first is unlimited.
        std::vector<std::int64_t> spans;
    };
    DecodeSet(SequenceSlab& slab, const Limits& limits);

    /// Appends `id`, whose latest token was made by step `step`; its base and finish are set.
    void add(SequenceId id, std::int64_t step);
    /// Takes `id` out; `step` is the next step to run.
    void remove(SequenceId id, std::int64_t step);

    [[nodiscard]] std::int64_t size() const { return size_; }
    [[nodiscard]] SequenceId oldest() const { return head_; }
    [[nodiscard]] SequenceId newest() const { return tail_; }
    [[nodiscard]] const std::vector<std::int64_t>& by_class() const { return by_class_; }
    /// Members admitted before `id`.
    [[nodiscard]] std::int64_t rank(SequenceId id) const { return ranks_.rank(slab_[id].place); }

    /// Sums of min(context, limit) in step `step`, by span. Call settle() for that step first.
    [[nodiscard]] std::array<std::int64_t, kMaxSpans> contexts(std::int64_t step) const;
    /// Members whose min(context, limit) still grows, by span.
    [[nodiscard]] std::array<std::int64_t, kMaxSpans> growing() const;
    /// Moves members past their span limits as of `step`.
    void settle(std::int64_t step);
    /// First step after `step` in which a member reaches a span limit; a large number if none.
    [[nodiscard]] std::int64_t next_crossing() const;

    /// KV blocks that step `step` allocates.
    [[nodiscard]] std::int64_t new_blocks(std::int64_t step) const;
    /// KV blocks that steps step .. step + steps - 1 allocate.
    [[nodiscard]] std::int64_t new_blocks(std::int64_t step, std::int64_t steps) const;
    /// A stretch of steps, and the KV blocks there are for it.
    struct Stretch {
        std::int64_t free_blocks = 0;
        std::int64_t first_step = 0;
        std::int64_t most_steps = 0;
    };
    /// How many steps of the stretch its blocks last for.
    [[nodiscard]] std::int64_t steps_within(const Stretch& stretch) const;

    /// Step of the next finish; a large number if empty.
    [[nodiscard]] std::int64_t next_finish();
    /// Takes the next member that finishes in `step`, or kNoSequence. It stays a member.
    [[nodiscard]] SequenceId pop_finish(std::int64_t step);

private:
    struct Date {
        std::int64_t step;
        SequenceId id;
        std::uint32_t life;
        bool operator>(const Date& o) const { return step != o.step ? step > o.step : id > o.id; }
    };
    using Heap = std::priority_queue<Date, std::vector<Date>, std::greater<>>;
    /// Members below a finite span limit, and the heap of when they reach it.
    struct Span {
        std::int64_t limit = 0;
        std::int64_t below = 0;
        std::int64_t base_sum = 0;
        Heap crossings;
    };

    [[nodiscard]] std::size_t phase(std::int64_t step) const {
        return static_cast<std::size_t>(step % block_tokens_);
    }
    [[nodiscard]] bool is_stale(const Date& date) const { return slab_[date.id].life != date.life; }
    void compact();

    SequenceSlab& slab_;
    std::int64_t block_tokens_;
    std::int64_t size_ = 0;
    std::int64_t base_sum_ = 0;
    SequenceId head_ = kNoSequence;
    SequenceId tail_ = kNoSequence;
    std::vector<std::int64_t> by_class_;
    /// Members by the phase (step mod block) in which they need a new block.
    std::vector<std::int64_t> by_phase_;
    Heap finishes_;
    RankList ranks_;
    std::vector<Span> spans_;
    std::size_t span_count_;
};

}  // namespace plimsoll
