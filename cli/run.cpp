#include "sim/run.h"

#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/scenario_options.h"
#include "cli/simulation.h"
#include "sim/io/result_json.h"
#include "sim/report/page_one.h"

namespace plimsoll::cli {
namespace {

constexpr int kCurvePoints = 24;

int run(const Arguments& arguments) {
    const ProvenanceWriter provenance(arguments);
    const Scenario scenario = scenario_of(arguments);
    RunOptions options = run_options(arguments);
    check_traces(scenario);
    Progress progress;
    options.progress = [&](std::size_t done, std::size_t of) {
        if (of > 1) progress.show(fmt::format("{} of {} simulations", done, of));
    };
    if (scenario.replications == 1) progress.show("simulating");
    const auto answer = plimsoll::run(scenario, options);
    progress.clear();
    if (const auto* failure = std::get_if<RunFailure>(&answer)) return tell(*failure, arguments);
    const auto& result = std::get<ReplicatedSummary>(answer);
    if (wants_json(arguments)) {
        deliver(arguments, result_json(result, JsonLayout::indented));
    } else {
        const Estimate closed =
            estimate(scenario, {.curve_points = kCurvePoints, .load = options.load});
        deliver(
            arguments,
            page_one(
                {.scenario = scenario, .result = result, .estimate = closed, .load = options.load},
                text_style(arguments)));
    }
    provenance.write(result.mean.scenario.sha256, options.jobs);
    return arguments.has("require-slo") && !holds(result.mean) ? 1 : 0;
}

}  // namespace

Command run_command() {
    return {"run",
            "answer a scenario by simulation",
            scenario_options() + load_option() + simulation_options() +
                std::vector<OptionSpec>{{"--requests",
                                         "write one row a request of the first replication to FILE",
                                         OptionSpec::Kind::text,
                                         "FILE.csv"}} +
                output_options(),
            run};
}

}  // namespace plimsoll::cli
