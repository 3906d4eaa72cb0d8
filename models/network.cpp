#include "models/network.h"

#include <algorithm>

namespace plimsoll {

std::vector<std::string> regions(const RegionMatrix& matrix) {
    std::vector<std::string> names;
    for (const RegionPair& pair : matrix.pairs) {
        names.push_back(pair.from);
        names.push_back(pair.to);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::optional<Seconds> round_trip(const RegionMatrix& matrix,
                                  std::string_view from,
                                  std::string_view to) {
    for (const RegionPair& pair : matrix.pairs) {
        if (from == to && (pair.from == from || pair.to == from)) return matrix.between_zones;
        if (pair.from == from && pair.to == to) return pair.round_trip;
    }
    return std::nullopt;
}

}  // namespace plimsoll
