#include "sim/load.h"

#include <atomic>
#include <cmath>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sim/io/points_json.h"
#include "sim/io/result_json.h"
#include "tests/sim/io/loading.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

/// One server of mean service time 1 s (a geometric number of steps of 10 ms), no engine around it.
Scenario queue(double rate, const std::string& slo, std::vector<std::string> sets = {}) {
    return load_scenario(request_of(fmt::format(R"({{
  "format": "plimsoll.scenario/1", "fidelity": "rule", "max_requests": 60000,
  "workload": {{"classes": {{"jobs": {{
    "arrival": {{"kind": "poisson", "rate_per_s": {}}},
    "prompt_tokens": {{"kind": "fixed", "tokens": 1}},
    "output_tokens": {{"kind": "geometric", "mean": 100}},
    "slo": {{{}}}}}}}}},
  "pools": {{"server": {{"model": "llama3_1_8b", "gpu": "h100_sxm", "server": "hgx_h100",
    "engine": {{"preset": "ideal", "max_sequences": 1}}, "rule": {{"step_constant_ms": 10}}}}}}
}})",
                                                rate,
                                                slo),
                                    std::move(sets)));
}

LoadCurve found(const Scenario& scenario, LoadOptions options = {.run = {.jobs = 2}}) {
    return std::get<LoadCurve>(find_load(scenario, options));
}

}  // namespace

TEST_CASE("load: the search finds the load at which an M/M/1 queue meets its limit") {
    // P(wait > t) = rho exp(-(1 - rho) t / s) = 0.05 at rho = 0.7, s = 1 s:
    // t = ln(0.7 / 0.05) / 0.3 = 8.797 s.
    const LoadCurve curve = found(queue(0.2, R"("queue_p95_s": 8.797)"));
    REQUIRE(curve.end == LoadEnd::found);
    // 60,000 requests know the share above the limit to 0.006, hence the load to about 2 %.
    CHECK(curve.answer->load_at_slo_rps == doctest::Approx(0.7).epsilon(0.05));
    CHECK(curve.answer->headroom == doctest::Approx(1.0 - 0.2 / 0.7).epsilon(0.03));
    CHECK(curve.answer->binding == "p95 queue");
    // The bracket is 1 % wide, and the curve is in order.
    double last = 0.0;
    double above = 1e300;
    for (const LoadPoint& point : curve.points) {
        CHECK(point.factor > last);
        last = point.factor;
        CHECK(point.load_rps == doctest::Approx(0.2 * point.factor));
        if (!point.holds) above = std::min(above, point.load_rps);
    }
    CHECK(above <= 1.0101 * curve.answer->load_at_slo_rps);
    CHECK(curve.simulations == curve.points.size());
}

TEST_CASE("load: without an SLO it is where the queue begins to grow") {
    const LoadCurve curve = found(queue(0.5, ""));
    REQUIRE(curve.end == LoadEnd::found);
    CHECK(curve.answer->load_at_slo_rps == doctest::Approx(1.0).epsilon(0.05));
}

TEST_CASE("load: the answer does not depend on the jobs or on the closed form's guess") {
    const Scenario scenario = queue(0.3, R"("queue_p95_s": 5)", {"max_requests=10000"});
    const LoadCurve one = found(scenario, {.run = {.jobs = 1}, .tolerance = 0.05});
    const LoadCurve three = found(scenario, {.run = {.jobs = 3}, .tolerance = 0.05});
    CHECK(load_json(one) == load_json(three));
    const LoadCurve elsewhere =
        found(scenario, {.run = {.jobs = 2}, .tolerance = 0.05, .guess = 20.0});
    CHECK(elsewhere.answer->load_at_slo_rps ==
          doctest::Approx(one.answer->load_at_slo_rps).epsilon(0.06));
}

TEST_CASE("load: the scenario's own load is what run() answers") {
    const Scenario scenario = queue(0.3, R"("queue_p95_s": 5)", {"max_requests=5000"});
    const LoadCurve curve = found(scenario, {.run = {.jobs = 2}, .tolerance = 0.2});
    const auto direct = std::get<ReplicatedSummary>(run(scenario, {}));
    bool is_there = false;
    for (const LoadPoint& point : curve.points) {
        if (point.factor != 1.0) continue;
        is_there = true;
        CHECK(result_json(point.result, JsonLayout::line) == result_json(direct, JsonLayout::line));
    }
    CHECK(is_there);
}

TEST_CASE("load: it gives up cleanly") {
    const Scenario never = queue(0.3, R"("e2e_p95_ms": 1)", {"max_requests=2000"});
    const LoadCurve missed = found(never);
    CHECK(missed.end == LoadEnd::missed_at_every_load);
    CHECK_FALSE(missed.answer.has_value());
    const std::atomic<bool> cancel{true};
    const auto stopped = find_load(never, {.run = {.cancel = &cancel}});
    REQUIRE(std::holds_alternative<RunFailure>(stopped));
    CHECK(std::get<RunFailure>(stopped).why == RunFailure::Why::interrupted);
}

TEST_CASE("load: users of a closed loop are what is multiplied") {
    Scenario scenario =
        queue(0.3,
              R"("queue_p95_s": 3)",
              {R"(workload.classes.jobs.arrival={"kind": "closed_loop", "concurrency": 2})",
               "max_requests=5000"});
    const LoadCurve curve = found(scenario, {.run = {.jobs = 2}, .tolerance = 0.2});
    REQUIRE(curve.end == LoadEnd::found);
    // One server cannot do more than 1 request/s whoever asks.
    CHECK(curve.answer->load_at_slo_rps == doctest::Approx(1.0).epsilon(0.05));
    CHECK(curve.answer->binding == "p95 queue");
}
