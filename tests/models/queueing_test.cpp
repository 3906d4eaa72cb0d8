#include "models/queueing.h"

#include <array>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/property.h"

using namespace plimsoll;

namespace {

PerSecond per_second(double rate) { return PerSecond(rate); }

}  // namespace

TEST_CASE("queueing: M/M/1 at half load") {
    // lambda = 5/s, E[S] = 0.1 s: rho = 0.5, W = 0.1 s, T = 0.2 s, L = 1, Lq = 0.5.
    const QueueMeans q = mm1({.arrival_rate = per_second(5.0), .mean_service = 0.1 * second});
    CHECK(q.utilization == doctest::Approx(0.5));
    CHECK(q.wait.value() == doctest::Approx(0.1));
    CHECK(q.sojourn.value() == doctest::Approx(0.2));
    CHECK(q.in_system == doctest::Approx(1.0));
    CHECK(q.waiting == doctest::Approx(0.5));
}

TEST_CASE("queueing: constant service halves the wait, and the load has an end") {
    const SingleServer s{.arrival_rate = per_second(8.0), .mean_service = 0.1 * second};
    CHECK(md1(s).wait.value() == doctest::Approx(0.5 * mm1(s).wait.value()));
    // Pollaczek-Khinchine through E[S^2]: lambda E[S^2] / (2 (1 - rho)) with c^2 = 3,
    // E[S^2] = 4 x 0.01: 8 x 0.04 / 0.4 = 0.8 s.
    CHECK(mg1(s, 3.0).wait.value() == doctest::Approx(0.8));
    const QueueMeans full = mm1({.arrival_rate = per_second(10.0), .mean_service = 0.1 * second});
    CHECK(std::isinf(full.wait.value()));
}

TEST_CASE("queueing: Erlang B and C of the traffic tables") {
    // ITU-T E.520 / Erlang B tables: the offered traffic that loses 1 %.
    CHECK(erlang_b(5, 1.361) == doctest::Approx(0.01).epsilon(2e-3));
    CHECK(erlang_b(10, 4.461) == doctest::Approx(0.01).epsilon(2e-3));
    CHECK(erlang_b(100, 84.06) == doctest::Approx(0.01).epsilon(2e-3));
    // By hand: a = 2 erlangs, 3 servers: B = (8/6)/(1 + 2 + 2 + 8/6) = 4/19; C = B/(1 - rho(1-B)),
    // rho = 2/3: (4/19)/(1 - (2/3)(15/19)) = (4/19)/(9/19) = 4/9.
    CHECK(erlang_b(3, 2.0) == doctest::Approx(4.0 / 19.0));
    CHECK(erlang_c(3, 2.0) == doctest::Approx(4.0 / 9.0));
    CHECK(erlang_c(1, 0.7) == doctest::Approx(0.7));
    CHECK(erlang_c(2, 2.0) == 1.0);
}

TEST_CASE("queueing: M/M/c waits, in the mean and in the tail") {
    // Three servers, lambda = 2/s, E[S] = 1 s: Wq = C/(c mu - lambda) = 4/9 s.
    const MultiServer q{
        .arrival_rate = per_second(2.0), .mean_service = 1.0 * second, .servers = 3};
    CHECK(mmc(q).wait.value() == doctest::Approx(4.0 / 9.0));
    CHECK(mmc(q).in_system == doctest::Approx(2.0 + 8.0 / 9.0));
    CHECK(mmc_wait_beyond(q, 1.0 * second) == doctest::Approx(4.0 / 9.0 * std::exp(-1.0)));
    const Seconds p99 = mmc_wait_quantile(q, 0.99);
    CHECK(mmc_wait_beyond(q, p99) == doctest::Approx(0.01));
    CHECK(mmc_wait_quantile(q, 0.5) == Seconds());
    // One server is M/M/1.
    const MultiServer one{.arrival_rate = per_second(2.0), .mean_service = 0.3 * second};
    CHECK(mmc(one).wait.value() ==
          doctest::Approx(mm1({one.arrival_rate, one.mean_service}).wait.value()));
}

TEST_CASE("queueing: a batch server with a rate of k mu is M/M/c") {
    std::vector<double> rates;
    for (int k = 1; k <= 20; ++k) rates.push_back(0.5 * k);
    const BatchServer server{.arrival_rate = per_second(9.0), .completion_rate_per_s = rates};
    const BatchServerMeans means = batch_server(server);
    const MultiServer same{
        .arrival_rate = per_second(9.0), .mean_service = 2.0 * second, .servers = 20};
    CHECK(means.wait.share_that_waits == doctest::Approx(erlang_c(20, 18.0)));
    CHECK(means.wait.mean().value() == doctest::Approx(mmc(same).wait.value()));
    CHECK(means.waiting == doctest::Approx(mmc(same).waiting));
    CHECK(means.in_batch == doctest::Approx(18.0));
    const WaitTail tail = batch_wait(server.arrival_rate, 20, [&rates](std::int64_t k) {
        return rates[static_cast<std::size_t>(k - 1)];
    });
    CHECK(tail.share_that_waits == doctest::Approx(means.wait.share_that_waits).epsilon(1e-8));
    CHECK(tail.mean_of_waiting.value() == doctest::Approx(means.wait.mean_of_waiting.value()));
}

