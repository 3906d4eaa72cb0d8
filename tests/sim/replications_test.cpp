#include "sim/replications.h"

#include <vector>

#include <doctest/doctest.h>

#include "models/contract.h"

using namespace plimsoll;

namespace {

Summary with_ttft(double mean) {
    Summary summary;
    summary.scenario.name = "chat";
    summary.made_by.seed = 5;
    summary.latency.ttft_s = Distribution{.mean = mean, .p99 = 2.0 * mean};
    return summary;
}

LedgerLine line(const char* component, double usd) {
    LedgerLine line;
    line.pool = "a";
    line.component = component;
    line.usd = usd;
    return line;
}

}  // namespace

TEST_CASE("replications: a single one is returned as it is, without intervals") {
    const std::vector one{with_ttft(1.5)};
    const ReplicatedSummary result = combine(one);
    CHECK(result.mean.latency.ttft_s->mean == 1.5);
    CHECK_FALSE(result.intervals.has_value());
    CHECK_THROWS_AS(static_cast<void>(combine({})), ContractViolation);
}

TEST_CASE("replications: numbers are means with Student intervals in the same place") {
    const std::vector runs{with_ttft(1.0), with_ttft(2.0), with_ttft(3.0), with_ttft(4.0)};
    const ReplicatedSummary result = combine(runs);
    CHECK(result.mean.latency.ttft_s->mean == doctest::Approx(2.5));
    CHECK(result.mean.latency.ttft_s->p99 == doctest::Approx(5.0));
    // t(0.975, 3) * sqrt(5 / 3) / 2 = 2.0543.
    CHECK(result.intervals->low.latency.ttft_s->mean == doctest::Approx(0.4457).epsilon(1e-3));
    CHECK(result.intervals->high.latency.ttft_s->mean == doctest::Approx(4.5543).epsilon(1e-3));
    CHECK(result.mean.scenario.name == "chat");
    CHECK(result.mean.made_by.seed == 5);
    CHECK(result.mean.made_by.replications == 4);
    CHECK_FALSE(result.mean.latency.tpot_s.has_value());
}

TEST_CASE("replications: intervals stay within what a number can be") {
    std::vector<Summary> runs(2);
    runs[0].slo.attainment = 1.0;
    runs[1].slo.attainment = 0.9;
    runs[0].requests.rejected = 0.0;
    runs[1].requests.rejected = 100.0;
    const ReplicatedSummary result = combine(runs);
    CHECK(result.mean.slo.attainment == doctest::Approx(0.95));
    CHECK(result.intervals->high.slo.attainment == 1.0);
    CHECK(result.intervals->low.slo.attainment >= 0.0);
    CHECK(result.intervals->low.requests.rejected == 0.0);
}

TEST_CASE("replications: what is absent in some is averaged over the others") {
    std::vector<Summary> runs(3);
    runs[0].slo.attainment = 0.5;
    CHECK(combine(runs).mean.slo.attainment == 0.5);
    CHECK_FALSE(combine(runs).intervals->low.slo.attainment.has_value());
    runs[2].slo.attainment = 0.7;
    CHECK(combine(runs).mean.slo.attainment == doctest::Approx(0.6));
    CHECK(combine(runs).intervals->low.slo.attainment.has_value());
}

TEST_CASE("replications: yes and no go by majority, SLO terms by their mean attainment") {
    std::vector<Summary> runs(3);
    runs[0].saturated = true;
    CHECK_FALSE(combine(runs).mean.saturated);
    runs[1].saturated = true;
    CHECK(combine(runs).mean.saturated);
    const double shares[] = {0.98, 0.995, 0.999};
    for (std::size_t i = 0; i < 3; ++i)
        runs[i].slo.terms.push_back({.class_name = "chat",
                                     .metric = "ttft",
                                     .quantile = 0.99,
                                     .limit = 0.5,
                                     .value = 0.4,
                                     .attainment = shares[i],
                                     .met = shares[i] >= 0.99});
    // Mean 0.9913.
    const ReplicatedSummary result = combine(runs);
    REQUIRE(result.mean.slo.terms.size() == 1);
    CHECK(result.mean.slo.terms[0].met);
    CHECK(result.mean.slo.terms[0].limit == 0.5);
    CHECK(result.mean.slo.terms[0].quantile == 0.99);
}

TEST_CASE("replications: ledger lines are matched by account, a missing one is zero") {
    std::vector<Summary> runs(2);
    runs[0].cost.emplace().ledger = {line("rent", 10.0), line("electricity", 4.0)};
    runs[1].cost.emplace().ledger = {line("electricity", 6.0)};
    const ReplicatedSummary result = combine(runs);
    REQUIRE(result.mean.cost->ledger.size() == 2);
    CHECK(result.mean.cost->ledger[0].component == "rent");
    CHECK(result.mean.cost->ledger[0].usd == doctest::Approx(5.0));
    CHECK(result.mean.cost->ledger[1].usd == doctest::Approx(5.0));
}

TEST_CASE("replications: classes and pools keep their order and are matched by name") {
    std::vector<Summary> runs(2);
    for (double i = 0; auto& run : runs) {
        run.classes.emplace_back("zeta", ClassSummary{}).second.requests.arrived = 10.0 + i;
        run.classes.emplace_back("alpha", ClassSummary{}).second.requests.arrived = 20.0;
        i += 2.0;
    }
    const ReplicatedSummary result = combine(runs);
    CHECK(result.mean.classes[0].first == "zeta");
    CHECK(result.mean.classes[0].second.requests.arrived == 11.0);
    CHECK(result.mean.classes[1].second.requests.arrived == 20.0);
    // Equal counts have an interval of no width.
    CHECK(result.intervals->low.classes[1].second.requests.arrived == 20.0);
}
