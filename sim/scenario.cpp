#include "sim/scenario.h"

#include <algorithm>
#include <array>
#include <variant>

#include <fmt/format.h>

#include "models/memory.h"
#include "models/roofline.h"
#include "models/step.h"
#include "sim/registry.h"

namespace plimsoll {
namespace {

constexpr std::array<PolicyInfo, 3> kRouters{{
    {"least_loaded", "the replica with the fewest requests, running and waiting", {}},
    {"round_robin", "each replica in turn", {}},
    {"central_queue", "one queue for all; replicas help themselves when they have room", {}},
}};

void check_pool(const Pool& pool, std::vector<ScenarioProblem>& found) {
    const std::string path = "pools." + pool.name;
    const Deployment& d = pool.deployment;
    const auto add = [&](const std::string& where, std::string message, bool infeasible) {
        found.push_back({path + where, std::move(message), infeasible});
    };
    if (d.engine.max_sequences > d.engine.max_batch_tokens) {
        add(".engine.max_sequences",
            fmt::format("{} sequences cannot all decode within a step of {} tokens "
                        "(max_batch_tokens)",
                        d.engine.max_sequences,
                        d.engine.max_batch_tokens),
            false);
    }
    if (span_limits(d.llm).size() > kMaxSpans) {
        add(".model",
            fmt::format("at most {} different attention windows are supported", kMaxSpans - 1),
            false);
        return;
    }
    if (!compute_peak(d.gpu, d.precisions.compute)) {
        add(".precision",
            fmt::format("{} does not compute in {}", d.gpu.name, to_string(d.precisions.compute)),
            true);
        return;
    }
    if (d.engine.sampler == Sampler::sort && d.gpu.peak(Precision::fp32).value() <= 0.0) {
        add(".gpu",
            fmt::format("{} has no fp32 peak, which sorting the vocabulary is timed by "
                        "(peak_dense.fp32_tflops, or engine.sampler \"greedy\")",
                        d.gpu.name),
            false);
    }
    const auto plan = plan_memory(d);
    if (const auto* why = std::get_if<Infeasible>(&plan)) add("", why->reason, true);
}

/// Something must end the run: a horizon, a number of requests, or a trace.
bool ends(const Scenario& scenario) {
    if (scenario.horizon.value() > 0.0 || scenario.max_requests > 0) return true;
    const auto& classes = scenario.workload.classes;
    return std::all_of(classes.begin(), classes.end(), [](const RequestClass& c) {
        return c.arrival.kind == "trace";
    });
}

}  // namespace

std::string_view to_string(SloMetric metric) {
    constexpr std::array<std::string_view, 4> kNames{"ttft", "tpot", "e2e", "queue"};
    return kNames[static_cast<std::size_t>(metric)];
}

std::string_view to_string(Mark mark) {
    constexpr std::array<std::string_view, 4> kNames{"R", "R2", "D", "M"};
    return kNames[static_cast<std::size_t>(mark)];
}

std::span<const PolicyInfo> router_kinds() { return kRouters; }

std::vector<ScenarioProblem> problems(const Scenario& scenario) {
    std::vector<ScenarioProblem> found;
    for (const Pool& pool : scenario.pools) check_pool(pool, found);
    for (const RequestClass& c : scenario.workload.classes) {
        const bool replays = brings_lengths(c.arrival);
        for (const auto& [field, spec] : {std::pair{"prompt_tokens", &c.prompt_tokens},
                                          std::pair{"output_tokens", &c.output_tokens}}) {
            if (spec->kind == "trace" && !replays) {
                found.push_back({fmt::format("workload.classes.{}.{}", c.name, field),
                                 "lengths can come from a trace only where the arrivals do",
                                 false});
            }
        }
    }
    if (!ends(scenario)) {
        found.push_back({"", "nothing ends this run: give horizon_s or max_requests", false});
    }
    if (scenario.horizon.value() > 0.0 && scenario.warm_up >= scenario.horizon) {
        found.push_back({"warm_up_s", "the warm-up must end before the horizon", false});
    }
    return found;
}

}  // namespace plimsoll
