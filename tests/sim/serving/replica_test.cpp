#include "sim/serving/replica.h"

#include <cmath>
#include <map>
#include <ostream>
#include <variant>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sim/sketch.h"
#include "sim/workload/arrival.h"
#include "tests/support/llms.h"
#include "tests/support/property.h"
#include "tests/support/stepping_engine.h"

namespace plimsoll::test {
namespace {

struct Gathered final : ReplicaSink {
    std::vector<RequestRecord> records;
    QuantileSketch gaps;
    void finished(const RequestRecord& record) override { records.push_back(record); }
    void token_gaps(const GapLine& line, const std::vector<std::int64_t>& by_class) override {
        std::int64_t weight = 0;
        for (std::int64_t n : by_class) weight += n;
        gaps.add_line({line.first_s, line.slope_s, line.count, weight});
    }
    bool others_due(double) override { return false; }
    std::optional<Request> pull(double) override { return std::nullopt; }
    bool has_shared_queue() const override { return false; }
};

struct Case {
    std::uint64_t seed = 0;
    std::string what;
    Deployment deployment;
    std::int64_t kv_blocks = 0;
    std::vector<Request> requests;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.what; }

Deployment any_deployment(Random& random) {
    const int kind = random.between(0, 4);
    Deployment d = on_h100(llama3_1_8b());
    if (kind == 1) d = on_h100(gemma2_9b(), 2);
    if (kind == 2) d = on_h100(mixtral_8x7b(), 2);
    if (kind == 3) {
        d.fidelity = Fidelity::rule;
        if (random.chance(0.5)) d.rule.step_constant = random.between(0.004, 0.03) * second;
    }
    if (kind == 4) {
        d.gpu = a100_sxm_80gb();
        d.server = hgx_a100();
    }
    Engine& e = d.engine;
    e.pipeline_depth = random.between(1, 2);
    e.max_batch_tokens = random.pick(std::vector<std::int64_t>{256, 512, 2048, 8192});
    e.max_sequences = random.pick(std::vector<std::int64_t>{1, 4, 32, 128, 256});
    e.block_tokens = random.pick(std::vector<std::int64_t>{16, 16, 32, 1});
    e.batching = random.chance(0.8) ? Batching::chunked_prefill : Batching::continuous;
    if (random.chance(0.3)) e.host_gap = 0.0 * second, e.host_gap_per_sequence = 0.0 * second;
    // Host gaps longer than a step expose the host.
    if (random.chance(0.3)) e.host_gap = random.between(0.005, 0.04) * second;
    if (random.chance(0.3)) e.frontend_per_token = 0.0 * second;
    // A frontend slower than the engine: c_out x batch exceeds a step.
    if (random.chance(0.3)) e.frontend_per_token = random.between(0.0003, 0.003) * second;
    if (random.chance(0.2)) e.frontend_in = e.frontend_out = 0.0 * second;
    if (random.chance(0.15)) e.timeout = random.between(2.0, 20.0) * second;
    e.pads_to_graphs = random.chance(0.5);
    return d;
}

Case any_case(Random& random) {
    Case c;
    c.seed = random.bits();
    c.deployment = any_deployment(random);
    const Engine& e = c.deployment.engine;
    const std::int64_t longest = random.pick(std::vector<std::int64_t>{40, 400, 3000});
    const std::int64_t most_output = random.pick(std::vector<std::int64_t>{1, 20, 300, 1500});
    const std::int64_t at_least = (longest + most_output) / e.block_tokens + 2;
    // From a pool that one request nearly fills to one that never binds.
    c.kv_blocks =
        static_cast<std::int64_t>(static_cast<double>(at_least) * random.log_between(1.0, 200.0));
    const double rate = random.log_between(0.5, 60.0);
    double date = 0.0;
    const int count = random.between(20, 250);
    for (int i = 0; i < count; ++i) {
        date += -std::log(1.0 - random.uniform()) / rate;
        Request r;
        r.id = i;
        r.arrival_s = date;
        r.prompt_tokens = static_cast<std::int32_t>(random.between(
            std::int64_t{1},
            std::min(longest, e.batching == Batching::continuous ? e.max_batch_tokens : longest)));
        r.output_tokens = static_cast<std::int32_t>(random.between(std::int64_t{1}, most_output));
        c.requests.push_back(r);
    }
    c.what = fmt::format(
        "{} depth {} tokens {} sequences {} block {} {} gap {:.4f} frontend {:.5f} timeout {:.1f} "
        "kv {} longest {}+{} rate {:.1f} x {}",
        c.deployment.llm.name,
        e.pipeline_depth,
        e.max_batch_tokens,
        e.max_sequences,
        e.block_tokens,
        e.batching == Batching::continuous ? "whole" : "chunked",
        e.host_gap.value(),
        e.frontend_per_token.value(),
        e.timeout.value(),
        c.kv_blocks,
        longest,
        most_output,
        rate,
        count);
    return c;
}

MemoryPlan memory_of(const Case& c) {
    Deployment d = c.deployment;
    d.engine.kv_blocks = c.kv_blocks;
    return std::get<MemoryPlan>(plan_memory(d));
}

struct Played {
    Gathered sink;
    ReplicaTotals totals;
    std::int64_t blocks_lost = 0;
};

Played play(const Case& c, const StepModel& model) {
    Played played;
    const MemoryPlan memory = memory_of(c);
    Replica replica(model, memory, played.sink, {});
    std::size_t next = 0;
    while (true) {
        const double arrival = next < c.requests.size() ? c.requests[next].arrival_s : kNever;
        if (arrival == kNever && replica.next_s() == kNever) break;
        if (arrival <= replica.next_s()) {
            replica.submit(c.requests[next++], arrival);
        } else {
            replica.on_date(replica.next_s());
        }
        if (replica.free_blocks() + replica.held_blocks() != memory.kv_blocks) {
            ++played.blocks_lost;
        }
    }
    played.totals = replica.totals();
    return played;
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b)); }

}  // namespace

