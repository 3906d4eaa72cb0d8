#include "sim/sweep.h"

#include <algorithm>

#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/scenario_options.h"
#include "cli/simulation.h"
#include "sim/io/points_json.h"
#include "sim/report/sweep_table.h"

namespace plimsoll::cli {
namespace {

/// Takes outcomes as they come and keeps what the answer and the exit code need.
class Collector {
public:
    Collector(const Arguments& arguments, const std::vector<SweepAxis>& axes)
        : as_json_(wants_json(arguments)), streams_(arguments.text("output").empty()) {
        for (const SweepAxis& axis : axes) paths_.push_back(axis.path);
    }

    void take(const SweepOutcome& outcome) {
        if (outcome.result) {
            ++answered_;
            all_hold_ = all_hold_ && holds(outcome.result->mean);
            sha256_ = outcome.result->mean.scenario.sha256;
        } else {
            all_hold_ = false;
            if (first_issues_.empty()) first_issues_ = outcome.issues;
        }
        if (!as_json_) {
            SweepRow row;
            for (const auto& [path, value] : outcome.set) row.values.push_back(value);
            if (outcome.result)
                row.result = outcome.result->mean;
            else
                row.reason = outcome.issues.front().message;
            rows_.push_back(std::move(row));
            return;
        }
        const std::string line = outcome.result
                                     ? point_line(outcome.index, outcome.set, *outcome.result)
                                     : point_line(outcome.index, outcome.set, outcome.issues);
        if (streams_)
            write_stdout(line);
        else
            text_ += line;
    }

    [[nodiscard]] std::string text(const TextStyle& style) const {
        return as_json_ ? text_ : sweep_table(paths_, rows_, style);
    }
    [[nodiscard]] bool is_written() const { return as_json_ && streams_; }
    [[nodiscard]] bool has_answer() const { return answered_ > 0; }
    [[nodiscard]] bool all_hold() const { return all_hold_; }
    [[nodiscard]] const std::string& sha256() const { return sha256_; }
    [[nodiscard]] const std::vector<ScenarioIssue>& first_issues() const { return first_issues_; }

private:
    bool as_json_;
    bool streams_;
    std::vector<std::string> paths_;
    std::vector<SweepRow> rows_;
    std::string text_;
    std::size_t answered_ = 0;
    bool all_hold_ = true;
    std::string sha256_;
    std::vector<ScenarioIssue> first_issues_;
};

int run(const Arguments& arguments) {
    const ProvenanceWriter provenance(arguments);
    std::vector<SweepAxis> axes;
    std::vector<SweepSet> points;
    try {
        for (const std::string& spec : arguments.list("over")) axes.push_back(parse_axis(spec));
        points = grid_of(axes);
    } catch (const SweepError& error) {
        throw UsageError(error.what());
    }
    RunOptions options = run_options(arguments);
    Progress progress;
    options.progress = [&](std::size_t done, std::size_t of) {
        progress.show(fmt::format("{} of {} simulations, {} points", done, of, points.size()));
    };
    Collector collector(arguments, axes);
    const auto failure = sweep(load_request(arguments), points, options, [&](SweepOutcome outcome) {
        progress.clear();
        collector.take(outcome);
    });
    progress.clear();
    // A mistake that every point has is the scenario's or the command line's.
    if (!failure && !collector.has_answer()) {
        const ScenarioErrors errors(collector.first_issues());
        if (errors.exit_code() != 1) throw errors;
    }
    if (!collector.is_written()) deliver(arguments, collector.text(text_style(arguments)));
    if (failure) return tell(*failure, arguments);
    provenance.write(collector.sha256(), options.jobs);
    if (!collector.has_answer()) return 1;
    return arguments.has("require-slo") && !collector.all_hold() ? 1 : 0;
}

}  // namespace

Command sweep_command() {
    return {"sweep",
            "simulate a scenario at every point of a grid; --json prints one line a point",
            scenario_options() +
                std::vector<OptionSpec>{
                    {"--over",
                     "an axis: path=1,2,4, path=1:100:20log or path=1:8:8lin; load=... multiplies "
                     "arrivals; may be repeated, the last varies fastest",
                     OptionSpec::Kind::list,
                     "PATH=VALUES",
                     true}} +
                load_option() + simulation_options() + output_options(),
            run};
}

}  // namespace plimsoll::cli
