#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace plimsoll::kernel {

/// The date of what never happens.
inline constexpr double kNever = std::numeric_limits<double>::infinity();

/// 8-ary tree of minima over slots 0 to size - 1, each holding one date: setting a date costs
/// O(log8 size). The earliest slot is the one with the smallest date, ties going to the smallest
/// index.
class SlotTree {
public:
    SlotTree() { resize(0); }

    /// Number of slots.
    [[nodiscard]] std::size_t size() const { return size_; }

    /// Grows or shrinks to `size` slots; kept slots keep their dates, new ones never happen.
    /// O(size).
    void resize(std::size_t size);

    /// Adds a slot that never happens, in O(1) on average.
    void grow() {
        if (size_ < 8 * levels_[0].size() && size_ > kFew) {
            ++size_;
        } else {
            resize(size_ + 1);
        }
    }

    /// Sets the date of `slot` (below size()).
    void set(std::size_t slot, double date_s) {
        store(slot, date_s);
        settle(slot);
    }

    /// Sets the date of `slot` and leaves the minima above it stale until settle(slot). One slot
    /// may be stale at a time; setting others meanwhile is allowed.
    void store(std::size_t slot, double date_s) { levels_[0][slot / 8][slot % 8] = date_s; }

    /// Brings the minima above `slot` up to date.
    void settle(std::size_t slot) {
        if (size_ <= kFew) {
            scan();
            return;
        }
        std::size_t node = slot / 8;
        for (std::size_t level = 0; level + 1 < depth_; ++level) {
            const double minimum = settle_node(level, node);
            double& above = levels_[level + 1][node / 8][node % 8];
            if (above == minimum) return;
            above = minimum;
            node /= 8;
        }
        earliest_s_ = settle_node(depth_ - 1, 0);
    }

    /// Date of `slot`.
    [[nodiscard]] double date(std::size_t slot) const { return levels_[0][slot / 8][slot % 8]; }

    /// Smallest date of all slots, kNever when none is set.
    [[nodiscard]] double earliest_s() const { return earliest_s_; }

    /// Slot of the smallest date; meaningful only while earliest_s() is not kNever.
    [[nodiscard]] std::size_t earliest_slot() const {
        if (size_ <= kFew) return least_of_few_;
        std::size_t node = 0;
        for (std::size_t level = depth_; level-- > 0;) node = node * 8 + least_[level][node];
        return node;
    }

private:
    /// Eight dates in one cache line.
    struct alignas(64) Octet {
        std::array<double, 8> dates;
        double& operator[](std::size_t i) { return dates[i]; }
        const double& operator[](std::size_t i) const { return dates[i]; }
    };

    /// `first` when `second` is not below it, without a branch: the outcome cannot be predicted.
    static std::uint32_t pick(bool below, std::uint32_t first, std::uint32_t second) {
        return first ^ ((first ^ second) & (0U - static_cast<std::uint32_t>(below)));
    }

    /// Finds the smallest date of a few slots, the first of equals; the tree costs more than this.
    void scan() {
        const Octet& o = levels_[0][0];
        double minimum = o[0];
        std::uint32_t least = 0;
        for (std::uint32_t i = 1; i < size_; ++i) {
            least = pick(o[i] < minimum, least, i);
            minimum = std::min(minimum, o[i]);
        }
        earliest_s_ = minimum;
        least_of_few_ = least;
    }

    /// Smallest date of a node; notes which of its eight it is, the first of equals.
    double settle_node(std::size_t level, std::size_t node) {
        const Octet& o = levels_[level][node];
        const double a = std::min(o[0], o[1]);
        const double b = std::min(o[2], o[3]);
        const double c = std::min(o[4], o[5]);
        const double d = std::min(o[6], o[7]);
        const double ab = std::min(a, b);
        const double cd = std::min(c, d);
        const std::uint32_t i_ab = pick(b < a, pick(o[1] < o[0], 0, 1), pick(o[3] < o[2], 2, 3));
        const std::uint32_t i_cd = pick(d < c, pick(o[5] < o[4], 4, 5), pick(o[7] < o[6], 6, 7));
        least_[level][node] = static_cast<std::uint8_t>(pick(cd < ab, i_ab, i_cd));
        return std::min(ab, cd);
    }

    void rebuild();

    static constexpr std::size_t kFew = 4;

    std::size_t size_ = 0;
    std::uint32_t least_of_few_ = 0;
    std::size_t depth_ = 1;
    double earliest_s_ = kNever;
    // 8^11 slots exceed any 32-bit id
    std::array<std::vector<Octet>, 11> levels_;
    std::array<std::vector<std::uint8_t>, 11>
        least_;  // by node: which of its eight is the smallest
};

inline void SlotTree::resize(std::size_t size) {
    const std::size_t kept = std::min(size, size_);
    size_ = size;
    std::vector<Octet>& leaves = levels_[0];
    if (size > 8 * leaves.size() || leaves.empty()) {
        Octet never{};
        never.dates.fill(kNever);
        leaves.resize(std::max<std::size_t>(1, std::max(2 * leaves.size(), (size + 7) / 8)), never);
    }
    for (std::size_t slot = kept; slot < 8 * leaves.size(); ++slot) store(slot, kNever);
    rebuild();
}

inline void SlotTree::rebuild() {
    std::size_t nodes = levels_[0].size();
    for (depth_ = 1;; ++depth_) {
        const std::size_t level = depth_ - 1;
        least_[level].resize(nodes);
        if (nodes > 1) {
            Octet never{};
            never.dates.fill(kNever);
            levels_[depth_].assign((nodes + 7) / 8, never);
        }
        for (std::size_t i = 0; i < nodes; ++i) {
            earliest_s_ = settle_node(level, i);
            if (nodes > 1) levels_[depth_][i / 8][i % 8] = earliest_s_;
        }
        if (nodes == 1) break;
        nodes = (nodes + 7) / 8;
    }
    if (size_ <= kFew) scan();
}

}  // namespace plimsoll::kernel
