#include "sim/workload/request_lengths.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "sim/demand.h"
#include "sim/io/trace_csv.h"
#include "sim/registry.h"
#include "tests/sim/workload/gap_statistics.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

using Triples = std::vector<std::array<double, 3>>;
using Pairs = std::vector<std::array<double, 2>>;

RequestClass class_of(PolicySpec prompt, PolicySpec output, double correlation) {
    RequestClass requests;
    requests.name = "chat";
    requests.arrival = spec_of("poisson", {{"rate", 1.0}});
    requests.prompt_tokens = std::move(prompt);
    requests.output_tokens = std::move(output);
    requests.length_correlation = correlation;
    return requests;
}

RequestClass joint_class(std::vector<std::pair<std::string, ParamValue>> params) {
    RequestClass requests = class_of({}, {}, 0.0);
    requests.lengths = spec_of("joint", std::move(params));
    return requests;
}

PolicySpec lognormal(double median, double sigma) {
    return spec_of("lognormal", {{"median", median}, {"sigma", sigma}});
}

PolicySpec mixture() {
    return spec_of("mixture",
                   {{"parts",
                     std::vector<WeightedPolicy>{{3.0, lognormal(2000.0, 0.3)},
                                                 {1.0, spec_of("fixed", {{"tokens", 50.0}})}}}});
}

std::vector<LengthPair> pairs_of(const RequestClass& requests, int count = kDraws) {
    const RequestLengths lengths(requests);
    Stream stream(1, 0, "lengths");
    std::vector<LengthPair> pairs;
    pairs.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) pairs.push_back(lengths.draw({}, stream));
    return pairs;
}

/// Mean of f over the pairs, with its standard error.
template <class F>
Figure mean_of(const std::vector<LengthPair>& pairs, F f) {
    std::vector<double> batches(kBatches);
    const double each = static_cast<double>(kBatches) / static_cast<double>(pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i)
        batches[i * kBatches / pairs.size()] += each * f(pairs[i]);
    return figure_of(batches);
}

void check_moments(const RequestClass& requests) {
    const std::vector<LengthPair> pairs = pairs_of(requests);
    const RequestMoments theory = request_moments(requests);
    const auto near = [](const Figure& figure, double value) {
        INFO(figure.value, " +- ", figure.error, " against ", value);
        CHECK(std::abs(figure.value - value) <= 4.0 * figure.error + 2e-3 * value);
    };
    near(mean_of(pairs, [](auto p) { return double{1.0} * p.prompt; }), theory.prompt.mean);
    near(mean_of(pairs, [](auto p) { return double{1.0} * p.output; }), theory.output.mean);
    near(mean_of(pairs, [](auto p) { return double{1.0} * p.prompt * p.prompt; }),
         theory.prompt.second_moment);
    near(mean_of(pairs, [](auto p) { return double{1.0} * p.output * p.output; }),
         theory.output.second_moment);
    near(mean_of(pairs, [](auto p) { return double{1.0} * p.prompt * p.output; }),
         theory.mean_product);
}

/// Spearman's, from ranks.
double rank_correlation(const std::vector<LengthPair>& pairs) {
    const auto ranks = [&](auto member) {
        std::vector<std::size_t> order(pairs.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return pairs[a].*member < pairs[b].*member;
        });
        std::vector<double> rank(pairs.size());
        for (std::size_t begin = 0; begin < order.size();) {
            std::size_t end = begin;
            while (end < order.size() && pairs[order[end]].*member == pairs[order[begin]].*member)
                ++end;
            for (std::size_t i = begin; i < end; ++i)
                rank[order[i]] = 0.5 * static_cast<double>(begin + end - 1);
            begin = end;
        }
        return rank;
    };
    const std::vector<double> x = ranks(&LengthPair::prompt);
    const std::vector<double> y = ranks(&LengthPair::output);
    const double mean = 0.5 * (static_cast<double>(pairs.size()) - 1.0);
    double xy = 0.0;
    double xx = 0.0;
    double yy = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean) * (y[i] - mean);
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
    }
    return xy / std::sqrt(xx * yy);
}

}  // namespace

