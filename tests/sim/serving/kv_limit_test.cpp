#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "sim/serving/replica.h"
#include "tests/support/fleets.h"
#include "tests/support/property.h"

namespace plimsoll::test {
namespace {

/// Output tokens per second and GPU with more users than any pool holds.
struct Saturated {
    double tokens_per_gpu_s = 0.0;
    double mean_batch = 0.0;
    double kv_peak = 0.0;
};
Saturated saturated(const Deployment& d) {
    Scenario s =
        scenario_of(request_class("chat", users(512), fixed(1000.0), fixed(1000.0)), pool_of(d));
    s.horizon = 1500.0 * second;
    s.warm_up = 300.0 * second;
    const FleetRun run = run_fleet(s);
    return {.tokens_per_gpu_s = run.facts.pools[0].output_tokens / 1500.0 / d.parallelism.gpus(),
            .mean_batch = run.summary.utilization.mean_batch,
            .kv_peak = run.summary.utilization.kv_peak_fraction};
}

/// A pool that holds a handful of requests at a time.
Deployment tight(std::int64_t blocks) {
    Deployment d = on_h100(llama3_1_8b());
    d.engine.kv_blocks = blocks;
    d.engine.max_sequences = 64;
    return d;
}

bool is_ordered(const RequestRecord& r) {
    if (r.outcome == Outcome::rejected) return r.arrival_s <= r.end_s;
    if (r.admitted_s < 0.0) return r.output_tokens == 0 && r.arrival_s <= r.end_s;
    if (r.output_tokens == 0) return r.arrival_s <= r.admitted_s && r.admitted_s <= r.end_s;
    return r.arrival_s <= r.admitted_s && r.admitted_s <= r.first_token_s &&
           r.first_token_s <= r.end_s;
}

struct Gathered final : ReplicaSink {
    std::vector<RequestRecord> records;
    void finished(const RequestRecord& record) override { records.push_back(record); }
    void token_gaps(const GapLine&, const std::vector<std::int64_t>&) override {}
    bool others_due(double) override { return false; }
    std::optional<Request> pull(double) override { return std::nullopt; }
    [[nodiscard]] bool has_shared_queue() const override { return false; }
};

}  // namespace

TEST_CASE("kv_limit: Llama-3-70B in FP8 on one H100 is starved of KV memory, on two it is not") {
    const Deployment one = on_h100(llama3_1_70b(), 1, Precision::fp8);
    const Deployment two = on_h100(llama3_1_70b(), 2, Precision::fp8);
    const Saturated starved = saturated(one);
    const Saturated fed = saturated(two);
    CHECK(starved.kv_peak > 0.95);
    CHECK(starved.mean_batch < 16.0);
    CHECK(fed.tokens_per_gpu_s >= 3.0 * starved.tokens_per_gpu_s);
}

TEST_CASE("kv_limit: every block is free or held at all times, and preempted requests complete") {
    struct Load {
        std::int64_t blocks = 0;
        std::vector<Request> requests;
        int depth = 1;
    };
    const auto draw = [](Random& random) {
        Load load{.blocks = random.between(std::int64_t{120}, std::int64_t{400}),
                  .requests = {},
                  .depth = random.between(1, 2)};
        double date = 0.0;
        for (int i = 0; i < 150; ++i) {
            date += random.between(0.0, 0.4);
            Request r;
            r.id = i;
            r.prompt_tokens = random.between(1, 600);
            r.output_tokens = random.between(1, 600);
            r.arrival_s = date;
            load.requests.push_back(r);
        }
        return load;
    };
    std::int64_t preemptions = 0;
    for_all(1, 30, draw, [&](const Load& load) {
        Deployment d = tight(load.blocks);
        d.engine.pipeline_depth = load.depth;
        const StepModel model(d);
        const MemoryPlan memory = std::get<MemoryPlan>(plan_memory(d));
        Gathered sink;
        Replica replica(model, memory, sink, {});
        std::size_t next = 0;
        while (next < load.requests.size() || replica.next_s() < kNever) {
            if (next < load.requests.size() && load.requests[next].arrival_s <= replica.next_s()) {
                replica.submit(load.requests[next], load.requests[next].arrival_s);
                ++next;
            } else {
                replica.on_date(replica.next_s());
            }
            REQUIRE(replica.free_blocks() >= 0);
            REQUIRE(replica.free_blocks() + replica.held_blocks() == memory.kv_blocks);
            const auto left = static_cast<std::int64_t>(sink.records.size());
            REQUIRE(left + replica.running() + replica.waiting() ==
                    static_cast<std::int64_t>(next));
        }
        REQUIRE(sink.records.size() == load.requests.size());
        for (const RequestRecord& r : sink.records) {
            REQUIRE(r.outcome == Outcome::completed);
            REQUIRE(is_ordered(r));
            preemptions += r.preemptions;
        }
        REQUIRE(replica.free_blocks() == memory.kv_blocks);
    });
    CHECK(preemptions > 100);
}

TEST_CASE("kv_limit: whenever the run stops, what arrived has left, waits or runs") {
    // 10 requests a second from 0 on; some never fit, some give up.
    Deployment d = tight(150);
    d.engine.timeout = 20.0 * second;
    Scenario s = scenario_of(
        request_class(
            "mixed", spec("constant", {{"rate", 10.0}}), geometric(300.0), geometric(400.0)),
        pool_of(d, 2));
    for (const char* router : {"round_robin", "least_loaded", "central_queue"}) {
        s.routing = spec(router);
        RequestCounts last;
        for (const double horizon_s : {0.05, 1.01, 3.33, 17.77, 33.01, 60.05, 77.77}) {
            s.horizon = horizon_s * second;
            const FleetRun run = run_fleet(s);
            const RequestCounts& n = run.summary.requests;
            INFO(router, " until ", horizon_s);
            CHECK(n.arrived == std::floor(horizon_s * 10.0) + 1.0);
            CHECK(n.completed + n.rejected + n.timed_out ==
                  static_cast<double>(run.records.size()));
            CHECK(n.arrived == n.completed + n.rejected + n.timed_out + n.queued + n.running);
            for (const RequestRecord& r : run.records) CHECK(is_ordered(r));
            CHECK(run.summary.utilization.kv_peak_fraction <= 1.0);
            last = n;
        }
        CHECK(last.completed > 50.0);
        CHECK(last.rejected > 0.0);
        CHECK(last.timed_out > 10.0);
        CHECK(last.preemptions > 0.0);
    }
}

}  // namespace plimsoll::test
