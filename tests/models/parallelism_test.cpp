#include "models/parallelism.h"

#include <doctest/doctest.h>

#include "tests/support/llms.h"
#include "tests/support/property.h"

namespace plimsoll {
namespace {

using test::deepseek_v3;
using test::llama3_1_70b;
using test::mixtral_8x7b;

constexpr Precisions kBf16{};

std::string why_not(const Llm& llm, const Parallelism& parallelism) {
    const auto reason = illegal(llm, parallelism);
    return reason ? reason->reason : "";
}

TEST_CASE("parallelism: a split that does not divide says what does not") {
    CHECK(why_not(llama3_1_70b(), {.tp = 8, .pp = 10}).empty());
    CHECK(why_not(llama3_1_70b(), {.tp = 3}) == "64 attention heads cannot be split over tp 3");
    CHECK(why_not(llama3_1_70b(), {.pp = 81}) == "80 layers cannot be split over pp 81");
    CHECK(why_not(llama3_1_70b(), {.tp = 0}) == "tp, pp, ep and dp must be at least 1");
    CHECK(why_not(llama3_1_70b(), {.tp = 2, .ep = 2}) == "ep needs a model with experts");
    CHECK(why_not(mixtral_8x7b(), {.tp = 4, .ep = 2}) == "ep 2 must be 1 or tp x dp = 4");
    CHECK(why_not(mixtral_8x7b(), {.tp = 2, .ep = 2}).empty());
    CHECK(why_not(mixtral_8x7b(), {.tp = 4, .ep = 16, .dp = 4}) ==
          "8 experts cannot be split over ep 16");

    Llm odd = llama3_1_70b();
    odd.layer_groups[0].attention.kv_heads = 6;
    CHECK(why_not(odd, {.tp = 4}) == "6 KV heads cannot be split over, or repeated on, tp 4");
    odd.layer_groups[0].attention.kv_heads = 0;
    CHECK(why_not(odd, {}) == "grouped attention needs at least one KV head");
    odd = llama3_1_70b();
    odd.layer_groups[0].ffn.width = 28671;
    CHECK(why_not(odd, {.tp = 2}) == "28671 FFN columns cannot be split over tp 2");
    odd = mixtral_8x7b();
    odd.layer_groups[0].ffn.expert_width = 14335;
    CHECK(why_not(odd, {.tp = 2}) == "14335 expert columns cannot be split over tp 2");
    CHECK(why_not(odd, {.tp = 2, .ep = 2}).empty());
}

TEST_CASE("parallelism: tensor parallelism splits layers and embeddings, norms stay whole") {
    const Llm llm = llama3_1_70b();
    // norms 2 x 80 x 8192 + 8192 on every rank; the rest of 70.55 B in eighths, 2 bytes each.
    const double norms = 161.0 * 8192.0;
    const double rest = total_parameters(llm) - norms;
    CHECK(weight_bytes_per_gpu(llm, kBf16, {.tp = 8}).value() ==
          doctest::Approx(2.0 * (norms + rest / 8.0)).epsilon(1e-12));
    CHECK(weight_bytes(llm, kBf16).value() == doctest::Approx(2.0 * total_parameters(llm)));
}

TEST_CASE("parallelism: KV heads are repeated where tp exceeds them, in weights and in cache") {
    const Llm llm = llama3_1_70b();
    const Attention& a = llm.layer_groups[0].attention;
    CHECK(kv_heads_per_rank(a, {.tp = 4}) == 2.0);
    CHECK(kv_heads_per_rank(a, {.tp = 16}) == 1.0);
    // 2 x 80 layers x 8 heads x 128 x 2 bytes, in quarters and eighths; 16 ranks hold one head
    // each.
    CHECK(kv_bytes_per_token_per_gpu(llm, Precision::bf16, {.tp = 4}) == 81920.0 * byte);
    CHECK(kv_bytes_per_token_per_gpu(llm, Precision::bf16, {.tp = 8}) == 40960.0 * byte);
    CHECK(kv_bytes_per_token_per_gpu(llm, Precision::bf16, {.tp = 16}) == 40960.0 * byte);
    // Half a KV head more per rank than 1/16 of them: 2 x 80 x 0.5 x 128 x 8192 parameters.
    const Bytes split = weight_bytes_per_gpu(llm, kBf16, {.tp = 8}) / 2.0;
    const double copies = 2.0 * 80.0 * 0.5 * 128.0 * 8192.0;
    const double norms = 161.0 * 8192.0;
    CHECK(weight_bytes_per_gpu(llm, kBf16, {.tp = 16}).value() ==
          doctest::Approx(split.value() + 2.0 * (copies + norms / 2.0)).epsilon(1e-9));
}

TEST_CASE("parallelism: latent caches are on every rank, the sharded layers are not") {
    const Llm llm = deepseek_v3();
    CHECK(kv_bytes_per_token_per_gpu(llm, Precision::bf16, {.tp = 8}) == 70272.0 * byte);
    // Layers of 58 mixtures and 3 dense ones over 8 stages: 8 layers, all of them mixtures. A
    // mixture holds 257 experts of 3 x 7168 x 2048, and 0.187 B of attention besides.
    const double experts = 8.0 * 257.0 * 3.0 * 7168.0 * 2048.0;
    const Bytes stage = weight_bytes_per_gpu(llm, precisions_for(Precision::fp8), {.pp = 8});
    CHECK(stage.value() > experts);
    CHECK(stage.value() ==
          doctest::Approx(experts + 8.0 * 0.187e9 + 129280.0 * 7168.0 * 2.0).epsilon(0.005));
}

TEST_CASE("parallelism: experts are spread over all GPUs, attention is repeated by dp") {
    const Llm llm = deepseek_v3();
    const Precisions fp8 = precisions_for(Precision::fp8);
    const Bytes one = weight_bytes_per_gpu(llm, fp8, {.tp = 1, .ep = 32, .dp = 32});
    // 58 layers x 8 of 256 experts, and everything that is not a routed expert once.
    const double expert = 3.0 * 7168.0 * 2048.0;
    const double others = total_parameters(llm) - 58.0 * 256.0 * expert;
    const double embeddings = 2.0 * 129280.0 * 7168.0;
    CHECK(one.value() == doctest::Approx(58.0 * 8.0 * expert + others + embeddings).epsilon(1e-9));
}

TEST_CASE("parallelism: quantised weights leave the embeddings in 16 bit") {
    const Llm llm = llama3_1_70b();
    const double embeddings = 2.0 * 128256.0 * 8192.0;
    const double linear = total_parameters(llm) - embeddings;
    CHECK(weight_bytes(llm, precisions_for(Precision::fp8)).value() ==
          doctest::Approx(linear + 2.0 * embeddings));
    CHECK(weight_bytes(llm, precisions_for(Precision::int4)).value() ==
          doctest::Approx(0.53 * linear + 2.0 * embeddings));
}

TEST_CASE("parallelism: the GPUs of a legal split hold at least the whole model and its cache") {
    const std::vector<Llm> llms{llama3_1_70b(),
                                mixtral_8x7b(),
                                deepseek_v3(),
                                test::gpt3_175b(),
                                test::gemma2_9b(),
                                test::llama3_1_405b(),
                                test::qwen3_5_35b_a3b()};
    struct Case {
        Llm llm;
        Parallelism split;
        Precisions precisions;
    };
    const auto generate = [&](test::Random& random) {
        Case c{.llm = random.pick(llms),
               .split = {.tp = 1 << random.between(0, 5),
                         .pp = random.between(1, 8),
                         .dp = 1 << random.between(0, 3)},
               .precisions = precisions_for(random.pick(all_precisions()))};
        if (random.chance(0.5)) c.split.ep = c.split.tp * c.split.dp;
        return c;
    };
    int legal = 0;
    test::for_all(20261122, 3000, generate, [&](const Case& c) {
        if (illegal(c.llm, c.split)) return true;
        ++legal;
        const double gpus = c.split.gpus();
        const Bytes held = gpus * weight_bytes_per_gpu(c.llm, c.precisions, c.split);
        const Bytes whole = weight_bytes(c.llm, c.precisions);
        const Bytes cached = static_cast<double>(c.split.tp * c.split.pp) *
                             kv_bytes_per_token_per_gpu(c.llm, c.precisions.kv, c.split);
        return held >= (1.0 - 1e-9) * whole &&
               cached >= (1.0 - 1e-9) * kv_bytes_per_token(c.llm, c.precisions.kv);
    });
    CHECK(legal > 500);
}

TEST_CASE("parallelism: more GPUs never hold more each") {
    for (const Llm& llm : {llama3_1_70b(), mixtral_8x7b(), deepseek_v3()}) {
        Bytes before = weight_bytes(llm, kBf16);
        for (const int tp : {2, 4, 8, 16, 32}) {
            const Bytes now = weight_bytes_per_gpu(llm, kBf16, {.tp = tp});
            CHECK(now < before);
            before = now;
        }
    }
}

}  // namespace
}  // namespace plimsoll
