#pragma once

#include <span>

#include "sim/result.h"

namespace plimsoll {

/// The answer from independent replications of one scenario, at least one: numbers are means,
/// intervals are Student's at 95 % and stay within what the number can be (shares in [0, 1],
/// amounts above 0). A value that is absent in some replications is averaged over the others, with
/// an interval from two on. Yes and no go by majority, an SLO term by its mean attainment. One
/// replication is returned as it is.
[[nodiscard]] ReplicatedSummary combine(std::span<const Summary> replications);

}  // namespace plimsoll
