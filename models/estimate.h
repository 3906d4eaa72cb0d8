#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/inference.h"
#include "models/queueing.h"
#include "models/units.h"

namespace plimsoll {

/// Per-request times that a limit may stand on. `queue` is arrival to the start of the first
/// prompt step.
enum class LatencyMetric { ttft, tpot, e2e, queue };

/// "The `quantile` of `metric` is at most `limit`."
struct LatencyLimit {
    LatencyMetric metric = LatencyMetric::ttft;
    double quantile = 0.99;
    Seconds limit;
};

/// Requests of one kind that a pool serves.
struct ClassDemand {
    /// Of the pool's requests; shares add up to 1.
    double share = 1.0;
    RequestMix lengths;
    std::vector<LatencyLimit> limits;
};

/// How a router divides arrivals: each replica gets every K-th one, or any of them goes where
/// there is room.
enum class Sharing { in_turn, to_least_loaded };

/// What arrives at a pool of identical replicas.
struct PoolDemand {
    std::vector<ClassDemand> classes;
    /// Squared coefficient of variation of the times between arrivals; 1 for Poisson.
    double arrival_scv = 1.0;
    std::int64_t replicas = 1;
    Sharing sharing = Sharing::in_turn;
};

/// A pool at one load.
struct PoolLoad {
    PerSecond offered{};
    /// What is completed: offered, or capacity beyond it.
    PerSecond served{};
    bool saturated = false;
    /// offered / capacity.
    double utilization = 0.0;
    /// Places held per replica, the share of time it runs, and the share of that which prompts
    /// take; see SteadyState.
    double running = 0.0;
    double busy = 0.0;
    double prompt_share = 0.0;
    double mixed_share = 0.0;
    Seconds decode_step{};
    Seconds mixed_step{};
    Seconds mean_step{};
    /// Of a mixed step, through the lengths of its prompts.
    double mixed_step_variance_s2 = 0.0;
    Seconds phase_wait{};
    /// Waiting for a place in the batch, and behind other prompts for the token budget.
    WaitTail wait{};
    WaitTail prompt_wait{};
};

/// Mean latencies of one class at one load; infinite where saturated.
struct ClassLatency {
    Seconds queue;
    Seconds ttft;
    Seconds tpot;
    Seconds e2e;
};

/// A pool's steady states tabulated from idle to full, so that one load costs well under a
/// microsecond. Steps are exact at the table's points and at vanishing load, linear between.
/// Waits come from the batch-service chain, scaled by (ca^2 + cs^2)/2. [AllenCunneen]
class PoolCurve {
public:
    /// `model` must outlive the curve.
    PoolCurve(const StepModel& model, const MemoryPlan& memory, PoolDemand demand);

    [[nodiscard]] const ReplicaModel& replica() const { return replica_; }
    [[nodiscard]] const PoolDemand& demand() const { return demand_; }
    /// Requests per second that all replicas complete with full batches.
    [[nodiscard]] PerSecond capacity() const { return capacity_; }
    /// The frontend, not the engine, sets the capacity.
    [[nodiscard]] bool frontend_binds() const { return frontend_binds_; }

    [[nodiscard]] PoolLoad at(PerSecond offered) const;
    /// The load that `users` make who wait for an answer, think, and ask again.
    [[nodiscard]] PoolLoad at_concurrency(double users, Seconds think_time) const;
    /// Requests per second of one replica with `running` places held.
    [[nodiscard]] PerSecond request_rate(double running) const;
    /// Own prompt steps of a mean request of a class.
    [[nodiscard]] Seconds prompt_time(const PoolLoad& load, std::size_t class_index) const;
    [[nodiscard]] ClassLatency means(const PoolLoad& load, std::size_t class_index) const;
    /// Approximate quantile of a class's metric: independent deviations added in quadrature.
    [[nodiscard]] Seconds quantile(const PoolLoad& load,
                                   std::size_t class_index,
                                   LatencyMetric metric,
                                   double q) const;
    /// Whether every limit of every class holds.
    [[nodiscard]] bool meets_limits(const PoolLoad& load) const;
    /// The largest load at which every limit holds (0: none does), to 1/4096 of capacity. Without
    /// limits, capacity.
    [[nodiscard]] PerSecond load_at_limits() const;
    /// The exact steady state behind a load.
    [[nodiscard]] SteadyState state(const PoolLoad& load) const;

private:
    struct Point {
        SteadyState state;
        Seconds phase_wait;
        /// Own prompt time of each class, and how it grows with the prompt's length.
        std::vector<Seconds> prompt_time;
        std::vector<Seconds> per_prompt_token;
    };
    /// Residence between two points: start + slope x running.
    struct Piece {
        double start_s = 0.0;
        double slope_s = 0.0;
    };
    /// Between points i and i+1, at `fraction`.
    struct Place {
        std::size_t i = 0;
        double fraction = 0.0;
    };
    [[nodiscard]] PoolLoad at_running(double running) const;
    [[nodiscard]] double limit() const;
    [[nodiscard]] Place place(double running) const;
    [[nodiscard]] double residence_s(double running) const;
    [[nodiscard]] double running_at(double rate_per_replica) const;
    [[nodiscard]] Seconds mean_step(double running) const;
    [[nodiscard]] Seconds prompt_time(double running, std::size_t class_index) const;
    [[nodiscard]] Seconds per_prompt_token(double running, std::size_t class_index) const;
    [[nodiscard]] WaitTail wait(PerSecond offered) const;
    [[nodiscard]] WaitTail prompt_wait(const PoolLoad& load, PerSecond rate_per_replica) const;
    /// Of the times between arrivals at one replica.
    [[nodiscard]] double replica_scv() const;
    [[nodiscard]] Seconds phase_deviation(const PoolLoad& load, double q, double z) const;

    PoolDemand demand_;
    ReplicaModel replica_;
    std::vector<Point> points_;
    std::vector<Piece> pieces_;
    PerSecond capacity_;
    bool frontend_binds_ = false;
};

}  // namespace plimsoll
