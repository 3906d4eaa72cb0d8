#include "sim/workload/trace_statistics.h"

#include <cmath>

#include <doctest/doctest.h>

#include "sim/io/convert_trace.h"
#include "sim/random.h"

using namespace plimsoll;

namespace {

std::vector<TraceRow> rows_at(const std::vector<double>& dates) {
    std::vector<TraceRow> rows;
    for (const double date : dates) rows.push_back({date, 10, 20});
    return rows;
}

}  // namespace

TEST_CASE("trace_statistics: rate, variation of gaps and dispersion of counts, by hand") {
    const auto statistics = trace_statistics(rows_at({0.0, 1.0, 3.0, 4.0}));
    CHECK(statistics.requests == 4);
    CHECK(statistics.span_s == 4.0);
    CHECK(statistics.rate_per_s == 1.0);
    // Gaps 1, 2, 1: mean 4/3, variance (1/9 + 4/9 + 1/9) / 3 = 2/9; sqrt(2/9) / (4/3) = sqrt(2)
    // / 4.
    CHECK(statistics.gap_cv == doctest::Approx(std::sqrt(2.0) / 4.0));
    // Counts of whole seconds 1, 1, 0, 1: mean 3/4, squares 3 / 16 + 9 / 16 = 3/4, over 3 windows
    // 1/4, over the mean 1/3.
    const CountStatistics& counts = statistics.counts[0];
    CHECK(counts.window_s == 1.0);
    CHECK(counts.windows == 4);
    CHECK(*counts.dispersion == doctest::Approx(1.0 / 3.0));
    // Neighbours: 1/16 - 3/16 - 3/16 = -5/16 of 3/4.
    CHECK(*counts.autocorrelation == doctest::Approx(-5.0 / 12.0));
    // No window of 10 s fits three times.
    CHECK_FALSE(statistics.counts[1].dispersion);
    CHECK(statistics.curves.empty());
}

TEST_CASE("trace_statistics: the rate curve's last bin may be shorter, but not by more than half") {
    // 120 s of one a second, then 30 s (or 20 s) of two.
    std::vector<double> dates;
    for (int i = 0; i < 120; ++i) dates.push_back(i);
    for (int i = 0; i <= 60; ++i) dates.push_back(120.0 + 0.5 * i);
    const auto curves = trace_statistics(rows_at(dates)).curves;
    REQUIRE(curves.size() == 1);
    CHECK(curves[0].bin_s == 60.0);
    REQUIRE(curves[0].rate_per_s.size() == 3);
    CHECK(curves[0].rate_per_s[0] == 1.0);
    CHECK(curves[0].rate_per_s[1] == 1.0);
    CHECK(curves[0].rate_per_s[2] == doctest::Approx(61.0 / 30.0));
    dates.resize(dates.size() - 20);
    CHECK(trace_statistics(rows_at(dates)).curves[0].rate_per_s.size() == 2);
}

TEST_CASE("trace_statistics: quantiles are the shortest length that so many do not exceed") {
    std::vector<TraceRow> rows;
    for (int i = 0; i < 10; ++i) rows.push_back({static_cast<double>(i), 10 * (10 - i), 7});
    const LengthStatistics prompt = trace_statistics(rows).prompt;
    CHECK(prompt.mean == 55.0);
    CHECK(prompt.least == 10);
    CHECK(prompt.most == 100);
    // p1, p10, p50, p75 (8 of 10), p90, p99.
    CHECK(prompt.quantiles[0] == 10.0);
    CHECK(prompt.quantiles[2] == 10.0);
    CHECK(prompt.quantiles[4] == 50.0);
    CHECK(prompt.quantiles[5] == 80.0);
    CHECK(prompt.quantiles[6] == 90.0);
    CHECK(prompt.quantiles[8] == 100.0);
    // Outputs are all 7: a constant correlates with nothing.
    CHECK_FALSE(trace_statistics(rows).log_correlation);
    CHECK_FALSE(trace_statistics(rows).rank_correlation);
}

TEST_CASE("trace_statistics: correlations of logarithms and ranks") {
    // The output is the square of the prompt: exact in logarithms and in ranks.
    const std::vector<TraceRow> square{{0, 2, 4}, {1, 3, 9}, {2, 5, 25}};
    CHECK(*trace_statistics(square).log_correlation == doctest::Approx(1.0));
    CHECK(*trace_statistics(square).rank_correlation == doctest::Approx(1.0));
    const std::vector<TraceRow> falling{{0, 1, 900}, {1, 2, 20}, {2, 3, 10}};
    CHECK(*trace_statistics(falling).rank_correlation == doctest::Approx(-1.0));
    CHECK(*trace_statistics(falling).log_correlation > -1.0);
    const std::vector<double> values{5.0, 1.0, 5.0, 3.0};
    CHECK(ranks_of(values) == std::vector<double>{2.5, 0.0, 2.5, 1.0});
}

TEST_CASE("trace_statistics: dates that many share are steps") {
    const auto rows = rows_at({0, 0, 0, 3, 3, 3, 6, 6, 9, 9});
    const auto quantum = quantisation(rows);
    REQUIRE(quantum);
    CHECK(quantum->quantum_s == 3.0);
    CHECK(quantum->dates == 4);
    CHECK(quantum->requests == 10);
    CHECK_FALSE(quantum->spread);
    CHECK_FALSE(quantisation(rows_at({0, 0, 1, 2, 3, 5, 8})));
    // A constant rate is no step.
    std::vector<double> constant;
    for (int i = 0; i < 100; ++i) constant.push_back(0.1 * i);
    CHECK_FALSE(quantisation(rows_at(constant)));
}

TEST_CASE("trace_statistics: dates that were spread evenly are known for it, and scattered") {
    std::vector<double> dates;
    for (int step = 0; step < 60; ++step)
        for (int i = 0; i < 3 + step % 4; ++i) dates.push_back(3.0 * step);
    std::vector<TraceRow> rows = rows_at(dates);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].prompt_tokens += static_cast<int>(i);
    spread_dates(rows, 3.0);
    const auto quantum = quantisation(rows);
    REQUIRE(quantum);
    CHECK(quantum->spread);
    CHECK(quantum->quantum_s == doctest::Approx(3.0));
    scatter_dates(rows, *quantum);
    CHECK_FALSE(quantisation(rows));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(std::floor(rows[i].arrival_s / 3.0) == dates[i] / 3.0);
        CHECK(rows[i].prompt_tokens == 10 + static_cast<int>(i));
        if (i > 0) CHECK(rows[i].arrival_s >= rows[i - 1].arrival_s);
    }
}

TEST_CASE("trace_statistics: poisson arrivals have variation and dispersion 1 at every window") {
    Stream stream(1, 0, "test");
    std::vector<double> dates;
    double date = 0.0;
    for (int i = 0; i < 100'000; ++i) dates.push_back(date += 0.2 * stream.exponential());
    const auto statistics = trace_statistics(rows_at(dates));
    CHECK(statistics.rate_per_s == doctest::Approx(5.0).epsilon(0.02));
    CHECK(statistics.gap_cv == doctest::Approx(1.0).epsilon(0.02));
    // A dispersion over k windows varies by sqrt(2 / k): 66 windows of 300 s.
    for (const CountStatistics& counts : statistics.counts) {
        const double spread = std::sqrt(2.0 / static_cast<double>(counts.windows));
        CHECK(std::abs(*counts.dispersion - 1.0) < 4.0 * spread);
        CHECK(std::abs(*counts.autocorrelation) < 4.0 * spread);
    }
}
