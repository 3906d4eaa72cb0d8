#pragma once

#include <string>
#include <vector>

#include "tests/support/fleets.h"

// Fleets below and above their capacity, to see whether the verdict tells them apart.
namespace plimsoll::test {

/// Eight servers of one request at a time with one queue; capacity 8 / (100 tokens x 10 ms).
inline Scenario eight_servers() {
    Scenario s = scenario_of(request_class("jobs", poisson(8.0), fixed(1.0), geometric(100.0)),
                             pool_of(one_at_a_time(10.0 * millisecond), 8));
    s.routing = spec("central_queue");
    return s;
}

/// Chat with lognormal lengths on Llama-3.1-8B and one H100.
inline Scenario chat_8b() {
    const PolicySpec prompt =
        spec("lognormal", {{"mean", 512.0}, {"sigma", 0.8}, {"maximum", 8192.0}});
    const PolicySpec output =
        spec("lognormal", {{"mean", 200.0}, {"sigma", 0.7}, {"maximum", 4096.0}});
    Deployment d = on_h100(llama3_1_8b());
    d.engine.max_sequences = 128;
    return scenario_of(request_class("chat", poisson(1.0), prompt, output), pool_of(d));
}

/// Requests per second that an overloaded fleet completes.
inline double measured_capacity(Scenario s) {
    s.workload.classes[0].arrival = users(2000);
    s.horizon = 1000.0 * second;
    s.max_requests = 0;
    double completed = 0.0;
    for (const RequestRecord& r : run_fleet(s).records) {
        completed += r.end_s > 200.0 && r.end_s <= 1000.0 ? 1.0 : 0.0;
    }
    return completed / 800.0;
}

/// Of `seeds` runs of `requests` at `load` times `capacity`, those found saturated.
struct SaturationTrial {
    double capacity = 1.0;
    double load = 0.9;
    int seeds = 10;
    std::int64_t requests = 20000;
};
inline std::vector<bool> saturated_runs(Scenario s, const SaturationTrial& trial) {
    s.workload.classes[0].arrival = poisson(trial.load * trial.capacity);
    s.max_requests = trial.requests;
    std::vector<bool> found;
    for (int seed = 1; seed <= trial.seeds; ++seed) {
        s.seed = static_cast<std::uint64_t>(seed);
        found.push_back(run_fleet(s).facts.saturated);
    }
    return found;
}

}  // namespace plimsoll::test
