#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/hardware.h"
#include "models/llm.h"
#include "models/parallelism.h"
#include "models/precision.h"
#include "models/units.h"

namespace plimsoll {

/// Where the duration of a step comes from; see models/README.md, step time.
enum class Fidelity { rule, roofline };

/// The numbers behind Fidelity::rule. Exactly one of the three ways applies, the first set one:
/// a constant step (queueing tests), declared rates per GPU, or the 2N rule with utilisations.
struct Rule {
    /// Every step takes this long, whatever its batch. Not held to the datasheet floor.
    std::optional<Seconds> step_constant;
    /// Tokens per second and GPU that prefill, and that decode, sustain (uncached prompt tokens;
    /// output tokens). Both or none.
    std::optional<TokensPerSecond> prefill_rate_per_gpu;
    std::optional<TokensPerSecond> decode_rate_per_gpu;
    /// Share of the dense peak that prefill and decode reach, and share of memory bandwidth.
    double prefill_mfu = 0.45;
    double decode_mfu = 0.30;
    double decode_mbu = 0.60;
};

/// How sequences choose their next token: greedy or plain sampling, or by top-p/top-k, which
/// sorts the vocabulary.
enum class Sampler { greedy, sort };

/// Which requests may share a step. `continuous` schedules whole prompts only;
/// `chunked_prefill` splits a prompt over steps to fit the token budget [Agrawal24].
enum class Batching { continuous, chunked_prefill };

/// The serving engine: its loop, its host costs, its memory habits. Defaults are those of vLLM V1
/// with asynchronous scheduling; constants without a table of their own were fitted on recorded
/// vLLM runs (models/README.md, serving engine).
struct Engine {
    std::string name = "vllm_v1_async";

    Batching batching = Batching::chunked_prefill;
    /// Tokens scheduled in one step at most, prompt and output.
    std::int64_t max_batch_tokens = 8192;
    /// Sequences running at once at most.
    std::int64_t max_sequences = 256;
    /// Longest request, prompt + output tokens; longer ones are rejected. 0: the model's context.
    std::int64_t max_context_tokens = 0;

    /// Steps in flight: 2 with asynchronous scheduling, 1 without.
    int pipeline_depth = 2;
    /// Host work per step: base + per sequence. Hidden behind the step before where depth is 2.
    Seconds host_gap = 0.35 * millisecond;
    Seconds host_gap_per_sequence = 33.0 * microsecond;
    /// From the router to the scheduler's queue (HTTP, tokenise, IPC).
    Seconds frontend_in = 3.45 * millisecond;
    /// From a step's end to the client (detokenise, stream).
    Seconds frontend_out = 2.2 * millisecond;
    /// The frontend is one serial server per replica; this is its time per token.
    Seconds frontend_per_token = 48.0 * microsecond;

    /// Share of the visible memory that the engine may fill.
    double memory_utilization = 0.9;
    std::int64_t block_tokens = 16;
    /// Memory kept for the runtime: always, more with several GPUs, and for captured graphs.
    Bytes memory_reserve = 0.27 * GiB;
    Bytes memory_reserve_multi_gpu = 0.45 * GiB;
    Bytes graph_reserve;
    /// A recorded number of KV blocks per replica, instead of the computed one.
    std::optional<std::int64_t> kv_blocks;

    /// Decode batches are padded to the captured graph sizes.
    bool pads_to_graphs = true;
    Sampler sampler = Sampler::greedy;
    /// Everything per layer that is neither GEMM, KV traffic nor collective.
    Seconds layer_overhead = 26.5 * microsecond;
    Seconds mixed_layer_overhead = 13.5 * microsecond;
    Seconds moe_layer_overhead = 28.0 * microsecond;
    Seconds step_overhead = 100.0 * microsecond;
    Seconds sequence_overhead = 3.2 * microsecond;

    /// A running or waiting request whose client has given up is dropped; 0: never.
    Seconds timeout;
    /// Requests that wait in one replica at most; more are rejected. 0: no limit.
    std::int64_t max_waiting = 0;
};

/// Achieved shares of the datasheet's peaks that Fidelity::roofline assumes for every GPU.
/// Each lies in (0, 1]. Sources in models/README.md, efficiencies.
struct Efficiencies {
    /// GEMM compute: falls from `small` to `large` with the tokens of the step,
    /// small - (small - large) t / (t + 512).
    double gemm_compute_small = 0.92;
    double gemm_compute_large = 0.65;
    double gemm_memory = 0.85;
    /// Sharpness of the knee between memory- and compute-bound: the p of a p-norm.
    double gemm_knee = 2.5;
    Seconds gemm_latency = 4.0 * microsecond;
    double decode_attention_memory = 0.85;
    double decode_attention_compute = 0.45;
    double prefill_attention_compute = 0.55;
    double elementwise_memory = 0.80;
    double moe_memory = 0.92;
    /// Extra factor on GEMM compute for grouped expert GEMMs.
    double moe_compute = 0.70;
};

/// One replica of one model on its GPUs, with its engine: all that a step's duration depends on.
struct Deployment {
    Llm llm;
    Gpu gpu;
    Server server;
    Precisions precisions;
    Parallelism parallelism;
    Engine engine;
    Fidelity fidelity = Fidelity::roofline;
    Rule rule;
    Efficiencies efficiencies;
};

}  // namespace plimsoll
