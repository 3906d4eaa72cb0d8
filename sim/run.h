#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "sim/result.h"
#include "sim/scenario.h"

namespace plimsoll {

/// How a scenario is simulated; none of it changes the answer's bytes but `load`.
struct RunOptions {
    /// Simulations at a time, each in a process of its own.
    int jobs = 1;
    /// Multiplies arrival rates, compresses trace time, multiplies closed-loop users.
    double load = 1.0;
    /// Let our event core run ahead of SimGrid's clock.
    bool lookahead = true;
    /// One row a request of the first replication; empty for none.
    std::string requests_csv{};
    const std::atomic<bool>* cancel = nullptr;
    /// Simulations finished, of how many.
    std::function<void(std::size_t, std::size_t)> progress{};
};

/// A simulation that ended without an answer.
struct RunFailure {
    enum class Why {
        /// A signal or the caller's flag ended it; `code` is the signal, 0 for the flag.
        interrupted,
        /// A trace or an output file cannot be read or written.
        file,
        /// A trace says something that cannot be.
        trace,
        /// A child died, or an invariant broke.
        internal,
    };
    Why why = Why::internal;
    int code = 0;
    std::string message;
};

/// One simulation, in this process, which must not have booted a simulation before: run() wraps it
/// in a process of its own and says which scenario was answered. Expects one without problems().
[[nodiscard]] Summary simulate(const Scenario& scenario,
                               std::size_t replication,
                               const RunOptions& options);

/// scenario.replications simulations with common random numbers between scenarios of one seed, and
/// their mean with 95 % intervals.
[[nodiscard]] std::variant<ReplicatedSummary, RunFailure> run(const Scenario& scenario,
                                                              const RunOptions& options);

/// A point of a series: a scenario and the load it is run at.
struct RunPoint {
    Scenario scenario;
    double load = 1.0;
};

/// The answers of many points, options.jobs simulations at a time over all of them; `on_point` sees
/// them in order as they are complete.
[[nodiscard]] std::optional<RunFailure> run_points(
    std::span<const RunPoint> points,
    const RunOptions& options,
    const std::function<void(std::size_t, ReplicatedSummary)>& on_point);

}  // namespace plimsoll
