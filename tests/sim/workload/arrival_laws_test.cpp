#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include "sim/portable_math.h"
#include "sim/registry.h"
#include "sim/workload/gap_law.h"
#include "tests/sim/workload/gap_statistics.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

using Pairs = std::vector<std::array<double, 2>>;

}  // namespace

TEST_CASE("arrivals: gamma gaps have the rate, variation and quantiles of a gamma density") {
    // cv^2 = 2 is shape 1/2: with mean 1 the square of a standard normal.
    const PolicySpec spec = spec_of("gamma", {{"rate", 4.0}, {"cv", std::numbers::sqrt2}});
    const std::vector<double> dates = dates_of(spec);
    CHECK(rate_of(dates).agrees(4.0));
    CHECK(scv_of(dates).agrees(2.0));
    for (const double x : {0.01, 0.1, 1.0, 4.0})
        CHECK(share_below(dates, x / 4.0).agrees(2.0 * normal_probability(std::sqrt(x)) - 1.0));
    // The dispersion of a renewal process over long times is its squared variation [Cox62]; 1,000
    // gaps come near.
    CHECK(dispersion_of(dates, 250.0, 4.0).agrees(2.0));
    CHECK(arrival_rate(spec).rate.value() == 4.0);
    CHECK(arrival_rate(spec).scv == doctest::Approx(2.0));
}

TEST_CASE("arrivals: gamma gaps may be far burstier or smoother than Poisson's") {
    for (const double cv : {0.1, 0.5, 1.0, 5.0}) {
        CAPTURE(cv);
        const std::vector<double> dates = dates_of(spec_of("gamma", {{"rate", 10.0}, {"cv", cv}}));
        CHECK(rate_of(dates).agrees(10.0));
        CHECK(scv_of(dates).agrees(cv * cv));
    }
}

TEST_CASE("arrivals: weibull gaps have the rate, variation and quantiles of a Weibull density") {
    // Shape 1/2: 1 + cv^2 = Gamma(5) / Gamma(3)^2 = 24 / 4.
    CHECK(weibull_shape(std::sqrt(5.0)) == doctest::Approx(0.5).epsilon(1e-8));
    CHECK(weibull_shape(1.0) == doctest::Approx(1.0).epsilon(1e-8));
    const std::vector<double> dates =
        dates_of(spec_of("weibull", {{"rate", 2.0}, {"cv", std::sqrt(5.0)}}));
    CHECK(rate_of(dates).agrees(2.0));
    CHECK(scv_of(dates).agrees(5.0));
    // Mean 1 is scale 1 / Gamma(3): P(gap < x) = 1 - exp(-sqrt(2 x)).
    for (const double x : {0.01, 0.2, 1.0, 5.0})
        CHECK(share_below(dates, x / 2.0).agrees(1.0 - std::exp(-std::sqrt(2.0 * x))));
}

TEST_CASE("arrivals: a renewal process offers its rate from the first second on") {
    // The mean count before t is rate * t at any t only from a stationary start.
    for (const char* kind : {"gamma", "weibull"}) {
        CAPTURE(kind);
        const PolicySpec spec = spec_of(kind, {{"rate", 1.0}, {"cv", 3.0}});
        std::vector<double> batches(50);
        for (std::size_t i = 0; i < 20'000; ++i) {
            const auto process = make_arrival(spec, Stream(1, i, "start"), 1.0);
            for (; process->next_s() < 0.5; static_cast<void>(process->take()))
                batches[i % 50] += 1.0 / 400.0;
        }
        CHECK(figure_of(batches).agrees(0.5));
    }
}

TEST_CASE("arrivals: an MMPP has the rate, variation and dispersion of its states") {
    const double fast = 10.0;
    const double slow = 1.0;
    const double from_fast = 1.0 / 5.0;
    const double from_slow = 1.0 / 20.0;
    const PolicySpec spec =
        spec_of("mmpp", {{"states", Pairs{{fast, 1.0 / from_fast}, {slow, 1.0 / from_slow}}}});
    const std::vector<double> dates = dates_of(spec);
    // (10 * 5 + 1 * 20) / 25.
    CHECK(arrival_rate(spec).rate.value() == doctest::Approx(2.8));
    CHECK(rate_of(dates).agrees(2.8));
    CHECK(scv_of(dates).agrees(arrival_rate(spec).scv));
    // [Heffes86], equation 8: I = 1 + 2 (l1 - l2)^2 r1 r2 / ((r1 + r2)^2 (l1 r2 + l2 r1)), of which
    // a window of t shows all but the share (1 - e^-x) / x, x = (r1 + r2) t.
    const double sum = from_fast + from_slow;
    const double rise = 2.0 * (fast - slow) * (fast - slow) * from_fast * from_slow /
                        (sum * sum * (fast * from_slow + slow * from_fast));
    for (const double t : {1.0, 10.0, 100.0}) {
        CAPTURE(t);
        const double x = sum * t;
        CHECK(dispersion_of(dates, t, 2.8).agrees(1.0 + rise * (1.0 - (1.0 - std::exp(-x)) / x)));
    }
}

TEST_CASE("arrivals: an interrupted Poisson process has the variation of its hyperexponential") {
    // On at 8 /s for 2 s, off for 6 s: cv^2 = 1 + 2 l a / (a + b)^2, a = 1/2, b = 1/6. [Kuczura73]
    const PolicySpec spec = spec_of("mmpp", {{"states", Pairs{{8.0, 2.0}, {0.0, 6.0}}}});
    const double theory = 1.0 + 2.0 * 8.0 * 0.5 / ((0.5 + 1.0 / 6.0) * (0.5 + 1.0 / 6.0));
    CHECK(arrival_rate(spec).scv == doctest::Approx(theory));
    const std::vector<double> dates = dates_of(spec);
    CHECK(rate_of(dates).agrees(2.0));
    CHECK(scv_of(dates).agrees(theory));
}

