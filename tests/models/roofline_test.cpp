#include "models/roofline.h"

#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/llms.h"

namespace plimsoll::test {

TEST_CASE("roofline: the ridge point is peak over bandwidth") {
    // 989 TFLOP/s / 3.35 TB/s = 295.2 FLOP/B; fp8 1979 / 3.35 = 590.7.
    CHECK(ridge_point(h100_sxm(), Precision::bf16) == doctest::Approx(295.22).epsilon(1e-4));
    CHECK(ridge_point(h100_sxm(), Precision::fp8) == doctest::Approx(590.75).epsilon(1e-4));
    // 312 / 2.039 = 153.0.
    CHECK(ridge_point(a100_sxm_80gb(), Precision::bf16) == doctest::Approx(153.02).epsilon(1e-4));
}

TEST_CASE("roofline: 16-bit formats stand in for one another, others do not") {
    Gpu volta;
    set_peak(volta, Precision::fp16, 125.0);
    CHECK(compute_peak(volta, Precision::bf16)->in(TFLOP / second) == doctest::Approx(125.0));
    CHECK_FALSE(compute_peak(volta, Precision::fp8).has_value());
    CHECK_FALSE(compute_peak(a100_sxm_80gb(), Precision::fp8).has_value());
}

TEST_CASE("roofline: a GEMM counts two FLOPs a multiply-add, and each matrix once") {
    // 32 rows through 4096 -> 14336 in fp8: 2 x 32 x 14336 x 4096 = 3.758e9 FLOP;
    // 14336 x 4096 x 1 B + 2 B x 32 x (14336 + 4096) = 58,720,256 + 1,179,648 B.
    const Gemm gemm{
        .m = 32.0, .n = 14336.0, .k = 4096.0, .weights = Precision::fp8, .compute = Precision::fp8};
    CHECK(flops(gemm).value() == doctest::Approx(3758096384.0));
    CHECK(bytes(gemm).value() == doctest::Approx(58720256.0 + 1179648.0));
}

TEST_CASE("roofline: the smooth maximum lies between the maximum and the sum") {
    const Seconds a = 3.0 * second;
    const Seconds b = 4.0 * second;
    // A knee of 2 is Pythagoras, of 1 the sum; a large one the maximum.
    CHECK(smooth_roofline(a, b, 2.0).time.value() == doctest::Approx(5.0));
    CHECK(smooth_roofline(a, b, 1.0).time.value() == doctest::Approx(7.0));
    CHECK(smooth_roofline(a, b, 1000.0).time.value() == doctest::Approx(4.0));
    CHECK_FALSE(smooth_roofline(a, b, 2.0).compute_bound);
    CHECK(smooth_roofline(b, a, 2.0).compute_bound);
    CHECK(smooth_roofline({}, {}, 2.0).time == Seconds());
    CHECK(smooth_roofline({}, b, 2.0).time == b);
}

TEST_CASE("roofline: an ideal machine runs a GEMM at its datasheet") {
    Deployment d = on_h100(llama3_1_8b());
    d.efficiencies.gemm_compute_small = 1.0;
    d.efficiencies.gemm_compute_large = 1.0;
    d.efficiencies.gemm_memory = 1.0;
    d.efficiencies.gemm_knee = 1e4;
    // One row: 4096 x 4096 x 2 B / 3.35 TB/s = 10.02 us, and 2 B x 8192 of activations.
    const RooflineTime thin = gemm_time(d, {.m = 1.0, .n = 4096.0, .k = 4096.0});
    CHECK(thin.time.in(microsecond) == doctest::Approx((33554432.0 + 16384.0) / 3.35e6));
    CHECK_FALSE(thin.compute_bound);
    // 8192 rows: 2 x 8192 x 4096^2 / 989 TFLOP/s = 277.9 us.
    const RooflineTime thick = gemm_time(d, {.m = 8192.0, .n = 4096.0, .k = 4096.0});
    CHECK(thick.time.in(microsecond) == doctest::Approx(277.9).epsilon(1e-3));
    CHECK(thick.compute_bound);
}

TEST_CASE("roofline: compute efficiency falls from small to large batches") {
    Deployment d = on_h100(llama3_1_8b());
    d.efficiencies.gemm_knee = 1e4;
    const auto efficiency = [&](double m) {
        const Gemm gemm{.m = m, .n = 28672.0, .k = 8192.0};
        return flops(gemm) / gemm_time(d, gemm).time / d.gpu.peak(Precision::bf16);
    };
    // 0.92 - 0.27 x 512/1024 = 0.785; 0.92 - 0.27 x 16384/16896 = 0.658.
    CHECK(efficiency(512.0) == doctest::Approx(0.785).epsilon(1e-3));
    CHECK(efficiency(16384.0) == doctest::Approx(0.658).epsilon(1e-3));
}

}  // namespace plimsoll::test
