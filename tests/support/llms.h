#pragma once

#include <utility>

#include "models/deployment.h"

// Models, GPUs and servers as values, for tests that must not depend on the catalog. Dimensions
// are those of the published configuration files; the catalog names its sources.
namespace plimsoll::test {

/// GQA of `heads` query and `kv_heads` KV heads.
inline Attention grouped(int heads, int kv_heads, int head_dim, int window = 0) {
    return {.kind = AttentionKind::grouped,
            .heads = heads,
            .kv_heads = kv_heads,
            .head_dim = head_dim,
            .window = window};
}

inline Llm llama(const char* name,
                 int layers,
                 int hidden,
                 int heads,
                 int kv_heads,
                 int ffn,
                 int vocab,
                 int context) {
    return {
        .name = name,
        .hidden = hidden,
        .vocab = vocab,
        .max_context = context,
        .layer_groups = {
            {.count = layers, .attention = grouped(heads, kv_heads, 128), .ffn = {.width = ffn}}}};
}

inline Llm llama2_7b() { return llama("Llama-2-7B", 32, 4096, 32, 32, 11008, 32000, 4096); }
inline Llm llama2_70b() { return llama("Llama-2-70B", 80, 8192, 64, 8, 28672, 32000, 4096); }
inline Llm llama3_1_8b() { return llama("Llama-3.1-8B", 32, 4096, 32, 8, 14336, 128256, 131072); }
inline Llm llama3_1_70b() { return llama("Llama-3.1-70B", 80, 8192, 64, 8, 28672, 128256, 131072); }
inline Llm llama3_1_405b() {
    return llama("Llama-3.1-405B", 126, 16384, 128, 8, 53248, 128256, 131072);
}

/// Multi-head attention, two-matrix FFN, tied embeddings, learned positions.
inline Llm gpt3_175b() {
    Llm llm = llama("GPT-3 175B", 96, 12288, 96, 96, 49152, 50257, 2048);
    llm.tied_embeddings = true;
    llm.learned_positions = 2048;
    llm.layer_groups[0].ffn.gated = false;
    return llm;
}

/// 8 experts, 2 of them per token.
inline Llm mixtral_8x7b() {
    Llm llm = llama("Mixtral-8x7B", 32, 4096, 32, 8, 0, 32000, 32768);
    llm.layer_groups[0].ffn = {.experts = 8, .top_k = 2, .expert_width = 14336};
    return llm;
}

/// MLA; three dense layers, then 256 experts of which 8 per token, and one shared.
inline Llm deepseek_v3() {
    const Attention mla{.kind = AttentionKind::latent,
                        .heads = 128,
                        .q_rank = 1536,
                        .kv_rank = 512,
                        .nope_dim = 128,
                        .rope_dim = 64,
                        .v_dim = 128};
    return {.name = "DeepSeek-V3",
            .hidden = 7168,
            .vocab = 129280,
            .max_context = 163840,
            .layer_groups = {
                {.count = 3, .attention = mla, .ffn = {.width = 18432}},
                {.count = 58,
                 .attention = mla,
                 .ffn = {.experts = 256, .top_k = 8, .expert_width = 2048, .shared_width = 2048}}}};
}

/// Layers with a window of 4,096 tokens alternate with layers that see everything.
inline Llm gemma2_9b() {
    const Ffn ffn{.width = 14336};
    return {.name = "Gemma-2-9B",
            .hidden = 3584,
            .vocab = 256000,
            .tied_embeddings = true,
            .max_context = 8192,
            .layer_groups = {{.count = 21, .attention = grouped(16, 8, 256, 4096), .ffn = ffn},
                             {.count = 21, .attention = grouped(16, 8, 256), .ffn = ffn}}};
}

/// Three layers of linear attention for each one of GQA.
inline Llm qwen3_5_35b_a3b() {
    const Ffn ffn{.experts = 256, .top_k = 8, .expert_width = 512, .shared_width = 512};
    const Attention linear{
        .kind = AttentionKind::linear, .head_dim = 128, .key_heads = 16, .value_heads = 32};
    return {.name = "Qwen3.5-35B-A3B",
            .hidden = 2048,
            .vocab = 248320,
            .max_context = 262144,
            .layer_groups = {{.count = 30, .attention = linear, .ffn = ffn},
                             {.count = 10, .attention = grouped(16, 2, 256), .ffn = ffn}}};
}

inline void set_peak(Gpu& gpu, Precision precision, double tflops) {
    gpu.peak_dense[static_cast<std::size_t>(precision)] = tflops * TFLOP / second;
}

inline Gpu h100_sxm() {
    Gpu gpu{.name = "NVIDIA H100 SXM 80 GB",
            .architecture = "hopper",
            .hbm_nominal = 80.0 * GiB,
            .hbm_visible = 79.2 * GiB,
            .hbm_bandwidth = 3350.0 * GB / second,
            .scale_up_per_direction = 450.0 * GB / second,
            .pcie_per_direction = 64.0 * GB / second,
            .l2 = 50.0 * MB,
            .tdp = 700.0 * watt,
            .idle = 90.0 * watt,
            .attention_kernels = AttentionKernels::fa3};
    set_peak(gpu, Precision::fp32, 67.0);
    set_peak(gpu, Precision::tf32, 494.0);
    set_peak(gpu, Precision::fp16, 989.0);
    set_peak(gpu, Precision::bf16, 989.0);
    set_peak(gpu, Precision::fp8, 1979.0);
    set_peak(gpu, Precision::int8, 1979.0);
    return gpu;
}

inline Gpu a100_sxm_80gb() {
    Gpu gpu{.name = "NVIDIA A100 SXM 80 GB",
            .architecture = "ampere",
            .hbm_nominal = 80.0 * GiB,
            .hbm_visible = 79.2 * GiB,
            .hbm_bandwidth = 2039.0 * GB / second,
            .scale_up_per_direction = 300.0 * GB / second,
            .pcie_per_direction = 32.0 * GB / second,
            .l2 = 40.0 * MB,
            .tdp = 400.0 * watt,
            .idle = 55.0 * watt,
            .attention_kernels = AttentionKernels::fa2};
    set_peak(gpu, Precision::fp32, 19.5);
    set_peak(gpu, Precision::tf32, 156.0);
    set_peak(gpu, Precision::fp16, 312.0);
    set_peak(gpu, Precision::bf16, 312.0);
    set_peak(gpu, Precision::int8, 624.0);
    return gpu;
}

inline Gpu l40s() {
    Gpu gpu{.name = "NVIDIA L40S",
            .architecture = "ada",
            .hbm_nominal = 48.0 * GiB,
            .hbm_visible = 44.5 * GiB,
            .hbm_bandwidth = 864.0 * GB / second,
            .scale_up_per_direction = 32.0 * GB / second,
            .pcie_per_direction = 32.0 * GB / second,
            .l2 = 96.0 * MB,
            .tdp = 350.0 * watt,
            .idle = 35.0 * watt,
            .attention_kernels = AttentionKernels::fa2};
    set_peak(gpu, Precision::fp32, 91.6);
    set_peak(gpu, Precision::fp16, 362.0);
    set_peak(gpu, Precision::bf16, 362.0);
    set_peak(gpu, Precision::fp8, 733.0);
    set_peak(gpu, Precision::int8, 733.0);
    return gpu;
}

inline Fabric nvlink4() {
    return {.name = "NVLink 4",
            .bandwidth_per_direction = 450.0 * GB / second,
            .latency = 3.6 * microsecond,
            .latency_per_doubling = 0.8 * microsecond,
            .efficiency = 0.667,
            .domain_gpus = 8,
            .in_switch_reduction = true};
}

inline Fabric nvlink3() {
    return {.name = "NVLink 3",
            .bandwidth_per_direction = 300.0 * GB / second,
            .latency = 3.9 * microsecond,
            .latency_per_doubling = 0.8 * microsecond,
            .efficiency = 0.533,
            .domain_gpus = 8};
}

inline Fabric pcie4() {
    return {.name = "PCIe 4.0 x16",
            .bandwidth_per_direction = 32.0 * GB / second,
            .latency = 3.0 * microsecond,
            .latency_per_doubling = 4.0 * microsecond,
            .efficiency = 0.16,
            .domain_gpus = 8};
}

inline Fabric infiniband_ndr400() {
    return {.name = "InfiniBand NDR 400",
            .bandwidth_per_direction = 50.0 * GB / second,
            .latency = 10.0 * microsecond,
            .latency_per_doubling = 5.0 * microsecond,
            .efficiency = 0.9,
            .domain_gpus = 0};
}

inline Server hgx_h100() {
    return {.name = "HGX H100",
            .gpus = 8,
            .scale_up = nvlink4(),
            .scale_out = infiniband_ndr400(),
            .host_power = 2800.0 * watt};
}

inline Server hgx_a100() {
    return {.name = "HGX A100",
            .gpus = 8,
            .scale_up = nvlink3(),
            .scale_out = infiniband_ndr400(),
            .host_power = 2000.0 * watt};
}

inline Server l40s_8x_pcie() {
    return {.name = "8 x L40S, PCIe",
            .gpus = 8,
            .scale_up = pcie4(),
            .scale_out = infiniband_ndr400(),
            .host_power = 1200.0 * watt};
}

/// `llm` on `tp` GPUs of an HGX H100, everything else as usual.
inline Deployment on_h100(Llm llm, int tp = 1, Precision weights = Precision::bf16) {
    Deployment d;
    d.llm = std::move(llm);
    d.gpu = h100_sxm();
    d.server = hgx_h100();
    d.precisions = precisions_for(weights);
    d.parallelism.tp = tp;
    return d;
}

}  // namespace plimsoll::test
