#include "models/estimate.h"

#include <cmath>
#include <tuple>
#include <variant>

#include <doctest/doctest.h>

#include "tests/support/llms.h"
#include "tests/support/property.h"

using namespace plimsoll;

namespace {

MemoryPlan memory_of(const Deployment& d) { return std::get<MemoryPlan>(plan_memory(d)); }

Lengths exponential(double mean) { return {.mean = mean, .mean_square = 2.0 * mean * mean}; }

PoolDemand demand_of(const RequestMix& lengths, std::int64_t replicas = 1) {
    return {.classes = {{.share = 1.0, .lengths = lengths, .limits = {}}}, .replicas = replicas};
}

/// One place, steps of 10 ms and no host costs: a single server.
Deployment one_server() {
    Deployment d = test::on_h100(test::llama3_1_8b());
    d.fidelity = Fidelity::rule;
    d.rule.step_constant = 10.0 * millisecond;
    d.engine.pipeline_depth = 1;
    d.engine.host_gap = {};
    d.engine.host_gap_per_sequence = {};
    d.engine.frontend_in = {};
    d.engine.frontend_out = {};
    d.engine.frontend_per_token = {};
    d.engine.max_sequences = 1;
    return d;
}

}  // namespace

TEST_CASE("estimate: a replica with one place is M/M/1 for exponential answers, M/D/1 for fixed") {
    const Deployment d = one_server();
    const StepModel model(d);
    // 100 steps of 10 ms: E[S] = 1 s; at rho = 0.6 the mean wait is 0.6/0.4 (1 + c^2)/2 s.
    for (const double scv : {0.0, 1.0}) {
        const RequestMix mix{.prompt = fixed_length(10),
                             .output = scv > 0.0 ? exponential(100) : fixed_length(100)};
        const PoolCurve curve(model, memory_of(d), demand_of(mix));
        CHECK(curve.capacity().value() == doctest::Approx(1.0));
        const PoolLoad load = curve.at(PerSecond(0.6));
        CHECK(load.wait.mean().value() == doctest::Approx(1.5 * (1.0 + scv) / 2.0));
        CHECK(load.busy == doctest::Approx(0.6));
        const SingleServer queue{.arrival_rate = PerSecond(0.6), .mean_service = 1.0 * second};
        CHECK(load.wait.mean().value() == doctest::Approx(mg1(queue, scv).wait.value()));
    }
}

TEST_CASE("estimate: least-loaded replicas of one place are M/M/c") {
    const Deployment d = one_server();
    const StepModel model(d);
    PoolDemand demand = demand_of({.prompt = fixed_length(10), .output = exponential(100)}, 8);
    demand.sharing = Sharing::to_least_loaded;
    const PoolCurve curve(model, memory_of(d), demand);
    const MultiServer same{
        .arrival_rate = PerSecond(6.0), .mean_service = 1.0 * second, .servers = 8};
    CHECK(curve.at(PerSecond(6.0)).wait.mean().value() ==
          doctest::Approx(mmc(same).wait.value()).epsilon(1e-6));
}

TEST_CASE("estimate: at vanishing load every latency is that of an idle engine") {
    const Deployment d = test::on_h100(test::llama3_1_8b());
    const StepModel model(d);
    const RequestMix mix{.prompt = fixed_length(1000), .output = fixed_length(201)};
    const PoolCurve curve(model, memory_of(d), demand_of(mix));
    const LightLoad light = light_load(model, 1000, 201);
    const PoolLoad load = curve.at(PerSecond(1e-9));
    const ClassLatency mean = curve.means(load, 0);
    CHECK(mean.ttft.value() == doctest::Approx(light.ttft.value()).epsilon(1e-6));
    CHECK(mean.tpot.value() == doctest::Approx(light.tpot.value()).epsilon(1e-6));
    // Contexts of the mean shape are whole tokens.
    CHECK(mean.e2e.value() == doctest::Approx(light.e2e.value()).epsilon(1e-5));
    for (const double q : {0.5, 0.9, 0.99}) {
        CHECK(curve.quantile(load, 0, LatencyMetric::ttft, q).value() ==
              doctest::Approx(light.ttft.value()).epsilon(1e-3));
    }
    CHECK(load.busy == doctest::Approx(0.0).epsilon(1e-6));
}

TEST_CASE("estimate: bursty prompts have the tails that a step-by-step replay has") {
    // Llama-2-70B on four H100, 2,000 prompt and 248 output tokens at 3 requests/s: a replay of the
    // engine's loop gave a p99 TTFT of 0.697, 1.915 and 5.902 s and a p99 TPOT of 45, 61 and 90 ms
    // for Poisson arrivals and for gamma ones with a CV of 2 and 4.
    Deployment d = test::on_h100(test::llama2_70b(), 4);
    d.engine.max_batch_tokens = 2048;
    d.engine.max_sequences = 128;
    const StepModel model(d);
    struct Row {
        double scv, ttft_s, tpot_s;
    };
    for (const Row& row :
         {Row{1.0, 0.697, 0.045}, Row{4.0, 1.915, 0.061}, Row{16.0, 5.902, 0.090}}) {
        PoolDemand demand = demand_of({.prompt = fixed_length(2000), .output = fixed_length(248)});
        demand.arrival_scv = row.scv;
        const PoolCurve curve(model, memory_of(d), demand);
        const PoolLoad load = curve.at(PerSecond(3.0));
        CHECK(curve.quantile(load, 0, LatencyMetric::ttft, 0.99).value() ==
              doctest::Approx(row.ttft_s).epsilon(0.25));
        CHECK(curve.quantile(load, 0, LatencyMetric::tpot, 0.99).value() ==
              doctest::Approx(row.tpot_s).epsilon(0.25));
    }
}

