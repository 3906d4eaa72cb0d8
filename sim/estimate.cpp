#include "sim/estimate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <variant>

#include <fmt/core.h>

#include "models/billing.h"
#include "models/tco.h"
#include "sim/demand.h"
#include "sim/pricing.h"

namespace plimsoll {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A pool while its estimate is being made.
struct PoolWork {
    const Pool* pool = nullptr;
    std::size_t index = 0;
    PoolCurve curve;
    double share = 0.0;
    PoolLoad load;
    std::optional<GpuCost> cost;
    /// What of the cost follows the power drawn, per watt.
    UsdPerJoule electricity;
};

struct Offer {
    std::vector<MeanDemand> classes;
    PerSecond rate;
    bool closed = false;
    double users = 0.0;
    Seconds think_time;
    double arrival_scv = 1.0;
    /// Of requests, by class.
    std::vector<double> shares;
};

/// Closed loops as rates: in proportion to users over a cycle that light load would make.
Offer offer_of(const Scenario& scenario, const StepModel& model, double load) {
    Offer offer;
    offer.classes = mean_demand(scenario.workload);
    for (MeanDemand& each : offer.classes) {
        each.rate *= load;
        if (each.users > 0.0) each.users = std::max(1.0, std::round(each.users * load));
    }
    offer.closed = true;
    std::vector<double> rates;
    double total = 0.0;
    for (const MeanDemand& each : offer.classes) {
        double rate = each.rate.value();
        if (each.users > 0.0) {
            const LightLoad light = light_load(model,
                                               std::llround(each.lengths.prompt.mean),
                                               std::llround(each.lengths.output.mean));
            rate = each.users / (light.e2e + each.think_time).value();
            offer.users += each.users;
            offer.think_time += each.users * each.think_time;
        } else {
            offer.closed = false;
        }
        rates.push_back(rate);
        total += rate;
    }
    double scv = 0.0;
    for (std::size_t c = 0; c < rates.size(); ++c) {
        const double share =
            total > 0.0 ? rates[c] / total : 1.0 / static_cast<double>(rates.size());
        offer.shares.push_back(share);
        scv += share * offer.classes[c].arrival_scv;
    }
    if (offer.users > 0.0) offer.think_time *= 1.0 / offer.users;
    offer.rate = PerSecond(total);
    offer.arrival_scv = scv;
    return offer;
}

PoolDemand pool_demand(const Offer& offer, const Pool& pool, Sharing sharing, double scv) {
    PoolDemand demand{
        .classes = {}, .arrival_scv = scv, .replicas = pool.replicas, .sharing = sharing};
    for (std::size_t c = 0; c < offer.classes.size(); ++c) {
        demand.classes.push_back({.share = offer.shares[c],
                                  .lengths = offer.classes[c].lengths,
                                  .limits = offer.classes[c].limits});
    }
    return demand;
}

Activity activity_of(const PoolLoad& load) {
    return {.prefill = load.busy * load.prompt_share,
            .decode = load.busy * (1.0 - load.prompt_share)};
}

Watts it_power(const PoolWork& work, const PoolLoad& load) {
    const Deployment& d = work.pool->deployment;
    return static_cast<double>(work.pool->gpus()) *
           it_power_per_gpu(d.gpu, d.server, activity_of(load));
}

UsdPerSecond cost_rate(const PoolWork& work, const PoolLoad& load) {
    UsdPerSecond per_gpu;
    for (const CostLine& line : work.cost->lines) {
        if (line.component != Component::electricity) per_gpu += line.per_gpu;
    }
    const double gpus = static_cast<double>(work.pool->gpus());
    return gpus * per_gpu + it_power(work, load) * work.electricity;
}

/// Prices one pool, or says why not.
std::optional<Infeasible> add_cost(PoolWork& work, const Scenario& scenario) {
    const Deployment& d = work.pool->deployment;
    const Watts mean = it_power_per_gpu(d.gpu, d.server, activity_of(work.load));
    auto priced = pool_gpu_cost(scenario, *work.pool, mean);
    if (auto* why = std::get_if<Infeasible>(&priced)) return std::move(*why);
    work.cost = std::get<GpuCost>(std::move(priced));
    for (const CostLine& line : work.cost->lines) {
        if (line.component == Component::electricity) work.electricity = line.per_gpu / mean;
    }
    return std::nullopt;
}

Binding binding_of(const PoolWork& work) {
    const PoolCurve& curve = work.curve;
    const ReplicaModel& replica = curve.replica();
    if (curve.frontend_binds()) return Binding::host;
    const BatchCapacity& batch = replica.capacity;
    const double full = curve.request_rate(batch.sequences).value();
    const double half = curve.request_rate(0.5 * batch.sequences).value();
    // Where twice the batch brought half as much again, a larger batch would bring more still.
    if (full > 1.4 * half && batch.limit == BatchLimit::slots) return Binding::slots;
    if (full > 1.4 * half && batch.limit == BatchLimit::kv_memory) return Binding::kv_memory;
    const SteadyState state = steady_state(replica, batch.sequences);
    const StepCounts counts =
        state.mixed_share > 0.5 ? mixed_shape(replica, state) : decode_shape(replica, state);
    switch (step_time(work.pool->deployment, shape_of(counts)).binding()) {
        case Resource::compute:
            return Binding::compute;
        case Resource::memory:
            return Binding::memory_bandwidth;
        case Resource::communication:
            return Binding::communication;
        case Resource::launch:
            return Binding::launch;
        case Resource::host:
            return Binding::host;
    }
    return Binding::compute;
}

/// One hour of a pool's GPUs.
PoolBill bill_of(const PoolWork& work, const Offer& offer, const Facility& facility) {
    const PoolLoad& load = work.load;
    const Deployment& d = work.pool->deployment;
    const double gpus = static_cast<double>(work.pool->gpus());
    const Joules idle =
        gpus * it_power_per_gpu(d.gpu, d.server, Activity{}) * ((1.0 - load.busy) * hour);
    PoolBill bill{.site = {},
                  .pool = work.pool->name,
                  .gpus = gpus,
                  .split = {.prompt = load.busy * load.prompt_share * hour,
                            .output = load.busy * (1.0 - load.prompt_share) * hour,
                            .idle = (1.0 - load.busy) * hour},
                  .lines = work.cost ? work.cost->lines : std::vector<CostLine>{},
                  .idle_energy = idle,
                  .work_energy = it_power(work, load) * hour - idle,
                  .facility = facility,
                  .classes = {}};
    for (std::size_t c = 0; c < offer.classes.size(); ++c) {
        const RequestMix& lengths = offer.classes[c].lengths;
        const double requests = offer.shares[c] * (load.served * hour);
        bill.classes.push_back({.name = offer.classes[c].name,
                                .prompt_weight = requests * work.curve.prompt_time(load, c).value(),
                                .output_weight = requests * (lengths.output.mean - 1.0),
                                .prompt_tokens = requests * lengths.prompt.mean * token,
                                .output_tokens = requests * lengths.output.mean * token});
    }
    return bill;
}

EstimatedClass class_of(const std::vector<PoolWork>& pools, const Offer& offer, std::size_t c) {
    const MeanDemand& each = offer.classes[c];
    EstimatedClass result;
    result.name = each.name;
    result.offered = offer.shares[c] * offer.rate;
    result.light = light_load(pools.front().curve.replica().model,
                              std::llround(each.lengths.prompt.mean),
                              std::llround(each.lengths.output.mean));
    for (const PoolWork& work : pools) {
        const ClassLatency mean = work.curve.means(work.load, c);
        result.mean.queue += work.share * mean.queue;
        result.mean.ttft += work.share * mean.ttft;
        result.mean.tpot += work.share * mean.tpot;
        result.mean.e2e += work.share * mean.e2e;
        const auto p99 = [&](LatencyMetric metric) {
            return work.curve.quantile(work.load, c, metric, 0.99);
        };
        result.ttft_p99 = std::max(result.ttft_p99, p99(LatencyMetric::ttft));
        result.tpot_p99 = std::max(result.tpot_p99, p99(LatencyMetric::tpot));
        result.e2e_p99 = std::max(result.e2e_p99, p99(LatencyMetric::e2e));
        for (const LatencyLimit& limit : each.limits) {
            if (work.curve.quantile(work.load, c, limit.metric, limit.quantile) > limit.limit) {
                result.meets_slo = false;
            }
        }
    }
    return result;
}

EstimatePoint point_at(const std::vector<PoolWork>& pools,
                       const Offer& offer,
                       PerSecond rate,
                       double utilization) {
    EstimatePoint point;
    point.load = rate;
    point.utilization = utilization;
    UsdPerSecond cost;
    bool priced = true;
    for (const PoolWork& work : pools) {
        const PoolLoad load = work.curve.at(work.share * rate);
        priced = priced && work.cost.has_value();
        if (priced) cost += cost_rate(work, load);
        for (std::size_t c = 0; c < offer.classes.size(); ++c) {
            point.ttft_p99 =
                std::max(point.ttft_p99, work.curve.quantile(load, c, LatencyMetric::ttft, 0.99));
            point.tpot_p99 =
                std::max(point.tpot_p99, work.curve.quantile(load, c, LatencyMetric::tpot, 0.99));
        }
        point.meets_slo = point.meets_slo && work.curve.meets_limits(load);
    }
    const TokensPerSecond tokens = rate * (pools.front().curve.replica().mix.output.mean * token);
    point.usd_per_output_token = priced ? cost / tokens : UsdPerToken(kInfinity);
    return point;
}

}  // namespace

