#include "sim/estimate.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/llms.h"
#include "tests/support/property.h"

using namespace plimsoll;

namespace {

PolicySpec spec(std::string kind, std::vector<std::pair<std::string, double>> numbers) {
    PolicySpec made;
    made.kind = std::move(kind);
    for (auto& [stem, value] : numbers) made.set(stem, value);
    return made;
}

RequestClass chat(double rate) {
    return {.name = "chat",
            .arrival = spec("poisson", {{"rate", rate}}),
            .prompt_tokens = spec("lognormal", {{"mean", 1024.0}, {"sigma", 0.8}}),
            .output_tokens = spec("lognormal", {{"mean", 256.0}, {"sigma", 0.7}}),
            .slo = {{.metric = SloMetric::ttft, .quantile = 0.99, .limit = 0.5 * second},
                    {.metric = SloMetric::tpot, .quantile = 0.99, .limit = 0.05 * second}},
            .tenant = {}};
}

Pool h100_pool(std::int64_t replicas) {
    return {.name = "main",
            .model_id = {},
            .gpu_id = "h100_sxm",
            .server_id = "hgx_h100",
            .deployment = test::on_h100(test::llama3_1_8b()),
            .replicas = replicas};
}

Scenario scenario(double rate, std::int64_t replicas = 2) {
    Scenario s;
    s.name = "test";
    s.as_of = "2026-05-01";
    s.horizon = 600.0 * second;
    s.workload.classes = {chat(rate)};
    s.pools = {h100_pool(replicas)};
    s.routing.kind = "least_loaded";
    s.prices.book.name = "test";
    s.prices.book.rents = {{.gpu = "h100_sxm",
                            .tenure = Tenure::on_demand,
                            .points = {{"2026-01-01", 2.5 * usd / hour}}}};
    s.prices.book.pue = {{"2026-01-01", 1.2}};
    s.prices.book.carbon = {{"2026-01-01", 0.4 * kilogram / kWh}};
    return s;
}

}  // namespace

TEST_CASE("estimate: money by hand") {
    const Estimate e = estimate(scenario(10.0));
    REQUIRE(e.cost.has_value());
    // Two GPUs at $2.50; 730 hours a month.
    CHECK(e.cost->rate.in(usd / hour) == doctest::Approx(5.0));
    CHECK(e.cost->per_month.in(usd) == doctest::Approx(3650.0));
    // $5 over 10 x 3,600 requests; over 256 output tokens each.
    CHECK(e.cost->figures.per_request.in(usd) == doctest::Approx(5.0 / 36000.0));
    CHECK(e.cost->figures.per_output_token.in(usd / Mtoken) ==
          doctest::Approx(5.0 / (36000.0 * 256.0) * 1e6).epsilon(2e-3));
    CHECK(e.cost->price_date == "2026-01-01");
    CHECK(e.served.value() == doctest::Approx(10.0));
}

TEST_CASE("estimate: the ledger holds an hour and adds up to the cost") {
    const Estimate e = estimate(scenario(10.0));
    const Amounts total = e.ledger.total();
    CHECK(total.usd.in(usd) == doctest::Approx(5.0).epsilon(1e-12));
    CHECK(total.gpu_time.in(hour) == doctest::Approx(2.0));
    CHECK(total.energy.value() == doctest::Approx((e.energy.facility_power * hour).value()));
    CHECK(total.co2e.value() == doctest::Approx(e.energy.co2e_per_hour->value()));
    double idle = 0.0;
    for (const LedgerSum& part : e.ledger.sums_by(LedgerKey::phase)) {
        if (part.key == "idle") idle = part.amounts.usd.value();
    }
    CHECK(idle / 5.0 == doctest::Approx(e.cost->figures.idle_share));
    // Attributed prices times tokens, and idle, are the whole.
    const CostFigures& f = e.cost->figures;
    const Tokens prompts = 36000.0 * 1024.0 * token;
    const Tokens outputs = 36000.0 * 256.0 * token;
    CHECK((f.attributed_per_prompt_token * prompts + f.attributed_per_output_token * outputs)
                  .in(usd) +
              idle ==
          doctest::Approx(5.0).epsilon(2e-3));
}

