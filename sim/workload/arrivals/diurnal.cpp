#include "sim/workload/arrivals/diurnal.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"
#include "sim/workload/arrivals/renewal.h"

namespace plimsoll {
namespace {

using Pairs = std::vector<std::array<double, 2>>;
using Points = std::vector<RateFunction::Point>;

constexpr std::array<ParamField, 6> kFields = [] {
    const auto local = local_time_fields(true);
    return std::array<ParamField, 6>{
        rate_field("mean arrivals per second over the day, or the week"),
        local[0],
        local[1],
        local[2],
        local[3],
        gap_cv_field("variation of the times between arrivals, at a constant rate")};
}();

/// One day from midnight to midnight, its ends joined by a straight line around midnight.
Points day_of(const Pairs& curve) {
    Points day;
    if (curve.empty()) return {{0.0, 1.0}, {kDayS, 1.0}};
    for (const auto& [at_hour, rate] : curve) day.push_back({at_hour * kHourS, rate});
    const RateFunction::Point first = day.front();
    const RateFunction::Point last = day.back();
    const double gap_s = first.time_s + kDayS - last.time_s;
    const double share = gap_s > 0.0 ? (kDayS - last.time_s) / gap_s : 1.0;
    const double midnight = last.rate + share * (first.rate - last.rate);
    if (first.time_s > 0.0) day.insert(day.begin(), {0.0, midnight});
    if (last.time_s < kDayS) day.push_back({kDayS, midnight});
    return day;
}

double factor_of(const Pairs& week, double day) {
    double factor = week.back()[1];
    for (const auto& [from, value] : week) {
        if (from <= day) factor = value;
    }
    return factor;
}

RateFunction shape_of(const PolicySpec& spec) {
    const Points day = day_of(spec.pairs("curve"));
    const Pairs week = spec.pairs("week");
    if (week.empty()) return RateFunction(day, kDayS);
    Points points;
    for (int d = 0; d < 7; ++d) {
        const double factor = factor_of(week, d);
        for (const RateFunction::Point& point : day)
            points.push_back({d * kDayS + point.time_s, factor * point.rate});
    }
    return RateFunction(std::move(points), 7.0 * kDayS);
}

std::optional<std::string> week_problem(const Pairs& week) {
    for (std::size_t i = 0; i < week.size(); ++i) {
        const double day = week[i][0];
        if (day < 0.0 || day > 6.0 || day != static_cast<int>(day))
            return "week: days are 0 (Monday) to 6 (Sunday)";
        if (i > 0 && day <= week[i - 1][0]) return "week: days must rise";
        if (!(week[i][1] >= 0.0)) return "week: rates must not be negative";
    }
    const auto idle = [](const auto& pair) { return pair[1] == 0.0; };
    if (!week.empty() && std::all_of(week.begin(), week.end(), idle))
        return "week: some rate must be above 0";
    return std::nullopt;
}

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    PLIMSOLL_EXPECTS(!arrival_problem(spec));
    return std::make_unique<ModulatedArrivals>(
        local_time_clock(spec, spec.number("rate", 0.0) * load),
        gap_law(GapFamily::gamma, spec.number("cv", 1.0)),
        stream);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    const double cv = spec.number("cv", 1.0);
    return {
        .rate = PerSecond(spec.number("rate", 0.0)), .think_time = {}, .span = {}, .scv = cv * cv};
}

}  // namespace

bool follows_local_time(const PolicySpec& spec) {
    return !spec.pairs("curve").empty() || !spec.pairs("week").empty();
}

RateFunction local_time_curve(const PolicySpec& spec, double rate) {
    const RateFunction shape = shape_of(spec);
    return shape.times(rate / shape.mean());
}

RateClock local_time_clock(const PolicySpec& spec, double rate) {
    return RateClock(local_time_curve(spec, rate),
                     spec.number("start", 0.0) + spec.number("utc_offset", 0.0));
}

std::optional<std::string> local_time_problem(const PolicySpec& spec) {
    const Pairs curve = spec.pairs("curve");
    if (spec.has("curve")) {
        if (auto why = curve_problem(curve)) return "curve: " + *why;
        if (curve.back()[0] > 24.0) return "curve: hours end at 24";
        if (RateFunction(day_of(curve)).integral(kDayS) <= 0.0) return "curve: some rate must last";
    }
    return week_problem(spec.pairs("week"));
}

ArrivalKind diurnal_arrivals() {
    return {.info = {"diurnal", "a rate that follows the hours of the day and the week", kFields},
            .make = make,
            .rate = rate_of,
            .problem = local_time_problem};
}

}  // namespace plimsoll
