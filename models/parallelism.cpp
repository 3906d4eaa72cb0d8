#include "models/parallelism.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/core.h>

namespace plimsoll {
namespace {

std::optional<Infeasible> not_a_divisor(const char* what, int count, const char* by, int parts) {
    if (count % parts == 0) return std::nullopt;
    return Infeasible{fmt::format("{} {} cannot be split over {} {}", count, what, by, parts)};
}

/// The matrices of embedding and output, one copy each, in at least 16 bit.
Bytes embedding_bytes(const Llm& llm, const Precisions& precisions) {
    const Bytes element = std::max(bytes_per_element(precisions.weights), 2.0 * byte);
    const double copies = llm.tied_embeddings ? 1.0 : 2.0;
    return (copies * llm.vocab + llm.learned_positions) * llm.hidden * element;
}

/// Parameters of one layer's attention on one tensor-parallel rank: norms, the sparse indexer and
/// latent down-projections are on every rank, and so are KV heads once tp exceeds them.
double attention_parameters_per_rank(const Llm& llm, const Attention& a, const Parallelism& p) {
    const double h = llm.hidden;
    double replicated = h;
    double kv_copies = 0.0;
    if (a.kind == AttentionKind::latent) {
        replicated += (h + 1.0) * (a.q_rank + a.kv_rank) + h * a.rope_dim;
    }
    if (a.kind == AttentionKind::grouped) {
        const double kv_heads = kv_heads_per_rank(a, p) - static_cast<double>(a.kv_heads) / p.tp;
        kv_copies = 2.0 * h * a.head_dim * kv_heads;
    }
    if (a.top_k > 0) {
        Attention dense = a;
        dense.top_k = 0;
        replicated += attention_parameters(llm, a) - attention_parameters(llm, dense);
    }
    return replicated + (attention_parameters(llm, a) - replicated) / p.tp + kv_copies;
}

/// Norm and router are on every rank; experts are spread over ep, or sharded over tp.
double ffn_parameters_per_rank(const Llm& llm, const Ffn& ffn, const Parallelism& p) {
    const double replicated = static_cast<double>(llm.hidden) * (1.0 + ffn.experts);
    Ffn routed = ffn;
    if (ffn.is_moe()) routed.shared_width = 0;
    const double shared = ffn_parameters(llm, ffn) - ffn_parameters(llm, routed);
    const double parts = ffn.is_moe() && p.ep > 1 ? p.ep : p.tp;
    return replicated + (ffn_parameters(llm, routed) - replicated) / parts + shared / p.tp;
}

std::optional<Infeasible> illegal_attention(const Attention& a, const Parallelism& p) {
    if (a.kind == AttentionKind::linear) {
        if (auto why = not_a_divisor("key heads", a.key_heads, "tp", p.tp)) return why;
    }
    const int heads = a.kind == AttentionKind::linear ? a.value_heads : a.heads;
    if (auto why = not_a_divisor("attention heads", heads, "tp", p.tp)) return why;
    if (a.kind == AttentionKind::grouped && a.kv_heads < 1) {
        return Infeasible{"grouped attention needs at least one KV head"};
    }
    if (a.kind == AttentionKind::grouped && a.kv_heads % p.tp != 0 && p.tp % a.kv_heads != 0) {
        return Infeasible{fmt::format(
            "{} KV heads cannot be split over, or repeated on, tp {}", a.kv_heads, p.tp)};
    }
    return std::nullopt;
}

std::optional<Infeasible> illegal_ffn(const Ffn& f, const Parallelism& p) {
    if (!f.is_moe()) return not_a_divisor("FFN columns", f.width, "tp", p.tp);
    if (p.ep == 1) return not_a_divisor("expert columns", f.expert_width, "tp", p.tp);
    return not_a_divisor("experts", f.experts, "ep", p.ep);
}

}  // namespace

std::optional<Infeasible> illegal(const Llm& llm, const Parallelism& p) {
    if (p.tp < 1 || p.pp < 1 || p.ep < 1 || p.dp < 1) {
        return Infeasible{"tp, pp, ep and dp must be at least 1"};
    }
    if (p.pp > layers(llm)) {
        return Infeasible{fmt::format("{} layers cannot be split over pp {}", layers(llm), p.pp)};
    }
    if (p.ep != 1 && p.ep != p.tp * p.dp) {
        return Infeasible{fmt::format("ep {} must be 1 or tp x dp = {}", p.ep, p.tp * p.dp)};
    }
    bool has_moe = false;
    for (const LayerGroup& group : llm.layer_groups) {
        has_moe = has_moe || group.ffn.is_moe();
        if (auto why = illegal_attention(group.attention, p)) return why;
        if (auto why = illegal_ffn(group.ffn, p)) return why;
    }
    if (p.ep > 1 && !has_moe) return Infeasible{"ep needs a model with experts"};
    return std::nullopt;
}

double kv_heads_per_rank(const Attention& a, const Parallelism& p) {
    return std::max(static_cast<double>(a.kv_heads) / p.tp, 1.0);
}

Bytes kv_bytes_per_token_per_gpu(const Llm& llm, Precision kv, const Parallelism& p) {
    Bytes sum;
    for (const LayerGroup& group : llm.layer_groups) {
        const Attention& a = group.attention;
        const Bytes whole = kv_bytes_per_token(a, kv);
        const double share = a.kind == AttentionKind::grouped
                                 ? kv_heads_per_rank(a, p) / std::max(a.kv_heads, 1)
                                 : 1.0;
        sum += static_cast<double>(group.count) * share * whole;
    }
    const double stage = std::ceil(static_cast<double>(layers(llm)) / p.pp) / layers(llm);
    return sum * stage;
}

Bytes weight_bytes_per_gpu(const Llm& llm, const Precisions& precisions, const Parallelism& p) {
    struct Layers {
        double parameters;
        int count;
    };
    std::vector<Layers> heaviest_first;
    for (const LayerGroup& group : llm.layer_groups) {
        const double layer = attention_parameters_per_rank(llm, group.attention, p) +
                             ffn_parameters_per_rank(llm, group.ffn, p);
        heaviest_first.push_back({layer, group.count});
    }
    std::stable_sort(heaviest_first.begin(), heaviest_first.end(), [](Layers a, Layers b) {
        return a.parameters > b.parameters;
    });
    int left = (layers(llm) + p.pp - 1) / p.pp;
    double parameters = llm.hidden;  // the last norm
    for (const Layers& group : heaviest_first) {
        const int taken = std::min(left, group.count);
        parameters += taken * group.parameters;
        left -= taken;
    }
    // The first stage has the embedding, the last the output projection.
    const double copies = llm.tied_embeddings || p.pp == 1 ? 1.0 : 0.5;
    return parameters * bytes_per_element(precisions.weights) +
           copies * embedding_bytes(llm, precisions) / static_cast<double>(p.tp);
}

Bytes weight_bytes(const Llm& llm, const Precisions& precisions) {
    return weight_bytes_per_gpu(llm, precisions, {});
}

}  // namespace plimsoll
