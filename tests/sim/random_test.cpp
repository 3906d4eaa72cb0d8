#include "sim/random.h"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "models/contract.h"

using namespace plimsoll;

namespace {

struct Sample {
    double mean;
    double variance;
};

template <class Draw>
Sample sample(int n, Draw draw) {
    double mean = 0.0;
    double m2 = 0.0;
    for (int i = 1; i <= n; ++i) {
        const double x = draw();
        const double d = x - mean;
        mean += d / i;
        m2 += d * (x - mean);
    }
    return {mean, m2 / (n - 1)};
}

constexpr int kDraws = 400'000;

/// `got` is within 4 standard errors of `want`, where one draw has standard deviation `sd`.
void check_mean(double got, double want, double sd) {
    const double error = sd / std::sqrt(static_cast<double>(kDraws));
    CAPTURE(got);
    CAPTURE(want);
    CHECK(std::abs(got - want) < 4.0 * error);
}

}  // namespace

TEST_CASE("random: philox gives the published words") {
    // Salmon et al. 2011, file kat_vectors of Random123, philox4x64 with 10 rounds.
    const auto zero = philox({0, 0, 0, 0}, {0, 0});
    CHECK(zero[0] == 0x16554d9eca36314cULL);
    CHECK(zero[1] == 0xdb20fe9d672d0fdcULL);
    CHECK(zero[2] == 0xd7e772cee186176bULL);
    CHECK(zero[3] == 0x7e68b68aec7ba23bULL);
    const auto pi = philox({0x243f6a8885a308d3ULL,
                            0x13198a2e03707344ULL,
                            0xa4093822299f31d0ULL,
                            0x082efa98ec4e6c89ULL},
                           {0x452821e638d01377ULL, 0xbe5466cf34e90c6cULL});
    CHECK(pi[0] == 0xa528f45403e61d95ULL);
    CHECK(pi[1] == 0x38c72dbd566e9788ULL);
    CHECK(pi[2] == 0xa5a1610e72fd18b5ULL);
    CHECK(pi[3] == 0x57bd43b5e52b7fe6ULL);
}

TEST_CASE("random: a stream repeats itself and differs from every other stream") {
    Stream a(1, 0, "arrivals");
    Stream b(1, 0, "arrivals");
    Stream other_name(1, 0, "lengths");
    Stream other_seed(2, 0, "arrivals");
    Stream other_replication(1, 1, "arrivals");
    for (int i = 0; i < 100; ++i) {
        const std::uint64_t x = a.next_u64();
        CHECK(x == b.next_u64());
        CHECK(x != other_name.next_u64());
        CHECK(x != other_seed.next_u64());
        CHECK(x != other_replication.next_u64());
    }
    Stream copy = a;
    CHECK(copy.next_u64() == a.next_u64());
}

TEST_CASE("random: seed and replication do not stand in for each other") {
    Stream a(1, 2, "x");
    Stream b(2, 1, "x");
    Stream c(3, 0, "x");
    const std::uint64_t first = a.next_u64();
    CHECK(first != b.next_u64());
    CHECK(first != c.next_u64());
}

TEST_CASE("random: the bits of every law are fixed") {
    Stream s(42, 0, "golden");
    CHECK(s.next_u64() == 0x492ecf677e432b21ULL);
    CHECK(s.uniform() == 0.7092090097302054);
    CHECK(s.exponential() == 1.3266875880180506);
    CHECK(s.normal() == 0.23986262671658126);
    CHECK(s.lognormal(1.0, 0.5) == 2.2905918431785732);
    CHECK(s.gamma(2.5) == 3.4792250523775143);
    CHECK(s.geometric(0.01) == 124.0);
}

TEST_CASE("random: uniform numbers have mean 1/2, variance 1/12 and stay inside (0, 1)") {
    Stream s(7, 0, "uniform");
    double least = 1.0;
    double most = 0.0;
    const Sample got = sample(kDraws, [&] {
        const double u = s.uniform();
        least = std::min(least, u);
        most = std::max(most, u);
        return u;
    });
    CHECK(least > 0.0);
    CHECK(most < 1.0);
    check_mean(got.mean, 0.5, std::sqrt(1.0 / 12.0));
    // Fourth central moment 1/80, so a squared deviation has variance 1/80 - 1/144.
    check_mean(got.variance, 1.0 / 12.0, std::sqrt(1.0 / 80.0 - 1.0 / 144.0));
}

