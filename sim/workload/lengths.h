#pragma once

#include "sim/registry.h"

namespace plimsoll {

// Every length is drawn, limited to [minimum, maximum] and rounded half up, so at least 1. Draws
// beyond the limits are moved there ("clamp") or drawn again ("truncate").

/// Always `tokens`.
[[nodiscard]] LengthKind fixed_lengths();
/// Geometric with the given mean: every token is the last one with the same probability.
[[nodiscard]] LengthKind geometric_lengths();
/// Exponential with the given mean.
[[nodiscard]] LengthKind exponential_lengths();
/// Lognormal by (mean or median) and (sigma or p90).
[[nodiscard]] LengthKind lognormal_lengths();
/// Pareto by its minimum and exponent: P(X > x) = (minimum / x)^alpha.
[[nodiscard]] LengthKind pareto_lengths();
/// One of several distributions, each with its weight.
[[nodiscard]] LengthKind mixture_lengths();
/// Through given points [probability, tokens], straight lines in log(tokens) between them.
[[nodiscard]] LengthKind quantile_lengths();
/// The lengths that a trace dictates.
[[nodiscard]] LengthKind trace_lengths();

}  // namespace plimsoll
