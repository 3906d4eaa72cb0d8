#include "sim/knobs.h"

#include <array>
#include <cmath>

namespace plimsoll {
namespace {

using Kind = Knob::Kind;
using Scale = Knob::Scale;

/// What a knob of a pool reads and writes.
template <auto Access>
double pool_get(const Scenario& scenario, std::size_t index) {
    const auto value = Access(const_cast<Scenario&>(scenario).pools[index]);
    if constexpr (requires { value.value(); }) {
        return value.value();
    } else {
        return static_cast<double>(value);
    }
}

template <auto Access>
void pool_set(Scenario& scenario, std::size_t index, double value) {
    auto& target = Access(scenario.pools[index]);
    using T = std::remove_reference_t<decltype(target)>;
    if constexpr (requires { target.value(); }) {
        target = T(value);
    } else if constexpr (std::is_integral_v<T>) {
        target = static_cast<T>(std::llround(value));
    } else {
        target = value;
    }
}

constexpr auto kReplicas = [](Pool & p) -> auto& { return p.replicas; };
constexpr auto kTp = [](Pool & p) -> auto& { return p.deployment.parallelism.tp; };
constexpr auto kSequences = [](Pool & p) -> auto& { return p.deployment.engine.max_sequences; };
constexpr auto kBatchTokens = [](Pool & p) -> auto& {
    return p.deployment.engine.max_batch_tokens;
};
constexpr auto kMemoryShare = [](Pool & p) -> auto& {
    return p.deployment.engine.memory_utilization;
};
constexpr auto kHostGap = [](Pool & p) -> auto& { return p.deployment.engine.host_gap; };
constexpr auto kBandwidth = [](Pool & p) -> auto& { return p.deployment.gpu.hbm_bandwidth; };
constexpr auto kVisible = [](Pool & p) -> auto& { return p.deployment.gpu.hbm_visible; };
constexpr auto kLink = [](Pool & p) -> auto& {
    return p.deployment.server.scale_up.bandwidth_per_direction;
};

double rate_get(const Scenario& scenario, std::size_t index) {
    return scenario.workload.classes[index].arrival.number("rate", 0.0);
}

void rate_set(Scenario& scenario, std::size_t index, double value) {
    scenario.workload.classes[index].arrival.set("rate", value);
}

double users_get(const Scenario& scenario, std::size_t index) {
    return scenario.workload.classes[index].arrival.number("concurrency", 0.0);
}

void users_set(Scenario& scenario, std::size_t index, double value) {
    scenario.workload.classes[index].arrival.set("concurrency", std::round(value));
}

constexpr double kGiB = GiB.value();

constexpr std::array<Knob, 11> kKnobs{{
    {"workload.classes.*.arrival.rate",
     "Arrivals",
     Dimension::rate,
     "per_s",
     0.01,
     10'000.0,
     Kind::number,
     Scale::logarithmic,
     rate_get,
     rate_set},
    {"workload.classes.*.arrival.concurrency",
     "Users",
     Dimension::none,
     "",
     1.0,
     100'000.0,
     Kind::whole,
     Scale::logarithmic,
     users_get,
     users_set},
    {"pools.*.replicas",
     "Replicas",
     Dimension::none,
     "",
     1.0,
     10'000.0,
     Kind::whole,
     Scale::logarithmic,
     pool_get<kReplicas>,
     pool_set<kReplicas>},
    {"pools.*.parallelism.tp",
     "Tensor parallel",
     Dimension::none,
     "",
     1.0,
     72.0,
     Kind::whole,
     Scale::logarithmic,
     pool_get<kTp>,
     pool_set<kTp>},
    {"pools.*.engine.max_sequences",
     "Sequences at once",
     Dimension::none,
     "",
     1.0,
     4096.0,
     Kind::whole,
     Scale::logarithmic,
     pool_get<kSequences>,
     pool_set<kSequences>},
    {"pools.*.engine.max_batch_tokens",
     "Tokens per step",
     Dimension::none,
     "",
     256.0,
     65'536.0,
     Kind::whole,
     Scale::logarithmic,
     pool_get<kBatchTokens>,
     pool_set<kBatchTokens>},
    {"pools.*.engine.memory_utilization",
     "Memory share",
     Dimension::none,
     "",
     0.5,
     1.0,
     Kind::number,
     Scale::linear,
     pool_get<kMemoryShare>,
     pool_set<kMemoryShare>},
    {"pools.*.engine.host_gap",
     "Host gap",
     Dimension::time,
     "ms",
     0.0,
     0.01,
     Kind::number,
     Scale::linear,
     pool_get<kHostGap>,
     pool_set<kHostGap>},
    {"pools.*.gpu.hbm_bandwidth",
     "Memory bandwidth",
     Dimension::bandwidth,
     "tb_per_s",
     1e11,
     4e13,
     Kind::number,
     Scale::logarithmic,
     pool_get<kBandwidth>,
     pool_set<kBandwidth>},
    {"pools.*.gpu.hbm_visible",
     "Memory",
     Dimension::bytes,
     "gib",
     8.0 * kGiB,
     1024.0 * kGiB,
     Kind::number,
     Scale::logarithmic,
     pool_get<kVisible>,
     pool_set<kVisible>},
    {"pools.*.server.scale_up.bandwidth_per_direction",
     "Scale-up link",
     Dimension::bandwidth,
     "gb_per_s",
     1e9,
     4e12,
     Kind::number,
     Scale::logarithmic,
     pool_get<kLink>,
     pool_set<kLink>},
}};

bool is_of_classes(const Knob& knob) { return knob.path.starts_with("workload."); }

/// A class has a rate or users, whichever its arrivals take.
bool applies(const Knob& knob, const Scenario& scenario, std::size_t index) {
    if (!is_of_classes(knob)) return true;
    const std::string_view stem = knob.path.substr(knob.path.rfind('.') + 1);
    return scenario.workload.classes[index].arrival.has(stem);
}

}  // namespace

std::span<const Knob> knobs() { return kKnobs; }

std::vector<BoundKnob> bound_knobs(const Scenario& scenario) {
    std::vector<BoundKnob> bound;
    for (const Knob& knob : kKnobs) {
        const bool of_classes = is_of_classes(knob);
        const std::size_t count =
            of_classes ? scenario.workload.classes.size() : scenario.pools.size();
        for (std::size_t i = 0; i < count; ++i) {
            if (!applies(knob, scenario, i)) continue;
            std::string path(knob.path);
            path.replace(path.find('*'),
                         1,
                         of_classes ? scenario.workload.classes[i].name : scenario.pools[i].name);
            bound.push_back({&knob, i, std::move(path)});
        }
    }
    return bound;
}

}  // namespace plimsoll
