#include "models/layer_ops.h"

#include <algorithm>
#include <cmath>

#include "models/contract.h"
#include "models/parallelism.h"

namespace plimsoll {
namespace {

void add_gemm(const Deployment& d, LayerOps& ops, double m, double n, double k) {
    ops.gemms.push_back(
        {.m = m, .n = n, .k = k, .weights = d.precisions.weights, .compute = d.precisions.compute});
}

/// The indexer of sparse attention stands whole on every tensor-parallel rank.
void add_indexer(const Deployment& d, const Attention& a, double m, LayerOps& ops) {
    const double queries = static_cast<double>(a.index_heads) * a.index_dim;
    const double rest = a.index_dim + a.index_heads;
    if (a.kind == AttentionKind::latent) {
        add_gemm(d, ops, m, queries, a.q_rank);
        add_gemm(d, ops, m, rest, d.llm.hidden);
    } else {
        add_gemm(d, ops, m, queries + rest, d.llm.hidden);
    }
}

void add_attention(const Deployment& d, const Attention& a, double m, LayerOps& ops) {
    if (a.top_k > 0) add_indexer(d, a, m, ops);
    const double tp = d.parallelism.tp;
    const double h = d.llm.hidden;
    switch (a.kind) {
        case AttentionKind::grouped: {
            const double kv = kv_heads_per_rank(a, d.parallelism);
            add_gemm(d, ops, m, (a.heads / tp + 2.0 * kv) * a.head_dim, h);
            add_gemm(d, ops, m, h, a.heads * a.head_dim / tp);
            return;
        }
        case AttentionKind::latent: {
            // The down-projections are replicated on every tensor-parallel rank.
            const auto qk = static_cast<double>(a.nope_dim + a.rope_dim);
            if (a.q_rank > 0) {
                add_gemm(d, ops, m, static_cast<double>(a.q_rank + a.kv_rank + a.rope_dim), h);
                add_gemm(d, ops, m, a.heads * qk / tp, a.q_rank);
            } else {
                add_gemm(d, ops, m, a.heads * qk / tp + a.kv_rank + a.rope_dim, h);
            }
            add_gemm(d, ops, m, a.heads * (a.nope_dim + a.v_dim) / tp, a.kv_rank);
            add_gemm(d, ops, m, h, a.heads * a.v_dim / tp);
            return;
        }
        case AttentionKind::linear: {
            const double keys = static_cast<double>(a.key_heads) * a.head_dim;
            const double values = static_cast<double>(a.value_heads) * a.head_dim;
            add_gemm(d, ops, m, (2.0 * keys + 2.0 * values + 2.0 * a.value_heads) / tp, h);
            add_gemm(d, ops, m, h, values / tp);
            return;
        }
    }
}

void add_dense_ffn(const Deployment& d, double m, double width, bool gated, LayerOps& ops) {
    const double tp = d.parallelism.tp;
    add_gemm(d, ops, m, (gated ? 2.0 : 1.0) * width / tp, d.llm.hidden);
    add_gemm(d, ops, m, d.llm.hidden, width / tp);
}

/// `all` counts the tokens of every data-parallel rank, `m` those of one. Experts spread over ep
/// serve all ranks; without ep each rank has a copy of its own.
void add_experts(const Deployment& d, const Ffn& f, double all, double m, LayerOps& ops) {
    const double ep = d.parallelism.ep;
    const double shards = ep > 1.0 ? 1.0 : d.parallelism.tp;
    const double tokens = ep > 1.0 ? all : m;
    const double share = static_cast<double>(f.top_k) / f.experts;
    const double touched = 1.0 - std::pow(1.0 - share, tokens);
    ops.is_moe = true;
    ops.experts.push_back({.pairs = tokens * f.top_k / ep,
                           .touched_experts = f.experts / ep * touched,
                           .hidden = static_cast<double>(d.llm.hidden),
                           .width = f.expert_width / shards,
                           .matrices = f.gated ? 3.0 : 2.0});
    if (f.shared_width > 0) add_dense_ffn(d, m, f.shared_width, f.gated, ops);
    if (ep > 1.0) {
        // Dispatch in 8 bit, combine in 16 bit; the share 1/ep stays at home. [DeepSeekV3]
        const double per_token = static_cast<double>(f.top_k) * d.llm.hidden * (1.0 + 2.0);
        ops.all_to_all = m / d.parallelism.tp * per_token * (1.0 - 1.0 / ep) * byte;
    }
}

}  // namespace

Flops flops(const ExpertGemm& e) { return 2.0 * e.matrices * e.pairs * e.hidden * e.width * flop; }

Bytes weight_bytes(const ExpertGemm& e, Precision weights) {
    return e.touched_experts * e.matrices * e.hidden * e.width * bytes_per_element(weights);
}

Bytes bytes(const ExpertGemm& e, Precision weights) {
    return weight_bytes(e, weights) +
           2.0 * e.pairs * (2.0 * e.hidden + e.matrices * e.width) * byte;
}

double micro_batch_tokens(const Deployment& d, double tokens) {
    return d.parallelism.pp > 1 ? std::max(std::min(tokens, 1.0), tokens / d.parallelism.pp)
                                : tokens;
}

std::vector<LayerOps> layer_ops(const Deployment& d, double tokens) {
    const double all = micro_batch_tokens(d, tokens);
    const double m = all / d.parallelism.dp;
    const double tp = d.parallelism.tp;
    std::vector<LayerOps> result;
    result.reserve(d.llm.layer_groups.size());
    for (const LayerGroup& group : d.llm.layer_groups) {
        LayerOps ops;
        ops.count = group.count;
        ops.gemms.reserve(8);
        add_attention(d, group.attention, m, ops);
        double width = group.ffn.width;
        if (group.ffn.is_moe()) {
            width = static_cast<double>(group.ffn.top_k) * group.ffn.expert_width +
                    group.ffn.shared_width;
            add_experts(d, group.ffn, all, m, ops);
        } else {
            add_dense_ffn(d, m, group.ffn.width, group.ffn.gated, ops);
        }
        ops.elementwise = 2.0 * m * (12.0 * d.llm.hidden + 3.0 * width / tp) * byte;
        if (d.parallelism.tp > 1) {
            ops.all_reduces = d.parallelism.ep > 1 && ops.is_moe ? 1 : 2;
            ops.all_reduce_payload = 2.0 * m * d.llm.hidden * byte;
        }
        result.push_back(std::move(ops));
    }
    return result;
}

Gemm output_projection(const Deployment& d, double rows) {
    // Kept in 16 bit where the layers are quantised.
    const bool narrow = bytes_per_element(d.precisions.weights) < 2.0 * byte;
    const Precision weights = narrow ? Precision::bf16 : d.precisions.weights;
    return {.m = rows / d.parallelism.dp,
            .n = static_cast<double>(d.llm.vocab) / d.parallelism.tp,
            .k = static_cast<double>(d.llm.hidden),
            .weights = weights,
            .compute = narrow ? Precision::bf16 : d.precisions.compute};
}

AttentionCost attention_cost(const Deployment& d, const Attention& a) {
    const double tp = d.parallelism.tp;
    const double k = bytes_per_element(d.precisions.kv).value();
    AttentionCost cost;
    switch (a.kind) {
        case AttentionKind::grouped:
            cost.tile_width = a.heads / tp * a.head_dim;
            cost.decode_flops = 4.0 * cost.tile_width;
            cost.prefill_flops = cost.decode_flops;
            cost.kv_bytes = 2.0 * kv_heads_per_rank(a, d.parallelism) * a.head_dim * k;
            break;
        case AttentionKind::latent: {
            // Decode works in the latent space (absorbed), prefill on expanded heads.
            const double heads = a.heads / tp;
            cost.decode_flops = 2.0 * heads * (2.0 * a.kv_rank + a.rope_dim);
            cost.prefill_flops = 2.0 * heads * (a.nope_dim + a.rope_dim + a.v_dim);
            cost.kv_bytes = (a.kv_rank + a.rope_dim) * k;
            break;
        }
        case AttentionKind::linear:
            break;
    }
    if (a.top_k > 0) {
        cost.index_flops = 2.0 * a.index_heads * a.index_dim;
        cost.index_bytes = a.index_dim;
    }
    // Each data-parallel rank sees its share of the sequences.
    for (double* x : {&cost.decode_flops,
                      &cost.prefill_flops,
                      &cost.kv_bytes,
                      &cost.index_flops,
                      &cost.index_bytes,
                      &cost.tile_width}) {
        *x /= d.parallelism.dp;
    }
    return cost;
}

std::size_t span_index(const Llm& llm, const Attention& attention) {
    const auto limits = span_limits(llm);
    PLIMSOLL_EXPECTS(limits.size() <= kMaxSpans);
    const auto found = std::find(limits.begin(), limits.end(), span_limit(attention));
    return found == limits.end() ? 0 : static_cast<std::size_t>(found - limits.begin());
}

}  // namespace plimsoll
