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

constexpr std::array<std::string_view, 2> kLimitWords{"clamp", "truncate"};
constexpr ParamField kLimits{.stem = "limits",
                             .kind = Kind::text,
                             .default_value = {},
                             .help =
                                 "what happens to draws beyond minimum or maximum: moved there, "
                                 "or drawn again",
                             .words = kLimitWords};

constexpr std::array<ParamField, 1> kFixedFields{ParamField{.stem = "tokens",
                                                            .kind = Kind::integer,
                                                            .default_value = {},
                                                            .minimum = 1.0,
                                                            .maximum = kMaxTokens,
                                                            .help = "length, tokens",
                                                            .required = true}};
constexpr std::array<ParamField, 4> kMeanFields{kMean, kMinimum, kMaximum, kLimits};
constexpr std::array<ParamField, 4> kParetoFields{
    ParamField{.stem = "minimum",
               .default_value = {},
               .minimum = 1.0,
               .maximum = kMaxTokens,
               .help = "the shortest length, tokens",
               .required = true},
    ParamField{.stem = "alpha",
               .default_value = {},
               .minimum = 0.1,
               .maximum = 100.0,
               .help = "P(longer than x) falls as x to the power of -alpha",
               .required = true},
    kMaximum,
    kLimits};
constexpr std::array<ParamField, 7> kLognormalFields{
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
    kMaximum,
    kLimits};
constexpr std::array<ParamField, 4> kQuantileFields{
    ParamField{.stem = "points",
               .kind = Kind::pairs,
               .default_value = {},
               .help = "[probability, tokens] from probability 0 to 1, both rising",
               .required = true},
    kMinimum,
    kMaximum,
    kLimits};

/// Less probability than this between the limits is a mistake.
constexpr double kLeastInside = 1e-6;

double rounded(double tokens) { return std::floor(tokens + 0.5); }

/// P(Z <= z), never 0 or 1.
double probability(double z) { return std::clamp(normal_probability(z), 1e-300, 1.0 - 1e-16); }

bool truncates(const PolicySpec& spec) { return spec.text("limits") == "truncate"; }

class Fixed final : public LengthDistribution {
public:
    explicit Fixed(double tokens) : tokens_(tokens) {}

private:
    [[nodiscard]] double do_draw(Stream& /*stream*/) const override { return tokens_; }
    [[nodiscard]] double do_draw_at(double /*z*/, Stream& /*stream*/) const override {
        return tokens_;
    }
    double tokens_;
};

/// Moves what a law draws to its limits and rounds.
template <class Law>
class Clamped final : public LengthDistribution {
public:
    Clamped(Law law, Limits limits) : law_(std::move(law)), limits_(limits) {}

private:
    [[nodiscard]] double do_draw(Stream& stream) const override {
        return rounded(std::clamp(law_.draw(stream), limits_.low, limits_.high));
    }
    [[nodiscard]] double do_draw_at(double z, Stream& /*stream*/) const override {
        return rounded(std::clamp(law_.at(probability(z)), limits_.low, limits_.high));
    }
    Law law_;
    Limits limits_;
};

/// Draws a law's lengths between its limits only: the share of its probability that lies there,
/// stretched over all draws.
template <class Law>
class Truncated final : public LengthDistribution {
public:
    Truncated(Law law, Limits limits)
        : law_(std::move(law)),
          limits_(limits),
          below_(law_.below(limits.low)),
          inside_(law_.up_to(limits.high) - below_) {}

private:
    [[nodiscard]] double do_draw(Stream& stream) const override { return at(stream.uniform()); }
    [[nodiscard]] double do_draw_at(double z, Stream& /*stream*/) const override {
        return at(probability(z));
    }
    [[nodiscard]] double at(double p) const {
        const double x = law_.at(std::clamp(below_ + inside_ * p, kLeastP, 1.0 - kLeastP));
        return rounded(std::clamp(x, limits_.low, limits_.high));
    }
    static constexpr double kLeastP = 1e-16;
    Law law_;
    Limits limits_;
    double below_;
    double inside_;
};

template <class Law>
std::unique_ptr<LengthDistribution> make(const PolicySpec& spec) {
    PLIMSOLL_EXPECTS(!length_problem(spec));
    if (truncates(spec)) return std::make_unique<Truncated<Law>>(Law(spec), limits_of(spec));
    return std::make_unique<Clamped<Law>>(Law(spec), limits_of(spec));
}

/// What clamping moved to the limits leaves again, and the rest is spread over everything.
LengthMoments truncated(const LengthMoments& clamped,
                        const Limits& limits,
                        double below,
                        double above) {
    const double inside = 1.0 - below - above;
    const auto moment = [&](double whole, double k) {
        return (whole - below * std::pow(limits.low, k) - above * std::pow(limits.high, k)) /
               inside;
    };
    return {.mean = moment(clamped.mean, 1.0),
            .second_moment = moment(clamped.second_moment, 2.0),
            .longest = clamped.longest};
}

template <class Law>
LengthMoments moments(const PolicySpec& spec) {
    PLIMSOLL_EXPECTS(!length_problem(spec));
    const Law law(spec);
    const Limits limits = limits_of(spec);
    const LengthMoments clamped = law.moments(limits);
    if (!truncates(spec)) return clamped;
    return truncated(clamped, limits, law.below(limits.low), 1.0 - law.up_to(limits.high));
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

/// That the limits are in order, and something lies between them where they truncate.
template <class Law>
std::optional<std::string> truncation_problem(const PolicySpec& spec) {
    if (auto why = limits_problem(spec)) return why;
    if (!truncates(spec)) return std::nullopt;
    const Law law(spec);
    const Limits limits = limits_of(spec);
    if (law.up_to(limits.high) - law.below(limits.low) < kLeastInside)
        return "next to nothing lies between minimum and maximum";
    return std::nullopt;
}

std::optional<std::string> pareto_problem(const PolicySpec& spec) {
    if (spec.number("alpha", 1.0) <= 2.0 && !spec.has("maximum"))
        return "an alpha of 2 or less needs a maximum: its variance has no bound";
    return truncation_problem<ParetoLaw>(spec);
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
    return truncation_problem<LognormalLaw>(spec);
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
    return truncation_problem<QuantileLaw>(spec);
}

}  // namespace

LengthKind fixed_lengths() {
    return {{"fixed", "always the same length", kFixedFields}, make_fixed, fixed_moments, nullptr};
}

LengthKind geometric_lengths() {
    return {{"geometric", "every token is the last with the same probability", kMeanFields},
            make<GeometricLaw>,
            moments<GeometricLaw>,
            truncation_problem<GeometricLaw>};
}

LengthKind exponential_lengths() {
    return {{"exponential", "exponential with a mean", kMeanFields},
            make<ExponentialLaw>,
            moments<ExponentialLaw>,
            truncation_problem<ExponentialLaw>};
}

LengthKind lognormal_lengths() {
    return {{"lognormal", "lognormal by mean or median, and sigma or p90", kLognormalFields},
            make<LognormalLaw>,
            moments<LognormalLaw>,
            lognormal_problem};
}

LengthKind pareto_lengths() {
    return {{"pareto", "a heavy tail that falls as a power", kParetoFields},
            make<ParetoLaw>,
            moments<ParetoLaw>,
            pareto_problem};
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
