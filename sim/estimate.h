#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/billing.h"
#include "models/contract.h"
#include "models/energy.h"
#include "models/estimate.h"
#include "models/ledger.h"
#include "sim/scenario.h"

namespace plimsoll {

/// What keeps a pool from serving more.
enum class Binding { kv_memory, slots, compute, memory_bandwidth, communication, launch, host };
[[nodiscard]] std::string_view to_string(Binding binding);

/// One class at the scenario's load, over all pools.
struct EstimatedClass {
    std::string name;
    PerSecond offered;
    /// Of a request of mean lengths in an idle engine.
    LightLoad light;
    ClassLatency mean;
    /// The worst pool's.
    Seconds ttft_p99;
    Seconds tpot_p99;
    Seconds e2e_p99;
    bool meets_slo = true;
};

/// One pool at the scenario's load.
struct EstimatedPool {
    std::string name;
    std::int64_t gpus = 0;
    /// Of the fleet's requests.
    double share = 0.0;
    MemoryPlan memory;
    BatchCapacity batch;
    PerSecond capacity;
    Binding binding = Binding::compute;
    PoolLoad load;
    HardwareUse use;
    /// IT power of all its GPUs, hosts included.
    Watts it_power;
    UsdPerSecond cost;
};

/// Money at the scenario's load. A month has 730 hours.
struct EstimatedCost {
    UsdPerSecond rate;
    Usd per_month;
    /// Of one hour; per-token and per-request figures are infinite without load.
    CostFigures figures;
    /// The oldest price used.
    std::string price_date;
};

struct EstimatedEnergy {
    /// IT power x PUE.
    Watts facility_power;
    /// Absent without output.
    std::optional<JoulesPerToken> per_output_token;
    /// Absent where the price book has no carbon intensity.
    std::optional<KgCo2e> co2e_per_hour;
};

/// One load of the curve: the same mix of classes at another rate.
struct EstimatePoint {
    PerSecond load;
    double utilization = 0.0;
    /// Infinite without a price.
    UsdPerToken usd_per_output_token;
    /// The worst class's and pool's.
    Seconds ttft_p99;
    Seconds tpot_p99;
    bool meets_slo = true;
};

/// The closed-form answer to a scenario.
struct Estimate {
    /// Set where nothing can be served; everything else is then empty.
    std::optional<Infeasible> infeasible;
    PerSecond offered;
    PerSecond served;
    bool saturated = false;
    double utilization = 0.0;
    PerSecond capacity;
    /// The load at which the SLO is just met; capacity where there is none.
    PerSecond load_at_slo;
    /// 1 - offered / load_at_slo; negative when overloaded.
    double headroom = 0.0;
    bool meets_slo = true;
    /// Of the pool that limits the fleet.
    Binding binding = Binding::compute;
    std::string binding_pool;
    std::vector<EstimatedClass> classes;
    std::vector<EstimatedPool> pools;
    std::optional<EstimatedCost> cost;
    /// Why there is no cost.
    std::string cost_absent;
    EstimatedEnergy energy;
    /// One hour at the scenario's load.
    Ledger ledger;
    /// Ascending by load, from 5 % to 98 % of capacity.
    std::vector<EstimatePoint> curve;
};

/// What `estimate` is asked for.
struct EstimateOptions {
    /// Points of the curve; 0 for none.
    int curve_points = 12;
    /// Multiplies arrival rates and closed-loop users, as RunOptions::load does.
    double load = 1.0;
};

/// The closed-form answer: mean step shapes, the batch-service chain for waits, the price book for
/// money. Reads trace files where the workload names them; throws as arrival_rate() does.
[[nodiscard]] Estimate estimate(const Scenario& scenario, const EstimateOptions& options = {});

}  // namespace plimsoll
