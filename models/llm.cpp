#include "models/llm.h"

#include <algorithm>

#include "models/contract.h"

namespace plimsoll {

int layers(const Llm& llm) {
    int count = 0;
    for (const LayerGroup& group : llm.layer_groups) count += group.count;
    return count;
}

double attention_parameters(const Llm& llm, const Attention& a) {
    const double h = llm.hidden;
    const double norm = h;
    switch (a.kind) {
        case AttentionKind::grouped: {
            const double indexer =
                a.top_k > 0 ? h * (a.index_heads + 1.0) * a.index_dim + h * a.index_heads : 0.0;
            return norm + h * a.head_dim * (2.0 * a.heads + 2.0 * a.kv_heads) + indexer;
        }
        case AttentionKind::latent: {
            const auto qk = static_cast<double>(a.nope_dim + a.rope_dim);
            const double q = a.q_rank > 0 ? a.q_rank * (h + a.heads * qk + 1.0) : h * a.heads * qk;
            const double kv = h * (a.kv_rank + a.rope_dim) + a.kv_rank +
                              static_cast<double>(a.kv_rank) * a.heads * (a.nope_dim + a.v_dim);
            const double out = static_cast<double>(a.heads) * a.v_dim * h;
            // The sparse indexer projects queries from the latent of q. [DeepSeekV32]
            const double indexer =
                a.top_k > 0 ? static_cast<double>(a.q_rank) * a.index_heads * a.index_dim +
                                  h * (a.index_dim + a.index_heads)
                            : 0.0;
            return norm + q + kv + out + indexer;
        }
        case AttentionKind::linear: {
            const double keys = static_cast<double>(a.key_heads) * a.head_dim;
            const double values = static_cast<double>(a.value_heads) * a.head_dim;
            // q, k; v and its gate; decay and rate per value head; output.
            return norm + h * (2.0 * keys + 2.0 * values + 2.0 * a.value_heads) + values * h;
        }
    }
    return 0.0;
}

namespace {

double matrices(const Ffn& ffn) { return ffn.gated ? 3.0 : 2.0; }

double experts_and_shared(const Llm& llm, const Ffn& ffn, double experts) {
    const double h = llm.hidden;
    if (!ffn.is_moe()) return h + matrices(ffn) * h * ffn.width;
    return h + h * ffn.experts +
           matrices(ffn) * h * (experts * ffn.expert_width + ffn.shared_width);
}

double parameters(const Llm& llm, double (*ffn_count)(const Llm&, const Ffn&)) {
    double sum = llm.hidden;  // the last norm
    for (const LayerGroup& group : llm.layer_groups) {
        sum +=
            group.count * (attention_parameters(llm, group.attention) + ffn_count(llm, group.ffn));
    }
    const double embedding = static_cast<double>(llm.vocab) * llm.hidden;
    return sum + embedding * (llm.tied_embeddings ? 1.0 : 2.0) +
           static_cast<double>(llm.learned_positions) * llm.hidden;
}

}  // namespace

double ffn_parameters(const Llm& llm, const Ffn& ffn) {
    return experts_and_shared(llm, ffn, ffn.experts);
}

double active_ffn_parameters(const Llm& llm, const Ffn& ffn) {
    return experts_and_shared(llm, ffn, ffn.top_k);
}

double total_parameters(const Llm& llm) { return parameters(llm, ffn_parameters); }

double active_parameters(const Llm& llm) { return parameters(llm, active_ffn_parameters); }

double multiplying_parameters(const Llm& llm) {
    const double embedding = static_cast<double>(llm.vocab) * llm.hidden;
    return active_parameters(llm) - (llm.tied_embeddings ? 0.0 : embedding) -
           static_cast<double>(llm.learned_positions) * llm.hidden;
}

Bytes kv_bytes_per_token(const Attention& a, Precision kv) {
    const Bytes k = bytes_per_element(kv);
    const Bytes index = a.top_k > 0 ? static_cast<double>(a.index_dim) * byte : 0.0 * byte;
    switch (a.kind) {
        case AttentionKind::grouped:
            return 2.0 * a.kv_heads * a.head_dim * k + index;
        case AttentionKind::latent:
            return static_cast<double>(a.kv_rank + a.rope_dim) * k + index;
        case AttentionKind::linear:
            return Bytes{};
    }
    return Bytes{};
}

Bytes kv_bytes_per_token(const Llm& llm, Precision kv) {
    Bytes sum;
    for (const LayerGroup& group : llm.layer_groups) {
        sum += static_cast<double>(group.count) * kv_bytes_per_token(group.attention, kv);
    }
    return sum;
}

Bytes state_bytes_per_sequence(const Llm& llm) {
    Bytes sum;
    for (const LayerGroup& group : llm.layer_groups) {
        const Attention& a = group.attention;
        if (a.kind != AttentionKind::linear) continue;
        // The state is kept in FP32: one head_dim x head_dim matrix per value head.
        sum += 4.0 * group.count * a.value_heads * a.head_dim * a.head_dim * byte;
    }
    return sum;
}

std::int64_t span_limit(const Attention& a) {
    if (a.kind == AttentionKind::linear) return 0;
    if (a.top_k > 0) return a.top_k;
    return a.window > 0 ? a.window : kUnlimited;
}

std::vector<std::int64_t> span_limits(const Llm& llm) {
    std::vector<std::int64_t> limits;
    for (const LayerGroup& group : llm.layer_groups) {
        const std::int64_t limit = span_limit(group.attention);
        if (limit > 0 && limit < kUnlimited) limits.push_back(limit);
    }
    std::sort(limits.begin(), limits.end());
    limits.erase(std::unique(limits.begin(), limits.end()), limits.end());
    limits.insert(limits.begin(), kUnlimited);
    return limits;
}

}  // namespace plimsoll