TEST_CASE("queueing: a batch server with one rate is M/M/1, and beyond its last rate unstable") {
    const std::array<double, 1> rate{10.0};
    const BatchServerMeans means =
        batch_server({.arrival_rate = per_second(7.0), .completion_rate_per_s = rate});
    CHECK(means.wait.share_that_waits == doctest::Approx(0.7));
    CHECK(means.wait.mean().value() == doctest::Approx(0.7 / 3.0));
    const BatchServerMeans full =
        batch_server({.arrival_rate = per_second(11.0), .completion_rate_per_s = rate});
    CHECK(full.utilization > 1.0);
    CHECK(full.throughput == per_second(10.0));
    CHECK(std::isinf(full.waiting));
}

TEST_CASE("queueing: the batch server's closed form is the chain's stationary distribution") {
    // Completion rates that saturate, as a serving replica's do; the queue cut off far out.
    std::vector<double> rates;
    for (int k = 1; k <= 8; ++k) rates.push_back(k / (0.2 + 0.05 * k));
    const double lambda = 0.8 * rates.back();
    constexpr int kStates = 300;
    Eigen::MatrixXd generator = Eigen::MatrixXd::Zero(kStates, kStates);
    for (int k = 0; k + 1 < kStates; ++k) {
        generator(k, k + 1) = lambda;
        generator(k + 1, k) = rates[static_cast<std::size_t>(std::min(k, 7))];
    }
    const Eigen::VectorXd p = stationary_distribution(generator);
    double full = 0.0;
    double waiting = 0.0;
    for (int k = 8; k < kStates; ++k) {
        full += p(k);
        waiting += (k - 8) * p(k);
    }
    const BatchServerMeans means =
        batch_server({.arrival_rate = per_second(lambda), .completion_rate_per_s = rates});
    CHECK(means.wait.share_that_waits == doctest::Approx(full).epsilon(1e-9));
    CHECK(means.waiting == doctest::Approx(waiting).epsilon(1e-9));
}

TEST_CASE("queueing: static batching of up to K at a time has a geometric queue") {
    // M/M[K]/1, partial batches allowed, the server takes up to K together and a later arrival may
    // join (Gross and Harris, Fundamentals of Queueing Theory, section 3.2):
    // p_n = (1 - r) r^n with mu r^(K+1) - (lambda + mu) r + lambda = 0, 0 < r < 1.
    constexpr double kLambda = 1.5;
    constexpr double kMu = 1.0;
    constexpr int kBatch = 2;
    // r^3 - 2.5 r + 1.5 = (r - 1)(r^2 + r - 1.5): r = (sqrt(7) - 1)/2.
    const double root = (std::sqrt(7.0) - 1.0) / 2.0;
    constexpr int kStates = 400;
    Eigen::MatrixXd generator = Eigen::MatrixXd::Zero(kStates, kStates);
    for (int n = 0; n < kStates; ++n) {
        if (n + 1 < kStates) generator(n, n + 1) = kLambda;
        if (n > 0) generator(n, std::max(0, n - kBatch)) += kMu;
    }
    const Eigen::VectorXd p = stationary_distribution(generator);
    for (int n = 0; n < 20; ++n) {
        CHECK(p(n) == doctest::Approx((1.0 - root) * std::pow(root, n)).epsilon(1e-9));
    }
}

TEST_CASE("queueing: more load never shortens a wait") {
    const auto draw = [](test::Random& random) {
        return std::array<double, 3>{
            random.between(1.0, 60.0), random.between(0.01, 0.98), random.log_between(0.001, 1.0)};
    };
    test::for_all(6, 500, draw, [](const std::array<double, 3>& c) {
        const auto limit = static_cast<std::int64_t>(c[0]);
        const auto rate = [&](std::int64_t k) {
            return static_cast<double>(k) / (1.0 + c[2] * static_cast<double>(k));
        };
        const double full = rate(limit);
        const WaitTail less = batch_wait(per_second(c[1] * full), limit, rate);
        const WaitTail more = batch_wait(per_second((c[1] + 0.01) * full), limit, rate);
        // The walk down the chain drops a share of 1e-9.
        return more.share_that_waits >= less.share_that_waits - 1e-8 &&
               more.mean_of_waiting >= less.mean_of_waiting &&
               more.quantile(0.99).value() >= less.quantile(0.99).value() * (1.0 - 1e-8);
    });
}

TEST_CASE("queueing: quantiles of the normal distribution") {
    // Abramowitz and Stegun, table 26.5.
    CHECK(standard_normal_quantile(0.5) == doctest::Approx(0.0).epsilon(1e-9));
    CHECK(standard_normal_quantile(0.9) == doctest::Approx(1.2815515655).epsilon(1e-8));
    CHECK(standard_normal_quantile(0.975) == doctest::Approx(1.9599639845).epsilon(1e-8));
    CHECK(standard_normal_quantile(0.99) == doctest::Approx(2.3263478740).epsilon(1e-8));
    CHECK(standard_normal_quantile(0.001) == doctest::Approx(-3.0902323062).epsilon(1e-8));
}