TEST_CASE("lengths: a Gaussian copula has the rank correlation of its normals") {
    for (const double rho : {-0.9, -0.3, 0.5, 0.8}) {
        CAPTURE(rho);
        const auto pairs = pairs_of(
            class_of(lognormal(2000.0, 1.0), spec_of("exponential", {{"mean", 900.0}}), rho),
            400'000);
        // 6 / pi asin(rho / 2) [Kruskal58]; a rank correlation of n pairs varies by less than
        // 1 / sqrt(n), and whole tokens hide next to nothing.
        const double theory = 6.0 / 3.14159265358979 * std::asin(0.5 * rho);
        CHECK(std::abs(rank_correlation(pairs) - theory) < 4.0 / std::sqrt(400'000.0));
    }
}

TEST_CASE("lengths: the copula leaves each length as it was") {
    const auto sorted = [](const RequestClass& requests) {
        std::vector<std::int32_t> prompts;
        for (const LengthPair& pair : pairs_of(requests, 400'000)) prompts.push_back(pair.prompt);
        std::sort(prompts.begin(), prompts.end());
        return prompts;
    };
    const PolicySpec prompt =
        spec_of("quantiles", {{"points", Pairs{{0.0, 10.0}, {0.7, 900.0}, {1.0, 5000.0}}}});
    const auto alone = sorted(class_of(prompt, lognormal(100.0, 0.5), 0.0));
    const auto joined = sorted(class_of(prompt, lognormal(100.0, 0.5), 0.7));
    for (const double p : {0.05, 0.25, 0.5, 0.75, 0.95, 0.99}) {
        const auto at = static_cast<std::size_t>(p * 400'000.0);
        CHECK(joined[at] == doctest::Approx(alone[at]).epsilon(0.03));
    }
}

TEST_CASE("lengths: moments of correlated lengths agree with the closed form") {
    // Two lognormals: E[xy] = E[x] E[y] exp(rho s1 s2).
    const PolicySpec a = lognormal(1500.0, 0.8);
    const PolicySpec b = lognormal(800.0, 0.6);
    for (const double rho : {-0.6, 0.4, 0.9}) {
        CAPTURE(rho);
        const double theory = mean_tokens(a) * mean_tokens(b) * std::exp(rho * 0.8 * 0.6);
        CHECK(mean_product(a, b, rho) == doctest::Approx(theory).epsilon(2e-3));
    }
    CHECK(mean_product(a, b, 0.0) ==
          doctest::Approx(mean_tokens(a) * mean_tokens(b)).epsilon(2e-3));
    check_moments(class_of(a, b, 0.6));
    check_moments(class_of(a, spec_of("geometric", {{"mean", 300.0}, {"maximum", 800.0}}), -0.5));
    check_moments(class_of(spec_of("exponential", {{"mean", 500.0}, {"minimum", 100.0}}), b, 0.95));
    check_moments(class_of(spec_of("fixed", {{"tokens", 700.0}}), b, 0.5));
    check_moments(class_of(mixture(), b, 0.7));
    check_moments(class_of(mixture(), mixture(), 0.0));
}

TEST_CASE("lengths: a mixture has the moments of its parts, by weight") {
    const auto lengths = make_lengths(mixture());
    Stream stream(1, 0, "lengths");
    double short_ones = 0.0;
    for (int i = 0; i < kDraws; ++i) short_ones += lengths->draw(stream) == 50 ? 1.0 : 0.0;
    CHECK(std::abs(short_ones / kDraws - 0.25) < 4.0 * std::sqrt(0.25 * 0.75 / kDraws));
    const double mean = 0.75 * 2000.0 * std::exp(0.045) + 0.25 * 50.0;
    CHECK(length_moments(mixture()).mean == doctest::Approx(mean).epsilon(1e-6));
    const double square = 0.75 * 2000.0 * 2000.0 * std::exp(0.18) + 0.25 * 2500.0;
    CHECK(length_moments(mixture()).second_moment == doctest::Approx(square).epsilon(1e-6));
}

TEST_CASE("lengths: truncated laws draw between their limits what lies there") {
    const std::vector<PolicySpec> specs{
        spec_of("lognormal",
                {{"median", 400.0}, {"sigma", 1.5}, {"minimum", 100.0}, {"maximum", 3000.0}}),
        spec_of("pareto", {{"minimum", 100.0}, {"alpha", 1.1}, {"maximum", 20000.0}}),
        spec_of("exponential", {{"mean", 300.0}, {"minimum", 200.0}, {"maximum", 900.0}}),
        spec_of("geometric", {{"mean", 40.0}, {"minimum", 10.0}, {"maximum", 60.0}}),
        spec_of("quantiles",
                {{"points", Pairs{{0.0, 20.0}, {0.5, 200.0}, {1.0, 4000.0}}},
                 {"minimum", 50.0},
                 {"maximum", 1000.0}})};
    for (PolicySpec spec : specs) {
        CAPTURE(spec.kind);
        for (const char* limits : {"clamp", "truncate"}) {
            CAPTURE(limits);
            spec.set("limits", std::string(limits));
            REQUIRE_FALSE(length_problem(spec).has_value());
            check_moments(class_of(spec, spec_of("fixed", {{"tokens", 10.0}}), 0.0));
            const auto lengths = make_lengths(spec);
            Stream stream(1, 0, "x");
            int at_most = 0;
            for (int i = 0; i < 20'000; ++i) {
                const double tokens = lengths->draw(stream);
                REQUIRE(tokens >= spec.number("minimum", 1.0));
                REQUIRE(tokens <= spec.number("maximum", 1e9));
                at_most += tokens == spec.number("maximum", 1e9) ? 1 : 0;
            }
            // Clamping gathers the tail at the limit; a truncated density has no such heap.
            if (std::string(limits) == "truncate") CHECK(at_most < 250);
        }
    }
}

TEST_CASE("lengths: a Pareto law has its quantiles and moments") {
    const PolicySpec spec = spec_of("pareto", {{"minimum", 100.0}, {"alpha", 2.5}});
    const auto lengths = make_lengths(spec);
    Stream stream(1, 0, "lengths");
    std::vector<double> draws(static_cast<std::size_t>(kDraws));
    for (double& x : draws) x = lengths->draw(stream);
    std::sort(draws.begin(), draws.end());
    for (const double p : {0.5, 0.9, 0.99})
        CHECK(draws[static_cast<std::size_t>(p * kDraws)] ==
              doctest::Approx(100.0 * std::pow(1.0 - p, -0.4)).epsilon(0.02));
    // alpha m / (alpha - 1), alpha m^2 / (alpha - 2).
    CHECK(length_moments(spec).mean == doctest::Approx(2.5 * 100.0 / 1.5).epsilon(1e-4));
    CHECK(length_moments(spec).second_moment == doctest::Approx(2.5 * 1e4 / 0.5).epsilon(1e-3));
    CHECK(length_problem(spec_of("pareto", {{"minimum", 100.0}, {"alpha", 1.5}})) ==
          "an alpha of 2 or less needs a maximum: its variance has no bound");
}

TEST_CASE("lengths: a joint histogram gives its pairs, by weight, spread within its cells") {
    const Triples points{{100.0, 20.0, 1.0}, {3000.0, 400.0, 2.0}, {50.0, 900.0, 1.0}};
    const RequestClass exact = joint_class({{"points", points}});
    std::array<double, 3> counts{};
    for (const LengthPair& pair : pairs_of(exact)) {
        const auto at = std::find_if(points.begin(), points.end(), [&](const auto& p) {
            return p[0] == pair.prompt && p[1] == pair.output;
        });
        REQUIRE(at != points.end());
        counts[static_cast<std::size_t>(at - points.begin())] += 1.0 / kDraws;
    }
    CHECK(std::abs(counts[1] - 0.5) < 4.0 * 0.5 / std::sqrt(kDraws));
    CHECK(std::abs(counts[0] - 0.25) < 4.0 * 0.433 / std::sqrt(kDraws));
    check_moments(exact);
    const RequestClass spread = joint_class({{"points", points}, {"cell", 2.0}});
    check_moments(spread);
    for (const LengthPair& pair : pairs_of(spread, 10'000)) {
        const bool near = std::any_of(points.begin(), points.end(), [&](const auto& p) {
            const double root = std::sqrt(2.0);
            return pair.prompt >= p[0] / root - 0.5 && pair.prompt <= p[0] * root + 0.5 &&
                   pair.output >= p[1] / root - 0.5 && pair.output <= p[1] * root + 0.5;
        });
        REQUIRE(near);
    }
}

TEST_CASE("lengths: a joint distribution may be the rows of a file") {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("pairs." + std::to_string(getpid()) + ".csv"))
            .string();
    std::ofstream(path) << "id,output_tokens,prompt_tokens\na,20,100\nb,400,3000\n";
    const RequestClass requests = joint_class({{"path", path}});
    const RequestMoments moments = request_moments(requests);
    CHECK(moments.prompt.mean == 1550.0);
    CHECK(moments.mean_product == 0.5 * (100.0 * 20.0 + 3000.0 * 400.0));
    for (const LengthPair& pair : pairs_of(requests, 100))
        CHECK((pair.prompt == 100 ? pair.output == 20 : pair.output == 400));
    std::ofstream(path) << "prompt_tokens,answer\n1,2\n";
    CHECK_THROWS_WITH_AS(
        RequestLengths{requests}, (path + ":1:1: no column \"output_tokens\"").c_str(), TraceError);
    std::filesystem::remove(path);
}

TEST_CASE("lengths: joint options that contradict each other are told") {
    const auto problem = [](std::vector<std::pair<std::string, ParamValue>> params) {
        return joint_problem(spec_of("joint", std::move(params)));
    };
    CHECK(problem({}) == "give either points or path");
    CHECK(problem({{"points", Triples{{1.0, 1.0, 1.0}}}, {"path", std::string("x")}}) ==
          "give either points or path");
    CHECK(problem({{"points", Triples{{0.0, 1.0, 1.0}}}}) == "tokens must lie between 1 and 1e9");
    CHECK(problem({{"points", Triples{{1.0, 1.0, -1.0}}}}) == "weights must not be negative");
    CHECK(problem({{"points", Triples{{1.0, 1.0, 0.0}}}}) == "some weight must be above 0");
    CHECK(length_problem(spec_of("mixture", {{"parts", std::vector<WeightedPolicy>{}}})) ==
          "at least one part is needed");
    CHECK(
        length_problem(spec_of("mixture",
                               {{"parts",
                                 std::vector<WeightedPolicy>{{1.0, lognormal(10.0, 1.0)},
                                                             {1.0, spec_of("lognormal", {})}}}})) ==
        "parts[1]: give either mean or median");
    PolicySpec narrow = spec_of("exponential", {{"mean", 10.0}, {"minimum", 5000.0}});
    narrow.set("limits", std::string("truncate"));
    CHECK(length_problem(narrow) == "next to nothing lies between minimum and maximum");
}

TEST_CASE("demand: correlated lengths reach the closed form as a covariance") {
    Workload workload;
    workload.classes = {class_of(lognormal(1500.0, 0.8), lognormal(800.0, 0.6), 0.5),
                        class_of(lognormal(1500.0, 0.8), lognormal(800.0, 0.6), 0.0)};
    const auto demand = mean_demand(workload);
    const double means = demand[0].lengths.prompt.mean * demand[0].lengths.output.mean;
    CHECK(demand[0].lengths.covariance ==
          doctest::Approx(means * (std::exp(0.5 * 0.8 * 0.6) - 1.0)).epsilon(0.02));
    CHECK(demand[1].lengths.covariance == 0.0);
}
