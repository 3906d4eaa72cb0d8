#pragma once

#include <cstddef>
#include <functional>
#include <variant>

#include "sim/report/load_curve.h"
#include "sim/run.h"

namespace plimsoll {

/// How the load at the SLO is looked for.
struct LoadOptions {
    /// Jobs, lookahead, cancel; `load` and `requests_csv` are not used, `progress` counts within
    /// one round.
    RunOptions run;
    /// Stop when the answer is known this closely, relative.
    double tolerance = 0.01;
    /// The factor where the closed form expects the answer; 0: ask estimate().
    double guess = 0.0;
    /// Called before each round of simulations: how many are behind, how many are in it, and the
    /// factors between which the answer lies by now (0 and infinity where unknown).
    std::function<void(std::size_t, std::size_t, double, double)> on_round{};
};

/// The load at which the SLO is just met, by simulation: the factor on arrival rates (trace time,
/// closed-loop users) up to which every term reaches its quantile and the queue does not grow;
/// without an SLO, up to which it does not grow. A grid around the closed form's answer, then
/// bisection, all with the same random streams. Points do not depend on options.run.jobs. The
/// scenario's own load, factor 1, is always among them.
[[nodiscard]] std::variant<LoadCurve, RunFailure> find_load(const Scenario& scenario,
                                                            const LoadOptions& options);

}  // namespace plimsoll
