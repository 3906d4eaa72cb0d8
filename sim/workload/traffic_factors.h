#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "sim/io/trace_csv.h"

namespace plimsoll {

/// Variance around the expected number of arrivals, over the mean, of counts in windows: that of
/// the counts less that of the curve. Absent below 3 windows.
struct ResidualDispersion {
    double window_s = 0.0;
    double of_counts = 0.0;
    double of_curve = 0.0;

    [[nodiscard]] double value() const { return of_counts - of_curve; }
};

/// How many numbers a description of traffic may take.
struct FactorShape {
    /// Kinds of requests.
    std::size_t kinds = 1;
    /// Straight pieces of each rate curve.
    std::size_t pieces = 1;
};

/// A trace as a sum of kinds of requests, each with a rate over time and a law of lengths of its
/// own: the intensity of lengths l at date t is the sum over kinds k of rate_k(t) p_k(l). A service
/// whose users do different things at different hours cannot be told with one law of lengths: its
/// work would be spread evenly over the day.
struct TrafficFactors {
    /// Corners of the rate curves, equally far apart, from the first arrival to the last.
    std::vector<double> corners_s;
    /// Arrivals per second at the corners, by kind; straight lines between.
    std::vector<std::vector<double>> rate_per_s;
    /// P(row is of kind k | its date and lengths), row by row, kinds innermost.
    std::vector<double> memberships;
    std::size_t kinds = 0;

    [[nodiscard]] double membership(std::size_t row, std::size_t kind) const {
        return memberships[row * kinds + kind];
    }
    /// The rate of all kinds together.
    [[nodiscard]] double rate(double date_s) const;
    /// The expected number of arrivals from the first corner to `date_s`.
    [[nodiscard]] double expected(double date_s) const;
};

/// The most likely factors of a given shape: expectation maximisation for Poisson counts, over
/// cells of a grid of lengths. [LeeSeung99] Expects rows in order of date, the last later than the
/// first.
[[nodiscard]] TrafficFactors traffic_factors(std::span<const TraceRow> rows,
                                             const FactorShape& shape);

/// The shape with the fewest numbers that explains nearly as much of a trace as any: every shape is
/// fitted to a random half of the rows and scored by the likelihood of the other half, so that
/// detail that is chance costs instead of paying. Then as many pieces more as it takes for the
/// counts around the curve to vary alike over windows of w and 6 w (w = 10 s, more for slow
/// traffic), as those of a renewal process do.
[[nodiscard]] FactorShape factor_shape(std::span<const TraceRow> rows);

/// The windows over which the counts around a curve are judged: 10 and 60 s, or as long as it takes
/// to hold 5 and 30 requests.
[[nodiscard]] std::array<double, 2> residual_windows(std::span<const TraceRow> rows);
/// What of the counts' dispersion over `window_s` the curve leaves.
[[nodiscard]] std::optional<ResidualDispersion> residual_dispersion(std::span<const TraceRow> rows,
                                                                    const TrafficFactors& factors,
                                                                    double window_s);

}  // namespace plimsoll
