#pragma once

#include <cmath>
#include <vector>

#include "sim/params.h"
#include "sim/random.h"
#include "sim/workload/length_moments.h"

namespace plimsoll {

/// Lengths outside are moved to the nearer end, tokens.
struct Limits {
    double low = 1.0;
    double high = 1e9;
};
[[nodiscard]] Limits limits_of(const PolicySpec& spec);

// A law draws a length before limits and rounding, and knows the moments after them: a clamped
// continuous length, for rounding half up between whole limits is the midpoint rule of the same
// integrals.

/// Whole numbers from 1, P(n) = p (1 - p)^(n - 1) with p = 1 / mean.
class GeometricLaw {
public:
    explicit GeometricLaw(const PolicySpec& spec);
    [[nodiscard]] double draw(Stream& stream) const {
        return 1.0 + std::floor(stream.exponential() * decay_);
    }
    [[nodiscard]] LengthMoments moments(const Limits& limits) const;

private:
    double mean_;
    /// -1 / log(1 - p).
    double decay_;
};

class ExponentialLaw {
public:
    explicit ExponentialLaw(const PolicySpec& spec) : mean_(spec.number("mean", 1.0)) {}
    [[nodiscard]] double draw(Stream& stream) const { return mean_ * stream.exponential(); }
    [[nodiscard]] LengthMoments moments(const Limits& limits) const;

private:
    double mean_;
};

class LognormalLaw {
public:
    explicit LognormalLaw(const PolicySpec& spec);
    [[nodiscard]] double draw(Stream& stream) const { return stream.lognormal(mu_, sigma_); }
    [[nodiscard]] LengthMoments moments(const Limits& limits) const;

private:
    double mu_ = 0.0;
    double sigma_ = 0.0;
};

/// log(tokens) is a piecewise linear function of the probability.
class QuantileLaw {
public:
    explicit QuantileLaw(const PolicySpec& spec);
    [[nodiscard]] double draw(Stream& stream) const { return at(stream.uniform()); }
    [[nodiscard]] LengthMoments moments(const Limits& limits) const;

private:
    struct Point {
        double probability;
        double log_tokens;
    };
    [[nodiscard]] double at(double probability) const;

    std::vector<Point> points_;
};

}  // namespace plimsoll
