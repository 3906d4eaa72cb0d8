#include "sim/serving/fleet.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/fleets.h"

namespace plimsoll::test {
namespace {

Scenario chat(double rate, std::int64_t replicas = 1) {
    Deployment d = on_h100(llama3_1_8b());
    d.engine.max_sequences = 64;
    Scenario s =
        scenario_of(request_class("chat", poisson(rate), geometric(500.0), geometric(100.0)),
                    pool_of(d, replicas));
    s.max_requests = 2000;
    return s;
}

std::vector<RequestRecord> by_arrival(std::vector<RequestRecord> records) {
    std::sort(records.begin(), records.end(), [](const RequestRecord& a, const RequestRecord& b) {
        return a.id < b.id;
    });
    return records;
}

auto fields(const RequestRecord& r) {
    return std::tuple(r.id,
                      r.class_index,
                      r.pool_index,
                      r.replica,
                      r.prompt_tokens,
                      r.output_tokens,
                      r.preemptions,
                      r.outcome,
                      r.arrival_s,
                      r.admitted_s,
                      r.first_token_s,
                      r.end_s);
}

}  // namespace

TEST_CASE("fleet: the same seed gives the same records, another replication others") {
    const Scenario s = chat(20.0, 2);
    const FleetRun first = run_fleet(s);
    const FleetRun again = run_fleet(s);
    REQUIRE(first.records.size() == 2000);
    REQUIRE(again.records.size() == 2000);
    for (std::size_t i = 0; i < first.records.size(); ++i) {
        REQUIRE(fields(first.records[i]) == fields(again.records[i]));
    }
    CHECK(first.facts.simulated_s == again.facts.simulated_s);
    CHECK(first.facts.pools[0].busy_s == again.facts.pools[0].busy_s);
    const FleetRun other = run_fleet(s, {.replication = 1});
    CHECK(by_arrival(other.records)[0].arrival_s != by_arrival(first.records)[0].arrival_s);
}

TEST_CASE("fleet: another class does not move the arrivals and lengths of the first") {
    const Scenario alone = chat(5.0);
    Scenario both = alone;
    both.workload.classes.push_back(
        request_class("batch", poisson(3.0), fixed(2000.0), geometric(50.0)));
    both.max_requests = 3200;
    const auto of_class = [](const FleetRun& run, std::int32_t index) {
        std::vector<std::tuple<double, int, int>> drawn;
        for (const RequestRecord& r : by_arrival(run.records)) {
            if (r.class_index != index) continue;
            drawn.emplace_back(r.arrival_s, r.prompt_tokens, r.output_tokens);
        }
        return drawn;
    };
    const FleetRun run = run_fleet(both);
    auto first = of_class(run_fleet(alone), 0);
    auto second = of_class(run, 0);
    REQUIRE(second.size() > 1500);
    CHECK(run.records.size() == 3200);
    first.resize(std::min(first.size(), second.size()));
    second.resize(first.size());
    CHECK(first == second);
    // Both are counted under their names.
    REQUIRE(run.summary.classes.size() == 2);
    CHECK(run.summary.classes[1].first == "batch");
    CHECK(run.summary.classes[0].second.requests.completed +
              run.summary.classes[1].second.requests.completed ==
          3200.0);
    CHECK(run.facts.pools[0].by_class[1].prompt_tokens ==
          doctest::Approx(2000.0 * run.summary.classes[1].second.requests.completed));
}

TEST_CASE("fleet: round robin takes the replicas in turn, over all pools") {
    Scenario s = chat(5.0, 3);
    s.routing = spec("round_robin");
    Pool second = pool_of(s.pools[0].deployment, 2);
    second.name = "second";
    s.pools.push_back(second);
    const FleetRun run = run_fleet(s);
    std::int32_t expected = 0;
    for (const RequestRecord& r : by_arrival(run.records)) {
        REQUIRE(r.replica == expected);
        REQUIRE(r.pool_index == (expected < 3 ? 0 : 1));
        expected = (expected + 1) % 5;
    }
    REQUIRE(run.facts.pools.size() == 2);
    CHECK(run.facts.pools[1].name == "second");
    CHECK(run.facts.pools[0].replicas == 3.0);
}

TEST_CASE("fleet: least loaded picks a replica that holds the fewest") {
    Scenario s = scenario_of(request_class("one", poisson(1.6), fixed(1.0), geometric(10.0)),
                             pool_of(one_at_a_time(0.25 * second), 4));
    s.max_requests = 3000;
    const FleetRun run = run_fleet(s);
    const std::vector<RequestRecord> records = by_arrival(run.records);
    // Who is inside at an arrival is known from all records before it: arrived and not yet ended.
    int judged = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
        std::vector<int> held(4, 0);
        for (std::size_t j = i > 200 ? i - 200 : 0; j < i; ++j) {
            if (records[j].end_s > records[i].arrival_s) {
                ++held[static_cast<std::size_t>(records[j].replica)];
            }
        }
        const int least = *std::min_element(held.begin(), held.end());
        const auto chosen = static_cast<std::size_t>(records[i].replica);
        REQUIRE(held[chosen] == least);
        // The first of equals.
        for (std::size_t k = 0; k < chosen; ++k) REQUIRE(held[k] > least);
        judged += least > 0 ? 1 : 0;
    }
    CHECK(judged > 500);
}