TEST_CASE("replica: jumping from change to change equals stepping through every iteration") {
    std::map<std::string, int> seen;
    for_all(1, 300, any_case, [&](const Case& c) {
        const StepModel model(c.deployment);
        const Played jumped = play(c, model);
        auto stepped = SteppingEngine(model, memory_of(c)).run(c.requests);

        REQUIRE(jumped.blocks_lost == 0);
        REQUIRE(jumped.sink.records.size() == c.requests.size());
        REQUIRE(stepped.records.size() == c.requests.size());
        REQUIRE(jumped.totals.preemptions == stepped.preemptions);
        std::vector<RequestRecord> by_id(c.requests.size());
        for (const RequestRecord& r : stepped.records) by_id[static_cast<std::size_t>(r.id)] = r;
        for (const RequestRecord& r : jumped.sink.records) {
            const RequestRecord& other = by_id[static_cast<std::size_t>(r.id)];
            REQUIRE(r.outcome == other.outcome);
            if (r.outcome == Outcome::rejected) continue;
            REQUIRE(r.preemptions == other.preemptions);
            REQUIRE(r.output_tokens == other.output_tokens);
            REQUIRE(near(r.end_s, other.end_s));
            REQUIRE(near(r.admitted_s, other.admitted_s));
            if (r.output_tokens > 0) REQUIRE(near(r.first_token_s, other.first_token_s));
            ++seen[r.outcome == Outcome::timed_out ? "timed out" : "completed"];
        }
        QuantileSketch gaps;
        for (double gap : stepped.gaps) gaps.add(gap);
        REQUIRE(jumped.sink.gaps.count() == gaps.count());
        REQUIRE(jumped.sink.gaps.has_same_counts(gaps));
        REQUIRE(jumped.totals.tally.steps() == static_cast<double>(stepped.steps));

        const Engine& e = c.deployment.engine;
        seen["scenarios with preemption"] += stepped.preemptions > 0 ? 1 : 0;
        seen["scenarios at depth 2"] += e.pipeline_depth == 2 ? 1 : 0;
        seen["scenarios with a long host gap"] += e.host_gap.value() >= 0.005 ? 1 : 0;
        seen["scenarios with a slow frontend"] += e.frontend_per_token.value() > 1e-4 ? 1 : 0;
        std::int64_t chunked = 0;
        for (const Request& r : c.requests) chunked += r.prompt_tokens > e.max_batch_tokens;
        seen["scenarios with chunked prompts"] += chunked > 0 ? 1 : 0;
    });
    for (const auto& [what, times] : seen) {
        INFO(what);
        CHECK(times >= 20);
    }
}

}  // namespace plimsoll::test