TEST_CASE("arrivals: an MMPP of equal states is a Poisson process") {
    const PolicySpec spec =
        spec_of("mmpp", {{"states", Pairs{{3.0, 1.0}, {3.0, 7.0}, {3.0, 0.1}}}});
    CHECK(arrival_rate(spec).scv == doctest::Approx(1.0));
    CHECK(scv_of(dates_of(spec)).agrees(1.0));
}

TEST_CASE("arrivals: a Hawkes process has the rate and dispersion of its clusters") {
    const double branching = 0.6;
    const double decay_s = 0.5;
    const PolicySpec spec =
        spec_of("hawkes", {{"base_rate", 2.0}, {"branching", branching}, {"decay", decay_s}});
    const std::vector<double> dates = dates_of(spec);
    // [Hawkes71]: rate = base / (1 - n).
    CHECK(arrival_rate(spec).rate.value() == doctest::Approx(5.0));
    CHECK(rate_of(dates).agrees(5.0));
    // [DaFonseca14], proposition 2: variance / mean = k^2 + (1 - k^2) (1 - e^-x) / x with
    // k = 1 / (1 - n), x = t (1 - n) / decay: 1 at once, 1 / (1 - n)^2 over long windows.
    const double k2 = 1.0 / ((1.0 - branching) * (1.0 - branching));
    for (const double t : {0.5, 5.0, 50.0}) {
        CAPTURE(t);
        const double x = t * (1.0 - branching) / decay_s;
        CHECK(dispersion_of(dates, t, 5.0).agrees(k2 + (1.0 - k2) * (1.0 - std::exp(-x)) / x));
    }
    CHECK(arrival_rate(spec).scv == doctest::Approx(k2));
    // Without branching it is Poisson.
    const PolicySpec plain =
        spec_of("hawkes", {{"base_rate", 2.0}, {"branching", 0.0}, {"decay", decay_s}});
    CHECK(scv_of(dates_of(plain)).agrees(1.0));
}

TEST_CASE("arrivals: few clients are as bursty as each, many look Poisson, the rate is one") {
    const auto clients = [](double count, double exponent, double cv = 3.0) {
        return spec_of("clients",
                       {{"rate", 20.0}, {"count", count}, {"exponent", exponent}, {"cv", cv}});
    };
    // One client sends 99.9 %: 1 / (1 + 2^-10 + ...).
    const std::vector<double> one = dates_of(clients(100.0, 10.0));
    CHECK(rate_of(one).agrees(20.0));
    CHECK(scv_of(one).value == doctest::Approx(9.0).epsilon(0.05));
    // A merger of many independent streams is Poisson over times that are short to each of them
    // [Khintchine60]: these are nearly regular.
    const std::vector<double> many = dates_of(clients(2'000.0, 0.0, 0.2));
    CHECK(rate_of(many).agrees(20.0));
    CHECK(scv_of(many).value == doctest::Approx(1.0).epsilon(0.02));
    // Ten clients in between; over long windows the dispersion is that of each.
    const std::vector<double> ten = dates_of(clients(10.0, 1.0));
    CHECK(rate_of(ten).agrees(20.0));
    CHECK(scv_of(ten).value > 1.5);
    CHECK(scv_of(ten).value < 8.5);
    CHECK(dispersion_of(ten, 250.0, 20.0).agrees(9.0));
    CHECK(arrival_rate(clients(10.0, 1.0)).scv == doctest::Approx(9.0));
}

TEST_CASE("arrivals: clients may differ in variation and follow a Pareto share") {
    const PolicySpec spec = spec_of("clients",
                                    {{"rate", 20.0},
                                     {"count", 1000.0},
                                     {"share", std::string("pareto")},
                                     {"exponent", 1.2},
                                     {"family", std::string("weibull")},
                                     {"cv", 2.0},
                                     {"cv_sigma", 0.5}});
    CHECK(rate_of(dates_of(spec, 500'000)).agrees(20.0));
    CHECK(arrival_rate(spec).scv == doctest::Approx(4.0 * std::exp(0.5)));
    CHECK(arrival_problem(
              spec_of("clients", {{"share", std::string("pareto")}, {"exponent", 0.1}})) ==
          "a pareto exponent must be at least 0.2");
}

TEST_CASE("arrivals: the load factor compresses every open generator without reshuffling it") {
    const std::vector<PolicySpec> specs{
        spec_of("gamma", {{"rate", 4.0}, {"cv", 2.0}}),
        spec_of("weibull", {{"rate", 4.0}, {"cv", 2.0}}),
        spec_of("clients", {{"rate", 4.0}, {"count", 5.0}, {"cv", 2.0}, {"exponent", 1.0}})};
    for (const PolicySpec& spec : specs) {
        CAPTURE(spec.kind);
        const std::vector<double> slow = dates_of(spec, 1000);
        const std::vector<double> fast = dates_of(spec, 1000, 2.0);
        for (std::size_t i = 0; i < slow.size(); ++i)
            REQUIRE(slow[i] == doctest::Approx(2.0 * fast[i]));
    }
    // Where time has a scale of its own, only the rate is multiplied.
    for (const PolicySpec& spec :
         {spec_of("mmpp", {{"states", Pairs{{10.0, 1.0}, {1.0, 2.0}}}}),
          spec_of("hawkes", {{"base_rate", 2.0}, {"branching", 0.5}, {"decay", 1.0}})}) {
        CAPTURE(spec.kind);
        CHECK(rate_of(dates_of(spec, 400'000, 2.0)).agrees(2.0 * arrival_rate(spec).rate.value()));
    }
}
