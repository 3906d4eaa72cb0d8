#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "models/contract.h"
#include "models/units.h"

namespace plimsoll {

/// Long-run means of a queue. Infinite where the load is not below 1.
struct QueueMeans {
    /// Load per server, lambda x E[S] / c.
    double utilization = 0.0;
    /// From arrival to the start of service.
    Seconds wait;
    /// From arrival to departure.
    Seconds sojourn;
    /// Waiting, and waiting or in service.
    double waiting = 0.0;
    double in_system = 0.0;
};

/// Poisson arrivals at one server.
struct SingleServer {
    PerSecond arrival_rate;
    Seconds mean_service;
};

/// Exponential service: W = rho/(1 - rho) E[S]. [Kleinrock75]
[[nodiscard]] QueueMeans mm1(const SingleServer& queue);
/// Constant service: half the wait of M/M/1. [Kleinrock75]
[[nodiscard]] QueueMeans md1(const SingleServer& queue);
/// Any service: W = rho/(1 - rho) (1 + c^2)/2 E[S], with c^2 the squared coefficient of variation
/// of the service time. Pollaczek-Khinchine [Kleinrock75]
[[nodiscard]] QueueMeans mg1(const SingleServer& queue, double service_scv);

/// Probability that an arrival finds all of `servers` busy and is lost, at `offered` erlangs.
/// B(0) = 1, B(n) = a B(n-1)/(n + a B(n-1)). [Erlang17]
[[nodiscard]] double erlang_b(int servers, double offered);
/// Probability that an arrival must wait: C = B/(1 - rho (1 - B)); 1 where rho >= 1. [Erlang17]
[[nodiscard]] double erlang_c(int servers, double offered);

/// Poisson arrivals, exponential service, c servers, one FIFO queue.
struct MultiServer {
    PerSecond arrival_rate;
    Seconds mean_service;
    int servers = 1;
};
[[nodiscard]] QueueMeans mmc(const MultiServer& queue);
/// P(wait > t) = C exp(-(c mu - lambda) t). [Kleinrock75]
[[nodiscard]] double mmc_wait_beyond(const MultiServer& queue, Seconds t);
/// The wait that a share `quantile` of arrivals stays within; 0 where enough find a free server.
[[nodiscard]] Seconds mmc_wait_quantile(const MultiServer& queue, double quantile);

/// A wait that is zero but for a share of arrivals, and exponential for those.
struct WaitTail {
    double share_that_waits = 0.0;
    /// Mean wait of those that wait.
    Seconds mean_of_waiting;

    [[nodiscard]] Seconds mean() const { return share_that_waits * mean_of_waiting; }
    [[nodiscard]] Seconds quantile(double q) const;
};

/// A serving replica as a birth-death chain: Poisson arrivals; with k requests in the batch they
/// finish at `completion_rate[k-1]` in all (k = 1 ... size), and at the last rate while more wait.
struct BatchServer {
    PerSecond arrival_rate;
    std::span<const double> completion_rate_per_s;
};

/// Stationary behaviour of a BatchServer. Its wait is exponential beyond a full batch:
/// P(k) proportional to prod lambda/mu(j); with r = lambda/mu(n_max) the queue is geometric.
struct BatchServerMeans {
    /// lambda / mu(n_max); nothing else is meaningful where it reaches 1.
    double utilization = 0.0;
    /// Requests in the batch, and waiting for a place in it.
    double in_batch = 0.0;
    double waiting = 0.0;
    WaitTail wait;
    PerSecond throughput;
};
[[nodiscard]] BatchServerMeans batch_server(const BatchServer& server);

/// The waiting tail of a batch server alone: walks down from the full batch and stops where the
/// rest cannot matter, so that its cost is that of a few standard deviations. `completion_rate(k)`
/// gives the total rate per second with k in the batch; it is asked for k = limit, limit - 1, ...
template <class CompletionRate>
[[nodiscard]] WaitTail batch_wait(PerSecond arrival_rate,
                                  std::int64_t batch_limit,
                                  CompletionRate completion_rate) {
    PLIMSOLL_EXPECTS(batch_limit >= 1);
    const double lambda = arrival_rate.value();
    double rate = completion_rate(batch_limit);
    const double full_rate = rate;
    if (lambda >= full_rate) {
        return {.share_that_waits = 1.0,
                .mean_of_waiting = Seconds(std::numeric_limits<double>::infinity())};
    }
    if (lambda <= 0.0) return {};
    const double waiting = 1.0 / (1.0 - lambda / full_rate);
    // Weights relative to that of the full batch.
    constexpr double kNegligible = 1e-9;
    const double enough = waiting / kNegligible;
    const double mean_gap = 1.0 / lambda;
    double weight = 1.0;
    double below = 0.0;
    for (std::int64_t k = batch_limit; k >= 1; --k) {
        weight *= rate * mean_gap;
        below += weight;
        if (below > enough || weight < below * kNegligible) break;
        if (k > 1) rate = completion_rate(k - 1);
    }
    return {.share_that_waits = waiting / (waiting + below),
            .mean_of_waiting = Seconds(1.0 / (full_rate - lambda))};
}

/// Stationary distribution of a finite Markov chain from its generator (off-diagonal rates; the
/// diagonal is ignored), by elimination without subtractions, so that small probabilities keep
/// their digits. Expects an irreducible chain. [GTH85]
[[nodiscard]] Eigen::VectorXd stationary_distribution(const Eigen::MatrixXd& generator);

/// Quantile of the standard normal distribution: a rational start [Hastings55], then one
/// step of third order. |error| < 1e-9.
[[nodiscard]] double standard_normal_quantile(double q);

}  // namespace plimsoll
