#include "sim/workload/alias_table.h"

#include <numeric>

#include "models/contract.h"

namespace plimsoll {

AliasTable::AliasTable(const std::vector<double>& weights) : slots_(weights.size()) {
    PLIMSOLL_EXPECTS(!weights.empty() && weights.size() < 0xffffffffU);
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    PLIMSOLL_EXPECTS(total > 0.0);
    // Each slot has room for an equal share; what one leaves free, a larger weight fills.
    std::vector<double> rest(weights.size());
    std::vector<std::uint32_t> small;
    std::vector<std::uint32_t> large;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        PLIMSOLL_EXPECTS(weights[i] >= 0.0);
        rest[i] = weights[i] / total * static_cast<double>(weights.size());
        (rest[i] < 1.0 ? small : large).push_back(static_cast<std::uint32_t>(i));
    }
    while (!small.empty() && !large.empty()) {
        const std::uint32_t poor = small.back();
        const std::uint32_t rich = large.back();
        small.pop_back();
        slots_[poor] = {.own = rest[poor], .other = rich};
        rest[rich] -= 1.0 - rest[poor];
        if (rest[rich] < 1.0) {
            large.pop_back();
            small.push_back(rich);
        }
    }
}

}  // namespace plimsoll
