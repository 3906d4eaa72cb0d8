#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/units.h"

namespace plimsoll {

/// How a user reaches the nearest edge of the internet. What was not measured is absent.
struct AccessNetwork {
    std::string name;
    /// Round trip to the nearest edge.
    Seconds rtt_p50;
    std::optional<Seconds> rtt_p95;
    std::optional<Seconds> jitter;
    /// Share of packets lost.
    std::optional<double> loss;
    std::optional<BytesPerSecond> up_p50;
    std::optional<BytesPerSecond> down_p50;
    /// All energy of the network over all its traffic.
    std::optional<decltype(Joules() / Bytes(1))> energy_average;
    /// What one more byte adds.
    std::optional<decltype(Joules() / Bytes(1))> energy_marginal;
    /// What the user's radio draws while it transfers.
    std::optional<Watts> radio_power;
};

/// Round trip between two regions, measured from the first.
struct RegionPair {
    std::string from;
    std::string to;
    Seconds round_trip;
};

/// Round trips between the regions of one provider.
struct RegionMatrix {
    std::string name;
    /// Between two machines of one zone, and between zones of one region.
    Seconds inside_zone;
    Seconds between_zones;
    std::vector<RegionPair> pairs;
};

/// The regions of `matrix`, sorted.
[[nodiscard]] std::vector<std::string> regions(const RegionMatrix& matrix);

/// The round trip from one region to another as measured from `from`; between zones where they are
/// one region. Absent for a region that the matrix does not know.
[[nodiscard]] std::optional<Seconds> round_trip(const RegionMatrix& matrix,
                                                std::string_view from,
                                                std::string_view to);

}  // namespace plimsoll
