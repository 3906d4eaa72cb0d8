#pragma once

#include <array>
#include <string>

#include "models/precision.h"
#include "models/units.h"

namespace plimsoll {

/// Which generation of attention kernels serves a GPU: fa2 computes the decode rows of a mixed
/// step as padded tiles per query head, fa3 does not.
enum class AttentionKernels { fa2, fa3 };

/// One accelerator, from its datasheet.
struct Gpu {
    std::string name;
    /// Architecture family ("hopper"), the key for transferring efficiencies between GPUs.
    std::string architecture;
    /// Of its first delivery; 0 is unknown.
    int year = 0;
    /// Dense peak, no sparsity, per Precision; zero where not supported.
    std::array<FlopsPerSecond, kPrecisions> peak_dense{};
    /// What the sheet prints.
    Bytes hbm_nominal;
    /// What a process sees; "does it fit" is asked of this one.
    Bytes hbm_visible;
    BytesPerSecond hbm_bandwidth;
    /// All links of the scale-up fabric together, one direction; PCIe where there is none.
    BytesPerSecond scale_up_per_direction;
    BytesPerSecond pcie_per_direction;
    Bytes l2;
    Watts tdp;
    Watts idle;
    AttentionKernels attention_kernels = AttentionKernels::fa2;

    /// Dense peak at `precision`; zero where not supported.
    [[nodiscard]] FlopsPerSecond peak(Precision precision) const {
        return peak_dense[static_cast<std::size_t>(precision)];
    }
};

/// What joins GPUs: inside a server or rack (scale-up) or between servers (scale-out).
struct Fabric {
    std::string name;
    /// Per GPU, one direction.
    BytesPerSecond bandwidth_per_direction;
    /// Fixed part of a collective's or message's time.
    Seconds latency;
    /// More latency of a collective for each doubling of the GPUs, from one: log2(n) times this.
    Seconds latency_per_doubling;
    /// Achieved share of the bandwidth in a large all-reduce, in (0, 1].
    double efficiency = 0.65;
    /// GPUs that reach one another through it; 0 means any number.
    int domain_gpus = 8;
    /// The switch reduces, which halves the bytes an all-reduce must send; used for its floor.
    bool in_switch_reduction = false;
};

/// A chassis of GPUs.
struct Server {
    std::string name;
    int gpus = 8;
    Fabric scale_up;
    Fabric scale_out;
    /// CPUs, DRAM, fans, NICs, disks under load, for the whole chassis.
    Watts host_power;
};

}  // namespace plimsoll
