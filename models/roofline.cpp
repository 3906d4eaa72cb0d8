#include "models/roofline.h"

#include <algorithm>
#include <cmath>

#include "models/contract.h"

namespace plimsoll {

std::optional<FlopsPerSecond> compute_peak(const Gpu& gpu, Precision precision) {
    if (gpu.peak(precision).value() > 0.0) return gpu.peak(precision);
    const bool is_16_bit = precision == Precision::bf16 || precision == Precision::fp16;
    const Precision other = precision == Precision::bf16 ? Precision::fp16 : Precision::bf16;
    if (is_16_bit && gpu.peak(other).value() > 0.0) return gpu.peak(other);
    return std::nullopt;
}

double ridge_point(const Gpu& gpu, Precision precision) {
    const auto peak = compute_peak(gpu, precision);
    PLIMSOLL_EXPECTS(peak.has_value());
    return *peak / gpu.hbm_bandwidth / (1.0 * flop / byte);
}

Flops flops(const Gemm& g) { return 2.0 * g.m * g.n * g.k * flop; }

Bytes bytes(const Gemm& g) {
    return g.n * g.k * bytes_per_element(g.weights) + 2.0 * g.m * (g.n + g.k) * byte;
}

RooflineTime smooth_roofline(Seconds compute, Seconds memory, double knee) {
    const double high = std::max(compute, memory).value();
    const double low = std::min(compute, memory).value();
    if (high <= 0.0) return {};
    const double ratio = std::pow(low / high, knee);
    return {.time = high * std::pow(1.0 + ratio, 1.0 / knee) * second,
            .compute_bound = compute > memory};
}

RooflineTime gemm_time(const Deployment& d, const Gemm& g) {
    const auto peak = compute_peak(d.gpu, g.compute);
    PLIMSOLL_EXPECTS(peak.has_value());
    const Efficiencies& e = d.efficiencies;
    const double efficiency =
        e.gemm_compute_small - (e.gemm_compute_small - e.gemm_compute_large) * g.m / (g.m + 512.0);
    return smooth_roofline(flops(g) / (*peak * efficiency),
                           bytes(g) / (d.gpu.hbm_bandwidth * e.gemm_memory),
                           e.gemm_knee);
}

}  // namespace plimsoll
