#pragma once

#include <string>

#include "sim/io/recorded_trace.h"
#include "sim/workload/fit.h"

namespace plimsoll {

/// A trace, its figures, and those of the generator fitted to it.
struct FitReport {
    std::string name;
    RecordedTrace trace;
    TraceStatistics statistics;
    FittedTraffic traffic;
    /// Averages over draws of the generator.
    TraceStatistics generated;
};

/// Reads a trace and fits a generator to it. Dates that were recorded in steps are spread at random
/// within their step first: even distances there would be a regularity that nobody observed. Throws
/// FileError and TraceError, also for fewer than kLeastRequestsToFit requests.
[[nodiscard]] FitReport fit_report(const std::string& path);

/// The answer of `fit --json`; absent values are null. Ends with a newline.
[[nodiscard]] std::string fit_json(const FitReport& report);

/// The generator as a complete scenario with comments, on a placeholder pool. Ends with a newline.
[[nodiscard]] std::string fitted_scenario(const FitReport& report);

}  // namespace plimsoll
