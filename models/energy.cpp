#include "models/energy.h"

#include "models/contract.h"

namespace plimsoll {

Watts gpu_power(const Gpu& gpu, const Activity& a, const PowerShares& shares) {
    PLIMSOLL_EXPECTS(a.prefill >= 0.0 && a.decode >= 0.0 && a.prefill + a.decode <= 1.0 + 1e-9);
    return gpu.idle + a.prefill * (shares.prefill * gpu.tdp - gpu.idle) +
           a.decode * (shares.decode * gpu.tdp - gpu.idle);
}

Watts it_power_per_gpu(const Gpu& gpu,
                       const Server& server,
                       const Activity& activity,
                       const PowerShares& shares) {
    PLIMSOLL_EXPECTS(server.gpus > 0);
    return (gpu_power(gpu, activity, shares) + server.host_power / server.gpus) *
           (1.0 + shares.network);
}

Watts rated_power_per_gpu(const Gpu& gpu, const Server& server, const PowerShares& shares) {
    PLIMSOLL_EXPECTS(server.gpus > 0);
    return (gpu.tdp + server.host_power / server.gpus) * (1.0 + shares.network);
}

EnergyUse energy_use(Joules it_energy, const Facility& facility) {
    PLIMSOLL_EXPECTS(facility.pue >= 1.0);
    const Joules drawn = it_energy * facility.pue;
    return {.facility = drawn, .co2e = drawn * facility.carbon};
}

JoulesPerToken joules_per_token(Watts it_power, double pue, TokensPerSecond rate) {
    PLIMSOLL_EXPECTS(pue >= 1.0 && rate.value() > 0.0);
    return it_power * pue / rate;
}

}  // namespace plimsoll
