#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/random.h"

namespace plimsoll {

/// Draws an index with probability proportional to its weight, in constant time. [Walker77]
class AliasTable {
public:
    /// Expects weights of which none is negative and some is above 0.
    explicit AliasTable(const std::vector<double>& weights);

    [[nodiscard]] std::size_t draw(Stream& stream) const {
        const double at = stream.uniform() * static_cast<double>(slots_.size());
        const auto index = static_cast<std::size_t>(at);
        const Slot& slot = slots_[index];
        return at - static_cast<double>(index) < slot.own ? index : slot.other;
    }

private:
    struct Slot {
        /// Share of the slot that stays with its own index.
        double own = 1.0;
        std::uint32_t other = 0;
    };
    std::vector<Slot> slots_;
};

}  // namespace plimsoll
