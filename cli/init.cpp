#include <string>

#include "cli/commands.h"
#include "cli/output.h"

namespace plimsoll::cli {
namespace {

constexpr const char* kChat = R"json({
  // One question: this traffic, this fleet, these prices. `plimsoll resolve` prints every default,
  // `plimsoll schema` every field, `plimsoll list` every name.
  "format": "plimsoll.scenario/1",
  "name": "chat",

  // Any unit of the dimension may end a key: horizon_s, horizon_min, horizon_h.
  "horizon_min": 60,
  "warm_up_min": 5,

  "workload": {
    "classes": {
      "chat": {
        "arrival": {"kind": "poisson", "rate_per_s": 4},
        "prompt_tokens": {"kind": "lognormal", "mean": 1200, "p90": 2600},
        "output_tokens": {"kind": "lognormal", "mean": 250, "p90": 500},
        // Terms: ttft, tpot, e2e, queue; quantiles: p50, p90, p95, p99.
        "slo": {"ttft_p99_s": 2, "tpot_p99_ms": 80}
      }
    }
  },

  "pools": {
    "main": {
      "model": "llama3_1_70b",
      "gpu": "h100_sxm", // or {"extends": "h100_sxm", "hbm_bandwidth_tb_per_s": 4.8}
      "server": "hgx_h100",
      "precision": "fp8", // or {"weights": "fp8", "kv": "fp8"}
      "parallelism": {"tp": 4},
      "replicas": 2,
      "engine": {"preset": "vllm_v1_async", "max_sequences": 128}
    }
  },

  "routing": {"kind": "least_loaded"},

  // Two books joined: rents from the first, electricity and carbon from the second.
  "prices": {"book": "rental_2026+ownership_2026", "tenure": "reserved"}
}
)json";

constexpr const char* kQueue = R"json({
  // An M/D/1-like queue: every step takes the same time, the engine costs nothing, one token each.
  "format": "plimsoll.scenario/1",
  "name": "queue",
  "fidelity": "rule",
  "max_requests": 100000,

  "workload": {
    "classes": {
      "jobs": {
        "arrival": {"kind": "poisson", "rate_per_s": 8},
        "prompt_tokens": {"kind": "fixed", "tokens": 1},
        "output_tokens": {"kind": "fixed", "tokens": 1},
        "slo": {"queue_p95_s": 1}
      }
    }
  },

  "pools": {
    "servers": {
      "model": "llama3_1_8b",
      "gpu": "h100_sxm",
      "server": "hgx_h100",
      "engine": {"preset": "ideal", "max_sequences": 1},
      "rule": {"step_constant_ms": 100}
    }
  }
}
)json";

struct Template {
    const char* name;
    const char* text;
};
constexpr Template kTemplates[] = {{"chat", kChat}, {"queue", kQueue}};

int run(const Arguments& arguments) {
    for (const Template& row : kTemplates) {
        if (arguments.text("TEMPLATE") == row.name) deliver(arguments, row.text);
    }
    return 0;
}

}  // namespace

Command init_command() {
    using Kind = OptionSpec::Kind;
    std::vector<std::string> names;
    for (const Template& row : kTemplates) names.emplace_back(row.name);
    const std::vector<OptionSpec> rows{
        {"TEMPLATE", "chat or queue", Kind::text, "", true, names},
        {"-o,--output", "write the scenario to FILE", Kind::text, "FILE"}};
    return {"init", "print a commented scenario to start from", rows, run};
}

}  // namespace plimsoll::cli
