#include "models/memory.h"

#include <doctest/doctest.h>

#include "tests/support/llms.h"

namespace plimsoll {
namespace {

using test::on_h100;

MemoryPlan plan(const Deployment& deployment) {
    const auto result = plan_memory(deployment);
    REQUIRE(std::holds_alternative<MemoryPlan>(result));
    return std::get<MemoryPlan>(result);
}

/// A run whose number of KV blocks vLLM recorded.
Deployment recorded(Llm llm, int tp, std::int64_t batch_tokens, std::int64_t sequences) {
    Deployment d = on_h100(std::move(llm), tp);
    d.engine.max_batch_tokens = batch_tokens;
    d.engine.max_sequences = sequences;
    return d;
}

// Block counts logged by vLLM 0.15.1 on H100 SXM 80 GB at the default utilisation of 0.9:
// github.com/inference-sim/training, commit c4f0340, replay_data/*/kv_blocks_total_gpu. The last
// by vLLM 0.11.0: github.com/inference-sim/inference-sim, commit e7a4aa3, eval/ground_truth
// (119,008 tokens in blocks of 16).
TEST_CASE("memory: KV blocks are within 0.5 % of those recorded by vLLM") {
    struct Row {
        const char* run;
        Deployment deployment;
        std::int64_t predicted;
        std::int64_t recorded;
    };
    const std::vector<Row> rows{
        {"Llama-2-70b TP4", recorded(test::llama2_70b(), 4, 2048, 128), 31366, 31356},
        {"Llama-2-7b TP1", recorded(test::llama2_7b(), 1, 2048, 128), 7458, 7462},
        {"Mixtral-8x7B TP2", recorded(test::mixtral_8x7b(), 2, 2048, 128), 27467, 27510},
        {"Llama-2-7b TP1, 0.11", recorded(test::llama2_7b(), 1, 4096, 256), 7434, 7438},
    };
    for (const Row& row : rows) {
        CAPTURE(row.run);
        const auto blocks = static_cast<double>(plan(row.deployment).kv_blocks);
        CHECK(blocks == doctest::Approx(static_cast<double>(row.recorded)).epsilon(0.005));
        // The formula's own figure, so that a slip inside the tolerance shows too.
        CHECK(blocks == doctest::Approx(static_cast<double>(row.predicted)).epsilon(0.0005));
    }
}

TEST_CASE("memory: the pool is what weights, activations, logits and reserve leave") {
    // Llama-2-7B on one H100, 2,048 tokens and 128 sequences a step.
    const MemoryPlan p = plan(recorded(test::llama2_7b(), 1, 2048, 128));
    CHECK(p.budget.in(GiB) == doctest::Approx(0.9 * 79.2));
    CHECK(p.weights.value() == doctest::Approx(2.0 * 6.738e9).epsilon(0.001));
    // 2 bytes x 2048 x (2 x 4096 + 3 x 11008)
    CHECK(p.activations.value() == 2.0 * 2048.0 * (2.0 * 4096.0 + 3.0 * 11008.0));
    // 8 bytes x 128 x 32000
    CHECK(p.logits.value() == 8.0 * 128.0 * 32000.0);
    CHECK(p.reserve.in(GiB) == doctest::Approx(0.27));
    CHECK((p.kv_pool + p.weights + p.activations + p.logits + p.reserve).value() ==
          doctest::Approx(p.budget.value()).epsilon(1e-12));
    // 16 tokens x 512 KiB
    CHECK(p.kv_block == 16.0 * 524288.0 * byte);
    CHECK(p.kv_blocks == static_cast<std::int64_t>(p.kv_pool / p.kv_block));
    CHECK(p.kv_tokens() == 16 * p.kv_blocks);
}

TEST_CASE("memory: Llama-3.1-70B fits one 80 GB GPU in FP8 and not in BF16") {
    CHECK(plan(on_h100(test::llama3_1_70b(), 1, Precision::fp8)).kv_tokens() > 4096);
    const auto bf16 = plan_memory(on_h100(test::llama3_1_70b(), 1, Precision::bf16));
    REQUIRE(std::holds_alternative<Infeasible>(bf16));
    // 141.1 GB of weights are 131.4 GiB.
    const std::string reason = std::get<Infeasible>(bf16).reason;
    CHECK(reason.find("Llama-3.1-70B in bf16 needs 131.4 GiB") != std::string::npos);
    CHECK(reason.find("71.3 GiB (90 % of 79.2 GiB visible)") != std::string::npos);
    CHECK(plan(on_h100(test::llama3_1_70b(), 4)).kv_blocks > 0);
}

TEST_CASE("memory: an illegal split is refused before anything is counted") {
    const auto result = plan_memory(on_h100(test::llama3_1_70b(), 3));
    REQUIRE(std::holds_alternative<Infeasible>(result));
    CHECK(std::get<Infeasible>(result).reason == "64 attention heads cannot be split over tp 3");
}

TEST_CASE("memory: a recorded block count overrides the formula") {
    Deployment d = on_h100(test::llama3_1_8b());
    d.engine.kv_blocks = 1234;
    CHECK(plan(d).kv_blocks == 1234);
    CHECK(plan(d).kv_tokens() == 1234 * 16);
}

TEST_CASE("memory: blocks for a sequence are whole") {
    const MemoryPlan p = plan(on_h100(test::llama3_1_8b()));
    CHECK(p.blocks_per_sequence == 0);
    CHECK(p.blocks_for(1) == 1);
    CHECK(p.blocks_for(16) == 1);
    CHECK(p.blocks_for(17) == 2);
}

TEST_CASE("memory: windows and linear states are charged once per sequence") {
    const MemoryPlan gemma = plan(on_h100(test::gemma2_9b()));
    // 21 layers that see everything grow: 2 x 21 x 8 x 256 x 2 bytes per token.
    const double growing = 2.0 * 21.0 * 8.0 * 256.0 * 2.0;
    CHECK(gemma.kv_block.value() == 16.0 * growing);
    // 21 layers with a window take as much for 4,096 tokens: 256 blocks.
    CHECK(gemma.blocks_per_sequence == 256);

    const MemoryPlan qwen = plan(on_h100(test::qwen3_5_35b_a3b(), 2));
    // 2 GPUs of 2 KV heads hold one each: 2 x 10 x 1 x 256 x 2 bytes per token.
    CHECK(qwen.kv_block.value() == 16.0 * 10240.0);
    // State 30 x 32 x 128 x 128 x 4 bytes over 2 GPUs: 31,457,280 / 163,840 = 192 blocks.
    CHECK(qwen.blocks_per_sequence == 192);
}

TEST_CASE("memory: data-parallel attention has a pool per rank") {
    Deployment d = on_h100(test::deepseek_v3(), 1, Precision::fp8);
    d.parallelism = {.tp = 1, .ep = 16, .dp = 16};
    const MemoryPlan p = plan(d);
    CHECK(p.kv_blocks % 16 == 0);
    CHECK(p.kv_blocks / 16 == static_cast<std::int64_t>(p.kv_pool / p.kv_block));
}

TEST_CASE("memory: the longest request is the engine's limit within the model's context") {
    Deployment d = on_h100(test::llama3_1_8b());
    CHECK(max_request_tokens(d) == 131072);
    d.engine.max_context_tokens = 8192;
    CHECK(max_request_tokens(d) == 8192);
    d.engine.max_context_tokens = 1 << 20;
    CHECK(max_request_tokens(d) == 131072);
}

}  // namespace
}  // namespace plimsoll
