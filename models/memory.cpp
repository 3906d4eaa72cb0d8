#include "models/memory.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace plimsoll {
namespace {

/// Widest FFN working set of one token, elements per TP rank.
double ffn_elements(const Deployment& d) {
    const double tp = d.parallelism.tp;
    double widest = 0.0;
    for (const LayerGroup& group : d.llm.layer_groups) {
        const Ffn& f = group.ffn;
        const double elements = f.is_moe() ? f.top_k * (3.0 * f.expert_width / tp + d.llm.hidden) +
                                                 3.0 * f.shared_width / tp
                                           : 3.0 * f.width / tp;
        widest = std::max(widest, elements);
    }
    return widest;
}

struct KvShape {
    Bytes per_token;
    Bytes per_sequence;
};

/// Layers that see everything grow with the sequence; windows and linear states are charged whole
/// when it starts. A model of windows only is charged as if it saw everything.
KvShape kv_shape(const Deployment& d) {
    Llm growing = d.llm;
    growing.layer_groups.clear();
    Llm windowed = growing;
    for (const LayerGroup& group : d.llm.layer_groups) {
        (group.attention.window > 0 ? windowed : growing).layer_groups.push_back(group);
    }
    const double all_layers = layers(d.llm);
    const double stage = std::ceil(all_layers / d.parallelism.pp) / all_layers;
    const Parallelism one_stage{.tp = d.parallelism.tp};
    KvShape shape;
    if (!growing.layer_groups.empty()) {
        shape.per_token = stage * kv_bytes_per_token_per_gpu(growing, d.precisions.kv, one_stage);
    }
    if (shape.per_token.value() == 0.0) {
        shape.per_token = stage * kv_bytes_per_token_per_gpu(d.llm, d.precisions.kv, one_stage);
    } else {
        for (const LayerGroup& group : windowed.layer_groups) {
            Llm single = growing;
            single.layer_groups = {group};
            shape.per_sequence += stage * static_cast<double>(group.attention.window) *
                                  kv_bytes_per_token_per_gpu(single, d.precisions.kv, one_stage);
        }
    }
    shape.per_sequence +=
        stage * state_bytes_per_sequence(d.llm) / static_cast<double>(d.parallelism.tp);
    return shape;
}

}  // namespace

std::int64_t max_request_tokens(const Deployment& d) {
    const std::int64_t limit = d.llm.max_context > 0 ? d.llm.max_context : kUnlimited;
    return d.engine.max_context_tokens > 0 ? std::min(d.engine.max_context_tokens, limit) : limit;
}

std::variant<MemoryPlan, Infeasible> plan_memory(const Deployment& d) {
    if (auto why = illegal(d.llm, d.parallelism)) return *why;
    const Engine& engine = d.engine;
    const double tp = d.parallelism.tp;
    const double tokens = static_cast<double>(engine.max_batch_tokens) / d.parallelism.dp;

    MemoryPlan plan;
    plan.block_tokens = engine.block_tokens;
    const KvShape kv = kv_shape(d);
    plan.kv_block = static_cast<double>(engine.block_tokens) * kv.per_token;
    plan.blocks_per_sequence =
        static_cast<std::int64_t>(std::ceil(kv.per_sequence / plan.kv_block));

    plan.visible = d.gpu.hbm_visible;
    plan.budget = engine.memory_utilization * plan.visible;
    plan.weights = weight_bytes_per_gpu(d.llm, d.precisions, d.parallelism);
    plan.activations = 2.0 * tokens * (2.0 * d.llm.hidden + ffn_elements(d)) * byte;
    plan.logits = 8.0 * static_cast<double>(engine.max_sequences) / d.parallelism.dp * d.llm.vocab /
                  tp * byte;
    plan.reserve = engine.memory_reserve + engine.graph_reserve;
    if (d.parallelism.gpus() > 1) plan.reserve += engine.memory_reserve_multi_gpu;
    plan.kv_pool = plan.budget - plan.weights - plan.activations - plan.logits - plan.reserve;

    if (engine.kv_blocks) {
        plan.kv_blocks = *engine.kv_blocks;
        return plan;
    }
    if (plan.kv_pool < plan.kv_block) {
        return Infeasible{fmt::format(
            "{} in {} needs {:.1f} GiB of weights and {:.1f} GiB of activations, logits and "
            "reserve "
            "on each of {} x {}, which offers {:.1f} GiB ({:.0f} % of {:.1f} GiB visible)",
            d.llm.name,
            to_string(d.precisions.weights),
            plan.weights.in(GiB),
            (plan.activations + plan.logits + plan.reserve).in(GiB),
            d.parallelism.gpus(),
            d.gpu.name,
            plan.budget.in(GiB),
            100.0 * engine.memory_utilization,
            plan.visible.in(GiB))};
    }
    plan.kv_blocks = d.parallelism.dp * static_cast<std::int64_t>(plan.kv_pool / plan.kv_block);
    return plan;
}

}  // namespace plimsoll
