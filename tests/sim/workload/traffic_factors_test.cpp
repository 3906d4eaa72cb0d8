#include "sim/workload/traffic_factors.h"

#include <cmath>

#include <doctest/doctest.h>

#include "sim/random.h"
#include "sim/workload/fit.h"
#include "sim/workload/length_moments.h"
#include "sim/workload/length_points.h"

using namespace plimsoll;

namespace {

using Points = std::vector<std::array<double, 2>>;

RequestClass class_of(const std::string& name, const Points& rates, double prompt, double output) {
    RequestClass each;
    each.name = name;
    each.arrival = {.kind = "profile", .params = {{"points", rates}}};
    each.prompt_tokens = {.kind = "lognormal", .params = {{"median", prompt}, {"sigma", 0.5}}};
    each.output_tokens = {.kind = "lognormal", .params = {{"median", output}, {"sigma", 0.5}}};
    return each;
}

}  // namespace

TEST_CASE("traffic_factors: steady traffic of one kind takes a handful of numbers") {
    const std::vector<RequestClass> classes{class_of("all", {{0.0, 5.0}, {2000.0, 5.0}}, 500, 200)};
    const auto rows = drawn_rows(classes, 2000.0, 1, 0);
    const FactorShape shape = factor_shape(rows);
    CHECK(shape.kinds == 1);
    CHECK(shape.pieces <= 4);
    const TrafficFactors factors = traffic_factors(rows, shape);
    for (const double rate : factors.rate_per_s[0])
        CHECK(rate == doctest::Approx(5.0).epsilon(0.1));
    CHECK(factors.expected(rows.back().arrival_s) ==
          doctest::Approx(static_cast<double>(rows.size())).epsilon(1e-6));
}

TEST_CASE("traffic_factors: kinds of requests that take turns are told apart") {
    // Long prompts with short answers give way to short prompts with long answers.
    const std::vector<RequestClass> classes{
        class_of("reading", {{0.0, 6.0}, {3000.0, 0.0}}, 3000, 40),
        class_of("writing", {{0.0, 0.5}, {3000.0, 4.0}}, 200, 500)};
    const auto rows = drawn_rows(classes, 3000.0, 1, 0);
    const FactorShape shape = factor_shape(rows);
    CHECK(shape.kinds >= 2);
    const TrafficFactors factors = traffic_factors(rows, {.kinds = 2, .pieces = 4});
    const std::size_t reading = factors.rate_per_s[0][0] > factors.rate_per_s[1][0] ? 0 : 1;
    CHECK(factors.rate_per_s[reading].front() == doctest::Approx(6.0).epsilon(0.1));
    CHECK(factors.rate_per_s[reading].back() < 0.5);
    CHECK(factors.rate_per_s[1 - reading].front() == doctest::Approx(0.5).epsilon(0.5));
    CHECK(factors.rate_per_s[1 - reading].back() == doctest::Approx(4.0).epsilon(0.1));
    double typical = 0.0;
    double of_reading = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double sum = factors.membership(i, 0) + factors.membership(i, 1);
        REQUIRE(sum == doctest::Approx(1.0));
        if (rows[i].prompt_tokens < 2500 || rows[i].output_tokens > 60) continue;
        typical += 1.0;
        of_reading += factors.membership(i, reading);
    }
    CHECK(of_reading / typical > 0.98);
}

TEST_CASE("length_points: few points stay near the quantiles and keep the mean") {
    Stream stream(1, 0, "test");
    std::vector<WeightedLength> lengths;
    double sum = 0.0;
    for (int i = 0; i < 50'000; ++i) {
        lengths.push_back({std::ceil(stream.lognormal(6.0, 1.0)), 1.0});
        sum += lengths.back().tokens;
    }
    const Points points = length_points(lengths);
    CHECK(points.size() <= 20);
    CHECK(points.front()[0] == 0.0);
    CHECK(points.back()[0] == 1.0);
    const PolicySpec spec{.kind = "quantiles", .params = {{"points", points}}};
    CHECK(length_moments(spec).mean == doctest::Approx(sum / 50'000.0).epsilon(0.02));
    // Of one length a flat line is left.
    const Points one = length_points({{7.0, 0.5}, {7.0, 2.0}});
    CHECK(one == Points{{0.0, 7.0}, {1.0, 7.0}});
}

TEST_CASE("length_points: the normal correlation is that of the copula, whatever the lengths") {
    Stream stream(1, 0, "test");
    std::vector<double> x;
    std::vector<double> y;
    for (int i = 0; i < 20'000; ++i) {
        const double a = stream.normal();
        const double b = stream.normal();
        x.push_back(std::exp(2.0 * a));
        y.push_back(std::pow(0.6 * a + 0.8 * b, 3.0));
    }
    const std::vector<double> weights(x.size(), 0.7);
    CHECK(normal_correlation(x, y, weights) == doctest::Approx(0.6).epsilon(0.03));
    const std::vector<double> constant(x.size(), 1.0);
    CHECK(normal_correlation(x, constant, weights) == 0.0);
}
