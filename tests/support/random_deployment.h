#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <vector>

#include <fmt/format.h>

#include "models/parallelism.h"
#include "models/roofline.h"
#include "models/step_model.h"
#include "tests/support/llms.h"
#include "tests/support/property.h"

// Deployments and steps that nobody would build, for properties that hold whatever the numbers.
namespace plimsoll::test {

/// Often exactly one: an ideal machine is where a floor is touched.
inline double random_share(Random& random) {
    return random.chance(0.3) ? 1.0 : random.between(0.05, 1.0);
}

inline Attention random_attention(Random& random) {
    Attention a;
    a.head_dim = random.pick(std::array{64, 128, 256});
    a.heads = random.pick(std::array{8, 16, 32, 64});
    const int kind = random.between(0, 5);
    if (kind == 0) a.kv_heads = a.heads;
    if (kind == 1) a.kv_heads = 1;
    if (kind >= 2) a.kv_heads = 8;
    if (kind == 3) {
        a.kind = AttentionKind::latent;
        a.kv_heads = 0;
        a.q_rank = random.chance(0.7) ? 1024 : 0;
        a.kv_rank = random.pick(std::array{256, 512});
        a.nope_dim = 128;
        a.rope_dim = 64;
        a.v_dim = 128;
    }
    if (kind == 4) {
        a.kind = AttentionKind::linear;
        a.kv_heads = 0;
        a.key_heads = 16;
        a.value_heads = 32;
        return a;
    }
    if (random.chance(0.3)) a.window = random.pick(std::array{512, 4096});
    if (random.chance(0.2) && (kind != 3 || a.q_rank > 0)) {
        a.window = 0;
        a.top_k = 2048;
        a.index_heads = random.pick(std::array{4, 64});
        a.index_dim = 128;
    }
    return a;
}

inline Llm random_llm(Random& random) {
    Llm llm;
    llm.name = "random";
    llm.hidden = random.pick(std::array{1024, 4096, 8192});
    llm.vocab = random.pick(std::array{32000, 128256, 256000});
    llm.tied_embeddings = random.chance(0.3);
    const int groups = random.between(1, 3);
    for (int g = 0; g < groups; ++g) {
        LayerGroup group;
        group.count = random.between(1, 40);
        group.attention = random_attention(random);
        group.ffn.gated = random.chance(0.8);
        if (random.chance(0.4)) {
            group.ffn.experts = random.pick(std::array{8, 64, 256});
            group.ffn.top_k = random.pick(std::array{1, 2, 8});
            group.ffn.expert_width = random.pick(std::array{512, 2048, 14336});
            group.ffn.shared_width = random.chance(0.5) ? 2048 : 0;
        } else {
            group.ffn.width = random.pick(std::array{4096, 14336, 28672});
        }
        llm.layer_groups.push_back(group);
    }
    return llm;
}

inline Gpu random_gpu(Random& random) {
    Gpu gpu;
    gpu.name = "random";
    gpu.hbm_bandwidth = random.log_between(20.0, 20000.0) * GB / second;
    gpu.attention_kernels = random.chance(0.5) ? AttentionKernels::fa2 : AttentionKernels::fa3;
    for (const Precision p : {Precision::fp32, Precision::bf16, Precision::fp16}) {
        set_peak(gpu, p, random.log_between(1.0, 5000.0));
    }
    for (const Precision p : {Precision::fp8, Precision::int8, Precision::fp4}) {
        if (random.chance(0.7)) set_peak(gpu, p, random.log_between(1.0, 20000.0));
    }
    return gpu;
}

inline Fabric random_fabric(Random& random, int domain) {
    return {.name = "random",
            .bandwidth_per_direction = random.log_between(1.0, 2000.0) * GB / second,
            .latency = random.between(0.0, 2e-5) * second,
            .latency_per_doubling = random.between(0.0, 5e-6) * second,
            .efficiency = random_share(random),
            .domain_gpus = domain,
            .in_switch_reduction = random.chance(0.5)};
}

inline Parallelism random_parallelism(Random& random, const Llm& llm) {
    const std::array sizes{1, 2, 4, 8};
    for (int attempt = 0; attempt < 20; ++attempt) {
        Parallelism p{.tp = random.pick(sizes), .pp = random.pick(sizes), .dp = random.pick(sizes)};
        if (random.chance(0.5)) p.ep = p.tp * p.dp;
        if (!illegal(llm, p)) return p;
    }
    return {};
}

/// Any model, GPU, fabric, precision, split, engine and efficiencies; no constant step.
inline Deployment random_deployment(Random& random) {
    Deployment d;
    d.llm = random_llm(random);
    d.gpu = random_gpu(random);
    d.server.name = "random";
    d.server.scale_up = random_fabric(random, random.pick(std::array{1, 8, 72}));
    d.server.scale_out = random_fabric(random, 0);
    d.precisions.weights = random.pick(all_precisions());
    d.precisions.kv = random.pick(std::array{Precision::bf16, Precision::fp8, Precision::fp32});
    d.precisions.compute = random.pick(all_precisions());
    if (!compute_peak(d.gpu, d.precisions.compute)) d.precisions.compute = Precision::bf16;
    d.parallelism = random_parallelism(random, d.llm);
    Engine& engine = d.engine;
    engine.pads_to_graphs = random.chance(0.5);
    engine.sampler = random.chance(0.5) ? Sampler::sort : Sampler::greedy;
    for (Seconds* overhead : {&engine.layer_overhead,
                              &engine.mixed_layer_overhead,
                              &engine.moe_layer_overhead,
                              &engine.step_overhead,
                              &engine.sequence_overhead,
                              &d.efficiencies.gemm_latency}) {
        *overhead = random.chance(0.5) ? 0.0 * second : random.between(0.0, 5e-5) * second;
    }
    Efficiencies& e = d.efficiencies;
    for (double* share : {&e.gemm_compute_small,
                          &e.gemm_compute_large,
                          &e.gemm_memory,
                          &e.decode_attention_memory,
                          &e.decode_attention_compute,
                          &e.prefill_attention_compute,
                          &e.elementwise_memory,
                          &e.moe_memory,
                          &e.moe_compute}) {
        *share = random_share(random);
    }
    e.gemm_knee = random.log_between(1.0, 50.0);
    d.fidelity = random.chance(0.6) ? Fidelity::roofline : Fidelity::rule;
    d.rule.prefill_mfu = random_share(random);
    d.rule.decode_mfu = random_share(random);
    d.rule.decode_mbu = random_share(random);
    if (random.chance(0.4)) {
        // Up to what no machine does: the floor must hold it back.
        d.rule.prefill_rate_per_gpu = random.log_between(1e2, 1e9) * token / second;
        d.rule.decode_rate_per_gpu = random.log_between(1e2, 1e9) * token / second;
    }
    return d;
}

/// A step of `sequences` decodes and `tokens` prompt tokens, all at places of their own.
struct RandomStep {
    std::int64_t sequences = 0;
    std::int64_t tokens = 0;
};
inline StepCounts random_counts(Random& random, const Llm& llm, const RandomStep& step) {
    const std::vector<std::int64_t> limits = span_limits(llm);
    StepCounts counts;
    counts.decode_sequences = step.sequences;
    counts.sampled = step.sequences;
    counts.prefill_tokens = step.tokens;
    const std::int64_t before =
        random.chance(0.5) ? 0 : random.between(std::int64_t{0}, std::int64_t{100000});
    if (step.tokens > 0 && random.chance(0.7)) ++counts.sampled;
    const std::int64_t mean = random.between(std::int64_t{1}, std::int64_t{50000});
    for (std::size_t s = 0; s < limits.size(); ++s) {
        counts.decode_context[s] = step.sequences * std::min(mean, limits[s]);
        // Positions before + 1 .. before + tokens, each reading min(position, limit).
        const std::int64_t below = std::clamp<std::int64_t>(limits[s] - before, 0, step.tokens);
        counts.prefill_pairs[s] =
            below * before + below * (below + 1) / 2 + (step.tokens - below) * limits[s];
    }
    return counts;
}
inline StepCounts random_counts(Random& random, const Llm& llm) {
    const bool decodes = random.chance(0.8);
    const bool prefills = !decodes || random.chance(0.5);
    const auto some = [&](double most) {
        return static_cast<std::int64_t>(random.log_between(1.0, most));
    };
    const std::int64_t sequences = decodes ? some(1024.0) : 0;
    return random_counts(
        random, llm, {.sequences = sequences, .tokens = prefills ? some(16384.0) : 0});
}

struct RandomCase {
    Deployment deployment;
    StepCounts counts;
};
inline RandomCase random_case(Random& random) {
    RandomCase c;
    c.deployment = random_deployment(random);
    c.counts = random_counts(random, c.deployment.llm);
    return c;
}
inline std::ostream& operator<<(std::ostream& out, const RandomCase& c) {
    const Parallelism& p = c.deployment.parallelism;
    out << fmt::format(
        "{} tp {} pp {} dp {} ep {}, compute {}, weights {}, {} prompt tokens, {} sequences",
        c.deployment.fidelity == Fidelity::rule ? "rule" : "roofline",
        p.tp,
        p.pp,
        p.dp,
        p.ep,
        to_string(c.deployment.precisions.compute),
        to_string(c.deployment.precisions.weights),
        c.counts.prefill_tokens,
        c.counts.decode_sequences);
    for (const LayerGroup& g : c.deployment.llm.layer_groups) {
        out << fmt::format("; {} layers kind {} kv {} window {} top_k {} experts {}",
                           g.count,
                           static_cast<int>(g.attention.kind),
                           g.attention.kv_heads,
                           g.attention.window,
                           g.attention.top_k,
                           g.ffn.experts);
    }
    return out;
}

}  // namespace plimsoll::test