TEST_CASE("estimate: doubling the price doubles every cost") {
    Scenario twice = scenario(10.0);
    twice.prices.book.rents[0].points[0].value *= 2.0;
    const Estimate a = estimate(scenario(10.0));
    const Estimate b = estimate(twice);
    CHECK(b.cost->rate.value() == doctest::Approx(2.0 * a.cost->rate.value()));
    CHECK(b.cost->figures.per_output_token.value() ==
          doctest::Approx(2.0 * a.cost->figures.per_output_token.value()));
    CHECK(b.cost->figures.idle_share == doctest::Approx(a.cost->figures.idle_share));
    CHECK(b.curve[3].usd_per_output_token.value() ==
          doctest::Approx(2.0 * a.curve[3].usd_per_output_token.value()));
}

TEST_CASE("estimate: capacity grows with GPUs, and the load at the SLO lies below it") {
    double before = 0.0;
    for (const std::int64_t replicas : {1, 2, 3, 8, 50}) {
        const Estimate e = estimate(scenario(10.0, replicas));
        CHECK(e.capacity.value() > before);
        CHECK(e.load_at_slo <= e.capacity);
        CHECK(e.load_at_slo.value() > 0.5 * e.capacity.value());
        CHECK(e.headroom == doctest::Approx(1.0 - 10.0 / e.load_at_slo.value()));
        before = e.capacity.value();
    }
    // Eight replicas together wait less than one with an eighth of the load.
    const Estimate one = estimate(scenario(10.0, 1));
    const Estimate eight = estimate(scenario(80.0, 8));
    CHECK(eight.load_at_slo / 8.0 >= one.load_at_slo);
}

TEST_CASE("estimate: the curve rises in load and latency and falls in cost") {
    const Estimate e = estimate(scenario(10.0));
    REQUIRE(e.curve.size() == 12);
    for (std::size_t i = 1; i < e.curve.size(); ++i) {
        CHECK(e.curve[i].load > e.curve[i - 1].load);
        CHECK(e.curve[i].ttft_p99 >= e.curve[i - 1].ttft_p99);
        CHECK(e.curve[i].tpot_p99 >= e.curve[i - 1].tpot_p99);
        CHECK(e.curve[i].usd_per_output_token < e.curve[i - 1].usd_per_output_token);
        CHECK(
            (e.curve[i].meets_slo || !e.curve[i - 1].meets_slo || e.curve[i].load > e.load_at_slo));
    }
    CHECK(estimate(scenario(10.0), {.curve_points = 0}).curve.empty());
}

TEST_CASE("estimate: overload is saturated, served at capacity, and misses its SLO") {
    const Estimate e = estimate(scenario(1000.0));
    CHECK(e.saturated);
    CHECK_FALSE(e.meets_slo);
    CHECK(e.served == e.capacity);
    CHECK(e.headroom < 0.0);
    CHECK(e.utilization > 1.0);
    CHECK(e.cost->figures.per_output_token.in(usd / Mtoken) < 1.0);
}

TEST_CASE("estimate: a model that does not fit is an answer with a reason") {
    Scenario s = scenario(1.0);
    s.pools[0].deployment = test::on_h100(test::llama3_1_70b());
    const Estimate e = estimate(s);
    REQUIRE(e.infeasible.has_value());
    CHECK(e.infeasible->reason.find("pools.main: Llama-3.1-70B") == 0);
    CHECK(e.pools.empty());
}

TEST_CASE("estimate: without a price there is everything but a cost") {
    Scenario s = scenario(10.0);
    s.prices.book.rents.clear();
    const Estimate e = estimate(s);
    CHECK_FALSE(e.cost.has_value());
    CHECK(e.cost_absent == "price book 'test' has no on_demand price of h100_sxm");
    CHECK(e.capacity.value() > 0.0);
    CHECK(e.energy.per_output_token.has_value());
    CHECK(std::isinf(e.curve[0].usd_per_output_token.value()));
}

