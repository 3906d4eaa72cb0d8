#pragma once

#include <array>
#include <span>
#include <vector>

namespace plimsoll {

/// A length and how much it counts.
struct WeightedLength {
    double tokens = 1.0;
    double weight = 1.0;
};

/// [probability, tokens] from 0 to 1, as the length distribution `quantiles` takes them: few
/// points, put where straight lines in the logarithm of the tokens leave the quantiles most, until
/// they are everywhere within 2 % (or 20 points). Expects a positive total weight.
[[nodiscard]] std::vector<std::array<double, 2>> length_points(std::vector<WeightedLength> lengths);

/// Correlation of a pair of lengths after both were turned into normal variates by rank, each pair
/// counting by its weight: the parameter of a Gaussian copula. 0 where one of them is constant.
[[nodiscard]] double normal_correlation(std::span<const double> x,
                                        std::span<const double> y,
                                        std::span<const double> weights);

}  // namespace plimsoll
