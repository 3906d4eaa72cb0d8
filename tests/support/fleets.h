#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine_presets.h"
#include "sim/kernel/event_core.h"
#include "sim/serving/fleet.h"
#include "tests/support/llms.h"

// Scenarios as values, and fleets run to their end by the event core alone.
namespace plimsoll::test {

using Options = std::vector<std::pair<std::string, ParamValue>>;

inline PolicySpec spec(std::string kind, Options options = {}) {
    return {.kind = std::move(kind), .params = std::move(options)};
}
inline PolicySpec poisson(double rate) { return spec("poisson", {{"rate", rate}}); }
inline PolicySpec users(int count) {
    return spec("closed_loop", {{"concurrency", static_cast<double>(count)}});
}
inline PolicySpec fixed(double tokens) { return spec("fixed", {{"tokens", tokens}}); }
inline PolicySpec geometric(double mean) { return spec("geometric", {{"mean", mean}}); }

inline RequestClass request_class(std::string name,
                                  PolicySpec arrival,
                                  PolicySpec prompt,
                                  PolicySpec output) {
    RequestClass c;
    c.name = std::move(name);
    c.arrival = std::move(arrival);
    c.prompt_tokens = std::move(prompt);
    c.output_tokens = std::move(output);
    return c;
}

inline Pool pool_of(const Deployment& deployment, std::int64_t replicas = 1) {
    Pool pool;
    pool.name = "pool";
    pool.deployment = deployment;
    pool.replicas = replicas;
    return pool;
}

/// Serves one request at a time, one token a step of `step`, at no other cost: a single server
/// whose service time is output tokens x step.
inline Deployment one_at_a_time(Seconds step) {
    Deployment d = on_h100(llama3_1_8b());
    d.fidelity = Fidelity::rule;
    d.rule.step_constant = step;
    d.engine = *engine_named("ideal");
    d.engine.max_sequences = 1;
    d.engine.kv_blocks = 100000000;
    d.llm.max_context = 0;
    return d;
}

inline Scenario scenario_of(RequestClass requests, Pool pool) {
    Scenario s;
    s.name = "test";
    s.workload.classes = {std::move(requests)};
    s.pools = {std::move(pool)};
    s.routing = spec("least_loaded");
    return s;
}

/// Keeps every record.
struct Records final : RecordSink {
    std::vector<RequestRecord> all;
    void take(const RequestRecord& record) override { all.push_back(record); }
};

/// What a run leaves behind.
struct FleetRun {
    std::vector<RequestRecord> records;
    RunFacts facts;
    Summary summary;
};
inline FleetRun run_fleet(const Scenario& scenario, FleetOptions options = {}) {
    Records records;
    if (options.records == nullptr) options.records = &records;
    kernel::EventCore core;
    Fleet fleet(scenario, options, core);
    core.drain(std::numeric_limits<double>::infinity());
    FleetRun run;
    run.facts = fleet.finish();
    run.summary = summarize(fleet.metrics(), run.facts);
    run.records = std::move(records.all);
    return run;
}

}  // namespace plimsoll::test
