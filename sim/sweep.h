#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/io/issue.h"
#include "sim/io/scenario_json.h"
#include "sim/run.h"

namespace plimsoll {

/// A field and the values it takes in turn, as --set takes them. The path "load" is no field: it
/// multiplies arrival rates.
struct SweepAxis {
    std::string path;
    std::vector<std::string> values;
};

/// An --over that cannot be understood.
class SweepError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// "path=1,2,4", or a range "path=1:100:20log" or "path=1:8:8lin": from, to and how many, evenly in
/// the logarithm or in the number itself. Commas inside brackets and quotes do not separate. Throws
/// SweepError.
[[nodiscard]] SweepAxis parse_axis(std::string_view spec);

/// One point of the grid: a value for each axis.
using SweepSet = std::vector<std::pair<std::string, std::string>>;

/// The cartesian product in the order given, the last axis fastest. Expects an axis. Throws
/// SweepError where a path is named twice or there are more than a million points.
[[nodiscard]] std::vector<SweepSet> grid_of(std::span<const SweepAxis> axes);

/// What became of a point: a result, or why there is none.
struct SweepOutcome {
    std::size_t index = 0;
    SweepSet set;
    std::optional<ReplicatedSummary> result;
    std::vector<ScenarioIssue> issues;
};

/// Simulates `request`'s scenario at every point, with the same random streams, options.jobs
/// processes at a time over all points. `on_outcome` sees them in order. A point that is wrong or
/// does not fit is an outcome too.
[[nodiscard]] std::optional<RunFailure> sweep(const LoadRequest& request,
                                              std::span<const SweepSet> points,
                                              const RunOptions& options,
                                              const std::function<void(SweepOutcome)>& on_outcome);

}  // namespace plimsoll
