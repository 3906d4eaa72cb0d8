#include "sim/engine_presets.h"

#include <array>

namespace plimsoll {
namespace {

Engine vllm_v1_async() { return Engine{}; }

/// The host's work between steps is exposed, because the next step waits for it.
Engine vllm_v1_sync() {
    Engine engine;
    engine.name = "vllm_v1_sync";
    engine.pipeline_depth = 1;
    return engine;
}

/// Overlap scheduler, sampling fused into one kernel, pool-limited batches: guesses.
Engine sglang() {
    Engine engine;
    engine.name = "sglang";
    engine.host_gap = 0.3 * millisecond;
    engine.host_gap_per_sequence = Seconds{};
    engine.max_sequences = 1024;
    engine.block_tokens = 1;
    return engine;
}

/// Overlap scheduler, C++ host loop, sampling fused into one kernel: guesses.
Engine trtllm() {
    Engine engine;
    engine.name = "trtllm";
    engine.host_gap = 0.2 * millisecond;
    engine.host_gap_per_sequence = Seconds{};
    engine.frontend_in = 2.0 * millisecond;
    engine.frontend_out = 1.0 * millisecond;
    engine.frontend_per_token = 20.0 * microsecond;
    engine.block_tokens = 32;
    return engine;
}

/// A loop that costs nothing: what is left is the step and the queue.
Engine ideal() {
    Engine engine;
    engine.name = "ideal";
    engine.pipeline_depth = 1;
    engine.host_gap = Seconds{};
    engine.host_gap_per_sequence = Seconds{};
    engine.frontend_in = Seconds{};
    engine.frontend_out = Seconds{};
    engine.frontend_per_token = Seconds{};
    engine.pads_to_graphs = false;
    return engine;
}

constexpr std::array<EnginePreset, 5> kPresets{
    {{"vllm_v1_async",
      "vLLM V1 with asynchronous scheduling (0.14 and later)",
      vllm_v1_async,
      true},
     {"vllm_v1_sync", "vLLM V1 without it (0.8 to 0.13)", vllm_v1_sync, true},
     {"sglang", "SGLang with its overlap scheduler (host costs are guesses)", sglang, false},
     {"trtllm", "TensorRT-LLM with its overlap scheduler (host costs are guesses)", trtllm, false},
     {"ideal", "one step in flight, no host or frontend costs (queueing studies)", ideal, false}}};

}  // namespace

std::span<const EnginePreset> engine_presets() { return kPresets; }

const EnginePreset* engine_preset(std::string_view name) {
    for (const EnginePreset& preset : kPresets) {
        if (preset.name == name) return &preset;
    }
    return nullptr;
}

std::optional<Engine> engine_named(std::string_view name) {
    const EnginePreset* preset = engine_preset(name);
    if (preset == nullptr) return std::nullopt;
    return preset->make();
}

}  // namespace plimsoll
