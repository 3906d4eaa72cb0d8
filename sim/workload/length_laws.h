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

// A law draws a length before limits and rounding, and knows the moments of the clamped length:
// rounding half up between whole limits is the midpoint rule of the same integrals. at(p) is the
// length that a share p of draws does not exceed; below(x) and up_to(x) are P(X < x), P(X <= x).

/// Whole numbers from 1, P(n) = p (1 - p)^(n - 1) with p = 1 / mean.
class GeometricLaw {
public:
    explicit GeometricLaw(const PolicySpec& spec);
    [[nodiscard]] double draw(Stream& stream) const {
        return 1.0 + std::floor(stream.exponential() * decay_);
    }
    [[nodiscard]] double at(double p) const {
        return 1.0 + std::floor(-portable_log1p(-p) * decay_);
    }
    [[nodiscard]] double below(double x) const;
    [[nodiscard]] double up_to(double x) const { return below(std::floor(x) + 1.0); }
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
    [[nodiscard]] double at(double p) const { return -mean_ * portable_log1p(-p); }
    [[nodiscard]] double below(double x) const;
    [[nodiscard]] double up_to(double x) const { return below(x); }
    [[nodiscard]] LengthMoments moments(const Limits& limits) const;

private:
    double mean_;
};

class LognormalLaw {
public:
    explicit LognormalLaw(const PolicySpec& spec);
    [[nodiscard]] double draw(Stream& stream) const { return stream.lognormal(mu_, sigma_); }
    [[nodiscard]] double at(double p) const {
        return portable_exp(mu_ + sigma_ * normal_quantile(p));
    }
    [[nodiscard]] double below(double x) const;
    [[nodiscard]] double up_to(double x) const;
    [[nodiscard]] LengthMoments moments(const Limits& limits) const;

private:
    double mu_ = 0.0;
    double sigma_ = 0.0;
};

/// P(X > x) = (minimum / x)^alpha for x above the minimum.
class ParetoLaw {
public:
    explicit ParetoLaw(const PolicySpec& spec)
        : minimum_(spec.number("minimum", 1.0)), alpha_(spec.number("alpha", 1.0)) {}
    [[nodiscard]] double draw(Stream& stream) const { return at(stream.uniform()); }
    [[nodiscard]] double at(double p) const;
    [[nodiscard]] double below(double x) const;
    [[nodiscard]] double up_to(double x) const { return below(x); }
    [[nodiscard]] LengthMoments moments(const Limits& limits) const;

private:
    double minimum_;
    double alpha_;
};

/// log(tokens) is a piecewise linear function of the probability.
class QuantileLaw {
public:
    explicit QuantileLaw(const PolicySpec& spec);
    [[nodiscard]] double draw(Stream& stream) const { return at(stream.uniform()); }
    [[nodiscard]] double at(double probability) const;
    [[nodiscard]] double below(double x) const;
    [[nodiscard]] double up_to(double x) const;
    [[nodiscard]] LengthMoments moments(const Limits& limits) const;

private:
    struct Point {
        double probability;
        double log_tokens;
    };

    std::vector<Point> points_;
};

}  // namespace plimsoll
