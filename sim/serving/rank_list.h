#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace plimsoll {

/// An ordered list that only grows at its end and loses members anywhere; it tells how many members
/// stand before one. Places are handed out on append and change only at compaction.
class RankList {
public:
    /// Room for `members` at once.
    explicit RankList(std::int64_t members)
        : words_(static_cast<std::size_t>(members) / 16 + 2, 0) {}

    /// True when the next append needs compact() first.
    [[nodiscard]] bool is_full() const { return next_ == words_.size() * 64; }
    [[nodiscard]] std::uint32_t append() {
        const auto place = static_cast<std::uint32_t>(next_++);
        words_[place / 64] |= bit(place);
        return place;
    }
    void remove(std::uint32_t place) { words_[place / 64] &= ~bit(place); }
    /// Members before `place`.
    [[nodiscard]] std::int64_t rank(std::uint32_t place) const {
        int before = std::popcount(words_[place / 64] & (bit(place) - 1));
        for (std::size_t w = 0; w < place / 64; ++w) before += std::popcount(words_[w]);
        return before;
    }
    /// Forgets all places; the caller appends its members again in order.
    void clear() {
        std::fill(words_.begin(), words_.end(), 0);
        next_ = 0;
    }

private:
    static std::uint64_t bit(std::uint32_t place) { return std::uint64_t{1} << (place % 64); }

    std::vector<std::uint64_t> words_;
    std::size_t next_ = 0;
};

}  // namespace plimsoll