TEST_CASE("estimate: more load never lowers a latency") {
    const auto draw = [](test::Random& random) {
        return std::tuple{random.log_between(10.0, 6000.0),
                          random.log_between(1.0, 1500.0),
                          random.between(0.0, 2.0),
                          random.between(0.0, 0.97),
                          random.between(1, 2)};
    };
    test::for_all(10, 150, draw, [](const auto& drawn) {
        const auto [prompt, output, scv, share, depth] = drawn;
        Deployment d = test::on_h100(test::llama3_1_8b());
        d.engine.pipeline_depth = depth;
        const StepModel model(d);
        const auto lengths = [scv = scv](double mean) {
            return Lengths{.mean = std::round(mean),
                           .mean_square = std::round(mean) * std::round(mean) * (1.0 + scv)};
        };
        const PoolCurve curve(
            model, memory_of(d), demand_of({.prompt = lengths(prompt), .output = lengths(output)}));
        const PoolLoad less = curve.at(share * curve.capacity());
        const PoolLoad more = curve.at((share + 0.02) * curve.capacity());
        constexpr double kRounding = 1.0 - 1e-6;
        for (const LatencyMetric metric :
             {LatencyMetric::ttft, LatencyMetric::tpot, LatencyMetric::e2e}) {
            CHECK(curve.quantile(more, 0, metric, 0.99).value() >=
                  curve.quantile(less, 0, metric, 0.99).value() * kRounding);
        }
        CHECK(curve.means(more, 0).ttft.value() >= curve.means(less, 0).ttft.value() * kRounding);
        CHECK(curve.means(more, 0).tpot.value() >= curve.means(less, 0).tpot.value() * kRounding);
        CHECK(more.running >= less.running * kRounding);
    });
}

TEST_CASE("estimate: the load at the limits meets them and a little more does not") {
    const Deployment d = test::on_h100(test::llama3_1_8b());
    const StepModel model(d);
    const RequestMix mix{.prompt = exponential(1000), .output = exponential(200)};
    for (const double limit_s : {0.15, 0.3, 1.0, 10.0}) {
        PoolDemand demand = demand_of(mix, 4);
        demand.classes[0].limits = {
            {.metric = LatencyMetric::ttft, .quantile = 0.99, .limit = limit_s * second}};
        const PoolCurve curve(model, memory_of(d), demand);
        const PerSecond load = curve.load_at_limits();
        REQUIRE(load.value() > 0.0);
        CHECK(curve.meets_limits(curve.at(load)));
        CHECK_FALSE(curve.meets_limits(curve.at(load + 0.001 * curve.capacity())));
    }
    PoolDemand impossible = demand_of(mix);
    impossible.classes[0].limits = {{.limit = 1.0 * microsecond}};
    CHECK(PoolCurve(model, memory_of(d), impossible).load_at_limits() == PerSecond());
    const PoolCurve unlimited(model, memory_of(d), demand_of(mix));
    CHECK(unlimited.load_at_limits() == unlimited.capacity());
}

TEST_CASE("estimate: beyond capacity nothing more is served and waits have no end") {
    const Deployment d = test::on_h100(test::llama3_1_8b());
    const StepModel model(d);
    const RequestMix mix{.prompt = fixed_length(1000), .output = fixed_length(200)};
    const PoolCurve curve(model, memory_of(d), demand_of(mix, 3));
    const PoolLoad load = curve.at(2.0 * curve.capacity());
    CHECK(load.saturated);
    CHECK(load.served == curve.capacity());
    CHECK(std::isinf(curve.means(load, 0).ttft.value()));
    CHECK(std::isinf(curve.quantile(load, 0, LatencyMetric::ttft, 0.99).value()));
    CHECK(curve.quantile(load, 0, LatencyMetric::tpot, 0.99).value() > 0.0);
}

TEST_CASE("estimate: a closed loop obeys Little's law, with and without waiting") {
    const Deployment d = test::on_h100(test::llama3_1_8b());
    const StepModel model(d);
    const RequestMix mix{.prompt = fixed_length(1000), .output = fixed_length(200)};
    const PoolCurve curve(model, memory_of(d), demand_of(mix, 2));
    for (const double users : {1.0, 20.0, 200.0, 2000.0}) {
        const PoolLoad load = curve.at_concurrency(users, 2.0 * second);
        CHECK(load.served * (curve.means(load, 0).e2e + 2.0 * second) ==
              doctest::Approx(users).epsilon(1e-6));
        CHECK(load.served <= curve.capacity() * (1.0 + 1e-12));
    }
    CHECK(curve.at_concurrency(2000.0, {}).served.value() ==
          doctest::Approx(curve.capacity().value()));
}

TEST_CASE("estimate: quantiles of a lognormal length") {
    // Mean 100 with c^2 = e - 1: sigma = 1, median 100 e^-1/2.
    const Lengths lengths{.mean = 100.0, .mean_square = 1e4 * std::exp(1.0)};
    CHECK(length_quantile(lengths, 0.5) == doctest::Approx(100.0 * std::exp(-0.5)));
    CHECK(length_quantile(fixed_length(42), 0.99) == 42.0);
}
