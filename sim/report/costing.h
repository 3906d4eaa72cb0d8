#pragma once

#include "sim/metrics.h"
#include "sim/result.h"
#include "sim/scenario.h"

namespace plimsoll {

/// Posts what the run cost to a ledger and fills in the cost, energy and carbon of the summary, of
/// its pools and of its classes: every GPU from the start of the run to its end, used or not, by
/// step time. Without a price for some pool there is no cost; energy stands.
void add_costs(Summary& summary, const Scenario& scenario, const RunFacts& facts);

}  // namespace plimsoll
