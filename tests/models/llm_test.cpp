#include "models/llm.h"

#include <doctest/doctest.h>

#include "tests/support/llms.h"

namespace plimsoll {
namespace {

using test::deepseek_v3;
using test::gemma2_9b;
using test::gpt3_175b;
using test::llama3_1_405b;
using test::llama3_1_70b;
using test::llama3_1_8b;
using test::mixtral_8x7b;
using test::qwen3_5_35b_a3b;

TEST_CASE("llm: parameters of Llama-3.1-8B, layer by layer") {
    const Llm llm = llama3_1_8b();
    CHECK(layers(llm) == 32);
    // norm 4096 + (q 32 + k 8 + v 8 + o 32 heads) x 128 wide x 4096
    const double attention = 4096.0 + 80.0 * 128.0 * 4096.0;
    CHECK(attention_parameters(llm, llm.layer_groups[0].attention) == attention);
    // norm 4096 + gate, up and down of 4096 x 14336
    const double ffn = 4096.0 + 3.0 * 4096.0 * 14336.0;
    CHECK(ffn_parameters(llm, llm.layer_groups[0].ffn) == ffn);
    // 32 layers, last norm, embedding and output of 128256 x 4096: 8,030,261,248 as published
    CHECK(total_parameters(llm) == 32.0 * (attention + ffn) + 4096.0 + 2.0 * 128256.0 * 4096.0);
    CHECK(total_parameters(llm) == 8030261248.0);
    CHECK(active_parameters(llm) == total_parameters(llm));
    // The embedding is looked up, not multiplied.
    CHECK(multiplying_parameters(llm) == total_parameters(llm) - 128256.0 * 4096.0);
}

TEST_CASE("llm: parameter totals agree with what the authors print") {
    CHECK(total_parameters(gpt3_175b()) == doctest::Approx(175e9).epsilon(0.01));
    CHECK(total_parameters(test::llama2_7b()) == doctest::Approx(6.74e9).epsilon(0.001));
    CHECK(total_parameters(test::llama2_70b()) == doctest::Approx(68.98e9).epsilon(0.001));
    CHECK(total_parameters(llama3_1_70b()) == doctest::Approx(70.55e9).epsilon(0.001));
    CHECK(total_parameters(llama3_1_405b()) == doctest::Approx(405e9).epsilon(0.01));
    CHECK(total_parameters(mixtral_8x7b()) == doctest::Approx(46.7e9).epsilon(0.001));
    CHECK(total_parameters(deepseek_v3()) == doctest::Approx(671e9).epsilon(0.001));
    CHECK(total_parameters(gemma2_9b()) == doctest::Approx(9.24e9).epsilon(0.001));
    CHECK(total_parameters(qwen3_5_35b_a3b()) == doctest::Approx(35e9).epsilon(0.015));
}

TEST_CASE("llm: active parameters leave out the experts that were not chosen") {
    const Llm mixtral = mixtral_8x7b();
    // 6 of 8 experts of 3 x 4096 x 14336 in each of 32 layers are left out.
    const double skipped = 32.0 * 6.0 * 3.0 * 4096.0 * 14336.0;
    CHECK(active_parameters(mixtral) == total_parameters(mixtral) - skipped);
    CHECK(active_parameters(mixtral) == doctest::Approx(12.9e9).epsilon(0.005));
    // Published as 37 B without the input embedding (0.93 B) or with it, rounded down.
    CHECK(active_parameters(deepseek_v3()) == doctest::Approx(37e9).epsilon(0.02));
    CHECK(multiplying_parameters(deepseek_v3()) == doctest::Approx(37e9).epsilon(0.015));
}

TEST_CASE("llm: tied embeddings are stored once and still multiplied once") {
    Llm tied = llama3_1_8b();
    tied.tied_embeddings = true;
    const double table = 128256.0 * 4096.0;
    CHECK(total_parameters(tied) == total_parameters(llama3_1_8b()) - table);
    CHECK(multiplying_parameters(tied) == multiplying_parameters(llama3_1_8b()));
}

TEST_CASE("llm: KV bytes per token") {
    // 2 (K and V) x 32 layers x 8 KV heads x 128 wide x 2 bytes
    CHECK(kv_bytes_per_token(llama3_1_8b(), Precision::bf16) == 131072.0 * byte);
    // 2 x 80 x 8 x 128 x 2
    CHECK(kv_bytes_per_token(llama3_1_70b(), Precision::bf16) == 327680.0 * byte);
    // 2 x 126 x 8 x 128 x 2
    CHECK(kv_bytes_per_token(llama3_1_405b(), Precision::bf16) == 516096.0 * byte);
    // 2 x 96 x 96 x 128 x 2
    CHECK(kv_bytes_per_token(gpt3_175b(), Precision::fp16) == 4718592.0 * byte);
    // 61 x (512 latent + 64 rope) x 2
    CHECK(kv_bytes_per_token(deepseek_v3(), Precision::bf16) == 70272.0 * byte);
    // Only the 10 layers of full attention: 2 x 10 x 2 x 256 x 2
    CHECK(kv_bytes_per_token(qwen3_5_35b_a3b(), Precision::bf16) == 20480.0 * byte);
    CHECK(kv_bytes_per_token(llama3_1_8b(), Precision::fp8) == 65536.0 * byte);
}

TEST_CASE("llm: the state of linear attention does not grow") {
    // 30 layers x 32 value heads x 128 x 128 x 4 bytes
    CHECK(state_bytes_per_sequence(qwen3_5_35b_a3b()) == 30.0 * 32.0 * 128.0 * 128.0 * 4.0 * byte);
    CHECK(state_bytes_per_sequence(llama3_1_8b()) == Bytes{});
}

TEST_CASE("llm: span limits list every way of looking back, the unlimited one first") {
    CHECK(span_limits(llama3_1_8b()) == std::vector<std::int64_t>{kUnlimited});
    CHECK(span_limits(gemma2_9b()) == std::vector<std::int64_t>{kUnlimited, 4096});
    CHECK(span_limits(qwen3_5_35b_a3b()) == std::vector<std::int64_t>{kUnlimited});
    Llm sparse = deepseek_v3();
    for (LayerGroup& group : sparse.layer_groups) {
        group.attention.top_k = 2048;
        group.attention.index_heads = 64;
        group.attention.index_dim = 128;
    }
    CHECK(span_limits(sparse) == std::vector<std::int64_t>{kUnlimited, 2048});
    // The indexer keeps one key of 128 bytes per token and layer.
    CHECK(kv_bytes_per_token(sparse, Precision::bf16) == (70272.0 + 61.0 * 128.0) * byte);
}

}  // namespace
}  // namespace plimsoll
