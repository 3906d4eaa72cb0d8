#include "sim/portable_math.h"

#include <cmath>

#include <boost/math/distributions/normal.hpp>
#include <doctest/doctest.h>

#include "models/contract.h"
#include "sim/random.h"

using namespace plimsoll;

TEST_CASE("portable_math: log is within 2 ulp of the C library over all magnitudes") {
    Stream s(1, 0, "log");
    double worst = 0.0;
    for (int i = 0; i < 300'000; ++i) {
        const double u = s.uniform();
        const double x = i % 3 == 0 ? u : std::exp(1400.0 * (u - 0.5));
        const double want = std::log(x);
        worst = std::max(worst, std::abs(portable_log(x) - want) / std::abs(want));
    }
    CAPTURE(worst);
    CHECK(worst < 4.5e-16);
    CHECK(portable_log(1.0) == 0.0);
    CHECK(portable_log(2.0) == std::log(2.0));
}

TEST_CASE("portable_math: log keeps its relative accuracy on both sides of 1") {
    for (double h = 1e-15; h < 0.1; h *= 3.0) {
        const double above = 1.0 + h;
        const double below = 1.0 - h;
        CHECK(portable_log(above) == doctest::Approx(std::log(above)).epsilon(4e-16));
        CHECK(portable_log(below) == doctest::Approx(std::log(below)).epsilon(4e-16));
    }
}

TEST_CASE("portable_math: log1p and exp follow the C library") {
    Stream s(1, 0, "exp");
    double worst_exp = 0.0;
    double worst_log1p = 0.0;
    for (int i = 0; i < 200'000; ++i) {
        const double x = 60.0 * s.uniform() - 30.0;
        worst_exp = std::max(worst_exp, std::abs(portable_exp(x) / std::exp(x) - 1.0));
        const double y = std::exp(-20.0 * s.uniform());
        worst_log1p = std::max(worst_log1p, std::abs(portable_log1p(y) / std::log1p(y) - 1.0));
    }
    CHECK(worst_exp < 4.5e-16);
    CHECK(worst_log1p < 1e-15);
    CHECK(portable_exp(0.0) == 1.0);
    CHECK(portable_log1p(1e-300) == 1e-300);
    CHECK_THROWS_AS(static_cast<void>(portable_exp(701.0)), ContractViolation);
}

TEST_CASE("portable_math: the normal quantile agrees with Boost from 1e-15 to 1 - 1e-10") {
    const boost::math::normal normal;
    for (const double p :
         {1e-15,  1e-12,  1e-9, 1e-6, 1e-3,  0.025, 0.074, 0.075, 0.076,    0.3,
          0.4999, 0.5001, 0.7,  0.9,  0.925, 0.95,  0.99,  0.999, 0.999999, 1.0 - 1e-10}) {
        CAPTURE(p);
        CHECK(normal_quantile(p) == doctest::Approx(quantile(normal, p)).epsilon(2e-15));
    }
    CHECK(normal_quantile(0.5) == 0.0);
    // The 97.5 % point that every table prints.
    CHECK(normal_quantile(0.975) == doctest::Approx(1.959963984540054).epsilon(1e-15));
}

TEST_CASE("portable_math: the normal probability agrees with Boost, its tail in its last digits") {
    const boost::math::normal normal;
    for (double z = -36.0; z < 9.0; z += 0.173) {
        CAPTURE(z);
        const double want = cdf(normal, z);
        CHECK(std::abs(normal_probability(z) - want) < 1e-15);
        CHECK(normal_probability(z) == doctest::Approx(want).epsilon(1e-7));
        if (z > -7.0) CHECK(normal_probability(z) == doctest::Approx(want).epsilon(1e-13));
    }
    CHECK(normal_probability(0.0) == doctest::Approx(0.5).epsilon(1e-15));
    CHECK(normal_probability(-50.0) == 0.0);
    CHECK(normal_probability(50.0) == 1.0);
}

TEST_CASE("portable_math: the logarithm of the gamma function follows the C library") {
    for (double x = 1e-3; x < 1e6; x *= 1.31) {
        CAPTURE(x);
        CHECK(std::abs(portable_lgamma(x) - std::lgamma(x)) <
              1e-13 + 4e-15 * std::abs(std::lgamma(x)));
    }
    // Gamma(5) = 24.
    CHECK(portable_lgamma(5.0) == doctest::Approx(std::log(24.0)).epsilon(1e-14));
    CHECK_THROWS_AS(static_cast<void>(portable_lgamma(0.0)), ContractViolation);
}
