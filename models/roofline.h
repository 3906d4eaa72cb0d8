#pragma once

#include <optional>

#include "models/deployment.h"

namespace plimsoll {

/// The dense peak that `precision` computes at on `gpu`: its own, or that of the other 16-bit
/// format (V100 has fp16 only). Empty where the GPU cannot compute in it.
[[nodiscard]] std::optional<FlopsPerSecond> compute_peak(const Gpu& gpu, Precision precision);

/// FLOPs per byte at which compute and memory take equally long.
[[nodiscard]] double ridge_point(const Gpu& gpu, Precision precision);

/// y[m, n] = x[m, k] w[k, n].
struct Gemm {
    double m = 0.0;
    double n = 0.0;
    double k = 0.0;
    Precision weights = Precision::bf16;
    Precision compute = Precision::bf16;
};

/// 2 m n k.
[[nodiscard]] Flops flops(const Gemm& gemm);
/// Weights once in their precision, activations in and out in 16 bit.
[[nodiscard]] Bytes bytes(const Gemm& gemm);

/// Time of an operation before launch, and which side of its roofline is the longer.
struct RooflineTime {
    Seconds time;
    bool compute_bound = false;
};

/// Smooth maximum of two times: (a^p + b^p)^(1/p), between max(a, b) and a + b.
[[nodiscard]] RooflineTime smooth_roofline(Seconds compute, Seconds memory, double knee);

/// A GEMM at the deployment's default efficiencies; launch latency not included.
[[nodiscard]] RooflineTime gemm_time(const Deployment& deployment, const Gemm& gemm);

}  // namespace plimsoll
