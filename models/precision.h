#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "models/units.h"

namespace plimsoll {

/// Number formats of weights, activations and KV caches.
enum class Precision { fp32, tf32, fp16, bf16, fp8, int8, fp4, int4 };

inline constexpr std::size_t kPrecisions = 8;

/// The JSON spelling, equal to the enumerator.
[[nodiscard]] std::string_view to_string(Precision precision);
/// The precision spelled `name`, if there is one.
[[nodiscard]] std::optional<Precision> precision_named(std::string_view name);
/// All precisions in the order of the enumeration.
[[nodiscard]] std::span<const Precision> all_precisions();

/// Stored bytes per element, block scales included (fp4: 16-element blocks with an 8-bit scale,
/// 0.5625 B; int4: 128-element groups with 16-bit scale and zero point, 0.53 B).
[[nodiscard]] Bytes bytes_per_element(Precision precision);

/// What a deployment stores and computes in. int8 and int4 weights are multiplied in `compute`.
struct Precisions {
    Precision weights = Precision::bf16;
    Precision compute = Precision::bf16;
    Precision kv = Precision::bf16;
    bool operator==(const Precisions&) const = default;
};

/// The usual choice for weights of `weights`: fp8 and fp4 compute in themselves, integer weights
/// in bf16 (weight-only quantisation), and the KV cache stays bf16 unless said otherwise.
[[nodiscard]] Precisions precisions_for(Precision weights);

}  // namespace plimsoll
