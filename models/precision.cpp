#include "models/precision.h"

namespace plimsoll {
namespace {

struct Row {
    Precision precision;
    std::string_view name;
    double bytes;
    Precision compute;
};

constexpr std::array<Row, kPrecisions> kRows{{
    {Precision::fp32, "fp32", 4.0, Precision::fp32},
    {Precision::tf32, "tf32", 4.0, Precision::tf32},
    {Precision::fp16, "fp16", 2.0, Precision::fp16},
    {Precision::bf16, "bf16", 2.0, Precision::bf16},
    {Precision::fp8, "fp8", 1.0, Precision::fp8},
    {Precision::int8, "int8", 1.0, Precision::bf16},
    {Precision::fp4, "fp4", 0.5625, Precision::fp4},
    {Precision::int4, "int4", 0.53, Precision::bf16},
}};

constexpr std::array<Precision, kPrecisions> kAll{Precision::fp32,
                                                  Precision::tf32,
                                                  Precision::fp16,
                                                  Precision::bf16,
                                                  Precision::fp8,
                                                  Precision::int8,
                                                  Precision::fp4,
                                                  Precision::int4};

const Row& row(Precision precision) { return kRows[static_cast<std::size_t>(precision)]; }

}  // namespace

std::string_view to_string(Precision precision) { return row(precision).name; }

std::optional<Precision> precision_named(std::string_view name) {
    for (const Row& r : kRows) {
        if (r.name == name) return r.precision;
    }
    return std::nullopt;
}

std::span<const Precision> all_precisions() { return kAll; }

Bytes bytes_per_element(Precision precision) { return row(precision).bytes * byte; }

Precisions precisions_for(Precision weights) {
    const bool is_16_bit = weights == Precision::fp16;
    return {.weights = weights,
            .compute = row(weights).compute,
            .kv = is_16_bit ? Precision::fp16 : Precision::bf16};
}

}  // namespace plimsoll