TEST_CASE("fleet: a central queue starts the oldest first") {
    for (const int depth : {1, 2}) {
        Deployment d = one_at_a_time(0.25 * second);
        d.engine.max_sequences = 3;
        d.engine.pipeline_depth = depth;
        Scenario s = scenario_of(
            request_class("one", poisson(4.5), geometric(50.0), geometric(10.0)), pool_of(d, 4));
        s.routing = spec("central_queue");
        s.max_requests = 5000;
        std::vector<RequestRecord> records = by_arrival(run_fleet(s).records);
        REQUIRE(records.size() == 5000);
        int waited = 0;
        for (std::size_t i = 1; i < records.size(); ++i) {
            // A request that finds room starts with its replica's next step, which may be later
            // than that of another replica: order holds to within the steps in flight.
            const double slack_s = 0.25 * depth;
            REQUIRE(records[i].admitted_s >= records[i - 1].admitted_s - slack_s);
            waited += records[i].admitted_s > records[i].arrival_s + 1.0 ? 1 : 0;
        }
        CHECK(waited > 500);
    }
    // Users who return the moment they are served do not overtake those who wait.
    Scenario s = scenario_of(request_class("users", users(12), fixed(1.0), geometric(10.0)),
                             pool_of(one_at_a_time(0.25 * second), 4));
    s.routing = spec("central_queue");
    s.max_requests = 2000;
    const std::vector<RequestRecord> records = by_arrival(run_fleet(s).records);
    for (std::size_t i = 1; i < records.size(); ++i) {
        CHECK(records[i].admitted_s >= records[i - 1].admitted_s);
    }
}

TEST_CASE("fleet: a load factor multiplies rates and users") {
    const Scenario s = chat(2.0);
    const double base = by_arrival(run_fleet(s).records).back().arrival_s;
    const double twice = by_arrival(run_fleet(s, {.load = 2.0}).records).back().arrival_s;
    CHECK(twice == doctest::Approx(0.5 * base).epsilon(1e-9));
    Scenario closed = chat(1.0);
    closed.workload.classes[0].arrival = users(4);
    closed.horizon = 100.0 * second;
    closed.max_requests = 0;
    const auto inside = [&](double load) {
        const RequestCounts n = run_fleet(closed, {.load = load}).summary.requests;
        return n.running + n.queued;
    };
    CHECK(inside(1.0) <= 4.0);
    CHECK(inside(1.0) >= 3.0);
    CHECK(inside(2.5) <= 10.0);
    CHECK(inside(2.5) >= 8.0);
}

TEST_CASE("fleet: arrivals end after max_requests or at the horizon") {
    Scenario s = chat(10.0);
    s.max_requests = 137;
    CHECK(run_fleet(s).records.size() == 137);
    s.max_requests = 0;
    s.horizon = 30.0 * second;
    const FleetRun run = run_fleet(s);
    CHECK(run.facts.simulated_s == 30.0);
    CHECK(run.summary.requests.arrived == doctest::Approx(300.0).epsilon(0.25));
    for (const RequestRecord& r : run.records) CHECK(r.arrival_s <= 30.0);
}

TEST_CASE("fleet: what runs at the horizon has used its time") {
    // One request of 1,000 steps of 0.1 s from 0 on; the run stops at 60 s.
    Scenario s = scenario_of(
        request_class("one", spec("constant", {{"rate", 0.001}}), fixed(1.0), fixed(1000.0)),
        pool_of(one_at_a_time(0.1 * second)));
    s.horizon = 60.0 * second;
    const FleetRun run = run_fleet(s);
    CHECK(run.summary.requests.running == 1.0);
    CHECK(run.facts.pools[0].busy_s == doctest::Approx(60.0).epsilon(0.005));
    CHECK(run.facts.pools[0].output_tokens == doctest::Approx(600.0).epsilon(0.005));
}

