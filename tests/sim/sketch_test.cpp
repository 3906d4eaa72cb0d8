#include "sim/sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "models/contract.h"
#include "sim/random.h"

using namespace plimsoll;

namespace {

constexpr double kLevels[] = {0.0, 0.001, 0.1, 0.5, 0.9, 0.95, 0.989, 0.991, 0.99, 0.999, 1.0};

void check_against_sorted(std::vector<double> values) {
    QuantileSketch sketch;
    for (const double x : values) sketch.add(x);
    std::sort(values.begin(), values.end());
    for (const double p : kLevels) {
        CAPTURE(p);
        const double rank = p * static_cast<double>(values.size() - 1);
        const double exact = values[static_cast<std::size_t>(rank)];
        CHECK(std::abs(sketch.quantile(p) - exact) <= QuantileSketch::kRelativeError * exact);
    }
    CHECK(sketch.min() == values.front());
    CHECK(sketch.max() == values.back());
    CHECK(sketch.count() == static_cast<std::int64_t>(values.size()));
}

void check_same(const QuantileSketch& a, const QuantileSketch& b) {
    CHECK(a.count() == b.count());
    CHECK(a.min() == b.min());
    CHECK(a.max() == b.max());
    CHECK(a.sum() == doctest::Approx(b.sum()).epsilon(1e-12));
    // Every bucket's share shows at some of these levels.
    for (int i = 0; i <= 200; ++i) CHECK(a.quantile(i / 200.0) == b.quantile(i / 200.0));
}

}  // namespace

