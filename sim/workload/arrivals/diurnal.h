#pragma once

#include <array>
#include <optional>
#include <string>

#include "sim/params.h"
#include "sim/workload/rate_function.h"

namespace plimsoll {

inline constexpr double kHourS = 3600.0;
inline constexpr double kDayS = 24.0 * kHourS;

/// The options by which a rate follows local time: curve, week, start, utc_offset.
[[nodiscard]] constexpr std::array<ParamField, 4> local_time_fields(bool needs_curve) {
    return {
        ParamField{.stem = "curve",
                   .kind = ParamField::Kind::pairs,
                   .default_value = {},
                   .help = "[hour of the local day, relative rate], straight lines between and "
                           "around midnight; two points of one hour are a step",
                   .required = needs_curve},
        ParamField{.stem = "week",
                   .kind = ParamField::Kind::pairs,
                   .default_value = {},
                   .help = "[day, relative rate]: a factor from the midnight that begins the day "
                           "(0 Monday, 6 Sunday) until the next day named"},
        ParamField{.stem = "start",
                   .dimension = Dimension::time,
                   .default_value = 0.0,
                   .maximum = 7.0 * kDayS,
                   .help = "when the run starts, after midnight UTC (of Monday with a week)"},
        ParamField{.stem = "utc_offset",
                   .dimension = Dimension::time,
                   .default_value = 0.0,
                   .minimum = -14.0 * kHourS,
                   .maximum = 14.0 * kHourS,
                   .help = "local time minus UTC"}};
}

/// Whether `spec` gives a curve of the day or the week.
[[nodiscard]] bool follows_local_time(const PolicySpec& spec);
/// The curve over a day, or a week, that `spec` describes, with mean `rate`.
[[nodiscard]] RateFunction local_time_curve(const PolicySpec& spec, double rate);
/// The same with the clock set to the start of the run.
[[nodiscard]] RateClock local_time_clock(const PolicySpec& spec, double rate);
/// What is wrong with these options, or nothing.
[[nodiscard]] std::optional<std::string> local_time_problem(const PolicySpec& spec);

}  // namespace plimsoll
