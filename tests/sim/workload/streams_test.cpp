#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/fleets.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

using Pairs = std::vector<std::array<double, 2>>;

std::vector<RequestRecord> of_class(const FleetRun& run, std::int32_t index) {
    std::vector<RequestRecord> own;
    for (const RequestRecord& record : run.records)
        if (record.class_index == index) own.push_back(record);
    std::sort(own.begin(), own.end(), [](const auto& a, const auto& b) {
        return a.arrival_s < b.arrival_s;
    });
    return own;
}

Deployment fast() {
    Deployment d = one_at_a_time(1e-6 * second);
    d.engine.max_sequences = 1024;
    return d;
}

}  // namespace

TEST_CASE("workload: another class leaves the arrivals and lengths of the others as they were") {
    const std::vector<PolicySpec> arrivals{
        spec("gamma", {{"rate", 5.0}, {"cv", 2.0}}),
        spec("weibull", {{"rate", 5.0}, {"cv", 2.0}}),
        spec("mmpp", {{"states", Pairs{{10.0, 5.0}, {1.0, 5.0}}}}),
        spec("hawkes", {{"base_rate", 2.0}, {"branching", 0.5}, {"decay", 1.0}}),
        spec("diurnal", {{"rate", 5.0}, {"curve", Pairs{{0.0, 1.0}, {12.0, 2.0}}}}),
        spec("profile", {{"points", Pairs{{0.0, 1.0}, {60.0, 10.0}}}}),
        spec("clients", {{"rate", 5.0}, {"count", 10.0}, {"exponent", 1.0}, {"cv", 2.0}})};
    for (const PolicySpec& arrival : arrivals) {
        CAPTURE(arrival.kind);
        RequestClass chat = request_class("chat", arrival, geometric(50.0), geometric(20.0));
        chat.length_correlation = 0.5;
        Scenario alone = scenario_of(chat, pool_of(fast()));
        alone.horizon = 120.0 * second;
        Scenario together = alone;
        together.workload.classes.insert(
            together.workload.classes.begin(),
            request_class("other", arrival, geometric(30.0), geometric(10.0)));
        const auto before = of_class(run_fleet(alone), 0);
        const auto after = of_class(run_fleet(together), 1);
        REQUIRE(before.size() > 100);
        REQUIRE(before.size() == after.size());
        for (std::size_t i = 0; i < before.size(); ++i) {
            REQUIRE(before[i].arrival_s == after[i].arrival_s);
            REQUIRE(before[i].prompt_tokens == after[i].prompt_tokens);
        }
    }
}

TEST_CASE("workload: conversations go on through a fleet, and no request is lost") {
    Scenario scenario = scenario_of(
        request_class("chat",
                      spec("sessions", {{"rate", 2.0}, {"turns", 6.0}, {"think_time", 2.0}}),
                      geometric(50.0),
                      geometric(20.0)),
        pool_of(one_at_a_time(1e-3 * second)));
    scenario.horizon = 600.0 * second;
    const FleetRun run = run_fleet(scenario);
    // Pauses and waits are short beside the run: about 2 * 6 * 600.
    CHECK(run.summary.requests.arrived > 5500);
    CHECK(run.summary.requests.arrived < 7900);
    CHECK(run.summary.requests.arrived == run.summary.requests.completed +
                                              run.summary.requests.running +
                                              run.summary.requests.queued);
    std::vector<RequestRecord> records = run.records;
    std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
        return a.session != b.session ? a.session < b.session : a.arrival_s < b.arrival_s;
    });
    std::size_t later_turns = 0;
    for (std::size_t i = 1; i < records.size(); ++i) {
        const RequestRecord& before = records[i - 1];
        if (records[i].session != before.session) continue;
        // A number that is used again begins anew.
        if (records[i].prompt_tokens <= before.prompt_tokens + before.output_tokens) continue;
        REQUIRE(records[i].arrival_s >= before.end_s);
        ++later_turns;
    }
    CHECK(static_cast<double>(later_turns) > 0.7 * static_cast<double>(records.size()));
}
