#include "models/queueing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "models/contract.h"

namespace plimsoll {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

QueueMeans unbounded(double utilization) {
    return {.utilization = utilization,
            .wait = Seconds(kInfinity),
            .sojourn = Seconds(kInfinity),
            .waiting = kInfinity,
            .in_system = kInfinity};
}

QueueMeans from_wait(double utilization, Seconds wait, Seconds service, PerSecond rate) {
    return {.utilization = utilization,
            .wait = wait,
            .sojourn = wait + service,
            .waiting = rate * wait,
            .in_system = rate * (wait + service)};
}

}  // namespace

QueueMeans mg1(const SingleServer& q, double service_scv) {
    PLIMSOLL_EXPECTS(q.arrival_rate.value() >= 0.0 && q.mean_service.value() >= 0.0);
    PLIMSOLL_EXPECTS(service_scv >= 0.0);
    const double rho = q.arrival_rate * q.mean_service;
    if (rho >= 1.0) return unbounded(rho);
    const Seconds wait = rho / (1.0 - rho) * (1.0 + service_scv) / 2.0 * q.mean_service;
    return from_wait(rho, wait, q.mean_service, q.arrival_rate);
}

QueueMeans mm1(const SingleServer& q) { return mg1(q, 1.0); }

QueueMeans md1(const SingleServer& q) { return mg1(q, 0.0); }

double erlang_b(int servers, double offered) {
    PLIMSOLL_EXPECTS(servers >= 0 && offered >= 0.0);
    double lost = 1.0;
    for (int n = 1; n <= servers; ++n) lost = offered * lost / (n + offered * lost);
    return lost;
}

double erlang_c(int servers, double offered) {
    PLIMSOLL_EXPECTS(servers >= 1 && offered >= 0.0);
    const double rho = offered / servers;
    if (rho >= 1.0) return 1.0;
    const double lost = erlang_b(servers, offered);
    return lost / (1.0 - rho * (1.0 - lost));
}

QueueMeans mmc(const MultiServer& q) {
    PLIMSOLL_EXPECTS(q.servers >= 1 && q.mean_service.value() >= 0.0);
    const double offered = q.arrival_rate * q.mean_service;
    const double rho = offered / q.servers;
    if (rho >= 1.0) return unbounded(rho);
    const Seconds wait = erlang_c(q.servers, offered) / (q.servers * (1.0 - rho)) * q.mean_service;
    return from_wait(rho, wait, q.mean_service, q.arrival_rate);
}

double mmc_wait_beyond(const MultiServer& q, Seconds t) {
    const double offered = q.arrival_rate * q.mean_service;
    if (offered >= q.servers) return 1.0;
    return erlang_c(q.servers, offered) * std::exp(-(q.servers - offered) * (t / q.mean_service));
}

Seconds mmc_wait_quantile(const MultiServer& q, double quantile) {
    const double offered = q.arrival_rate * q.mean_service;
    if (offered >= q.servers) return Seconds(kInfinity);
    const WaitTail tail{.share_that_waits = erlang_c(q.servers, offered),
                        .mean_of_waiting = q.mean_service / (q.servers - offered)};
    return tail.quantile(quantile);
}

Seconds WaitTail::quantile(double q) const {
    PLIMSOLL_EXPECTS(q >= 0.0 && q < 1.0);
    if (share_that_waits <= 1.0 - q) return {};
    return std::log(share_that_waits / (1.0 - q)) * mean_of_waiting;
}

BatchServerMeans batch_server(const BatchServer& s) {
    PLIMSOLL_EXPECTS(!s.completion_rate_per_s.empty() && s.arrival_rate.value() >= 0.0);
    const std::size_t limit = s.completion_rate_per_s.size();
    const double lambda = s.arrival_rate.value();
    const double full_rate = s.completion_rate_per_s.back();
    const double ratio = lambda / full_rate;
    BatchServerMeans means;
    means.utilization = ratio;
    if (ratio >= 1.0) {
        means.in_batch = static_cast<double>(limit);
        means.waiting = kInfinity;
        means.wait = {.share_that_waits = 1.0, .mean_of_waiting = Seconds(kInfinity)};
        means.throughput = PerSecond(full_rate);
        return means;
    }
    // In logarithms: with hundreds of places the products leave the range of a double.
    std::vector<double> log_weight(limit + 1, 0.0);
    double largest = 0.0;
    for (std::size_t k = 1; k <= limit; ++k) {
        const double rate = s.completion_rate_per_s[k - 1];
        PLIMSOLL_EXPECTS(rate > 0.0);
        log_weight[k] = lambda > 0.0 ? log_weight[k - 1] + std::log(lambda / rate) : -kInfinity;
        largest = std::max(largest, log_weight[k]);
    }
    double sum = 0.0;
    double in_batch = 0.0;
    for (std::size_t k = 0; k <= limit; ++k) {
        const double weight = std::exp(log_weight[k] - largest);
        sum += weight;
        in_batch += static_cast<double>(k) * weight;
    }
    const double full = std::exp(log_weight[limit] - largest);
    const double queued = full * ratio / (1.0 - ratio);
    const double total = sum + queued;
    means.in_batch = (in_batch + static_cast<double>(limit) * queued) / total;
    means.wait.share_that_waits = (full + queued) / total;
    means.wait.mean_of_waiting = Seconds(1.0 / (full_rate - lambda));
    means.waiting = lambda * means.wait.mean().value();
    means.throughput = s.arrival_rate;
    return means;
}

Eigen::VectorXd stationary_distribution(const Eigen::MatrixXd& generator) {
    PLIMSOLL_EXPECTS(generator.rows() == generator.cols() && generator.rows() >= 1);
    Eigen::MatrixXd rates = generator;
    const Eigen::Index n = rates.rows();
    for (Eigen::Index k = n - 1; k > 0; --k) {
        double out = 0.0;
        for (Eigen::Index j = 0; j < k; ++j) out += rates(k, j);
        PLIMSOLL_EXPECTS(out > 0.0);
        for (Eigen::Index i = 0; i < k; ++i) rates(i, k) /= out;
        for (Eigen::Index i = 0; i < k; ++i) {
            for (Eigen::Index j = 0; j < k; ++j) {
                if (i != j) rates(i, j) += rates(i, k) * rates(k, j);
            }
        }
    }
    Eigen::VectorXd p = Eigen::VectorXd::Zero(n);
    p(0) = 1.0;
    double sum = 1.0;
    for (Eigen::Index k = 1; k < n; ++k) {
        for (Eigen::Index i = 0; i < k; ++i) p(k) += p(i) * rates(i, k);
        sum += p(k);
    }
    for (Eigen::Index k = 0; k < n; ++k) p(k) /= sum;
    return p;
}

double standard_normal_quantile(double q) {
    PLIMSOLL_EXPECTS(q > 0.0 && q < 1.0);
    if (q > 0.5) return -standard_normal_quantile(1.0 - q);
    const double t = std::sqrt(-2.0 * std::log(q));
    const double top = 2.515517 + t * (0.802853 + t * 0.010328);
    const double bottom = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    const double z = top / bottom - t;
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
    const double error = (0.5 * std::erfc(-z / std::numbers::sqrt2) - q) / density;
    return z - error / (1.0 + 0.5 * z * error);
}

}  // namespace plimsoll
