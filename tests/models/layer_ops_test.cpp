#include "models/layer_ops.h"

#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>

#include "tests/support/llms.h"

namespace plimsoll::test {
namespace {

double gemm_flops(const LayerOps& ops) {
    double sum = 0.0;
    for (const Gemm& gemm : ops.gemms) sum += flops(gemm).value();
    for (const ExpertGemm& experts : ops.experts) sum += flops(experts).value();
    return sum;
}

double touched_share(double tokens) {
    const Deployment d = on_h100(deepseek_v3());
    const std::vector<LayerOps> ops = layer_ops(d, tokens);
    REQUIRE(ops.size() == 2);
    REQUIRE(ops[1].experts.size() == 1);
    return ops[1].experts[0].touched_experts / 256.0;
}

}  // namespace

TEST_CASE("layer_ops: a Llama layer is four GEMMs of its published shapes") {
    // Llama-3.1-70B over 4 GPUs, 10 tokens: q, k, v (64/4 + 2 x 8/4) x 128 = 2560 columns of 8192;
    // output 8192 x 2048; gate and up 2 x 28672/4; down 8192 x 7168.
    const Deployment d = on_h100(llama3_1_70b(), 4);
    const std::vector<LayerOps> ops = layer_ops(d, 10.0);
    REQUIRE(ops.size() == 1);
    CHECK(ops[0].count == 80.0);
    REQUIRE(ops[0].gemms.size() == 4);
    const double shapes[4][2] = {{2560, 8192}, {8192, 2048}, {14336, 8192}, {8192, 7168}};
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(ops[0].gemms[i].m == 10.0);
        CHECK(ops[0].gemms[i].n == shapes[i][0]);
        CHECK(ops[0].gemms[i].k == shapes[i][1]);
    }
    // Two all-reduces of 10 x 8192 activations of 2 B.
    CHECK(ops[0].all_reduces == 2);
    CHECK(ops[0].all_reduce_payload.value() == 163840.0);
    CHECK_FALSE(ops[0].is_moe);
}

TEST_CASE("layer_ops: the share of DeepSeek-V3's experts that a batch touches") {
    // 1 - (1 - 8/256)^t: 3.1 % of the experts for one token, 98 % for 128.
    CHECK(touched_share(1.0) == doctest::Approx(8.0 / 256.0));
    CHECK(touched_share(8.0) == doctest::Approx(0.2243).epsilon(1e-3));
    CHECK(touched_share(32.0) == doctest::Approx(0.6379).epsilon(1e-3));
    CHECK(touched_share(64.0) == doctest::Approx(0.8689).epsilon(1e-3));
    CHECK(touched_share(128.0) == doctest::Approx(0.9828).epsilon(1e-3));
    CHECK(touched_share(1e6) == doctest::Approx(1.0));
}

TEST_CASE("layer_ops: two FLOPs per multiplying parameter of every layer") {
    for (const Llm& llm : {llama3_1_8b(),
                           llama3_1_405b(),
                           gpt3_175b(),
                           mixtral_8x7b(),
                           deepseek_v3(),
                           gemma2_9b(),
                           qwen3_5_35b_a3b()}) {
        CAPTURE(llm.name);
        double sum = 0.0;
        for (const LayerOps& ops : layer_ops(on_h100(llm), 100.0)) {
            sum += ops.count * gemm_flops(ops);
        }
        const double outside = static_cast<double>(llm.vocab) * llm.hidden;
        const double expected = 2.0 * 100.0 * (multiplying_parameters(llm) - outside);
        // What is left out: norms, the routers' matrices (0.3 % of DeepSeek-V3).
        CHECK(sum == doctest::Approx(expected).epsilon(0.01));
        CHECK(sum <= expected);
    }
}

