#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "sim/io/issue.h"
#include "sim/report/load_curve.h"
#include "sim/result.h"

namespace plimsoll {

/// One line of `sweep --json`: {"point", "set": {path: value}, "result"}.
[[nodiscard]] std::string point_line(std::size_t point,
                                     const std::vector<std::pair<std::string, std::string>>& set,
                                     const ReplicatedSummary& result);

/// The line of a point without an answer: {"point", "set", "error": [{path, message, ...}],
/// "infeasible"}.
[[nodiscard]] std::string point_line(std::size_t point,
                                     const std::vector<std::pair<std::string, std::string>>& set,
                                     const std::vector<ScenarioIssue>& issues);

/// The result of `load --json`: that of a run at the scenario's own load with `answer` filled in,
/// and `load_curve` {end, simulations, points: [{factor, load_rps, holds, result}]}.
[[nodiscard]] std::string load_json(const LoadCurve& curve);

}  // namespace plimsoll
