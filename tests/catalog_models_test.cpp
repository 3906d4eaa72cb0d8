// What the catalog's language models add up to, against what their authors print.

#include <cmath>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "models/llm.h"
#include "sim/io/catalog.h"

namespace plimsoll {
namespace {

Catalog catalog() { return Catalog({std::string(PLIMSOLL_SOURCE_DIR) + "/scenarios/catalog"}); }

TEST_CASE("catalog: parameters agree with what the authors print") {
    // Exceptions to 1 % of the total and 3 % of the active parameters.
    const std::map<std::string, double> total_within{
        // Biases are not modelled, and 130 is rounded.
        {"glm_130b", 0.011},
        // The name gives 1 T, the report 1.04 T: 2 % on either side.
        {"kimi_k2", 0.027},
        // Printed with its vision encoder (0.8 B) and rounded.
        {"llama4_scout", 0.012},
        // Rounded: 12.85 B.
        {"opt_13b", 0.012},
        // "16B" names the body; the vocabulary was extended to 107,008.
        {"moss_moon_003_16b", 0.046},
        // Rounded to a digit: 1.72 B.
        {"qwen3_1_7b", 0.013},
        // Names are rounded, and the gate on attention outputs (0.2 to 1.9 %) is not modelled.
        {"qwen3_5_27b", 0.023},
        {"qwen3_5_35b_a3b", 0.015},
    };
    const std::map<std::string, double> active_within{
        // As the totals.
        {"moss_moon_003_16b", 0.046},
        // "A32B" is rounded and leaves out the input embedding (0.78 B).
        {"glm_4_7", 0.052},
        // "A40B" is rounded and leaves out the input embedding (0.95 B).
        {"glm_5", 0.05},
        // The input embedding (0.58 B) is left out.
        {"gpt_oss_20b", 0.17},
        {"gpt_oss_120b", 0.12},
        // "A10B" is rounded and leaves out the input embedding (0.61 B).
        {"minimax_m2_5", 0.11},
        // The indexer (0.85 B) is not in the 37 B of DeepSeek-V3, nor is the input embedding.
        {"deepseek_v3_2", 0.04},
        // "A3B" is rounded and leaves out the input embedding (0.31 and 0.51 B).
        {"qwen3_next_80b_a3b", 0.26},
        {"qwen3_5_35b_a3b", 0.16},
        // The gate and a rounded name.
        {"qwen3_5_122b_a10b", 0.06},
    };
    for (const std::string& id : catalog().ids("llms")) {
        CAPTURE(id);
        const Llm llm = catalog().llm(id).value;
        const auto within = [&](const std::map<std::string, double>& exceptions, double usual) {
            return exceptions.contains(id) ? exceptions.at(id) : usual;
        };
        const double total = total_parameters(llm) / llm.published_total_parameters - 1.0;
        const double active = active_parameters(llm) / llm.published_active_parameters - 1.0;
        CHECK(std::abs(total) <= within(total_within, 0.01));
        CHECK(std::abs(active) <= within(active_within, 0.03));
    }
}

TEST_CASE("catalog: KV cache per token of every model, KiB in 16 bits") {
    // 2 x layers x KV heads x head width x 2 B, or layers x (latent + rope) x 2 B. From the
    // configurations that the files name; sparse indexers apart.
    const std::map<std::string, double> kib{{"bloom_176b", 3920.0},
                                            {"deepseek_r1", 68.625},
                                            {"deepseek_v2", 67.5},
                                            {"deepseek_v3", 68.625},
                                            {"deepseek_v3_2", 68.625},
                                            {"falcon_180b", 160.0},
                                            {"gemma2_27b", 368.0},
                                            {"gemma2_2b", 104.0},
                                            {"gemma2_9b", 336.0},
                                            {"gemma3_12b", 384.0},
                                            {"gemma3_1b", 26.0},
                                            {"gemma3_27b", 496.0},
                                            {"gemma3_4b", 136.0},
                                            {"gemma4_26b_a4b", 240.0},
                                            {"glm_130b", 3360.0},
                                            {"glm_4_7", 368.0},
                                            {"glm_5", 87.75},
                                            {"gpt3_175b", 4608.0},
                                            {"gpt_oss_120b", 72.0},
                                            {"gpt_oss_20b", 48.0},
                                            {"kimi_k2", 68.625},
                                            {"llama2_13b", 800.0},
                                            {"llama2_70b", 320.0},
                                            {"llama2_7b", 512.0},
                                            {"llama3_1_405b", 504.0},
                                            {"llama3_1_70b", 320.0},
                                            {"llama3_1_8b", 128.0},
                                            {"llama3_2_1b", 32.0},
                                            {"llama3_2_3b", 112.0},
                                            {"llama3_3_70b", 320.0},
                                            {"llama3_70b", 320.0},
                                            {"llama3_8b", 128.0},
                                            {"llama4_maverick", 192.0},
                                            {"llama4_scout", 192.0},
                                            {"minimax_m2_5", 248.0},
                                            {"mistral_7b", 128.0},
                                            {"mistral_large_2", 352.0},
                                            {"mixtral_8x22b", 224.0},
                                            {"mixtral_8x7b", 128.0},
                                            {"moss_moon_003_16b", 816.0},
                                            {"opt_13b", 800.0},
                                            {"opt_175b", 4608.0},
                                            {"opt_66b", 2304.0},
                                            {"palm_540b", 118.0},
                                            {"phi3_medium", 200.0},
                                            {"phi3_mini", 384.0},
                                            {"phi4", 200.0},
                                            {"phi4_mini", 128.0},
                                            {"qwen2_5_0_5b", 12.0},
                                            {"qwen2_5_14b", 192.0},
                                            {"qwen2_5_1_5b", 28.0},
                                            {"qwen2_5_32b", 256.0},
                                            {"qwen2_5_3b", 36.0},
                                            {"qwen2_5_72b", 320.0},
                                            {"qwen2_5_7b", 56.0},
                                            {"qwen2_5_omni_7b_thinker", 56.0},
                                            {"qwen3_0_6b", 112.0},
                                            {"qwen3_14b", 160.0},
                                            {"qwen3_1_7b", 112.0},
                                            {"qwen3_235b_a22b", 188.0},
                                            {"qwen3_30b_a3b", 96.0},
                                            {"qwen3_32b", 256.0},
                                            {"qwen3_4b", 144.0},
                                            {"qwen3_5_122b_a10b", 24.0},
                                            {"qwen3_5_27b", 64.0},
                                            {"qwen3_5_35b_a3b", 20.0},
                                            {"qwen3_5_397b_a17b", 30.0},
                                            {"qwen3_8b", 144.0},
                                            {"qwen3_coder_480b_a35b", 248.0},
                                            {"qwen3_next_80b_a3b", 24.0}};
    for (const std::string& id : catalog().ids("llms")) {
        CAPTURE(id);
        REQUIRE(kib.contains(id));
        const Llm llm = catalog().llm(id).value;
        double index_keys = 0.0;
        for (const LayerGroup& group : llm.layer_groups) {
            if (group.attention.top_k > 0) index_keys += group.count * group.attention.index_dim;
        }
        const double bytes = kv_bytes_per_token(llm, Precision::bf16).value() - index_keys;
        CHECK(bytes == 1024.0 * kib.at(id));
    }
    // Two that everybody quotes.
    CHECK(kv_bytes_per_token(catalog().llm("llama3_70b").value, Precision::bf16).value() == 327680);
    CHECK(kv_bytes_per_token(catalog().llm("deepseek_v3").value, Precision::bf16).value() == 70272);
}

TEST_CASE("catalog: numbers that others print come out of the device, network and token files") {
    const Device iphone = catalog().device("iphone_15_pro").value;
    REQUIRE(iphone.speeds.size() == 1);
    CHECK(iphone.speeds[0].decode == 30.0 * token / second);
    CHECK(iphone.battery.value_or(Joules()).in(kWh) == doctest::Approx(0.0127));
    // 7B Q4_0 is 3.8 GB: decode reads the weights for each token and cannot beat the bandwidth.
    const Bytes weights = 3.8 * GB;
    for (const char* id : {"macbook_m1", "macbook_m2", "macbook_m4", "macbook_m4_max"}) {
        CAPTURE(id);
        const Device mac = catalog().device(id).value;
        const double bytes_per_s = mac.speeds.at(0).decode.value().value() * weights.value();
        const double share = bytes_per_s / mac.memory_bandwidth.value().value();
        CHECK(share > 0.55);
        CHECK(share < 0.90);
    }
    const RegionMatrix ibm = catalog().regions("ibm_cloud_2024").value;
    CHECK(regions(ibm).size() == 10);
    CHECK(ibm.pairs.size() == 90);
    CHECK(round_trip(ibm, "dallas", "tokyo") == 143.0 * millisecond);
    // Each direction was measured apart.
    CHECK(round_trip(ibm, "dallas", "madrid") == 119.0 * millisecond);
    CHECK(round_trip(ibm, "madrid", "dallas") == 122.0 * millisecond);
    CHECK(round_trip(ibm, "tokyo", "tokyo") == 2.0 * millisecond);
    CHECK_FALSE(round_trip(ibm, "tokyo", "berlin").has_value());
    // (1280 / 32) x (720 / 32) = 900 tokens
    const int side = catalog().modality("image_qwen3_vl").value.tokens.token_px.value();
    CHECK(1280.0 / side * 720.0 / side == 900.0);
    CHECK(catalog().grid("fr_paris").value.carbon.value().value() ==
          doctest::Approx(0.034 / 3.6e6));
}

TEST_CASE("catalog: devices measured with models of the catalog name them by id") {
    // Not language models of the catalog: families, parts of models, or models not described.
    const std::set<std::string> apart{"3b_class",
                                      "7b_sparse",
                                      "8b_class",
                                      "gemini_nano_3",
                                      "gemini_nano_4_fast",
                                      "gemma4_e2b",
                                      "lfm2_5_1_2b",
                                      "phi_silica",
                                      "qwen1_5_1_8b",
                                      "qwen2_5_omni_3b_talker",
                                      "qwen2_5_omni_3b_thinker",
                                      "qwen2_5_omni_7b_talker",
                                      "qwen2_5_omni_7b_vocoder"};
    int speeds = 0;
    for (const std::string& id : catalog().ids("devices")) {
        CAPTURE(id);
        for (const DeviceSpeed& speed : catalog().device(id).value.speeds) {
            ++speeds;
            CAPTURE(speed.model);
            CHECK((apart.contains(speed.model) || !catalog().file_of("llms", speed.model).empty()));
        }
    }
    CHECK(speeds >= 35);
}

}  // namespace
}  // namespace plimsoll
