#pragma once

#include <vector>

#include "models/deployment.h"
#include "models/roofline.h"
#include "models/step.h"

namespace plimsoll {

/// The experts of one MoE layer as one grouped GEMM on one GPU.
struct ExpertGemm {
    /// Token-expert pairs on this GPU.
    double pairs = 0.0;
    /// Experts that at least one token reaches, on this GPU, in expectation:
    /// (E / ep) (1 - (1 - K/E)^t) under uniform routing. [EpochInference]
    double touched_experts = 0.0;
    double hidden = 0.0;
    double width = 0.0;
    double matrices = 3.0;
};
[[nodiscard]] Flops flops(const ExpertGemm& experts);
/// Touched weights once and the activations of every pair.
[[nodiscard]] Bytes bytes(const ExpertGemm& experts, Precision weights);
/// Touched weights alone.
[[nodiscard]] Bytes weight_bytes(const ExpertGemm& experts, Precision weights);

/// What one layer of a group does with the tokens of a step, on one GPU.
struct LayerOps {
    double count = 0.0;
    std::vector<Gemm> gemms;
    std::vector<ExpertGemm> experts;
    Bytes elementwise;
    /// Payload of each tensor-parallel all-reduce, and how many a layer has.
    Bytes all_reduce_payload;
    int all_reduces = 0;
    /// Bytes that each GPU sends to dispatch and combine expert tokens.
    Bytes all_to_all;
    bool is_moe = false;
};

/// Tokens of a step that pass through a GPU's layers at once: pipeline stages work on pp
/// micro-batches in turn.
[[nodiscard]] double micro_batch_tokens(const Deployment& deployment, double tokens);

/// The operations of every layer group for a step of `tokens` tokens, before attention itself.
[[nodiscard]] std::vector<LayerOps> layer_ops(const Deployment& deployment, double tokens);

/// The output projection of `rows` sequences on one GPU.
[[nodiscard]] Gemm output_projection(const Deployment& deployment, double rows);

/// FLOPs of one layer of `attention` per query-key pair on one GPU, and KV bytes read per cached
/// token and decoding sequence.
struct AttentionCost {
    double decode_flops = 0.0;
    double prefill_flops = 0.0;
    double kv_bytes = 0.0;
    /// The sparse indexer's share, which scans the whole context.
    double index_flops = 0.0;
    double index_bytes = 0.0;
    /// Query heads times head width, on one GPU; what padded decode tiles multiply.
    double tile_width = 0.0;
};
[[nodiscard]] AttentionCost attention_cost(const Deployment& deployment,
                                           const Attention& attention);

/// Index of `attention`'s span limit in span_limits(llm).
[[nodiscard]] std::size_t span_index(const Llm& llm, const Attention& attention);

}  // namespace plimsoll
