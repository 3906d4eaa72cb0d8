#include "sim/pricing.h"

namespace plimsoll {

std::variant<GpuCost, Infeasible> pool_gpu_cost(const Scenario& scenario,
                                                const Pool& pool,
                                                Watts mean) {
    const Deployment& d = pool.deployment;
    return gpu_cost(scenario.prices.book,
                    {.gpu = pool.gpu_id,
                     .server = pool.server_id,
                     .tenure = scenario.prices.tenure,
                     .as_of = scenario.as_of,
                     .gpus_per_server = d.server.gpus,
                     .power = {.rated = rated_power_per_gpu(d.gpu, d.server), .mean = mean}});
}

Facility facility_of(const Scenario& scenario) {
    const auto pue = pue_on(scenario.prices.book, scenario.as_of);
    const auto carbon = carbon_on(scenario.prices.book, scenario.as_of);
    return {.pue = pue ? pue->value : 1.0, .carbon = carbon ? carbon->value : KgPerJoule()};
}

}  // namespace plimsoll
