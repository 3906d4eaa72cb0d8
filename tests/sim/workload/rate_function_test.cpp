#include "sim/workload/rate_function.h"

#include <array>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "models/contract.h"
#include "sim/registry.h"
#include "tests/sim/workload/gap_statistics.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

using Pairs = std::vector<std::array<double, 2>>;

/// The arrivals of each of `bins` equal parts of a period agree with the area under the curve.
void check_shape(const std::vector<double>& dates,
                 const RateFunction& curve,
                 double period_s,
                 std::size_t bins,
                 double start_s = 0.0) {
    const double periods = std::floor(dates.back() / period_s);
    std::vector<double> counts(bins);
    for (const double date : dates) {
        if (date >= periods * period_s) break;
        const double at = std::fmod(date + start_s, period_s);
        counts[static_cast<std::size_t>(at / period_s * static_cast<double>(bins)) % bins] += 1.0;
    }
    for (std::size_t b = 0; b < bins; ++b) {
        CAPTURE(b);
        const double width_s = period_s / static_cast<double>(bins);
        const double from_s = width_s * static_cast<double>(b);
        const double expected =
            periods * (curve.integral(from_s + width_s) - curve.integral(from_s));
        // Poisson counts vary by their root.
        CHECK(std::abs(counts[b] - expected) <= 4.0 * std::sqrt(expected) + 1e-9);
    }
}

}  // namespace

TEST_CASE("rate function: integral and rate follow the lines, the steps and the period") {
    const RateFunction curve({{10.0, 2.0}, {20.0, 4.0}, {20.0, 0.0}, {30.0, 1.0}});
    CHECK(curve.rate(0.0) == 2.0);
    CHECK(curve.rate(15.0) == 3.0);
    CHECK(curve.rate(20.0) == 0.0);
    CHECK(curve.rate(99.0) == 1.0);
    // 10 * 2, 10 * 3, 10 * 0.5, 20 * 1.
    CHECK(curve.integral(10.0) == 20.0);
    CHECK(curve.integral(20.0) == 50.0);
    CHECK(curve.integral(25.0) == doctest::Approx(51.25));
    CHECK(curve.integral(50.0) == doctest::Approx(75.0));
    CHECK(curve.mean() == doctest::Approx(55.0 / 30.0));
    CHECK(curve.peak() == 4.0);
    CHECK(curve.times(2.0).integral(50.0) == doctest::Approx(150.0));
    const RateFunction repeating({{0.0, 1.0}, {4.0, 3.0}}, 8.0);
    CHECK(repeating.rate(18.0) == 2.0);
    // 4 * 2 + 4 * 3 a period.
    CHECK(repeating.integral(26.0) == doctest::Approx(3 * 20.0 + 3.0));
    CHECK(repeating.mean() == 2.5);
    CHECK_THROWS_AS(RateFunction({{0.0, 1.0}, {9.0, 1.0}}, 8.0), ContractViolation);
    CHECK_THROWS_AS(RateFunction({{0.0, -1.0}}), ContractViolation);
}

TEST_CASE("rate function: the clock inverts the integral, over steps, silences and periods") {
    const RateFunction curve({{0.0, 2.0}, {5.0, 0.0}, {7.0, 0.0}, {7.0, 3.0}, {9.0, 1.0}}, 10.0);
    for (const double start_s : {0.0, 4.0, 6.0, 33.0}) {
        RateClock clock(curve, start_s);
        double area = 0.0;
        for (int i = 1; i <= 500; ++i) {
            const double step = 0.37 * (i % 7);
            area += step;
            const double date = clock.advance(step);
            REQUIRE(curve.integral(start_s + date) - curve.integral(start_s) ==
                    doctest::Approx(area).epsilon(1e-9));
        }
    }
    // What falls to nothing ends.
    RateClock drain(RateFunction({{0.0, 4.0}, {10.0, 0.0}}));
    CHECK(drain.advance(15.0) == doctest::Approx(5.0));
    CHECK(drain.advance(4.9) < 10.0);
    CHECK(drain.advance(0.2) == std::numeric_limits<double>::infinity());
}

TEST_CASE("arrivals: a profile gives the counts under its curve: ramp, spike and drain") {
    const Pairs points{{0.0, 5.0},
                       {20.0, 15.0},
                       {30.0, 15.0},
                       {30.0, 90.0},
                       {32.0, 90.0},
                       {32.0, 10.0},
                       {60.0, 0.0}};
    const PolicySpec spec = spec_of("profile", {{"points", points}, {"period", 80.0}});
    std::vector<RateFunction::Point> own;
    for (const auto& [time_s, rate] : points) own.push_back({time_s, rate});
    const RateFunction curve(own, 80.0);
    const std::vector<double> dates = dates_of(spec);
    check_shape(dates, curve, 80.0, 40);
    // 200 + 150 + 180 + 140 arrivals in 80 s.
    CHECK(arrival_rate(spec).rate.value() == doctest::Approx(670.0 / 80.0));
    CHECK(rate_of(dates).agrees(670.0 / 80.0));
}

TEST_CASE("arrivals: a profile that drains ends, its number of arrivals is Poisson") {
    const PolicySpec spec = spec_of("profile", {{"points", Pairs{{0.0, 100.0}, {100.0, 0.0}}}});
    std::vector<double> counts;
    for (std::size_t i = 0; i < 400; ++i) {
        const auto process = make_arrival(spec, Stream(1, i, "arrivals"), 1.0);
        double count = 0.0;
        for (; process->next_s() < kNever; static_cast<void>(process->take())) count += 1.0;
        counts.push_back(count);
    }
    const Figure mean = figure_of(counts);
    CHECK(mean.agrees(5000.0));
    // Variance = mean.
    const double variance = mean.error * mean.error * 400.0;
    CHECK(std::abs(variance / 5000.0 - 1.0) < 4.0 * std::sqrt(2.0 / 399.0));
}

