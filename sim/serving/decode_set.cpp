#include "sim/serving/decode_set.h"

#include <algorithm>
#include <limits>

#include "models/contract.h"

namespace plimsoll {
namespace {

constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max() / 4;

}  // namespace

DecodeSet::DecodeSet(SequenceSlab& slab, const Limits& limits)
    : slab_(slab),
      block_tokens_(limits.block_tokens),
      by_class_(limits.classes, 0),
      by_phase_(static_cast<std::size_t>(limits.block_tokens), 0),
      ranks_(limits.sequences),
      span_count_(limits.spans.size()) {
    for (std::size_t s = 1; s < limits.spans.size(); ++s) {
        Span span;
        span.limit = limits.spans[s];
        spans_.push_back(std::move(span));
    }
}

void DecodeSet::add(SequenceId id, std::int64_t step) {
    if (ranks_.is_full()) compact();
    Sequence& s = slab_[id];
    s.context_base = s.request.prompt_tokens + s.produced - 1 - step;
    s.finish_step = step + (s.request.output_tokens - s.produced);
    s.place = ranks_.append();
    s.previous = tail_;
    s.next = kNoSequence;
    (tail_ == kNoSequence ? head_ : slab_[tail_].next) = id;
    tail_ = id;
    ++size_;
    base_sum_ += s.context_base;
    ++by_class_[static_cast<std::size_t>(s.request.class_index)];
    // Context c = base + k opens a block when c = 1 (mod block).
    const std::int64_t opens = (1 - s.context_base) % block_tokens_;
    ++by_phase_[static_cast<std::size_t>(opens < 0 ? opens + block_tokens_ : opens)];
    finishes_.push({s.finish_step, id, s.life});
    for (Span& span : spans_) {
        const std::int64_t reaches = span.limit - s.context_base;
        if (reaches <= step + 1) continue;
        ++span.below;
        span.base_sum += s.context_base;
        span.crossings.push({reaches, id, s.life});
    }
}

void DecodeSet::remove(SequenceId id, std::int64_t step) {
    Sequence& s = slab_[id];
    (s.previous == kNoSequence ? head_ : slab_[s.previous].next) = s.next;
    (s.next == kNoSequence ? tail_ : slab_[s.next].previous) = s.previous;
    --size_;
    base_sum_ -= s.context_base;
    --by_class_[static_cast<std::size_t>(s.request.class_index)];
    const std::int64_t opens = (1 - s.context_base) % block_tokens_;
    --by_phase_[static_cast<std::size_t>(opens < 0 ? opens + block_tokens_ : opens)];
    ranks_.remove(s.place);
    for (Span& span : spans_) {
        if (span.limit - s.context_base <= step) continue;
        --span.below;
        span.base_sum -= s.context_base;
    }
    // A sequence that comes back after a preemption must not meet its old heap entries.
    ++s.life;
}

void DecodeSet::compact() {
    ranks_.clear();
    for (SequenceId id = head_; id != kNoSequence; id = slab_[id].next) {
        slab_[id].place = ranks_.append();
    }
}

std::array<std::int64_t, kMaxSpans> DecodeSet::contexts(std::int64_t step) const {
    std::array<std::int64_t, kMaxSpans> sums{};
    sums[0] = base_sum_ + size_ * step;
    for (std::size_t s = 0; s < spans_.size(); ++s) {
        const Span& span = spans_[s];
        sums[s + 1] = span.base_sum + span.below * step + (size_ - span.below) * span.limit;
    }
    return sums;
}

std::array<std::int64_t, kMaxSpans> DecodeSet::growing() const {
    std::array<std::int64_t, kMaxSpans> counts{};
    counts[0] = size_;
    for (std::size_t s = 0; s < spans_.size(); ++s) counts[s + 1] = spans_[s].below;
    return counts;
}

void DecodeSet::settle(std::int64_t step) {
    for (Span& span : spans_) {
        while (!span.crossings.empty() &&
               (is_stale(span.crossings.top()) || span.crossings.top().step <= step)) {
            const Date date = span.crossings.top();
            span.crossings.pop();
            if (is_stale(date)) continue;
            --span.below;
            span.base_sum -= slab_[date.id].context_base;
        }
    }
}

std::int64_t DecodeSet::next_crossing() const {
    std::int64_t next = kFar;
    // A stale top only makes the answer early, which is safe.
    for (const Span& span : spans_) {
        if (!span.crossings.empty()) next = std::min(next, span.crossings.top().step);
    }
    return next;
}

std::int64_t DecodeSet::new_blocks(std::int64_t step) const { return by_phase_[phase(step)]; }

std::int64_t DecodeSet::new_blocks(std::int64_t step, std::int64_t steps) const {
    std::int64_t sum = steps / block_tokens_ * size_;
    for (std::int64_t i = 0; i < steps % block_tokens_; ++i) sum += new_blocks(step + i);
    return sum;
}

std::int64_t DecodeSet::steps_within(const Stretch& stretch) const {
    const std::int64_t most = stretch.most_steps;
    if ((most / block_tokens_ + 1) * size_ <= stretch.free_blocks) return most;
    const std::int64_t cycles = stretch.free_blocks / std::max<std::int64_t>(size_, 1);
    std::int64_t steps = cycles * block_tokens_;
    std::int64_t left = stretch.free_blocks - cycles * size_;
    while (steps < most && new_blocks(stretch.first_step + steps) <= left) {
        left -= new_blocks(stretch.first_step + steps);
        ++steps;
    }
    return std::min(steps, most);
}

std::int64_t DecodeSet::next_finish() {
    while (!finishes_.empty() && is_stale(finishes_.top())) finishes_.pop();
    return finishes_.empty() ? kFar : finishes_.top().step;
}

SequenceId DecodeSet::pop_finish(std::int64_t step) {
    if (next_finish() != step) return kNoSequence;
    const SequenceId id = finishes_.top().id;
    finishes_.pop();
    return id;
}

}  // namespace plimsoll