std::string_view to_string(Binding binding) {
    constexpr std::array<std::string_view, 7> kNames{
        "kv_memory", "slots", "compute", "memory_bandwidth", "communication", "launch", "host"};
    return kNames[static_cast<std::size_t>(binding)];
}

Estimate estimate(const Scenario& scenario, const EstimateOptions& options) {
    PLIMSOLL_EXPECTS(!scenario.pools.empty() && !scenario.workload.classes.empty());
    Estimate result;
    std::vector<MemoryPlan> memory;
    for (const Pool& pool : scenario.pools) {
        auto plan = plan_memory(pool.deployment);
        if (auto* why = std::get_if<Infeasible>(&plan)) {
            result.infeasible = Infeasible{fmt::format("pools.{}: {}", pool.name, why->reason)};
            return result;
        }
        memory.push_back(std::get<MemoryPlan>(plan));
    }
    std::vector<StepModel> models;
    models.reserve(scenario.pools.size());
    std::int64_t replicas = 0;
    for (const Pool& pool : scenario.pools) {
        models.emplace_back(pool.deployment);
        replicas += pool.replicas;
    }
    Offer offer = offer_of(scenario, models.front(), options.load);
    const Sharing sharing = sharing_of(scenario);

    std::vector<PoolWork> pools;
    pools.reserve(scenario.pools.size());
    PerSecond total_capacity;
    for (std::size_t p = 0; p < scenario.pools.size(); ++p) {
        const Pool& pool = scenario.pools[p];
        const double part = static_cast<double>(pool.replicas) / static_cast<double>(replicas);
        // Every K-th arrival of a regular stream is more regular still.
        const double scv =
            sharing == Sharing::in_turn ? part * offer.arrival_scv : offer.arrival_scv;
        pools.push_back(
            {.pool = &pool,
             .index = p,
             .curve = PoolCurve(models[p], memory[p], pool_demand(offer, pool, sharing, scv)),
             .share = part,
             .load = {},
             .cost = {},
             .electricity = {}});
        total_capacity += pools.back().curve.capacity();
    }
    if (sharing == Sharing::to_least_loaded) {
        for (PoolWork& work : pools) work.share = work.curve.capacity() / total_capacity;
    }
    result.capacity = PerSecond(kInfinity);
    result.load_at_slo = PerSecond(kInfinity);
    for (PoolWork& work : pools) {
        const PerSecond fleet = work.curve.capacity() / work.share;
        if (fleet < result.capacity) {
            result.capacity = fleet;
            result.binding = binding_of(work);
            result.binding_pool = work.pool->name;
        }
        result.load_at_slo = std::min(result.load_at_slo, work.curve.load_at_limits() / work.share);
    }
    const Facility facility = facility_of(scenario);
    PerSecond offered;
    std::string price_date;
    for (PoolWork& work : pools) {
        work.load = offer.closed
                        ? work.curve.at_concurrency(work.share * offer.users, offer.think_time)
                        : work.curve.at(work.share * offer.rate);
        offered += work.load.offered;
        result.served += work.load.served;
        result.saturated = result.saturated || work.load.saturated;
        if (auto why = add_cost(work, scenario)) {
            if (result.cost_absent.empty()) result.cost_absent = why->reason;
        } else if (price_date.empty() || work.cost->price_date < price_date) {
            price_date = work.cost->price_date;
        }
        post_bill(result.ledger, bill_of(work, offer, facility));
    }
    offer.rate = offered;
    result.offered = offered;
    result.utilization = offered / result.capacity;
    result.headroom =
        result.load_at_slo.value() > 0.0 ? 1.0 - offered / result.load_at_slo : -kInfinity;
    for (std::size_t c = 0; c < offer.classes.size(); ++c) {
        result.classes.push_back(class_of(pools, offer, c));
        result.meets_slo = result.meets_slo && result.classes.back().meets_slo;
    }
    Watts power;
    for (const PoolWork& work : pools) {
        const Watts drawn = it_power(work, work.load);
        power += drawn;
        result.pools.push_back(
            {.name = work.pool->name,
             .gpus = work.pool->gpus(),
             .share = work.share,
             .memory = memory[work.index],
             .batch = work.curve.replica().capacity,
             .capacity = work.curve.capacity(),
             .binding = work.pool->name == result.binding_pool ? result.binding : binding_of(work),
             .load = work.load,
             .use = hardware_use(work.curve.replica(), work.curve.state(work.load)),
             .it_power = drawn,
             .cost = work.cost ? cost_rate(work, work.load) : UsdPerSecond()});
    }
    result.energy.facility_power = power * facility.pue;
    const TokensPerSecond output =
        result.served * (pools.front().curve.replica().mix.output.mean * token);
    if (output.value() > 0.0) {
        result.energy.per_output_token = joules_per_token(power, facility.pue, output);
    }
    if (facility.carbon.value() > 0.0) {
        result.energy.co2e_per_hour = energy_use(power * hour, facility).co2e;
    }
    if (result.cost_absent.empty()) {
        const CostFigures figures = cost_figures(result.ledger, result.served * hour);
        const UsdPerSecond rate = figures.total / hour;
        result.cost = EstimatedCost{
            .rate = rate, .per_month = rate * month, .figures = figures, .price_date = price_date};
    }
    for (int i = 0; i < options.curve_points; ++i) {
        const double last = std::max(1, options.curve_points - 1);
        const double utilization = 0.05 + 0.93 * i / last;
        result.curve.push_back(point_at(pools, offer, utilization * result.capacity, utilization));
    }
    return result;
}

}  // namespace plimsoll
