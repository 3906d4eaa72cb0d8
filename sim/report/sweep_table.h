#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/report/load_curve.h"
#include "sim/report/text_style.h"
#include "sim/result.h"

namespace plimsoll {

/// One point of a sweep: the value on each axis and the result, or why there is none.
struct SweepRow {
    std::vector<std::string> values;
    std::optional<Summary> result;
    std::string reason;
};

/// A sweep as a table: a column for each axis, named by the end of its path, then load, latencies,
/// SLO, throughput and cost. Reasons stand in place of figures.
[[nodiscard]] std::string sweep_table(const std::vector<std::string>& paths,
                                      const std::vector<SweepRow>& rows,
                                      const TextStyle& style);

/// The simulated loads of a curve as a table.
[[nodiscard]] std::vector<std::string> load_table(const LoadCurve& curve, const TextStyle& style);

}  // namespace plimsoll
