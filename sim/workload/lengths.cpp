#include "sim/workload/lengths.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "models/contract.h"
#include "sim/workload/length_laws.h"

namespace plimsoll {
namespace {

using Kind = ParamField::Kind;

constexpr ParamField kMinimum{.stem = "minimum",
                              .kind = Kind::integer,
                              .default_value = 1.0,
                              .minimum = 1.0,
                              .maximum = kMaxTokens,
                              .help = "shorter draws become this long, tokens"};
constexpr ParamField kMaximum{.stem = "maximum",
                              .kind = Kind::integer,
                              .default_value = {},
                              .minimum = 1.0,
                              .maximum = kMaxTokens,
                              .help = "longer draws become this long, tokens"};
constexpr ParamField kMean{.stem = "mean",
                           .default_value = {},
                           .minimum = 1.0,
                           .maximum = kMaxTokens,
                           .help = "mean before limits, tokens",
                           .required = true};

constexpr std::array<ParamField, 1> kFixedFields{ParamField{.stem = "tokens",
                                                            .kind = Kind::integer,
                                                            .default_value = {},
                                                            .minimum = 1.0,
                                                            .maximum = kMaxTokens,
                                                            .help = "length, tokens",
                                                            .required = true}};
constexpr std::array<ParamField, 3> kMeanFields{kMean, kMinimum, kMaximum};
constexpr std::array<ParamField, 6> kLognormalFields{
    ParamField{.stem = "mean",
               .default_value = {},
               .minimum = 1.0,
               .maximum = kMaxTokens,
               .help = "mean before limits, tokens; this or the median"},
    ParamField{.stem = "median",
               .default_value = {},
               .minimum = 1.0,
               .maximum = kMaxTokens,
               .help = "median, tokens; this or the mean"},
    ParamField{.stem = "sigma",
               .default_value = {},
               .maximum = 5.0,
               .help = "standard deviation of the logarithm; this or p90"},
    ParamField{.stem = "p90",
               .default_value = {},
               .minimum = 1.0,
               .maximum = kMaxTokens,
               .help = "90 % of draws are at most this long, tokens; this or sigma"},
    kMinimum,
    kMaximum};
constexpr std::array<ParamField, 3> kQuantileFields{
    ParamField{.stem = "points",
               .kind = Kind::pairs,
               .default_value = {},
               .help = "[probability, tokens] from probability 0 to 1, both rising",
               .required = true},
    kMinimum,
    kMaximum};

double rounded(double tokens) { return std::floor(tokens + 0.5); }

class Fixed final : public LengthDistribution {
public:
    explicit Fixed(double tokens) : tokens_(tokens) {}

private:
    [[nodiscard]] double do_draw(Stream& /*stream*/) const override { return tokens_; }
    double tokens_;
};

/// Limits and rounds what a law draws.
template <class Law>
class Limited final : public LengthDistribution {
public:
    Limited(Law law, Limits limits) : law_(std::move(law)), limits_(limits) {}

private:
    [[nodiscard]] double do_draw(Stream& stream) const override {
        return rounded(std::clamp(law_.draw(stream), limits_.low, limits_.high));
    }
    Law law_;
    Limits limits_;
};

template <class Law>
std::unique_ptr<LengthDistribution> make(const PolicySpec& spec) {
    PLIMSOLL_EXPECTS(!length_problem(spec));
    return std::make_unique<Limited<Law>>(Law(spec), limits_of(spec));
}

template <class Law>
LengthMoments moments(const PolicySpec& spec) {
    PLIMSOLL_EXPECTS(!length_problem(spec));
    return Law(spec).moments(limits_of(spec));
}

std::unique_ptr<LengthDistribution> make_fixed(const PolicySpec& spec) {
    return std::make_unique<Fixed>(rounded(spec.number("tokens", 1.0)));
}

LengthMoments fixed_moments(const PolicySpec& spec) {
    const double tokens = rounded(spec.number("tokens", 1.0));
    return {.mean = tokens, .second_moment = tokens * tokens, .longest = tokens};
}

std::optional<std::string> limits_problem(const PolicySpec& spec) {
    if (spec.number("minimum", 1.0) > spec.number("maximum", kMaxTokens))
        return "minimum is above maximum";
    return std::nullopt;
}

std::optional<std::string> lognormal_problem(const PolicySpec& spec) {
    if (spec.has("mean") == spec.has("median")) return "give either mean or median";
    if (spec.has("sigma") == spec.has("p90")) return "give either sigma or p90";
    if (spec.has("p90")) {
        const double p90 = spec.number("p90", 0.0);
        if (spec.has("median") && p90 < spec.number("median", 0.0))
            return "p90 is below the median";
        // p90 / mean = exp(z sigma - sigma^2 / 2) is largest at sigma = z = 1.2816: 2.273.
        if (spec.has("mean") && p90 < spec.number("mean", 0.0))
            return "p90 is below the mean: give the median instead";
        if (spec.has("mean") && p90 > 2.27 * spec.number("mean", 0.0))
            return "no lognormal has a p90 above 2.27 times its mean";
    }
    return limits_problem(spec);
}

std::optional<std::string> quantile_problem(const PolicySpec& spec) {
    const auto points = spec.pairs("points");
    if (points.size() < 2) return "at least two points are needed";
    if (points.front()[0] != 0.0 || points.back()[0] != 1.0)
        return "the first point must have probability 0 and the last 1";
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!(points[i][1] >= 1.0 && points[i][1] <= kMaxTokens))
            return "tokens must lie between 1 and 1e9";
        if (i > 0 && !(points[i][0] > points[i - 1][0])) return "probabilities must rise";
        if (i > 0 && points[i][1] < points[i - 1][1]) return "tokens must not fall";
    }
    return limits_problem(spec);
}

}  // namespace

LengthKind fixed_lengths() {
    return {{"fixed", "always the same length", kFixedFields}, make_fixed, fixed_moments, nullptr};
}

LengthKind geometric_lengths() {
    return {{"geometric", "every token is the last with the same probability", kMeanFields},
            make<GeometricLaw>,
            moments<GeometricLaw>,
            limits_problem};
}

LengthKind exponential_lengths() {
    return {{"exponential", "exponential with a mean", kMeanFields},
            make<ExponentialLaw>,
            moments<ExponentialLaw>,
            limits_problem};
}

LengthKind lognormal_lengths() {
    return {{"lognormal", "lognormal by mean or median, and sigma or p90", kLognormalFields},
            make<LognormalLaw>,
            moments<LognormalLaw>,
            lognormal_problem};
}

LengthKind quantile_lengths() {
    return {{"quantiles", "through given points of the distribution function", kQuantileFields},
            make<QuantileLaw>,
            moments<QuantileLaw>,
            quantile_problem};
}

LengthKind trace_lengths() {
    return {{"trace", "the lengths of the trace that the arrivals come from", {}},
            nullptr,
            nullptr,
            nullptr};
}

}  // namespace plimsoll