TEST_CASE("arrivals: gaps of a modulated process vary as asked where the rate is constant") {
    const PolicySpec spec = spec_of("profile", {{"points", Pairs{{0.0, 5.0}}}, {"cv", 3.0}});
    const std::vector<double> dates = dates_of(spec);
    CHECK(rate_of(dates).agrees(5.0));
    CHECK(scv_of(dates).agrees(9.0));
    CHECK(arrival_rate(spec).scv == 9.0);
}

TEST_CASE("arrivals: a diurnal process follows the local day, whatever the run's start") {
    // 100,000 a day; straight from hour 20 at 10 over midnight to hour 4 at 2.
    const double rate = 1e5 / 86400.0;
    const Pairs curve{{4.0, 2.0}, {9.0, 10.0}, {20.0, 10.0}};
    for (const auto& [start_h, offset_h] : {std::pair{0.0, 0.0}, {15.0, -8.0}, {2.0, 5.5}}) {
        CAPTURE(start_h);
        const PolicySpec spec = spec_of("diurnal",
                                        {{"rate", rate},
                                         {"curve", curve},
                                         {"start", start_h * 3600.0},
                                         {"utc_offset", offset_h * 3600.0}});
        const std::vector<double> dates = dates_of(spec);
        CHECK(arrival_rate(spec).rate.value() == rate);
        // 8 hours of 6 (from 10 down to 2 over midnight), 5 of 6, 11 of 10: 188 in 24 hours.
        const double scale = rate * 24.0 / 188.0;
        const RateFunction local({{0.0, 6.0 * scale},
                                  {4.0 * 3600.0, 2.0 * scale},
                                  {9.0 * 3600.0, 10.0 * scale},
                                  {20.0 * 3600.0, 10.0 * scale},
                                  {24.0 * 3600.0, 6.0 * scale}},
                                 86400.0);
        check_shape(dates, local, 86400.0, 24, (start_h + offset_h + 24.0) * 3600.0);
    }
}

TEST_CASE("arrivals: a week scales its days; its mean stays the rate") {
    const PolicySpec spec = spec_of("diurnal",
                                    {{"rate", 1.0},
                                     {"curve", Pairs{{0.0, 1.0}, {12.0, 3.0}}},
                                     {"week", Pairs{{0.0, 1.0}, {5.0, 0.25}}}});
    const std::vector<double> dates = dates_of(spec, 2'000'000);
    CHECK(dates.size() == 2'000'000);
    std::array<double, 7> counts{};
    const double weeks = std::floor(dates.back() / (7.0 * 86400.0));
    for (const double date : dates) {
        if (date >= weeks * 7.0 * 86400.0) break;
        counts[static_cast<std::size_t>(date / 86400.0) % 7] += 1.0;
    }
    // 5 days of 1 and 2 of 1/4: a working day has 1 / 5.5 of the week.
    for (std::size_t day = 0; day < 7; ++day) {
        CAPTURE(day);
        const double share = (day < 5 ? 1.0 : 0.25) / 5.5;
        const double expected = weeks * 7.0 * 86400.0 * share;
        CHECK(std::abs(counts[day] - expected) <= 4.0 * std::sqrt(expected));
    }
}

TEST_CASE("arrivals: curves that make no sense are told") {
    const auto problem = [](const char* kind, std::vector<std::pair<std::string, ParamValue>> p) {
        return arrival_problem(spec_of(kind, std::move(p)));
    };
    CHECK(problem("profile", {{"points", Pairs{}}}) == "at least one point is needed");
    CHECK(problem("profile", {{"points", Pairs{{0.0, 0.0}}}}) == "some rate must be above 0");
    CHECK(problem("profile", {{"points", Pairs{{5.0, 1.0}, {4.0, 1.0}}}}) == "times must not fall");
    CHECK(problem("profile", {{"points", Pairs{{-5.0, 1.0}}}}) == "times must not be negative");
    CHECK(problem("profile", {{"points", Pairs{{0.0, -1.0}}}}) == "rates must not be negative");
    CHECK(problem("profile", {{"points", Pairs{{0.0, 1.0}, {9.0, 1.0}}}, {"period", 8.0}}) ==
          "a point lies beyond the period");
    CHECK(problem("profile",
                  {{"points", Pairs{{0.0, 0.0}, {8.0, 0.0}, {8.0, 1.0}}}, {"period", 8.0}}) ==
          "some rate must last");
    CHECK(problem("diurnal", {{"rate", 1.0}, {"curve", Pairs{{25.0, 1.0}}}}) ==
          "curve: hours end at 24");
    CHECK(problem("diurnal", {{"curve", Pairs{{0.0, 1.0}}}, {"week", Pairs{{7.0, 1.0}}}}) ==
          "week: days are 0 (Monday) to 6 (Sunday)");
    CHECK(problem("diurnal", {{"curve", Pairs{{0.0, 1.0}}}, {"week", Pairs{{0.0, 0.0}}}}) ==
          "week: some rate must be above 0");
    CHECK(problem("mmpp", {{"states", Pairs{{1.0, 1.0}}}}) == "at least two states are needed");
    CHECK(problem("mmpp", {{"states", Pairs{{1.0, 0.0}, {2.0, 1.0}}}}) ==
          "mean times in a state must be above 0");
    CHECK(problem("mmpp", {{"states", Pairs{{0.0, 1.0}, {0.0, 1.0}}}}) ==
          "some rate must be above 0");
    CHECK_FALSE(problem("diurnal", {{"curve", Pairs{{0.0, 1.0}, {24.0, 2.0}}}}).has_value());
}
