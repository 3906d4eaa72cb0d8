#pragma once

#include "sim/registry.h"

namespace plimsoll {

/// Independent arrivals at a constant mean rate.
[[nodiscard]] ArrivalKind poisson_arrivals();
/// Arrivals at equal distances, the first at 0.
[[nodiscard]] ArrivalKind constant_arrivals();
/// Users who wait for their answer, think, and ask again.
[[nodiscard]] ArrivalKind closed_loop_arrivals();
/// The dates and lengths of a recorded trace, in our canonical CSV.
[[nodiscard]] ArrivalKind trace_arrivals();

}  // namespace plimsoll
