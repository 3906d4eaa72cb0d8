#include "sim/io/result_json.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "sim/replications.h"

using namespace plimsoll;
using Json = nlohmann::ordered_json;

namespace {

Summary example(double shift) {
    Summary summary;
    summary.made_by = {.version = "1.0",
                       .model_revision = "7",
                       .fidelity = "roofline",
                       .seed = 18446744073709551615ULL};
    summary.scenario.name = "chat \"70b\"";
    summary.simulated_s = 3600.0 + shift;
    summary.requests.arrived = 12345.0;
    summary.latency.ttft_s = Distribution{.mean = 0.1 + shift, .p99 = 1.0 / 3.0};
    summary.slo.attainment = 0.995;
    summary.slo.terms.push_back({.class_name = "chat",
                                 .metric = "ttft",
                                 .quantile = 0.99,
                                 .limit = 0.5,
                                 .value = 0.4 + shift,
                                 .attainment = 0.995});
    summary.cost.emplace().usd_total = 1e-7;
    summary.cost->ledger.emplace_back().usd = 2.5 + shift;
    summary.classes.emplace_back("chat", ClassSummary{}).second.latency = summary.latency;
    summary.pools.emplace_back("p", PoolSummary{}).second.step_breakdown.compute_s = 12.5;
    return summary;
}

}  // namespace

TEST_CASE("result_json: the keys are the documented ones, in their order") {
    const Json json = Json::parse(result_json({example(0.0), {}}, JsonLayout::line));
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items()) keys.push_back(key);
    const std::vector<std::string> wanted{"format",
                                          "made_by",
                                          "scenario",
                                          "simulated_s",
                                          "saturated",
                                          "peak_overload",
                                          "answer",
                                          "requests",
                                          "latency",
                                          "rates",
                                          "slo",
                                          "utilization",
                                          "fleet",
                                          "energy",
                                          "cost",
                                          "classes",
                                          "pools",
                                          "sites",
                                          "devices"};
    CHECK(keys == wanted);
    CHECK(json["latency"]["ttft_s"]["mean"] == 0.1);
    CHECK(json["latency"]["client_ttft_s"].is_null());
    CHECK(json["answer"].is_null());
    CHECK(json["slo"]["terms"][0]["class"] == "chat");
    CHECK(json["slo"]["terms"][0]["met"] == true);
    CHECK(json["cost"]["ledger"][0]["usd"] == 2.5);
    CHECK(json["pools"]["p"]["step_breakdown"]["compute_s"] == 12.5);
    CHECK_FALSE(json.contains("intervals"));
}

TEST_CASE("result_json: whole numbers are written as counts, others as short as they read back") {
    const std::string text = result_json({example(0.0), {}}, JsonLayout::line);
    CHECK(text.find("\"arrived\":12345,") != std::string::npos);
    CHECK(text.find("\"mean\":0.1,") != std::string::npos);
    CHECK(text.find("\"p99\":0.3333333333333333,") != std::string::npos);
    CHECK(text.find("\"seed\":18446744073709551615,") != std::string::npos);
    CHECK(text.back() == '\n');
}

TEST_CASE("result_json: reading gives back what was written, byte for byte") {
    for (const JsonLayout layout : {JsonLayout::line, JsonLayout::indented}) {
        const std::vector runs{example(0.0), example(0.25), example(0.5)};
        for (const ReplicatedSummary& result : {combine(runs), ReplicatedSummary{runs[0], {}}}) {
            const std::string text = result_json(result, layout);
            const ReplicatedSummary back = read_result_json(text);
            CHECK(result_json(back, layout) == text);
            CHECK(back.mean.latency.ttft_s->mean == result.mean.latency.ttft_s->mean);
            CHECK(back.mean.made_by.seed == result.mean.made_by.seed);
            CHECK(back.intervals.has_value() == result.intervals.has_value());
        }
    }
}

TEST_CASE("result_json: intervals mirror the numbers as low and high") {
    const std::vector runs{example(0.0), example(0.5)};
    const Json json = Json::parse(result_json(combine(runs), JsonLayout::line));
    const Json& intervals = json["intervals"];
    CHECK(intervals["latency"]["ttft_s"]["mean"]["low"] < 0.35);
    CHECK(intervals["latency"]["ttft_s"]["mean"]["high"] > 0.35);
    CHECK(intervals["classes"]["chat"]["latency"]["ttft_s"]["mean"].contains("low"));
    CHECK(intervals["slo"]["terms"][0]["value"].contains("high"));
    CHECK_FALSE(intervals["slo"]["terms"][0].contains("limit"));
    CHECK_FALSE(intervals.contains("scenario"));
    CHECK_FALSE(intervals.contains("saturated"));
    CHECK(json["made_by"]["replications"] == 2);
}

TEST_CASE("result_json: unknown keys are passed over, wrong ones are named") {
    const ReplicatedSummary newer = read_result_json(R"({"format": 1, "later": {"x": 1}})");
    CHECK(newer.mean.requests.arrived == 0.0);
    CHECK_THROWS_WITH_AS(
        static_cast<void>(read_result_json(R"({"latency": {"ttft_s": {"p99": "fast"}}})")),
        "latency.ttft_s.p99: a number expected",
        ResultError);
    CHECK_THROWS_WITH_AS(static_cast<void>(read_result_json(R"({"format": 2})")),
                         "format 2: this version reads format 1",
                         ResultError);
    CHECK_THROWS_AS(static_cast<void>(read_result_json("{")), ResultError);
    CHECK_THROWS_AS(static_cast<void>(read_result_json("[]")), ResultError);
}
