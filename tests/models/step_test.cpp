#include "models/step.h"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

#include "tests/support/llms.h"

namespace plimsoll::test {
namespace {

/// `sequences` decodes at a context of `context` tokens each.
StepShape decode_of(double sequences, double context) {
    StepShape shape{.decode_sequences = sequences, .sampled = sequences};
    shape.decode_context[0] = sequences * context;
    return shape;
}

/// One whole prompt.
StepShape prompt_of(double tokens) {
    StepShape shape{.prefill_tokens = tokens, .sampled = 1.0};
    shape.prefill_pairs[0] = 0.5 * tokens * (tokens + 1.0);
    return shape;
}

/// Work of all GPUs of the replica together.
Work whole(const Deployment& d, const StepShape& shape) {
    Work work = step_work(d, shape);
    const double gpus = d.parallelism.gpus();
    return {.flops = gpus * work.flops, .bytes = gpus * work.bytes, .sent = gpus * work.sent};
}

Deployment split(Llm llm, const Parallelism& parallelism) {
    Deployment d = on_h100(std::move(llm));
    d.parallelism = parallelism;
    return d;
}

}  // namespace

TEST_CASE("step: a dense model takes two FLOPs per parameter and token, plus attention") {
    for (const Llm& llm : {llama2_7b(), llama3_1_8b(), llama3_1_70b(), llama3_1_405b()}) {
        for (const int tp : {1, 8}) {
            CAPTURE(llm.name);
            const Deployment d = on_h100(llm, tp);
            // 64 sequences at 1,000 tokens: attention 4 x heads x 128 x layers a cached token.
            const double pairs = 64.0 * 1000.0;
            const double attention = 4.0 * llm.hidden * layers(llm) * pairs;
            const double expected = 2.0 * multiplying_parameters(llm) * 64.0 + attention;
            CHECK(step_work(d, decode_of(64.0, 1000.0)).flops.value() ==
                  doctest::Approx(expected / tp).epsilon(0.01));
        }
    }
    // A prompt samples once: all but the output projection for 1,000 tokens, that for one.
    const Llm llm = llama3_1_8b();
    const double projection = static_cast<double>(llm.vocab) * llm.hidden;
    const double expected = 2.0 * (multiplying_parameters(llm) - projection) * 1000.0 +
                            2.0 * projection + 4.0 * 4096.0 * 32.0 * 500.0 * 1001.0;
    CHECK(step_work(on_h100(llm), prompt_of(1000.0)).flops.value() ==
          doctest::Approx(expected).epsilon(0.01));
}

TEST_CASE("step: Llama-3-70B reads its weights and its caches in every decode step") {
    // Linear layers: 80 x (8192 x 10240 + 8192 x 8192 + 3 x 8192 x 28672) x 2 B = 136.9 GB,
    // output projection 128256 x 8192 x 2 B = 2.1 GB; KV 2 x 8 x 128 x 2 B x 80 = 327,680 B a
    // token.
    const double layer = 8192.0 * 10240 + 8192.0 * 8192 + 3.0 * 8192 * 28672;
    const double weights = 2.0 * (80.0 * layer + 128256.0 * 8192);
    const double kv = 32.0 * 2000.0 * 327680.0;
    CHECK(weights == doctest::Approx(139.0e9).epsilon(0.001));
    for (const int tp : {1, 2, 4, 8}) {
        const Deployment d = on_h100(llama3_1_70b(), tp);
        CHECK(step_work(d, decode_of(32.0, 2000.0)).bytes.value() ==
              doctest::Approx((weights + kv) / tp));
    }
    // fp8 halves the layers, not the output projection; the cache stays in 16 bit.
    const Deployment fp8 = on_h100(llama3_1_70b(), 2, Precision::fp8);
    CHECK(step_work(fp8, decode_of(32.0, 2000.0)).bytes.value() ==
          doctest::Approx((80.0 * layer + 2.0 * 128256 * 8192 + kv) / 2.0));
}

TEST_CASE("step: splitting a model conserves its work") {
    const StepShape shape = [] {
        StepShape mixed = decode_of(64.0, 3000.0);
        mixed.prefill_tokens = 960.0;
        mixed.prefill_pairs[0] = 0.5 * 960.0 * 961.0;
        mixed.sampled = 65.0;
        return mixed;
    }();
    const auto conserves = [&](const Llm& llm, const Parallelism& parallelism) {
        const Work one = whole(split(llm, {}), shape);
        const Work many = whole(split(llm, parallelism), shape);
        CHECK(many.flops.value() == doctest::Approx(one.flops.value()).epsilon(1e-12));
        return many.bytes / one.bytes;
    };
    for (const int n : {2, 4, 8}) {
        CAPTURE(n);
        CHECK(conserves(llama3_1_70b(), {.tp = n}) == doctest::Approx(1.0).epsilon(1e-12));
        CHECK(conserves(llama3_1_70b(), {.pp = n}) == doctest::Approx(1.0).epsilon(1e-12));
        CHECK(conserves(mixtral_8x7b(), {.tp = n}) == doctest::Approx(1.0).epsilon(1e-12));
        // Each rank reads weights of its own; caches are split.
        const double weights = step_work(split(llama3_1_70b(), {}), prompt_of(1.0)).bytes.value();
        const double all = step_work(split(llama3_1_70b(), {}), shape).bytes.value();
        CHECK(conserves(llama3_1_70b(), {.dp = n}) ==
              doctest::Approx(1.0 + (n - 1.0) * weights / all).epsilon(1e-12));
        // Experts spread over ranks exist once, attention once a rank.
        const double copies = conserves(mixtral_8x7b(), {.dp = n});
        const double spread = conserves(mixtral_8x7b(), {.ep = n, .dp = n});
        CHECK(spread > 1.0);
        CHECK(spread < 1.0 + 0.1 * (n - 1.0));
        CHECK(copies > 1.0 + 0.75 * (n - 1.0));
    }
    CHECK(conserves(llama3_1_70b(), {.tp = 4, .pp = 2}) == doctest::Approx(1.0).epsilon(1e-12));
    // MLA repeats its down-projections and its cache on every rank.
    const Work one = whole(split(deepseek_v3(), {}), shape);
    const Work many = whole(split(deepseek_v3(), {.tp = 8}), shape);
    CHECK(many.flops > one.flops);
    CHECK(many.flops < 1.2 * one.flops);
}

TEST_CASE("step: graphs pad decode batches upwards to the sizes captured") {
    const std::array<std::int64_t, 12> sizes{1, 2, 3, 5, 8, 9, 255, 256, 257, 272, 512, 513};
    const std::array<std::int64_t, 12> padded{1, 2, 4, 8, 8, 16, 256, 256, 272, 272, 512, 513};
    for (std::size_t i = 0; i < sizes.size(); ++i) CHECK(graph_batch(sizes[i]) == padded[i]);
    Deployment d = on_h100(llama3_1_8b());
    const auto seconds = [&](double sequences) {
        return step_time(d, decode_of(sequences, 100.0)).total().value();
    };
    // 9 sequences do the layers' work of 16: what is left is per sequence.
    const double nine = seconds(9.0);
    d.engine.pads_to_graphs = false;
    CHECK(nine > seconds(9.0));
    CHECK(nine < seconds(16.0));
}

TEST_CASE("step: a constant step is constant") {
    Deployment d = on_h100(llama3_1_8b());
    d.fidelity = Fidelity::rule;
    d.rule.step_constant = 7.0 * millisecond;
    CHECK(step_time(d, prompt_of(5000.0)).total() == 7.0 * millisecond);
    CHECK(step_time(d, decode_of(200.0, 1e5)).total() == 7.0 * millisecond);
}

TEST_CASE("step: declared rates are those of one GPU, and no faster than its datasheet") {
    Deployment d = on_h100(llama3_1_70b(), 4);
    d.fidelity = Fidelity::rule;
    d.rule.prefill_rate_per_gpu = 2000.0 * token / second;
    d.rule.decode_rate_per_gpu = 250.0 * token / second;
    // 4 GPUs: 4,000 prompt tokens at 8,000 a second, 0.5 s; 100 sequences at 1,000 a second, 0.1 s.
    CHECK(step_time(d, prompt_of(4000.0)).total().value() == doctest::Approx(0.5));
    CHECK(step_time(d, decode_of(100.0, 1000.0)).total().value() == doctest::Approx(0.1));
    StepShape both = prompt_of(4000.0);
    both.decode_sequences = 100.0;
    CHECK(step_time(d, both).total().value() == doctest::Approx(0.6));
    // One sequence alone cannot beat reading 139 GB over 4 x 3.35 TB/s, 10.4 ms.
    CHECK(step_time(d, decode_of(1.0, 1.0)).total().value() ==
          doctest::Approx(139.0e9 / 13.4e12).epsilon(0.001));
    CHECK(step_time(d, decode_of(1.0, 1.0)).total() == step_floor(d, decode_of(1.0, 1.0)));
}

TEST_CASE("step: the 2N rule divides by peak and bandwidth") {
    Deployment d = on_h100(llama3_1_8b());
    d.fidelity = Fidelity::rule;
    // 8.03e9 parameters x 2 x 1,000 tokens / (989e12 x 0.45) = 36.1 ms.
    const double active = active_parameters(d.llm);
    CHECK(active == doctest::Approx(8.03e9).epsilon(0.001));
    CHECK(step_time(d, prompt_of(1000.0)).total().value() ==
          doctest::Approx(2.0 * active * 1000.0 / (989e12 * 0.45)));
    // One decode: 15.0 GB / (3.35 TB/s x 0.6) = 7.5 ms, bound by memory.
    const StepTime one = step_time(d, decode_of(1.0, 1.0));
    CHECK(one.total().in(millisecond) == doctest::Approx(7.47).epsilon(0.001));
    CHECK(one.binding() == Resource::memory);
    // 256 decodes: 2 x 8.03e9 x 256 / (989e12 x 0.3) = 13.9 ms, bound by compute.
    const StepTime many = step_time(d, decode_of(256.0, 1.0));
    CHECK(many.total().in(millisecond) == doctest::Approx(13.86).epsilon(0.001));
    CHECK(many.binding() == Resource::compute);
}

TEST_CASE("step: a mixed step on fa2 pays padded tiles for its decodes") {
    // Llama-3.1-8B on A100: 32 heads x 128 x 4 FLOPs x 64 rows / (0.45 x 312 TFLOP/s) = 7.5 ns a
    // cached token and layer, where reading it takes 4096 B / (0.85 x 2.039 TB/s) = 2.4 ns.
    Deployment d = on_h100(llama3_1_8b());
    d.gpu = a100_sxm_80gb();
    const double pure = decode_attention_rates(d, false)[0].seconds_per_context;
    const double mixed = decode_attention_rates(d, true)[0].seconds_per_context;
    CHECK(pure == doctest::Approx(32.0 * 4096.0 / (0.85 * 2.039e12)));
    CHECK(mixed == doctest::Approx(32.0 * 4.0 * 4096.0 * 64.0 / (0.45 * 312e12)));
    CHECK(decode_attention_rates(d, true)[0].bound == Resource::compute);
    d.gpu.attention_kernels = AttentionKernels::fa3;
    CHECK(decode_attention_rates(d, true)[0].seconds_per_context == pure);
}

TEST_CASE("step: sorting the vocabulary costs 136 ps an entry on an H100") {
    // 128,256 entries x 136 ps x 67/67 = 17.4 us a sequence. [Engine]
    Deployment d = on_h100(llama3_1_8b());
    const Seconds greedy = sampling_part(d, 64.0).total();
    d.engine.sampler = Sampler::sort;
    CHECK((sampling_part(d, 64.0).total() - greedy).in(microsecond) ==
          doctest::Approx(64.0 * 128256.0 * 136e-6));
    // Data-parallel ranks sort their own sequences at the same time.
    Deployment two = d;
    two.parallelism.dp = 2;
    CHECK(sampling_part(two, 64.0).total().value() ==
          doctest::Approx(sampling_part(d, 32.0).total().value()));
}

}  // namespace plimsoll::test
