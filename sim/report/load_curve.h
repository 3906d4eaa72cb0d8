#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/result.h"
#include "sim/scenario.h"

namespace plimsoll {

/// One load that was simulated.
struct LoadPoint {
    /// Multiplies arrival rates and closed-loop users.
    double factor = 1.0;
    /// As load_rps().
    double load_rps = 0.0;
    /// Every SLO term held and the queue did not grow.
    bool holds = false;
    ReplicatedSummary result;
};

/// How the search for the load at the SLO ended.
enum class LoadEnd { found, missed_at_every_load, met_at_every_load };
[[nodiscard]] std::string_view to_string(LoadEnd end);

/// Latency and cost against load, by simulation, and the load at which the SLO is just met.
struct LoadCurve {
    LoadEnd end = LoadEnd::found;
    /// Present where it was found.
    std::optional<LoadAnswer> answer;
    /// Ascending by factor.
    std::vector<LoadPoint> points;
    /// Replications included.
    std::size_t simulations = 0;
};

/// Requests per second of a run: the nominal rate of open loops and traces times `factor`, and what
/// closed loops completed. Reads traces; throws as arrival_rate() does.
[[nodiscard]] double load_rps(const Scenario& scenario, double factor, const Summary& summary);

/// Whether the run met every SLO term and kept up.
[[nodiscard]] bool holds(const Summary& summary);

/// "chat p99 TTFT", with the class only where there are several.
[[nodiscard]] std::string term_name(const SloVerdict& term, bool with_class);

/// The term with the largest value against its limit, missed ones first. Null without terms.
[[nodiscard]] const SloVerdict* tightest(const std::vector<SloVerdict>& terms);

}  // namespace plimsoll
