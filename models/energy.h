#pragma once

#include "models/hardware.h"
#include "models/units.h"

namespace plimsoll {

/// What a GPU draws while it works, as shares of its TDP. Decode is bound by memory and draws
/// 0.5-0.75, prefill 0.85-1.0. [Power: models/README.md, energy]
struct PowerShares {
    double prefill = 0.92;
    double decode = 0.62;
    /// Switches and optics, as a share of the IT power of GPU and host.
    double network = 0.0;
};

/// Shares of time that a GPU spends on prompts and on decoding; the rest is idle.
struct Activity {
    double prefill = 0.0;
    double decode = 0.0;
};

/// Mean draw of one GPU: idle + sum over phases of activity x (share x TDP - idle). Expects both
/// activities in [0, 1] and their sum at most 1 (1e-9 over is taken as 1).
[[nodiscard]] Watts gpu_power(const Gpu& gpu,
                              const Activity& activity,
                              const PowerShares& shares = {});

/// One GPU's share of the IT power of its server, host (constant) and network included.
[[nodiscard]] Watts it_power_per_gpu(const Gpu& gpu,
                                     const Server& server,
                                     const Activity& activity,
                                     const PowerShares& shares = {});
/// The same with every GPU at its TDP: what colocation bills.
[[nodiscard]] Watts rated_power_per_gpu(const Gpu& gpu,
                                        const Server& server,
                                        const PowerShares& shares = {});

/// Energy drawn by the facility, and what it costs the climate.
struct EnergyUse {
    Joules facility;
    KgCo2e co2e;
};

/// IT energy x PUE, and that x carbon intensity. Expects pue >= 1.
struct Facility {
    double pue = 1.0;
    KgPerJoule carbon{};
};
[[nodiscard]] EnergyUse energy_use(Joules it_energy, const Facility& facility);

/// Facility joules per token: power x PUE / rate. Expects rate > 0.
[[nodiscard]] JoulesPerToken joules_per_token(Watts it_power, double pue, TokensPerSecond rate);

}  // namespace plimsoll
