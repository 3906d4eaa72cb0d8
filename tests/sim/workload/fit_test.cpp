#include "sim/workload/fit.h"

#include <cmath>

#include <doctest/doctest.h>

#include "sim/io/fit_json.h"
#include "sim/io/scenario_json.h"
#include "tests/sim/io/loading.h"
#include "tests/sim/workload/fit_closeness.h"
#include "tests/support/measured_data.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

std::vector<TraceRow> rows_of(const PolicySpec& arrival, double horizon_s) {
    RequestClass each;
    each.name = "test";
    each.arrival = arrival;
    each.prompt_tokens = {.kind = "lognormal", .params = {{"median", 700.0}, {"sigma", 0.9}}};
    each.output_tokens = {.kind = "geometric", .params = {{"mean", 150.0}}};
    return drawn_rows(std::vector{each}, horizon_s, 1, 0);
}

/// A short trace in a file, and its report.
FitReport report_of(const TemporaryFolder& folder) {
    const std::string path = folder.file("small.csv.gz");
    write_trace(
        path,
        rows_of(
            {.kind = "profile",
             .params = {{"points", std::vector<std::array<double, 2>>{{0.0, 1.0}, {900.0, 4.0}}}}},
            900.0));
    FitReport report = fit_report(path);
    report.name = "small";
    return report;
}

}  // namespace

TEST_CASE("fit: a renewal process gives its variation back") {
    for (const double cv : {0.5, 1.0, 2.0}) {
        const auto rows = rows_of({.kind = "gamma", .params = {{"rate", 5.0}, {"cv", cv}}}, 4000.0);
        const FittedTraffic traffic = fit_traffic(rows);
        INFO("cv " << cv << " fitted " << traffic.gap_cv);
        CHECK(traffic.kinds.size() == 1);
        CHECK(traffic.gap_cv == doctest::Approx(cv).epsilon(0.1));
    }
}

TEST_CASE("fit: the generator of a synthetic trace is like it") {
    const auto rows = rows_of({.kind = "gamma", .params = {{"rate", 5.0}, {"cv", 1.5}}}, 4000.0);
    const FittedTraffic traffic = fit_traffic(rows);
    CHECK(traffic.numbers() < 150);
    const TraceStatistics trace = trace_statistics(rows);
    const TraceStatistics drawn = mean_statistics(request_classes(traffic), traffic.span_s, 20);
    CHECK(drawn.rate_per_s == doctest::Approx(trace.rate_per_s).epsilon(0.02));
    CHECK(drawn.gap_cv == doctest::Approx(trace.gap_cv).epsilon(0.08));
    CHECK(drawn.prompt.mean == doctest::Approx(trace.prompt.mean).epsilon(0.03));
    CHECK(drawn.output.quantiles[6] == doctest::Approx(trace.output.quantiles[6]).epsilon(0.05));
}

TEST_CASE("fit: the generator of the Azure conversation trace has its statistics") {
    const auto path = measured_data("azure_llm_2023/AzureLLMInferenceTrace_conv.csv");
    if (!path) return;
    const FitReport report = fit_report(*path);
    CHECK(report.traffic.kinds.size() >= 2);
    check_closeness(report.statistics,
                    mean_statistics(request_classes(report.traffic), report.traffic.span_s, 60),
                    Print::nothing);
}

TEST_CASE("fit: the scenario it writes loads, to the generator that was fitted") {
    const TemporaryFolder folder;
    const FitReport report = report_of(folder);
    LoadRequest request = request_of(fitted_scenario(report));
    const Scenario scenario = load_scenario(request);
    CHECK(scenario.name == "small");
    CHECK(scenario.horizon.value() == report.traffic.span_s);
    const auto classes = request_classes(report.traffic);
    REQUIRE(scenario.workload.classes.size() == classes.size());
    const auto rows = drawn_rows(classes, report.traffic.span_s, 1, 0);
    const auto loaded = drawn_rows(scenario.workload.classes, report.traffic.span_s, 1, 0);
    REQUIRE(rows.size() == loaded.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        REQUIRE(rows[i].arrival_s == loaded[i].arrival_s);
        REQUIRE(rows[i].prompt_tokens == loaded[i].prompt_tokens);
        REQUIRE(rows[i].output_tokens == loaded[i].output_tokens);
    }
}

TEST_CASE("fit: too few requests are refused") {
    const TemporaryFolder folder;
    const std::string path =
        folder.write("few.csv", "arrival_s,prompt_tokens,output_tokens\n0,10,20\n1,10,20\n");
    try {
        static_cast<void>(fit_report(path));
        FAIL("nothing was said");
    } catch (const TraceError& error) {
        CHECK(std::string(error.what()) ==
              path + ": 2 requests; at least 100 are needed to fit a generator");
    }
}
