#include "sim/run.h"

#include <memory>
#include <optional>

#include "models/contract.h"
#include "sim/identity.h"
#include "sim/io/file_error.h"
#include "sim/io/result_json.h"
#include "sim/io/trace_csv.h"
#include "sim/kernel/engine.h"
#include "sim/kernel/isolate.h"
#include "sim/replications.h"
#include "sim/report/costing.h"
#include "sim/serving/fleet.h"
#include "sim/serving/request_log.h"

namespace plimsoll {
namespace {

/// What a child sends first, so that the parent knows what the rest is.
constexpr char kAnswer = 'A';
constexpr char kFileProblem = 'F';
constexpr char kTraceProblem = 'T';

std::string answer_of(const RunPoint& point, std::size_t replication, const RunOptions& options) {
    try {
        RunOptions own = options;
        own.load = point.load;
        if (replication > 0) own.requests_csv.clear();
        const Summary summary = simulate(point.scenario, replication, own);
        return kAnswer +
               result_json({.mean = summary, .intervals = std::nullopt}, JsonLayout::line);
    } catch (const FileError& error) {
        return kFileProblem + std::string(error.what());
    } catch (const TraceError& error) {
        return kTraceProblem + std::string(error.what());
    }
}

}  // namespace

Summary simulate(const Scenario& scenario, std::size_t replication, const RunOptions& options) {
    PLIMSOLL_EXPECTS(problems(scenario).empty());
    std::unique_ptr<RequestLog> log;
    if (!options.requests_csv.empty()) {
        log = std::make_unique<RequestLog>(options.requests_csv, scenario);
    }
    kernel::EventCore core;
    Fleet fleet(
        scenario, {.replication = replication, .load = options.load, .records = log.get()}, core);
    kernel::Engine engine(core,
                          kernel::Topology(kernel::PlatformSpec{}),
                          options.lookahead ? kernel::Lookahead::on : kernel::Lookahead::off);
    engine.run();
    const RunFacts facts = fleet.finish();
    if (log) log->close();
    Summary summary = summarize(fleet.metrics(), facts);
    add_costs(summary, scenario, facts);
    return summary;
}

std::optional<RunFailure> run_points(
    std::span<const RunPoint> points,
    const RunOptions& options,
    const std::function<void(std::size_t, ReplicatedSummary)>& on_point) {
    struct Task {
        std::size_t point;
        std::size_t replication;
    };
    std::vector<Task> tasks;
    for (std::size_t p = 0; p < points.size(); ++p) {
        const auto replications = static_cast<std::size_t>(points[p].scenario.replications);
        for (std::size_t r = 0; r < replications; ++r) tasks.push_back({p, r});
    }
    std::atomic<bool> stop{false};
    std::optional<RunFailure> failure;
    std::vector<Summary> gathered;
    kernel::PoolOptions pool{.jobs = options.jobs};
    pool.progress = options.progress;
    pool.cancel = options.cancel != nullptr ? options.cancel : &stop;
    const auto take = [&](std::size_t index, const kernel::ChildResult& child) {
        if (failure) return;
        if (!child.ok()) {
            failure = {RunFailure::Why::internal, child.code, child.problem()};
        } else if (child.text.front() == kFileProblem) {
            failure = {RunFailure::Why::file, 0, child.text.substr(1)};
        } else if (child.text.front() == kTraceProblem) {
            failure = {RunFailure::Why::trace, 0, child.text.substr(1)};
        } else {
            gathered.push_back(read_result_json(std::string_view(child.text).substr(1)).mean);
            const std::size_t point = tasks[index].point;
            if (gathered.size() == static_cast<std::size_t>(points[point].scenario.replications)) {
                ReplicatedSummary all = combine(gathered);
                // Once a point, not once a simulation: it hashes the scenario and its traces.
                identify(all.mean, points[point].scenario);
                all.mean.made_by.replications = static_cast<std::int64_t>(gathered.size());
                gathered.clear();
                on_point(point, std::move(all));
            }
        }
        if (failure) stop = true;
    };
    const kernel::PoolEnd end = kernel::run_all(
        pool,
        tasks.size(),
        [&](std::size_t index) {
            return answer_of(points[tasks[index].point], tasks[index].replication, options);
        },
        take);
    if (failure) return failure;
    if (end.reason != kernel::PoolEnd::Reason::finished) {
        return RunFailure{RunFailure::Why::interrupted, end.signal, "interrupted"};
    }
    return std::nullopt;
}

std::variant<ReplicatedSummary, RunFailure> run(const Scenario& scenario,
                                                const RunOptions& options) {
    const std::vector<RunPoint> points{{scenario, options.load}};
    ReplicatedSummary answer;
    const auto failure = run_points(
        points, options, [&](std::size_t, ReplicatedSummary one) { answer = std::move(one); });
    if (failure) return *failure;
    return answer;
}

}  // namespace plimsoll