TEST_CASE("sketch: quantiles of 99 % fast and 1 % slow requests are within 0.4 %") {
    Stream s(1, 0, "bimodal");
    std::vector<double> values(200'000);
    for (double& x : values) {
        const double u = s.uniform();
        x = (u < 0.99 ? 0.03 : 30.0) * (1.0 + 0.2 * s.uniform());
    }
    check_against_sorted(values);
}

TEST_CASE("sketch: quantiles of a Pareto tail are within 0.4 %") {
    Stream s(1, 0, "pareto");
    std::vector<double> values(200'000);
    for (double& x : values) x = std::pow(s.uniform(), -1.0 / 1.5);
    check_against_sorted(values);
}

TEST_CASE("sketch: quantiles of few, equal and single values stay between min and max") {
    check_against_sorted({3.0});
    check_against_sorted({3.0, 3.0, 3.0});
    check_against_sorted({1e-9, 1e9});
    CHECK(QuantileSketch().quantile(0.5) == 0.0);
    CHECK(QuantileSketch().mean() == 0.0);
}

TEST_CASE("sketch: zeros are counted and rank below everything else") {
    QuantileSketch sketch;
    sketch.add(0.0, 90);
    sketch.add(-0.0, 5);
    sketch.add(2.0, 5);
    CHECK(sketch.count() == 100);
    CHECK(sketch.quantile(0.5) == 0.0);
    CHECK(sketch.quantile(0.94) == 0.0);
    CHECK(sketch.quantile(0.96) == 2.0);
    CHECK(sketch.mean() == doctest::Approx(0.1));
    CHECK(sketch.buckets() == 1);
}

TEST_CASE("sketch: the sum of a million tenths is exact to the last digits") {
    QuantileSketch sketch;
    for (int i = 0; i < 1'000'000; ++i) sketch.add(0.1);
    CHECK(std::abs(sketch.sum() - 1e5) < 1e-10);
}

TEST_CASE("sketch: memory grows with the range that was touched only") {
    QuantileSketch sketch;
    sketch.add(1.0);
    sketch.add(2.0);
    // One octave is 256 buckets, and 2.0 begins the next.
    CHECK(sketch.buckets() == 257);
    sketch.add(0.5);
    CHECK(sketch.buckets() == 513);
}

TEST_CASE("sketch: a line counts as its values one by one") {
    Stream s(5, 0, "lines");
    for (int round = 0; round < 400; ++round) {
        const auto count = static_cast<std::int64_t>(1 + s.below(3000));
        const auto weight = static_cast<std::int64_t>(1 + s.below(5));
        const double first = std::exp(12.0 * s.uniform() - 8.0);
        const double shrink = s.uniform();
        double slope = 0.0;
        // Rising steeply and slowly, level, falling slowly, falling to zero.
        if (round % 5 == 0) slope = first * shrink;
        if (round % 5 == 1) slope = first * shrink * 1e-5;
        if (round % 5 == 3) slope = -first * shrink / static_cast<double>(count);
        if (round % 5 == 4) slope = -first / static_cast<double>(count);
        CAPTURE(round);
        QuantileSketch by_line;
        QuantileSketch one_by_one;
        by_line.add_line({.first_value = first, .slope = slope, .count = count, .weight = weight});
        for (std::int64_t i = 0; i < count; ++i)
            one_by_one.add(first + slope * static_cast<double>(i), weight);
        CHECK(by_line.count() == one_by_one.count());
        CHECK(by_line.min() == one_by_one.min());
        CHECK(by_line.max() == one_by_one.max());
        CHECK(by_line.sum() == doctest::Approx(one_by_one.sum()).epsilon(1e-11));
        for (int level = 0; level <= 100; ++level)
            REQUIRE(by_line.quantile(level / 100.0) == one_by_one.quantile(level / 100.0));
    }
}

TEST_CASE("sketch: a line of values on bucket edges counts as one by one") {
    QuantileSketch by_line;
    QuantileSketch one_by_one;
    // 1 + i / 256 are edges exactly, rising and falling.
    by_line.add_line({.first_value = 1.0, .slope = 1.0 / 256.0, .count = 257});
    by_line.add_line({.first_value = 2.0, .slope = -1.0 / 256.0, .count = 257});
    by_line.add_line({.first_value = 0.0, .slope = 0.25, .count = 9});
    by_line.add_line({.first_value = 2.0, .slope = -0.25, .count = 9});
    for (int i = 0; i < 257; ++i) one_by_one.add(1.0 + i / 256.0, 2);
    for (int i = 0; i < 9; ++i) one_by_one.add(0.25 * i, 2);
    check_same(by_line, one_by_one);
}

TEST_CASE("sketch: merging in any order gives the same, and the same as adding everything") {
    Stream s(9, 0, "merge");
    QuantileSketch a;
    QuantileSketch b;
    QuantileSketch c;
    QuantileSketch all;
    for (int i = 0; i < 5000; ++i) {
        const double x = s.lognormal(-3.0, 1.0);
        const double y = s.lognormal(4.0, 0.2);
        const double z = i % 7 == 0 ? 0.0 : s.exponential();
        a.add(x);
        b.add(y);
        c.add(z);
        for (const double value : {x, y, z}) all.add(value);
    }
    QuantileSketch left = a;
    left.merge(b);
    left.merge(c);
    QuantileSketch right = c;
    right.merge(b);
    QuantileSketch outer = a;
    outer.merge(right);
    outer.merge(QuantileSketch());
    QuantileSketch from_nothing;
    from_nothing.merge(left);
    check_same(left, outer);
    check_same(left, all);
    check_same(from_nothing, all);
}

TEST_CASE("sketch: negative and endless values are a broken contract") {
    QuantileSketch sketch;
    sketch.add(1.0);
    CHECK_THROWS_AS(sketch.add(-1.0), ContractViolation);
    CHECK_THROWS_AS(sketch.add(std::numeric_limits<double>::infinity()), ContractViolation);
    CHECK_THROWS_AS(sketch.add(std::numeric_limits<double>::quiet_NaN()), ContractViolation);
    CHECK_THROWS_AS(sketch.add_line({.first_value = 1.0, .slope = -1.0, .count = 3}),
                    ContractViolation);
    CHECK(sketch.count() == 1);
}