TEST_CASE("fleet: what can never fit is rejected, and the rest is served") {
    for (const char* router : {"least_loaded", "round_robin", "central_queue"}) {
        Scenario s = chat(10.0, 2);
        s.routing = spec(router);
        Engine& engine = s.pools[0].deployment.engine;
        engine.max_sequences = 4;
        engine.max_context_tokens = 1000;
        engine.kv_blocks = 40;  // 640 tokens
        int rejected = 0;
        const FleetRun run = run_fleet(s);
        REQUIRE(run.records.size() == 2000);
        for (const RequestRecord& r : run.records) {
            // The last token is never written to the cache. A rejected record has no output.
            if (r.outcome == Outcome::completed) {
                CHECK(r.prompt_tokens + r.output_tokens - 1 <= 640);
            } else {
                CHECK(r.outcome == Outcome::rejected);
                CHECK(r.output_tokens == 0);
                ++rejected;
            }
        }
        CHECK(rejected > 200);
        CHECK(rejected < 1000);
    }
}

TEST_CASE("fleet: a full waiting queue rejects") {
    Scenario s = scenario_of(
        request_class("one", spec("constant", {{"rate", 1.0}}), fixed(1.0), fixed(100.0)),
        pool_of(one_at_a_time(1.0 * second)));
    s.pools[0].deployment.engine.max_waiting = 2;
    s.max_requests = 50;
    // One is served from 0 to 100, two wait, 47 find no place.
    const RequestCounts n = run_fleet(s).summary.requests;
    CHECK(n.rejected == 47.0);
    CHECK(n.completed == 3.0);
}

TEST_CASE("fleet: clients give up at their timeout, wherever they wait") {
    for (const char* router : {"least_loaded", "central_queue"}) {
        Scenario s = scenario_of(
            request_class("one", spec("constant", {{"rate", 0.1}}), fixed(1.0), fixed(25.0)),
            pool_of(one_at_a_time(1.0 * second)));
        s.routing = spec(router);
        s.pools[0].deployment.engine.timeout = 60.0 * second;
        s.max_requests = 100;
        // 25 s of service every 10 s: waits grow until only those that start within 35 s end in
        // time; once past it each is dropped in the queue or in service.
        const FleetRun run = run_fleet(s);
        int late = 0;
        for (const RequestRecord& r : run.records) {
            CHECK(r.end_s - r.arrival_s <= 60.0 + 1e-9);
            if (r.outcome != Outcome::timed_out) continue;
            ++late;
            CHECK(r.end_s - r.arrival_s == doctest::Approx(60.0));
        }
        CHECK(late > 50);
        CHECK(run.records.size() == 100);
    }
    // Users whose request timed out ask again, at the earliest when the replica has noticed.
    Scenario s = scenario_of(request_class("users", users(10), geometric(50.0), geometric(200.0)),
                             pool_of(one_at_a_time(0.1 * second)));
    s.pools[0].deployment.engine.timeout = 30.0 * second;
    s.max_requests = 500;
    const FleetRun run = run_fleet(s);
    CHECK(run.summary.requests.arrived == 500.0);
    CHECK(run.summary.requests.timed_out > 100.0);
}

TEST_CASE("fleet: the parts of a pool's time add up to it") {
    for (const int depth : {1, 2}) {
        Scenario s = chat(30.0, 2);
        s.pools[0].deployment.engine.pipeline_depth = depth;
        const FleetRun run = run_fleet(s);
        const PoolFacts& pool = run.facts.pools[0];
        const StepBreakdown& b = pool.breakdown;
        const double parts = b.compute_s + b.memory_s + b.communication_s + b.launch_s + b.host_s;
        CHECK(parts == doctest::Approx(pool.busy_s).epsilon(1e-9));
        CHECK(parts + b.gap_s + b.idle_s == doctest::Approx(pool.replica_s).epsilon(1e-9));
        double shared = 0.0;
        for (const ClassShare& share : pool.by_class) shared += share.prompt_s + share.output_s;
        CHECK(shared == doctest::Approx(pool.busy_s).epsilon(1e-9));
        double tokens = 0.0;
        for (const RequestRecord& r : run.records) tokens += r.output_tokens;
        CHECK(pool.output_tokens == doctest::Approx(tokens));
        CHECK(pool.flops_per_gpu < pool.busy_s * pool.peak_flops_per_s);
        CHECK(pool.bytes_per_gpu < pool.busy_s * pool.peak_bytes_per_s);
    }
}

}  // namespace plimsoll::test
