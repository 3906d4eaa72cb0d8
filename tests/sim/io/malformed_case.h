#pragma once

#include <string_view>

namespace plimsoll::test {

/// A scenario that works; each malformed one differs from it in one place.
inline constexpr std::string_view kSoundScenario = R"~({
  "format": "plimsoll.scenario/1",
  "name": "base",
  "horizon_s": 600,
  "workload": {"classes": {"chat": {
    "arrival": {"kind": "poisson", "rate_per_s": 2},
    "prompt_tokens": {"kind": "fixed", "tokens": 512},
    "output_tokens": {"kind": "fixed", "tokens": 128},
    "slo": {"ttft_p99_s": 1}
  }}},
  "pools": {"main": {
    "model": "llama3_1_8b", "gpu": "h100_sxm", "server": "hgx_h100",
    "precision": "bf16", "parallelism": {"tp": 1}, "replicas": 1,
    "engine": {"preset": "vllm_v1_async", "max_sequences": 64},
    "batching": "chunked_prefill"
  }},
  "routing": {"kind": "round_robin"},
  "prices": {"book": "rental_2026", "tenure": "on_demand"}
}
)~";

/// What is wrong with a scenario, and all that is said about it.
struct MalformedCase {
    std::string_view name;
    /// Replaced once in the sound scenario by `to`; empty: `to` is the whole text.
    std::string_view from;
    std::string_view to;
    /// The text is in "s.json".
    std::string_view message;
    int exit_code = 2;
};

}  // namespace plimsoll::test
