#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "models/contract.h"
#include "sim/registry.h"
#include "sim/workload/arrival.h"
#include "sim/workload/length_moments.h"

using namespace plimsoll;

namespace {

using Params = std::vector<std::pair<std::string, ParamValue>>;

PolicySpec spec_of(std::string kind, Params params) {
    return {.kind = std::move(kind), .params = std::move(params)};
}

std::vector<double> draws(const PolicySpec& spec, int count) {
    const auto lengths = make_lengths(spec);
    Stream stream(1, 0, "lengths");
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& x : values) x = lengths->draw(stream);
    return values;
}

struct Case {
    std::string what;
    PolicySpec spec;
};

std::vector<Case> cases() {
    using Points = std::vector<std::array<double, 2>>;
    return {
        {"fixed", spec_of("fixed", {{"tokens", 128.0}})},
        {"geometric", spec_of("geometric", {{"mean", 50.0}})},
        {"geometric, limits",
         spec_of("geometric", {{"mean", 50.0}, {"minimum", 10.0}, {"maximum", 90.0}})},
        {"geometric of mean 1", spec_of("geometric", {{"mean", 1.0}})},
        {"exponential", spec_of("exponential", {{"mean", 300.0}})},
        {"exponential, limits",
         spec_of("exponential", {{"mean", 300.0}, {"minimum", 50.0}, {"maximum", 700.0}})},
        {"lognormal", spec_of("lognormal", {{"mean", 400.0}, {"sigma", 0.7}})},
        {"lognormal, limits",
         spec_of("lognormal",
                 {{"median", 400.0}, {"sigma", 1.2}, {"minimum", 100.0}, {"maximum", 4096.0}})},
        {"lognormal by p90", spec_of("lognormal", {{"median", 200.0}, {"p90", 600.0}})},
        {"lognormal by mean and p90", spec_of("lognormal", {{"mean", 200.0}, {"p90", 400.0}})},
        {"quantiles",
         spec_of("quantiles",
                 {{"points", Points{{0.0, 20.0}, {0.5, 150.0}, {0.9, 800.0}, {1.0, 4000.0}}}})},
        {"quantiles, limits",
         spec_of("quantiles",
                 {{"points", Points{{0.0, 20.0}, {0.3, 20.0}, {0.9, 800.0}, {1.0, 4000.0}}},
                  {"minimum", 40.0},
                  {"maximum", 1500.0}})},
    };
}

}  // namespace

TEST_CASE(
    "lengths: drawn means and second moments are within 4 standard errors of the closed form") {
    constexpr int kDraws = 400'000;
    for (const Case& each : cases()) {
        CAPTURE(each.what);
        const std::vector<double> values = draws(each.spec, kDraws);
        double mean = 0.0;
        double second_moment = 0.0;
        double fourth_moment = 0.0;
        for (const double x : values) {
            mean += x / kDraws;
            second_moment += x * x / kDraws;
            fourth_moment += x * x * x * x / kDraws;
        }
        const LengthMoments theory = length_moments(each.spec);
        const double error = std::sqrt(std::max(0.0, second_moment - mean * mean) / kDraws);
        const double error2 =
            std::sqrt(std::max(0.0, fourth_moment - second_moment * second_moment) / kDraws);
        CAPTURE(mean);
        CAPTURE(theory.mean);
        // Rounding adds at most 1/12 to the square and almost nothing to the mean.
        CHECK(std::abs(mean - theory.mean) <= 4.0 * error + 1e-3 * theory.mean);
        CHECK(std::abs(second_moment - theory.second_moment) <=
              4.0 * error2 + 1e-3 * theory.second_moment + 0.1);
        CHECK(theory.mean_pairs() == doctest::Approx(0.5 * (theory.second_moment + theory.mean)));
        CHECK(theory.longest >= theory.mean);
        CHECK(mean_tokens(each.spec) == theory.mean);
    }
}

