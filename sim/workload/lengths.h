#pragma once

#include "sim/registry.h"

namespace plimsoll {

// Every length is drawn, limited to [minimum, maximum] and rounded half up, so at least 1.

/// Always `tokens`.
[[nodiscard]] LengthKind fixed_lengths();
/// Geometric with the given mean: every token is the last one with the same probability.
[[nodiscard]] LengthKind geometric_lengths();
/// Exponential with the given mean.
[[nodiscard]] LengthKind exponential_lengths();
/// Lognormal by (mean or median) and (sigma or p90).
[[nodiscard]] LengthKind lognormal_lengths();
/// Through given points [probability, tokens], straight lines in log(tokens) between them.
[[nodiscard]] LengthKind quantile_lengths();
/// The lengths that a trace dictates.
[[nodiscard]] LengthKind trace_lengths();

}  // namespace plimsoll