TEST_CASE("random: below() is even over its range and reaches both ends") {
    Stream s(7, 0, "below");
    std::vector<int> counts(6);
    for (int i = 0; i < kDraws; ++i) ++counts[s.below(6)];
    for (const int count : counts)
        check_mean(count / static_cast<double>(kDraws), 1.0 / 6.0, std::sqrt(5.0 / 36.0));
    CHECK(s.below(1) == 0);
    for (int i = 0; i < 1000; ++i) CHECK(s.below(0xc000000000000000ULL) < 0xc000000000000000ULL);
}

TEST_CASE("random: exponential numbers have mean 1 and variance 1") {
    Stream s(7, 0, "exponential");
    const Sample got = sample(kDraws, [&] { return s.exponential(); });
    check_mean(got.mean, 1.0, 1.0);
    // Fourth central moment 9: a squared deviation has variance 8.
    check_mean(got.variance, 1.0, std::sqrt(8.0));
}

TEST_CASE("random: normal numbers have mean 0, variance 1 and 2.5 % above 1.96") {
    Stream s(7, 0, "normal");
    int above = 0;
    const Sample got = sample(kDraws, [&] {
        const double z = s.normal();
        if (z > 1.959963984540054) ++above;
        return z;
    });
    check_mean(got.mean, 0.0, 1.0);
    check_mean(got.variance, 1.0, std::sqrt(2.0));
    check_mean(above / static_cast<double>(kDraws), 0.025, std::sqrt(0.025 * 0.975));
}

TEST_CASE("random: lognormal numbers have mean exp(mu + sigma^2 / 2)") {
    Stream s(7, 0, "lognormal");
    const Sample got = sample(kDraws, [&] { return s.lognormal(2.0, 0.8); });
    const double mean = std::exp(2.0 + 0.32);
    check_mean(got.mean, mean, mean * std::sqrt(std::exp(0.64) - 1.0));
}

TEST_CASE("random: gamma numbers have mean and variance equal to their shape") {
    for (const double shape : {0.1, 0.5, 1.0, 2.5, 50.0}) {
        CAPTURE(shape);
        Stream s(7, 0, "gamma");
        const Sample got = sample(kDraws, [&] { return s.gamma(shape); });
        check_mean(got.mean, shape, std::sqrt(shape));
        // Fourth central moment 3 k^2 + 6 k.
        check_mean(got.variance, shape, std::sqrt(2.0 * shape * shape + 6.0 * shape));
    }
}

TEST_CASE("random: geometric numbers start at 1 and have mean 1 / p") {
    for (const double p : {1.0, 0.5, 0.01, 1e-6}) {
        CAPTURE(p);
        Stream s(7, 0, "geometric");
        double least = 2.0;
        const Sample got = sample(kDraws, [&] {
            const double n = s.geometric(p);
            least = std::min(least, n);
            return n;
        });
        CHECK(least >= 1.0);
        check_mean(got.mean, 1.0 / p, std::sqrt(1.0 - p) / p + 1e-12);
    }
}

TEST_CASE("random: a continuous draw takes one word whatever its parameters") {
    Stream a(1, 0, "step");
    Stream b(1, 0, "step");
    a.exponential();
    a.normal();
    a.lognormal(1.0, 2.0);
    a.geometric(0.5);
    for (int i = 0; i < 4; ++i) b.next_u64();
    CHECK(a.next_u64() == b.next_u64());
}

TEST_CASE("random: impossible parameters are a broken contract") {
    Stream s(1, 0, "contract");
    CHECK_THROWS_AS(static_cast<void>(s.gamma(0.0)), ContractViolation);
    CHECK_THROWS_AS(static_cast<void>(s.geometric(0.0)), ContractViolation);
    CHECK_THROWS_AS(static_cast<void>(s.below(0)), ContractViolation);
}
