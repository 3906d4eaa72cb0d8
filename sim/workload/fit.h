#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/io/trace_csv.h"
#include "sim/scenario.h"
#include "sim/workload/trace_statistics.h"
#include "sim/workload/traffic_factors.h"

namespace plimsoll {

/// Fewer requests say too little of a rate curve and of the tail of lengths.
inline constexpr std::size_t kLeastRequestsToFit = 100;

/// One kind of requests of a fitted generator.
struct FittedKind {
    std::string name;
    /// Of all requests.
    double share = 1.0;
    /// [s, arrivals per second], straight lines between.
    std::vector<std::array<double, 2>> rate_points;
    /// [probability, tokens].
    std::vector<std::array<double, 2>> prompt_points;
    std::vector<std::array<double, 2>> output_points;
    /// Of prompt and output within the kind, as normal variates by rank.
    double length_correlation = 0.0;
};

/// A generator of traffic like a trace's: every kind of requests is a renewal process with gamma
/// gaps along a rate curve, with lengths of its own.
struct FittedTraffic {
    /// The most frequent first.
    std::vector<FittedKind> kinds;
    /// Of the gaps at a constant rate, so that cv^2 is the dispersion of counts around the curve.
    double gap_cv = 1.0;
    /// When the curve ends.
    double span_s = 0.0;
    /// Over the windows of residual_windows().
    std::array<std::optional<ResidualDispersion>, 2> residual{};

    /// The numbers that say all this.
    [[nodiscard]] std::size_t numbers() const;
};

/// The generator for `rows`. Expects kLeastRequestsToFit rows or more in order of date, from 0 on,
/// the last later than the first.
[[nodiscard]] FittedTraffic fit_traffic(std::span<const TraceRow> rows);

/// The generator as classes of requests.
[[nodiscard]] std::vector<RequestClass> request_classes(const FittedTraffic& traffic);

/// What the fleet would see of open-loop classes up to `horizon_s` in a run with this seed and
/// replication, in order of date.
[[nodiscard]] std::vector<TraceRow> drawn_rows(std::span<const RequestClass> classes,
                                               double horizon_s,
                                               std::uint64_t seed,
                                               std::uint64_t replication);

/// The same figures, each averaged over `draws` replications of a generator.
[[nodiscard]] TraceStatistics mean_statistics(std::span<const RequestClass> classes,
                                              double horizon_s,
                                              std::size_t draws);

}  // namespace plimsoll
