#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "models/inference.h"
#include "tests/support/fleets.h"

namespace plimsoll::test {
namespace {

/// Requests of fixed lengths, so far apart that none meets another.
FleetRun alone(const Deployment& d, double prompt, double output) {
    Scenario s = scenario_of(
        request_class("alone", spec("constant", {{"rate", 1e-4}}), fixed(prompt), fixed(output)),
        pool_of(d));
    s.max_requests = 3;
    return run_fleet(s);
}

Deployment with_depth(Deployment d, int depth) {
    d.engine.pipeline_depth = depth;
    return d;
}

/// Requests per second that a replica completes while `count` users keep it busy.
double saturated_rate(const Deployment& d,
                      const PolicySpec& prompt,
                      const PolicySpec& output,
                      int count,
                      double horizon_s) {
    PolicySpec arrival = users(count);
    // Users that start together stay in step, and share prompt steps that others do not.
    arrival.set("ramp", 0.2 * horizon_s);
    Scenario s = scenario_of(request_class("all", arrival, prompt, output), pool_of(d));
    s.horizon = horizon_s * second;
    const FleetRun run = run_fleet(s);
    double done = 0.0;
    for (const RequestRecord& r : run.records) {
        const bool is_counted = r.end_s > 0.25 * horizon_s && r.end_s <= horizon_s;
        done += is_counted && r.outcome == Outcome::completed ? 1.0 : 0.0;
    }
    return done / (0.75 * horizon_s);
}

double capacity(const Deployment& d, const Lengths& prompt, const Lengths& output) {
    const StepModel model(d);
    const RequestMix mix{.prompt = prompt, .output = output};
    const auto memory = std::get<MemoryPlan>(plan_memory(d));
    return request_capacity({model, mix, batch_capacity(d, memory, mix)}).value();
}

Lengths geometric_length(double mean) {
    return {.mean = mean, .mean_square = mean * (2.0 * mean - 1.0)};
}

}  // namespace

TEST_CASE("closed_form: a request alone takes the closed form's time") {
    Deployment exposed = on_h100(llama3_1_8b());
    exposed.engine.host_gap = 30.0 * millisecond;
    Deployment windowed = on_h100(gemma2_9b(), 2);
    windowed.llm.max_context = 0;
    Deployment rule = on_h100(llama3_1_8b());
    rule.fidelity = Fidelity::rule;
    Deployment ideal = on_h100(llama3_1_8b());
    ideal.engine = *engine_named("ideal");
    for (const Deployment& base :
         {on_h100(llama3_1_8b()), on_h100(mixtral_8x7b(), 2), exposed, windowed, rule, ideal}) {
        for (const int depth : {1, 2}) {
            const Deployment d = with_depth(base, depth);
            const StepModel model(d);
            // 20,000 tokens are three chunks of at most 8,192; one output token has no TPOT.
            for (const auto& [prompt, output] :
                 {std::pair{1, 1}, {100, 2}, {1000, 300}, {20000, 50}, {8192, 5000}}) {
                const LightLoad light = light_load(model, prompt, output);
                const FleetRun run = alone(d, prompt, output);
                INFO(d.llm.name, " depth ", depth, ", ", prompt, " + ", output);
                REQUIRE(run.records.size() == 3);
                for (const RequestRecord& r : run.records) {
                    // Dates lie 1e4 s apart, so that an ulp is 2e-12 s.
                    CHECK(r.first_token_s - r.arrival_s ==
                          doctest::Approx(light.ttft.value()).epsilon(1e-9));
                    CHECK(r.end_s - r.arrival_s ==
                          doctest::Approx(light.e2e.value()).epsilon(1e-9));
                }
                const Latency& latency = run.summary.latency;
                CHECK(latency.ttft_s->mean == doctest::Approx(light.ttft.value()).epsilon(1e-9));
                REQUIRE(latency.tpot_s.has_value() == (output > 1));
                if (output > 1) {
                    CHECK(latency.tpot_s->mean ==
                          doctest::Approx(light.tpot.value()).epsilon(1e-9));
                }
            }
        }
    }
}

TEST_CASE("closed_form: with constant steps a full replica completes what the closed form says") {
    // 32 places, 100 steps of 11 ms (depth 1), or of 10 ms and one more (depth 2).
    Deployment d = on_h100(llama3_1_8b());
    d.fidelity = Fidelity::rule;
    d.rule.step_constant = 10.0 * millisecond;
    d.engine.host_gap = 1.0 * millisecond;
    d.engine.host_gap_per_sequence = {};
    d.engine.frontend_per_token = {};
    d.engine.max_sequences = 32;
    for (const int depth : {1, 2}) {
        const Deployment e = with_depth(d, depth);
        const double most = capacity(e, fixed_length(100.0), fixed_length(100.0));
        CHECK(most == doctest::Approx(depth == 1 ? 32.0 / 1.1 : 32.0 / 1.01));
        const double rate = saturated_rate(e, fixed(100.0), fixed(100.0), 64, 400.0);
        CHECK(rate == doctest::Approx(most).epsilon(0.004));
        const double varied = saturated_rate(e, fixed(100.0), geometric(100.0), 64, 4000.0);
        CHECK(varied == doctest::Approx(most).epsilon(0.02));
    }
}

// The bound is at a full batch of mean requests. Requests that vary make steps uneven; where the KV
// pool binds they also preempt one another, and what is computed twice is lost.
TEST_CASE("closed_form: throughput approaches the closed form's bound from below") {
    struct Row {
        double prompt;
        double output;
        double least_fixed;
        double least_varied;
    };
    constexpr Row kRows[] = {
        {100.0, 400.0, 0.98, 0.96},   // 256 places
        {1000.0, 200.0, 0.98, 0.95},  // 256 places
        {4000.0, 100.0, 0.97, 0.85},  // the KV pool
        {4000.0, 1000.0, 0.92, 0.60}  // the KV pool, long outputs
    };
    for (const int depth : {1, 2}) {
        const Deployment d = with_depth(on_h100(llama3_1_8b()), depth);
        for (const Row& row : kRows) {
            INFO("depth ", depth, ", ", row.prompt, " + ", row.output);
            const double most = capacity(d, fixed_length(row.prompt), fixed_length(row.output));
            const double even =
                saturated_rate(d, fixed(row.prompt), fixed(row.output), 400, 4000.0 / most);
            // Counting 3,000 completions in a window is good to 0.2 %.
            CHECK(even <= 1.003 * most);
            CHECK(even >= row.least_fixed * most);
            const double mean =
                capacity(d, geometric_length(row.prompt), geometric_length(row.output));
            const double varied =
                saturated_rate(d, geometric(row.prompt), geometric(row.output), 400, 4000.0 / mean);
            CHECK(varied <= mean);
            CHECK(varied >= row.least_varied * mean);
        }
    }
}

}  // namespace plimsoll::test
