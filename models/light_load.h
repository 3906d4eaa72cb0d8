#pragma once

#include <cstdint>

#include "models/step_model.h"
#include "models/units.h"

namespace plimsoll {

/// Host work before a step of `sequences` sequences.
[[nodiscard]] Seconds host_gap(const Engine& engine, double sequences);

/// Sum of min(j, limit) for j = 1 ... n: query-key pairs of n tokens that see `limit` of the past.
[[nodiscard]] double span_sum(double n, double limit);

/// What one request alone in an idle engine sees.
struct LightLoad {
    Seconds ttft;
    /// Zero for a single output token.
    Seconds tpot;
    Seconds e2e;
};

/// Light load of one request of given lengths, summed step by step as the engine's loop has it:
/// TTFT = frontend in + host gap + prompt steps + frontend out; with a pipeline of depth 1 each
/// step costs host gap + step, with depth 2 a step starts at the end of the one before, or one host
/// gap after its start where that is later. [models/README.md, steady state]
[[nodiscard]] LightLoad light_load(const StepModel& model,
                                   std::int64_t prompt_tokens,
                                   std::int64_t output_tokens);

}  // namespace plimsoll