TEST_CASE("layer_ops: the sparse indexer is part of the layer") {
    // DeepSeek-V3.2: 64 index heads of 128; queries from the latent, 1536 x 8192, one key and the
    // weights of the heads from the hidden state, 7168 x (128 + 64).
    Llm sparse = deepseek_v3();
    for (LayerGroup& group : sparse.layer_groups) {
        group.attention.top_k = 2048;
        group.attention.index_heads = 64;
        group.attention.index_dim = 128;
    }
    const double dense = gemm_flops(layer_ops(on_h100(deepseek_v3()), 1.0)[0]);
    const double both = gemm_flops(layer_ops(on_h100(sparse), 1.0)[0]);
    CHECK(both - dense == doctest::Approx(2.0 * (1536.0 * 8192.0 + 7168.0 * 192.0)));
    const double parameters = attention_parameters(sparse, sparse.layer_groups[0].attention) -
                              attention_parameters(sparse, deepseek_v3().layer_groups[0].attention);
    CHECK(both - dense == doctest::Approx(2.0 * parameters));
}

TEST_CASE("layer_ops: experts spread over ep see every rank's tokens, copies only their own") {
    Deployment d = on_h100(mixtral_8x7b());
    d.parallelism.dp = 8;
    // 64 tokens, 8 a rank, 2 of 8 experts each. Eight copies: 16 pairs a GPU.
    const ExpertGemm copies = layer_ops(d, 64.0)[0].experts[0];
    CHECK(copies.pairs == doctest::Approx(16.0));
    // 8 x (1 - 0.75^8) = 7.2.
    CHECK(copies.touched_experts == doctest::Approx(7.199).epsilon(1e-3));
    CHECK(layer_ops(d, 64.0)[0].all_to_all == Bytes());
    // Spread: 128 pairs over 8 GPUs; one expert a GPU, almost surely touched.
    d.parallelism.ep = 8;
    const LayerOps spread = layer_ops(d, 64.0)[0];
    CHECK(spread.experts[0].pairs == doctest::Approx(16.0));
    CHECK(spread.experts[0].touched_experts == doctest::Approx(1.0).epsilon(1e-6));
    CHECK(spread.experts[0].width == 14336.0);
    // Dispatch 1 B and combine 2 B per element, 7/8 of it leaves: 8 x 2 x 4096 x 3 x 7/8.
    CHECK(spread.all_to_all.value() == doctest::Approx(172032.0));
}

TEST_CASE("layer_ops: pipeline stages share the tokens of a step, one at least each") {
    Deployment d = on_h100(llama3_1_70b());
    d.parallelism.pp = 4;
    CHECK(micro_batch_tokens(d, 64.0) == 16.0);
    CHECK(micro_batch_tokens(d, 2.0) == 1.0);
    CHECK(micro_batch_tokens(d, 0.0) == 0.0);
}

TEST_CASE("layer_ops: attention costs per query-key pair and per cached token") {
    // Llama-3.1-70B over 8 GPUs: 8 heads x 128 a GPU, 4 FLOPs a pair; one KV head, 2 x 128 x 2 B.
    const Deployment llama = on_h100(llama3_1_70b(), 8);
    const AttentionCost gqa = attention_cost(llama, llama.llm.layer_groups[0].attention);
    CHECK(gqa.decode_flops == 4.0 * 8 * 128);
    CHECK(gqa.prefill_flops == gqa.decode_flops);
    CHECK(gqa.kv_bytes == 512.0);
    // 16 GPUs repeat the 8 KV heads.
    const Deployment wide = on_h100(llama3_1_70b(), 16);
    CHECK(attention_cost(wide, wide.llm.layer_groups[0].attention).kv_bytes == 512.0);
    // DeepSeek-V3 over 8: 16 heads; decode in the latent, 2 x (512 + 64) + 2 x 512 a head and pair;
    // prefill on expanded heads, 2 x 192 + 2 x 128. The latent cache is on every GPU.
    const Deployment mla = on_h100(deepseek_v3(), 8, Precision::fp8);
    const AttentionCost latent = attention_cost(mla, mla.llm.layer_groups[0].attention);
    CHECK(latent.decode_flops == 16.0 * 2.0 * (576.0 + 512.0));
    CHECK(latent.prefill_flops == 16.0 * 2.0 * (192.0 + 128.0));
    CHECK(latent.kv_bytes == 1152.0);
}

}  // namespace plimsoll::test
