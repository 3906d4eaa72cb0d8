#include "sim/load.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/scenario_options.h"
#include "cli/simulation.h"
#include "models/contract.h"
#include "sim/io/points_json.h"
#include "sim/report/page_one.h"

namespace plimsoll::cli {
namespace {

constexpr int kCurvePoints = 24;

/// "12 simulations done, 3 running: between 3.4 and 3.9 x the scenario's load".
std::string state(std::size_t behind, std::size_t done, std::size_t of, double low, double high) {
    std::string text = fmt::format("{} simulations done, {} of {} in this round", behind, done, of);
    if (low > 0.0 && std::isfinite(high))
        text += fmt::format("; the SLO load is {:.3g} to {:.3g} x the scenario's", low, high);
    return text;
}

int run(const Arguments& arguments) {
    const ProvenanceWriter provenance(arguments);
    const Scenario scenario = scenario_of(arguments);
    LoadOptions options{.run = run_options(arguments)};
    options.tolerance = arguments.number("tolerance").value_or(options.tolerance);
    if (options.tolerance < 1e-4 || options.tolerance > 1.0)
        throw UsageError("--tolerance: expected a number from 0.0001 to 1");
    check_traces(scenario);
    Progress progress;
    std::size_t behind = 0;
    double low = 0.0;
    double high = 0.0;
    options.on_round = [&](std::size_t simulated, std::size_t count, double from, double to) {
        behind = simulated;
        low = from;
        high = to;
        progress.show(state(behind, 0, count, low, high));
    };
    options.run.progress = [&](std::size_t done, std::size_t of) {
        progress.show(state(behind, done, of, low, high));
    };
    const auto answer = find_load(scenario, options);
    progress.clear();
    if (const auto* failure = std::get_if<RunFailure>(&answer)) return tell(*failure, arguments);
    const auto& curve = std::get<LoadCurve>(answer);
    const auto own = std::find_if(curve.points.begin(),
                                  curve.points.end(),
                                  [](const LoadPoint& point) { return point.factor == 1.0; });
    PLIMSOLL_ENSURES(own != curve.points.end());
    if (wants_json(arguments)) {
        deliver(arguments, load_json(curve));
    } else {
        const Estimate closed = estimate(scenario, {.curve_points = kCurvePoints});
        deliver(
            arguments,
            page_one(
                {.scenario = scenario, .result = own->result, .estimate = closed, .curve = &curve},
                text_style(arguments)));
    }
    provenance.write(own->result.mean.scenario.sha256, options.run.jobs);
    return arguments.has("require-slo") && !own->holds ? 1 : 0;
}

}  // namespace

Command load_command() {
    return {"load",
            "find the load at which the SLO is just met, by simulation, and the curve to it",
            scenario_options() + simulation_options() +
                std::vector<OptionSpec>{{"--tolerance",
                                         "how closely to know it, relative; by default 0.01",
                                         OptionSpec::Kind::number,
                                         "SHARE"}} +
                output_options(),
            run};
}

}  // namespace plimsoll::cli
