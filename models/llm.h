#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/precision.h"
#include "models/units.h"

namespace plimsoll {

/// grouped covers MHA, GQA and MQA through the number of KV heads; latent is MLA; linear keeps a
/// fixed state per sequence instead of a KV cache.
enum class AttentionKind { grouped, latent, linear };

/// One layer's attention.
struct Attention {
    AttentionKind kind = AttentionKind::grouped;
    int heads = 0;
    int kv_heads = 0;
    int head_dim = 0;
    /// Sliding window, tokens; 0 attends to everything.
    int window = 0;
    /// Sparse attention: tokens picked by the indexer; 0 attends to everything.
    int top_k = 0;
    /// Heads and width of the sparse indexer, which scans every cached token.
    int index_heads = 0;
    int index_dim = 0;
    /// Latent attention (MLA) ranks and head widths [DeepSeekV2].
    int q_rank = 0;
    int kv_rank = 0;
    int nope_dim = 0;
    int rope_dim = 0;
    int v_dim = 0;
    /// Linear attention (gated delta rule): key and value heads, each `head_dim` wide.
    int key_heads = 0;
    int value_heads = 0;

    bool operator==(const Attention&) const = default;
};

/// One layer's feed-forward network: dense (`width`), or mixture of experts.
struct Ffn {
    int width = 0;
    /// Three matrices (gate, up, down) rather than two.
    bool gated = true;
    /// Zero experts means dense.
    int experts = 0;
    int top_k = 0;
    int expert_width = 0;
    /// Width of the experts that every token passes, added up; 0 for none.
    int shared_width = 0;

    [[nodiscard]] bool is_moe() const { return experts > 0; }
    bool operator==(const Ffn&) const = default;
};

/// `count` identical layers.
struct LayerGroup {
    int count = 0;
    Attention attention;
    Ffn ffn;
};

/// A decoder-only language model as a list of layer groups.
struct Llm {
    std::string name;
    int hidden = 0;
    int vocab = 0;
    /// The output projection shares the embedding's weights.
    bool tied_embeddings = false;
    /// Learned position embeddings (GPT-3): rows of `hidden`.
    int learned_positions = 0;
    int max_context = 0;
    std::vector<LayerGroup> layer_groups;
    /// Its usual generation settings sort the vocabulary (top-p, top-k).
    bool samples_with_sort = false;
    /// What the model's authors print, in parameters; 0 when unknown.
    double published_total_parameters = 0.0;
    double published_active_parameters = 0.0;
};

[[nodiscard]] int layers(const Llm& llm);

/// Parameters of one layer's attention with its input norm.
[[nodiscard]] double attention_parameters(const Llm& llm, const Attention& attention);
/// Parameters of one layer's feed-forward network with its norm and router, all experts counted.
[[nodiscard]] double ffn_parameters(const Llm& llm, const Ffn& ffn);
/// As ffn_parameters, counting only the experts that one token passes.
[[nodiscard]] double active_ffn_parameters(const Llm& llm, const Ffn& ffn);
/// Every parameter: layers, embeddings, output projection, norms.
[[nodiscard]] double total_parameters(const Llm& llm);
/// Parameters touched per token: total less the experts not chosen. Counts the input embedding,
/// as published figures do.
[[nodiscard]] double active_parameters(const Llm& llm);
/// Parameters that multiply activations for each token: active less the input embedding table
/// (a lookup). Twice this is the FLOPs per token before attention.
[[nodiscard]] double multiplying_parameters(const Llm& llm);

/// KV bytes that one more token of context adds in one layer; zero for linear attention.
/// GQA 2 g d k, MLA (d_c + d_rope) k. See models/README.md, KV cache.
[[nodiscard]] Bytes kv_bytes_per_token(const Attention& attention, Precision kv);
/// KV bytes that one more token adds over all layers, windows not yet full.
[[nodiscard]] Bytes kv_bytes_per_token(const Llm& llm, Precision kv);
/// State of one sequence that does not grow with it (linear attention), over all layers.
[[nodiscard]] Bytes state_bytes_per_sequence(const Llm& llm);

/// How far back a kind of layer reads: min(context, limit); kUnlimited for full attention.
inline constexpr std::int64_t kUnlimited = INT64_C(1) << 40;
/// Tokens of the past that `attention` reads at most per query.
[[nodiscard]] std::int64_t span_limit(const Attention& attention);
/// The distinct span limits of a model, the unlimited one first (present even when no layer
/// uses it), then ascending. Their index is the index of the span sums of StepShape.
[[nodiscard]] std::vector<std::int64_t> span_limits(const Llm& llm);

}  // namespace plimsoll