TEST_CASE("lengths: draws are whole, at least 1 and inside their limits") {
    for (const Case& each : cases()) {
        CAPTURE(each.what);
        const std::vector<double> values = draws(each.spec, 20'000);
        const auto [least, most] = std::minmax_element(values.begin(), values.end());
        CHECK(*least >= each.spec.number("minimum", 1.0));
        CHECK(*most <= each.spec.number("maximum", kMaxTokens));
        CHECK(
            std::all_of(values.begin(), values.end(), [](double x) { return x == std::floor(x); }));
    }
}

TEST_CASE("lengths: a lognormal has the median and p90 that it was given") {
    std::vector<double> values =
        draws(spec_of("lognormal", {{"median", 200.0}, {"p90", 600.0}}), 400'000);
    std::sort(values.begin(), values.end());
    CHECK(values[values.size() / 2] == doctest::Approx(200.0).epsilon(0.02));
    CHECK(values[values.size() * 9 / 10] == doctest::Approx(600.0).epsilon(0.02));
    values = draws(spec_of("lognormal", {{"mean", 200.0}, {"p90", 400.0}}), 400'000);
    std::sort(values.begin(), values.end());
    CHECK(values[values.size() * 9 / 10] == doctest::Approx(400.0).epsilon(0.02));
}

TEST_CASE("lengths: quantile points are met, with straight lines in the logarithm between them") {
    std::vector<double> values = draws(cases()[10].spec, 400'000);
    std::sort(values.begin(), values.end());
    CHECK(values.front() == 20.0);
    CHECK(values.back() <= 4000.0);
    CHECK(values[values.size() / 2] == doctest::Approx(150.0).epsilon(0.02));
    CHECK(values[values.size() * 9 / 10] == doctest::Approx(800.0).epsilon(0.02));
    // Half way from 20 (p = 0) to 150 (p = 0.5): sqrt(20 * 150) = 54.8.
    CHECK(values[values.size() / 4] == doctest::Approx(54.8).epsilon(0.02));
}

TEST_CASE("lengths: the longest is the limit, or the 99.9 % point") {
    CHECK(length_moments(spec_of("exponential", {{"mean", 100.0}, {"maximum", 250.0}})).longest ==
          250.0);
    // -100 ln 0.001.
    CHECK(length_moments(spec_of("exponential", {{"mean", 100.0}})).longest ==
          doctest::Approx(690.8).epsilon(1e-3));
    CHECK(length_moments(cases()[10].spec).longest == doctest::Approx(4000.0));
}

TEST_CASE("lengths: options that contradict each other are found") {
    using Points = std::vector<std::array<double, 2>>;
    const auto problem = [](const char* kind, Params params) {
        return length_problem(spec_of(kind, std::move(params)));
    };
    CHECK(problem("lognormal", {{"mean", 5.0}, {"median", 4.0}, {"sigma", 1.0}}) ==
          "give either mean or median");
    CHECK(problem("lognormal", {{"mean", 5.0}}) == "give either sigma or p90");
    CHECK(problem("lognormal", {{"mean", 100.0}, {"p90", 300.0}}).has_value());
    CHECK(problem("lognormal", {{"mean", 100.0}, {"p90", 90.0}}).has_value());
    CHECK(problem("lognormal", {{"median", 100.0}, {"p90", 90.0}}).has_value());
    CHECK(problem("exponential", {{"mean", 5.0}, {"minimum", 9.0}, {"maximum", 8.0}}) ==
          "minimum is above maximum");
    CHECK(problem("quantiles", {{"points", Points{{0.0, 5.0}}}}).has_value());
    CHECK(problem("quantiles", {{"points", Points{{0.1, 5.0}, {1.0, 6.0}}}}).has_value());
    CHECK(problem("quantiles", {{"points", Points{{0.0, 5.0}, {1.0, 4.0}}}}) ==
          "tokens must not fall");
    CHECK(problem("quantiles", {{"points", Points{{0.0, 0.5}, {1.0, 4.0}}}}).has_value());
    for (const Case& each : cases()) CHECK_FALSE(length_problem(each.spec).has_value());
    CHECK_FALSE(problem("trace", {}).has_value());
    CHECK_THROWS_AS(static_cast<void>(make_lengths(spec_of("trace", {}))), ContractViolation);
}

TEST_CASE("lengths: the same stream gives longer draws for a longer mean, one word a draw") {
    const auto shorter = make_lengths(spec_of("lognormal", {{"mean", 100.0}, {"sigma", 1.0}}));
    const auto longer = make_lengths(spec_of("lognormal", {{"mean", 200.0}, {"sigma", 1.0}}));
    Stream a(1, 0, "x");
    Stream b(1, 0, "x");
    for (int i = 0; i < 1000; ++i) {
        const std::int32_t first = shorter->draw(a);
        const std::int32_t second_draw = longer->draw(b);
        CHECK(first <= second_draw);
    }
    CHECK(a.next_u64() == b.next_u64());
}
