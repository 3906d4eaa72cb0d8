#pragma once

#include <string>
#include <vector>

#include "models/energy.h"
#include "models/ledger.h"
#include "models/tco.h"
#include "models/units.h"

namespace plimsoll {

/// What one class of requests did with a pool's time. Weights are in any common unit of time.
struct ClassUse {
    std::string name;
    double prompt_weight = 0.0;
    double output_weight = 0.0;
    Tokens prompt_tokens;
    Tokens output_tokens;
};

/// Everything that one pool's GPUs are to be charged for over `split.total()` of wall-clock time.
struct PoolBill {
    std::string site;
    std::string pool;
    double gpus = 0.0;
    /// Wall-clock time by what the pool did, averaged over its replicas.
    TimeSplit split;
    /// Per GPU and unit of time; may be empty (no price), then only the rest is posted.
    std::vector<CostLine> lines;
    /// IT energy of all GPUs while idle and while at work.
    Joules idle_energy;
    Joules work_energy;
    Facility facility;
    std::vector<ClassUse> classes;
};

/// Posts a bill: each line by phase (step time, idle apart) and class (its share of the phase's
/// time). GPU time, energy and tokens are posted with the first line, so that sums count them once.
void post_bill(Ledger& ledger, const PoolBill& bill);

/// The headline figures of a ledger. Ratios are infinite (or not a number) where nothing was
/// served.
struct CostFigures {
    Usd total;
    /// Total over output tokens, over all tokens, over requests.
    UsdPerToken per_output_token;
    UsdPerToken per_token;
    Usd per_request;
    /// Prompt postings over prompt tokens, output postings over output tokens; idle in neither.
    UsdPerToken attributed_per_prompt_token;
    UsdPerToken attributed_per_output_token;
    /// Idle postings over total.
    double idle_share = 0.0;
};
[[nodiscard]] CostFigures cost_figures(const Ledger& ledger, double requests);

}  // namespace plimsoll
