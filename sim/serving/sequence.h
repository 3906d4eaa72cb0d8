#pragma once

#include <cstdint>
#include <vector>

#include "sim/workload/request.h"

namespace plimsoll {

/// Index of a sequence in its replica's slab.
enum class SequenceId : std::int32_t {};
inline constexpr SequenceId kNoSequence{-1};

/// A request inside a replica.
struct Sequence {
    Request request;
    /// When the scheduler may first see it.
    double ready_s = 0.0;
    double admitted_s = -1.0;
    double first_token_s = 0.0;
    /// Delivery of its newest token; kept up to date only where it will be asked for.
    double last_token_s = 0.0;
    /// Context of the decode step with index k: context_base + k tokens, its own included.
    std::int64_t context_base = 0;
    /// Index of the step that makes its last token.
    std::int64_t finish_step = 0;
    std::int64_t blocks = 0;
    /// Output tokens made so far.
    std::int32_t produced = 0;
    /// Of the tokens to prefill (prompt, and what was produced before a preemption), those done.
    std::int32_t prefilled = 0;
    std::int32_t preemptions = 0;
    std::uint32_t place = 0;
    /// Neighbours in admission order.
    SequenceId previous = kNoSequence;
    SequenceId next = kNoSequence;
    /// Counts the lives of this slot, so that stale heap entries are recognised.
    std::uint32_t life = 0;

    [[nodiscard]] std::int32_t to_prefill() const { return request.prompt_tokens + produced; }
};

/// Sequences by id, with the freed ids used again.
class SequenceSlab {
public:
    [[nodiscard]] SequenceId create(const Request& request, double ready_s) {
        SequenceId id = kNoSequence;
        if (free_.empty()) {
            id = SequenceId{static_cast<std::int32_t>(all_.size())};
            all_.emplace_back();
        } else {
            id = free_.back();
            free_.pop_back();
        }
        Sequence& s = (*this)[id];
        const std::uint32_t life = s.life + 1;
        s = Sequence{};
        s.request = request;
        s.ready_s = ready_s;
        s.life = life;
        return id;
    }
    void destroy(SequenceId id) {
        ++(*this)[id].life;
        free_.push_back(id);
    }
    [[nodiscard]] Sequence& operator[](SequenceId id) { return all_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const Sequence& operator[](SequenceId id) const {
        return all_[static_cast<std::size_t>(id)];
    }

private:
    std::vector<Sequence> all_;
    std::vector<SequenceId> free_;
};

}  // namespace plimsoll
