#include "models/precision.h"

#include <doctest/doctest.h>

namespace plimsoll {
namespace {

TEST_CASE("precision: the spelling of each precision names it") {
    CHECK(all_precisions().size() == kPrecisions);
    for (const Precision precision : all_precisions()) {
        CHECK(precision_named(to_string(precision)) == precision);
    }
    CHECK(to_string(Precision::fp8) == "fp8");
    CHECK(!precision_named("fp16x"));
    CHECK(!precision_named(""));
}

TEST_CASE("precision: stored bytes per element include block scales") {
    CHECK(bytes_per_element(Precision::fp32) == 4.0 * byte);
    CHECK(bytes_per_element(Precision::bf16) == 2.0 * byte);
    CHECK(bytes_per_element(Precision::fp8) == 1.0 * byte);
    // 4 bit, and an 8-bit scale for each 16 elements: 0.5 + 1/16.
    CHECK(bytes_per_element(Precision::fp4).value() == doctest::Approx(0.5 + 1.0 / 16.0));
    // 4 bit, and 16 + 16 bit for each 128 elements: 0.5 + 4/128 = 0.531.
    CHECK(bytes_per_element(Precision::int4).value() ==
          doctest::Approx(0.5 + 4.0 / 128.0).epsilon(0.01));
}

TEST_CASE("precision: float weights compute in themselves, integer weights in bf16") {
    CHECK(precisions_for(Precision::bf16) ==
          Precisions{Precision::bf16, Precision::bf16, Precision::bf16});
    CHECK(precisions_for(Precision::fp8) ==
          Precisions{Precision::fp8, Precision::fp8, Precision::bf16});
    CHECK(precisions_for(Precision::int4) ==
          Precisions{Precision::int4, Precision::bf16, Precision::bf16});
    CHECK(precisions_for(Precision::fp16) ==
          Precisions{Precision::fp16, Precision::fp16, Precision::fp16});
}

}  // namespace
}  // namespace plimsoll
