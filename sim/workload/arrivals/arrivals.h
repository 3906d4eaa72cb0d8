#pragma once

#include "sim/registry.h"

namespace plimsoll {

/// Independent arrivals at a constant mean rate.
[[nodiscard]] ArrivalKind poisson_arrivals();
/// Arrivals at equal distances, the first at 0.
[[nodiscard]] ArrivalKind constant_arrivals();
/// Independent gaps of a gamma or Weibull density: burstier than Poisson with cv above 1.
[[nodiscard]] ArrivalKind gamma_arrivals();
[[nodiscard]] ArrivalKind weibull_arrivals();
/// Poisson arrivals whose rate jumps between states. [Heffes86]
[[nodiscard]] ArrivalKind mmpp_arrivals();
/// Arrivals that cause further arrivals. [Hawkes74]
[[nodiscard]] ArrivalKind hawkes_arrivals();
/// A rate that follows the hours of the day, and the days of the week.
[[nodiscard]] ArrivalKind diurnal_arrivals();
/// A rate given over time: spikes, ramps, drains.
[[nodiscard]] ArrivalKind profile_arrivals();
/// Many clients, a few of which send most requests.
[[nodiscard]] ArrivalKind clients_arrivals();
/// Conversations whose turns wait for their answers.
[[nodiscard]] ArrivalKind sessions_arrivals();
/// Published clients of a service, with the traffic and lengths of each. [ServeGen]
[[nodiscard]] ArrivalKind servegen_arrivals();
/// Users who wait for their answer, think, and ask again.
[[nodiscard]] ArrivalKind closed_loop_arrivals();
/// The dates and lengths of a recorded trace, in our canonical CSV or a foreign format.
[[nodiscard]] ArrivalKind trace_arrivals();

}  // namespace plimsoll