TEST_CASE("estimate: an owner pays for the power that the load draws") {
    Scenario s = scenario(1.0);
    s.prices.tenure = Tenure::owned;
    s.prices.book.servers = {{.server = "hgx_h100", .points = {{"2026-01-01", 320000.0 * usd}}}};
    s.prices.book.ownership = Ownership{};
    s.prices.book.electricity = {{"2026-01-01", 0.1 * usd / kWh}};
    const Estimate light = estimate(s);
    s.workload.classes = {chat(35.0)};
    const Estimate heavy = estimate(s);
    const UsdPerSecond more = heavy.cost->rate - light.cost->rate;
    const Watts power = heavy.energy.facility_power - light.energy.facility_power;
    CHECK(more.value() == doctest::Approx((power * (0.1 * usd / kWh)).value()));
    CHECK(more.value() > 0.0);
    // The curve's cost at the scenario's own load agrees.
    CHECK(heavy.pools[0].cost.value() == doctest::Approx(heavy.cost->rate.value()));
}

TEST_CASE("estimate: two classes share the fleet, and each pays for its own time") {
    Scenario s = scenario(5.0);
    RequestClass batch = chat(5.0);
    batch.name = "batch";
    batch.prompt_tokens = spec("fixed", {{"tokens", 4096.0}});
    batch.output_tokens = spec("fixed", {{"tokens", 32.0}});
    s.workload.classes.push_back(batch);
    const Estimate e = estimate(s);
    REQUIRE(e.classes.size() == 2);
    CHECK(e.classes[1].mean.ttft > e.classes[0].mean.ttft);
    CHECK(e.classes[1].mean.e2e < e.classes[0].mean.e2e);
    CHECK(e.offered.value() == doctest::Approx(10.0));
    const Ledger& ledger = e.ledger;
    CHECK(ledger.total_of(LedgerKey::request_class, "batch").usd.value() > 0.0);
    CHECK(ledger.total().usd.in(usd) == doctest::Approx(5.0));
}

TEST_CASE("estimate: two pools share the load, one scenario without load costs only idle") {
    Scenario s = scenario(10.0);
    s.pools.push_back(h100_pool(1));
    s.pools[1].name = "large";
    s.pools[1].deployment = test::on_h100(test::llama3_1_8b(), 2);
    for (const char* router : {"round_robin", "least_loaded"}) {
        s.routing.kind = router;
        const Estimate e = estimate(s);
        REQUIRE(e.pools.size() == 2);
        CHECK(e.pools[0].share + e.pools[1].share == doctest::Approx(1.0));
        CHECK(e.pools[0].load.served.value() + e.pools[1].load.served.value() ==
              doctest::Approx(10.0));
        CHECK(e.cost->rate.in(usd / hour) == doctest::Approx(10.0));
    }
    const Estimate idle = estimate(scenario(0.0));
    CHECK(idle.cost->figures.idle_share == doctest::Approx(1.0));
    CHECK_FALSE(idle.energy.per_output_token.has_value());
    CHECK(idle.meets_slo);
}

TEST_CASE("estimate: closed loops offer what they are served") {
    Scenario s = scenario(0.0);
    s.workload.classes[0].arrival = spec("closed_loop", {{"concurrency", 100.0}});
    const Estimate e = estimate(s);
    CHECK_FALSE(e.saturated);
    CHECK(e.served * e.classes[0].mean.e2e == doctest::Approx(100.0).epsilon(1e-6));
}

TEST_CASE("estimate: every binding has a name") {
    for (const Binding b : {Binding::kv_memory,
                            Binding::slots,
                            Binding::compute,
                            Binding::memory_bandwidth,
                            Binding::communication,
                            Binding::launch,
                            Binding::host}) {
        CHECK_FALSE(to_string(b).empty());
    }
    // 128 blocks for answers of 256 tokens: few fit, and more memory would serve more.
    Scenario s = scenario(0.1);
    s.pools[0].deployment.engine.kv_blocks = 640;
    CHECK(estimate(s).binding == Binding::kv_memory);
    // A frontend of 1 ms a token delivers 1,000 tokens a second.
    Scenario slow = scenario(0.1);
    slow.pools[0].deployment.engine.frontend_per_token = 1.0 * millisecond;
    CHECK(estimate(slow).binding == Binding::host);
}
