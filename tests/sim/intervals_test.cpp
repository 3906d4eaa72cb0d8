#include "sim/intervals.h"

#include <array>

#include <doctest/doctest.h>

#include "models/contract.h"
#include "sim/random.h"

using namespace plimsoll;

TEST_CASE("intervals: Student's t has the points of the printed tables") {
    CHECK(student_t95(1) == doctest::Approx(12.7062).epsilon(1e-5));
    CHECK(student_t95(9) == doctest::Approx(2.2622).epsilon(1e-4));
    CHECK(student_t95(1'000'000) == doctest::Approx(1.95997).epsilon(1e-5));
}

TEST_CASE("intervals: the interval of 1, 2, 3, 4 is 2.5 -+ 3.1824 * 1.2910 / 2") {
    const std::array samples{1.0, 2.0, 3.0, 4.0};
    const Interval interval = student_interval(samples);
    // t(0.975, 3) = 3.1824, s = sqrt(5 / 3) = 1.2910, sqrt(n) = 2: half width 2.0543.
    CHECK(interval.low == doctest::Approx(2.5 - 2.0543).epsilon(1e-4));
    CHECK(interval.high == doctest::Approx(2.5 + 2.0543).epsilon(1e-4));
}

TEST_CASE("intervals: 995 of 1000 lies in [0.9884, 0.9984]") {
    const Interval interval = clopper_pearson(995, 1000);
    CHECK(interval.low == doctest::Approx(0.9884).epsilon(1e-4));
    CHECK(interval.high == doctest::Approx(0.9984).epsilon(1e-4));
}

TEST_CASE("intervals: all and none reach their end") {
    // None of n: the upper end solves (1 - p)^n = 0.025.
    const Interval none = clopper_pearson(0, 10);
    CHECK(none.low == 0.0);
    CHECK(none.high == doctest::Approx(0.3085).epsilon(1e-4));
    const Interval all = clopper_pearson(10, 10);
    CHECK(all.low == doctest::Approx(1.0 - 0.3085).epsilon(1e-4));
    CHECK(all.high == 1.0);
    CHECK_THROWS_AS(static_cast<void>(clopper_pearson(0, 0)), ContractViolation);
}

TEST_CASE("intervals: 95 % of Student intervals hold the true mean") {
    Stream s(3, 0, "cover");
    constexpr int kRounds = 4000;
    int covered = 0;
    for (int i = 0; i < kRounds; ++i) {
        std::array<double, 8> samples{};
        for (double& x : samples) x = s.normal();
        const Interval interval = student_interval(samples);
        if (interval.low <= 0.0 && interval.high >= 0.0) ++covered;
    }
    // sqrt(0.95 * 0.05 / 4000) = 0.0034; four of them.
    CHECK(covered / static_cast<double>(kRounds) == doctest::Approx(0.95).epsilon(0.0145));
}
