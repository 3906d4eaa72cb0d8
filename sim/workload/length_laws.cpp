#include "sim/workload/length_laws.h"

#include <algorithm>
#include <numbers>

#include "models/contract.h"
#include "sim/workload/arrival.h"

namespace plimsoll {
namespace {

/// The 99.9 % point, or the limit where it is nearer.
constexpr double kLongestTail = 1e-3;
constexpr double kZ90 = 1.2815515655446004;

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double longest(double tail_point, const Limits& limits) {
    return limits.high < kMaxTokens ? limits.high : std::clamp(tail_point, limits.low, limits.high);
}

}  // namespace

Limits limits_of(const PolicySpec& spec) {
    return {.low = std::max(1.0, spec.number("minimum", 1.0)),
            .high = spec.number("maximum", kMaxTokens)};
}

GeometricLaw::GeometricLaw(const PolicySpec& spec) : mean_(spec.number("mean", 1.0)) {
    PLIMSOLL_EXPECTS(mean_ >= 1.0);
    decay_ = mean_ > 1.0 ? -1.0 / portable_log1p(-1.0 / mean_) : 0.0;
}

double GeometricLaw::below(double x) const {
    const double shorter = std::ceil(x) - 1.0;
    if (shorter < 1.0) return 0.0;
    return decay_ > 0.0 ? -std::expm1(-shorter / decay_) : 1.0;
}

LengthMoments GeometricLaw::moments(const Limits& limits) const {
    // With q = P(n > 1): E[clamp] = L + sum over k = L .. H - 1 of q^k, and
    // E[clamp^2] = L^2 + sum of (2 k + 1) q^k.
    const double p = 1.0 / mean_;
    const double log_q = mean_ > 1.0 ? std::log1p(-p) : -1e300;
    const double low = std::ceil(limits.low);
    const double high = std::floor(limits.high);
    const double at_low = std::exp(low * log_q);
    const double at_high = std::exp(high * log_q);
    const double sum = (at_low - at_high) * mean_;
    // sum k q^k = (L q^L - H q^H) / p + q (q^L - q^H) / p^2.
    const double weighted = (low * at_low - (at_high > 0.0 ? high * at_high : 0.0)) * mean_ +
                            (1.0 - p) * (at_low - at_high) * mean_ * mean_;
    return {.mean = low + sum,
            .second_moment = low * low + 2.0 * weighted + sum,
            .longest = longest(mean_ > 1.0 ? std::log(kLongestTail) / log_q : 1.0, limits)};
}

double ExponentialLaw::below(double x) const { return -std::expm1(-x / mean_); }

LengthMoments ExponentialLaw::moments(const Limits& limits) const {
    // E[clamp] = L + integral of e^(-x/m) over [L, H]; E[clamp^2] = L^2 + integral of 2 x e^(-x/m).
    const double at_low = std::exp(-limits.low / mean_);
    const double at_high = std::exp(-limits.high / mean_);
    const double inside = mean_ * (at_low - at_high);
    const double inside_squared =
        2.0 * mean_ * ((limits.low + mean_) * at_low - (limits.high + mean_) * at_high);
    return {.mean = limits.low + inside,
            .second_moment = limits.low * limits.low + inside_squared,
            .longest = longest(-mean_ * std::log(kLongestTail), limits)};
}

LognormalLaw::LognormalLaw(const PolicySpec& spec) {
    const bool by_mean = spec.has("mean");
    const double scale = std::log(spec.number(by_mean ? "mean" : "median", 1.0));
    if (spec.has("sigma")) {
        sigma_ = spec.number("sigma", 0.0);
    } else {
        const double spread = std::log(spec.number("p90", 1.0)) - scale;
        // By the mean, spread = z sigma - sigma^2 / 2: the smaller root is the ordinary one.
        sigma_ =
            by_mean ? kZ90 - std::sqrt(std::max(0.0, kZ90 * kZ90 - 2.0 * spread)) : spread / kZ90;
    }
    mu_ = by_mean ? scale - 0.5 * sigma_ * sigma_ : scale;
}

double LognormalLaw::below(double x) const {
    const double log_x = portable_log(x);
    if (sigma_ == 0.0) return log_x > mu_ ? 1.0 : 0.0;
    return normal_probability((log_x - mu_) / sigma_);
}

double LognormalLaw::up_to(double x) const {
    return sigma_ == 0.0 && portable_log(x) == mu_ ? 1.0 : below(x);
}

LengthMoments LognormalLaw::moments(const Limits& limits) const {
    if (sigma_ == 0.0) {
        const double tokens = std::clamp(std::exp(mu_), limits.low, limits.high);
        return {.mean = tokens, .second_moment = tokens * tokens, .longest = tokens};
    }
    const double a = (std::log(limits.low) - mu_) / sigma_;
    const double b = (std::log(limits.high) - mu_) / sigma_;
    // E[x^k; L < x < H] = exp(k mu + k^2 sigma^2 / 2) (Phi(b - k sigma) - Phi(a - k sigma)).
    const auto moment = [&](double k) {
        const double inside = std::exp(k * mu_ + 0.5 * k * k * sigma_ * sigma_) *
                              (normal_cdf(b - k * sigma_) - normal_cdf(a - k * sigma_));
        return std::pow(limits.low, k) * normal_cdf(a) + inside +
               std::pow(limits.high, k) * normal_cdf(-b);
    };
    return {.mean = moment(1.0),
            .second_moment = moment(2.0),
            .longest = longest(std::exp(mu_ - sigma_ * normal_quantile(kLongestTail)), limits)};
}

double ParetoLaw::at(double p) const {
    return minimum_ * portable_exp(std::min(600.0, -portable_log1p(-p) / alpha_));
}

double ParetoLaw::below(double x) const {
    return x <= minimum_ ? 0.0 : 1.0 - portable_exp(alpha_ * portable_log(minimum_ / x));
}

LengthMoments ParetoLaw::moments(const Limits& limits) const {
    const double high = std::max(minimum_, limits.high);
    const double tail = std::pow(minimum_ / high, alpha_);
    // The integral of x^k a m^a x^(-a - 1) over [m, H], and H^k for the tail.
    const auto moment = [&](double k) {
        const double inside =
            k == alpha_
                ? alpha_ * std::pow(minimum_, k) * std::log(high / minimum_)
                : alpha_ / (k - alpha_) * (tail * std::pow(high, k) - std::pow(minimum_, k));
        return inside + tail * std::pow(high, k);
    };
    return {.mean = moment(1.0),
            .second_moment = moment(2.0),
            .longest = longest(minimum_ * std::pow(kLongestTail, -1.0 / alpha_), limits)};
}

QuantileLaw::QuantileLaw(const PolicySpec& spec) {
    for (const auto& [probability, tokens] : spec.pairs("points"))
        points_.push_back({probability, portable_log(tokens)});
}

double QuantileLaw::at(double probability) const {
    const auto after = std::upper_bound(
        points_.begin() + 1, points_.end() - 1, probability, [](double p, const Point& point) {
            return p < point.probability;
        });
    const Point& right = *after;
    const Point& left = *(after - 1);
    const double share = (probability - left.probability) / (right.probability - left.probability);
    return portable_exp(left.log_tokens + share * (right.log_tokens - left.log_tokens));
}

double QuantileLaw::below(double x) const {
    const double log_x = portable_log(x);
    const auto right =
        std::lower_bound(points_.begin(), points_.end(), log_x, [](const Point& point, double y) {
            return point.log_tokens < y;
        });
    if (right == points_.begin()) return 0.0;
    const Point& left = *(right - 1);
    if (right == points_.end()) return 1.0;
    const double share = (log_x - left.log_tokens) / (right->log_tokens - left.log_tokens);
    return left.probability + share * (right->probability - left.probability);
}

double QuantileLaw::up_to(double x) const {
    const double log_x = portable_log(x);
    // The last point of a flat piece at x, where there is one.
    const auto right =
        std::upper_bound(points_.begin(), points_.end(), log_x, [](double y, const Point& point) {
            return y < point.log_tokens;
        });
    if (right != points_.begin() && (right - 1)->log_tokens == log_x)
        return (right - 1)->probability;
    return below(x);
}

LengthMoments QuantileLaw::moments(const Limits& limits) const {
    const double log_low = std::log(limits.low);
    const double log_high = std::log(limits.high);
    double mean = 0.0;
    double square = 0.0;
    for (std::size_t i = 1; i < points_.size(); ++i) {
        const Point& left = points_[i - 1];
        const Point& right = points_[i];
        const double width = right.probability - left.probability;
        const double rise = right.log_tokens - left.log_tokens;
        const double from = std::clamp(left.log_tokens, log_low, log_high);
        const double to = std::clamp(right.log_tokens, log_low, log_high);
        // Shares of the segment below the lower limit, between the limits and above the upper one.
        const double inside = rise > 0.0 ? (to - from) / rise : 1.0;
        const double below =
            rise > 0.0 ? std::clamp((log_low - left.log_tokens) / rise, 0.0, 1.0) : 0.0;
        const double above = std::max(0.0, 1.0 - inside - below);
        for (const double k : {1.0, 2.0}) {
            // Mean of exp(k y) over y in [from, to]; expm1 keeps flat segments accurate.
            const double step = k * (to - from);
            const double mean_inside =
                std::exp(k * from) * (step > 0.0 ? std::expm1(step) / step : 1.0);
            (k == 1.0 ? mean : square) +=
                width * (below * std::exp(k * log_low) + inside * mean_inside +
                         above * std::exp(k * log_high));
        }
    }
    const double end = std::exp(points_.back().log_tokens);
    return {
        .mean = mean, .second_moment = square, .longest = std::clamp(end, limits.low, limits.high)};
}

}  // namespace plimsoll
