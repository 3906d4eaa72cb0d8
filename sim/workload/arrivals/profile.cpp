#include <array>
#include <vector>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"
#include "sim/workload/arrivals/renewal.h"

namespace plimsoll {
namespace {

constexpr std::array<ParamField, 3> kFields{
    ParamField{.stem = "points",
               .kind = ParamField::Kind::pairs,
               .default_value = {},
               .help = "[time in s, arrivals per second], straight lines between; two points of "
                       "one time are a step, the last rate stays",
               .required = true},
    ParamField{.stem = "period",
               .dimension = Dimension::time,
               .default_value = 0.0,
               .help = "time after which the points begin again; 0: they do not"},
    gap_cv_field("variation of the times between arrivals, at a constant rate")};

RateFunction curve_of(const PolicySpec& spec, double period_s) {
    std::vector<RateFunction::Point> points;
    for (const auto& [time_s, rate] : spec.pairs("points")) points.push_back({time_s, rate});
    return RateFunction(std::move(points), period_s);
}

RateFunction curve_of(const PolicySpec& spec) { return curve_of(spec, spec.number("period", 0.0)); }

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    PLIMSOLL_EXPECTS(!arrival_problem(spec));
    return std::make_unique<ModulatedArrivals>(RateClock(curve_of(spec).times(load)),
                                               gap_law(GapFamily::gamma, spec.number("cv", 1.0)),
                                               stream);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    const double cv = spec.number("cv", 1.0);
    return {.rate = PerSecond(curve_of(spec).mean()), .think_time = {}, .span = {}, .scv = cv * cv};
}

std::optional<std::string> problem(const PolicySpec& spec) {
    const auto points = spec.pairs("points");
    if (auto why = curve_problem(points)) return why;
    const double period_s = spec.number("period", 0.0);
    if (period_s == 0.0) return std::nullopt;
    if (points.back()[0] > period_s) return "a point lies beyond the period";
    if (curve_of(spec, 0.0).integral(period_s) <= 0.0) return "some rate must last";
    return std::nullopt;
}

}  // namespace

ArrivalKind profile_arrivals() {
    return {.info = {"profile", "a rate given over time: spikes, ramps, drains", kFields},
            .make = make,
            .rate = rate_of,
            .problem = problem};
}

}  // namespace plimsoll
