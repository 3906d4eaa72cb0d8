#include "models/inference.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <variant>

#include <doctest/doctest.h>

#include "tests/support/llms.h"
#include "tests/support/property.h"

using namespace plimsoll;

namespace {

/// A step of 10 ms whatever its batch, and round host costs.
Deployment constant_step(int depth) {
    Deployment d = test::on_h100(test::llama3_1_8b());
    d.fidelity = Fidelity::rule;
    d.rule.step_constant = 10.0 * millisecond;
    d.engine.pipeline_depth = depth;
    d.engine.host_gap = 1.0 * millisecond;
    d.engine.host_gap_per_sequence = {};
    d.engine.frontend_in = 3.0 * millisecond;
    d.engine.frontend_out = 2.0 * millisecond;
    d.engine.frontend_per_token = {};
    d.engine.max_batch_tokens = 1000;
    d.engine.max_sequences = 32;
    return d;
}

MemoryPlan memory_of(const Deployment& d) { return std::get<MemoryPlan>(plan_memory(d)); }

RequestMix fixed_mix(double prompt, double output) {
    return {.prompt = fixed_length(prompt), .output = fixed_length(output)};
}

/// The engine's loop for one request alone, step by step.
LightLoad stepped(const Deployment& d, std::int64_t prompt, std::int64_t output) {
    const std::vector<std::int64_t> limits = span_limits(d.llm);
    const double gap = (d.engine.host_gap + d.engine.host_gap_per_sequence).value();
    double start = gap;
    double end = 0.0;
    const auto run = [&](const StepCounts& counts) {
        const double step = step_time(d, shape_of(counts)).total().value();
        end = start + step;
        start = d.engine.pipeline_depth > 1 ? std::max(end, start + gap) : end + gap;
    };
    for (std::int64_t done = 0; done < prompt;) {
        const std::int64_t chunk = std::min(prompt - done, d.engine.max_batch_tokens);
        StepCounts counts{.prefill_tokens = chunk, .sampled = done + chunk == prompt ? 1 : 0};
        for (std::size_t s = 0; s < limits.size(); ++s) {
            for (std::int64_t j = done + 1; j <= done + chunk; ++j) {
                counts.prefill_pairs[s] += std::min(j, limits[s]);
            }
        }
        run(counts);
        done += chunk;
    }
    const double first = end;
    for (std::int64_t k = 1; k < output; ++k) {
        StepCounts counts{.decode_sequences = 1, .sampled = 1};
        for (std::size_t s = 0; s < limits.size(); ++s) {
            counts.decode_context[s] = std::min(prompt + k, limits[s]);
        }
        run(counts);
    }
    LightLoad light;
    light.ttft = d.engine.frontend_in + Seconds(first) + d.engine.frontend_out;
    light.e2e = light.ttft + Seconds(end - first);
    if (output > 1) light.tpot = Seconds((end - first) / static_cast<double>(output - 1));
    return light;
}

}  // namespace

TEST_CASE("inference: light load by hand") {
    // 2,500 tokens in chunks of 1,000: three prompt steps.
    // Depth 2: 3 + 1 + 3 x 10 + 2 = 36 ms; decode steps follow one another at 10 ms.
    const StepModel overlapped(constant_step(2));
    const LightLoad two = light_load(overlapped, 2500, 11);
    CHECK(two.ttft.in(millisecond) == doctest::Approx(36.0));
    CHECK(two.tpot.in(millisecond) == doctest::Approx(10.0));
    CHECK(two.e2e.in(millisecond) == doctest::Approx(136.0));
    // Depth 1: 3 + 3 x (1 + 10) + 2 = 38 ms; 11 ms a token.
    const StepModel serial(constant_step(1));
    const LightLoad one = light_load(serial, 2500, 11);
    CHECK(one.ttft.in(millisecond) == doctest::Approx(38.0));
    CHECK(one.tpot.in(millisecond) == doctest::Approx(11.0));
    // A host gap longer than the step sets the pace.
    Deployment slow_host = constant_step(2);
    slow_host.engine.host_gap = 25.0 * millisecond;
    const StepModel hosted(slow_host);
    CHECK(light_load(hosted, 100, 11).tpot.in(millisecond) == doctest::Approx(25.0));
    CHECK(light_load(overlapped, 100, 1).tpot == Seconds());
}

TEST_CASE("inference: light load is the sum of its steps, to rounding") {
    const auto draw = [](test::Random& random) {
        Deployment d = test::on_h100(random.chance(0.5) ? test::llama3_1_8b() : test::gemma2_9b());
        d.fidelity = random.chance(0.3) ? Fidelity::rule : Fidelity::roofline;
        d.engine.pipeline_depth = random.between(1, 2);
        d.engine.host_gap = random.log_between(1e-4, 2e-2) * second;
        d.engine.max_batch_tokens = random.between(std::int64_t{256}, std::int64_t{8192});
        return std::tuple{d,
                          random.between(std::int64_t{1}, std::int64_t{6000}),
                          random.between(std::int64_t{1}, std::int64_t{600})};
    };
    test::for_all(7, 60, draw, [](const auto& drawn) {
        const auto& [d, prompt, output] = drawn;
        const StepModel model(d);
        const LightLoad fast = light_load(model, prompt, output);
        const LightLoad slow = stepped(d, prompt, output);
        CHECK(fast.ttft.value() == doctest::Approx(slow.ttft.value()).epsilon(1e-9));
        CHECK(fast.tpot.value() == doctest::Approx(slow.tpot.value()).epsilon(1e-9));
        CHECK(fast.e2e.value() == doctest::Approx(slow.e2e.value()).epsilon(1e-9));
    });
}

TEST_CASE("inference: the steady state of an idle replica is light load") {
    for (const int depth : {1, 2}) {
        Deployment d = test::on_h100(test::llama3_1_8b());
        d.engine.pipeline_depth = depth;
        const StepModel model(d);
        const RequestMix mix = fixed_mix(1024, 257);
        const ReplicaModel replica{model, mix, batch_capacity(d, memory_of(d), mix)};
        const SteadyState idle = steady_state(replica, 0.0);
        const LightLoad light = light_load(model, 1024, 257);
        CHECK(idle.mean_step.value() == doctest::Approx(light.tpot.value()).epsilon(1e-6));
        CHECK(ttft_unqueued(replica, idle, idle.prompt_time).value() ==
              doctest::Approx(light.ttft.value()).epsilon(1e-6));
    }
}

TEST_CASE("inference: capacity is the full batch over its steps") {
    // Constant steps of 10 ms, depth 1 with a gap of 1 ms: 32 places, 1 + 99 steps of 11 ms each:
    // 32 / 1.1 s.
    const Deployment d = constant_step(1);
    const StepModel model(d);
    const RequestMix mix = fixed_mix(100, 100);
    const ReplicaModel replica{model, mix, batch_capacity(d, memory_of(d), mix)};
    CHECK(replica.capacity.sequences == 32.0);
    CHECK(replica.capacity.limit == BatchLimit::slots);
    CHECK(request_capacity(replica).value() == doctest::Approx(32.0 / 1.1));
    // With depth 2 the steps take 10 ms but a place is held for one more: 32 / (101 x 10 ms).
    const Deployment two = constant_step(2);
    const StepModel overlapped(two);
    const ReplicaModel async{overlapped, mix, batch_capacity(two, memory_of(two), mix)};
    CHECK(request_capacity(async).value() == doctest::Approx(32.0 / 1.01));
    // A frontend that takes 1 ms a token delivers ten requests of 100 tokens a second.
    Deployment slow = constant_step(2);
    slow.engine.frontend_per_token = 1.0 * millisecond;
    const StepModel fed(slow);
    CHECK(request_capacity({fed, mix, batch_capacity(slow, memory_of(slow), mix)}).value() ==
          doctest::Approx(10.0));
}

TEST_CASE("inference: what limits the batch") {
    Deployment d = constant_step(1);
    d.engine.max_sequences = 1000;
    d.engine.max_batch_tokens = 100000;
    d.engine.kv_blocks = 1000;
    // 100 steps; KV tokens held: 100 in the prompt's step, then 101 ... 199: 14,950 in all,
    // 149.5 a step, or 9.34 + 15/32 blocks of 16.
    const RequestMix mix = fixed_mix(100, 100);
    const BatchCapacity kv = batch_capacity(d, memory_of(d), mix);
    CHECK(kv.limit == BatchLimit::kv_memory);
    CHECK(kv.by_kv == doctest::Approx(1000.0 / (149.5 / 16.0 + 15.0 / 32.0)));
    CHECK(kv.sequences == std::floor(kv.by_kv));
    // 1,000 tokens a step; a request brings 1,000 + 9 in its 10 steps.
    d.engine.max_batch_tokens = 1000;
    d.engine.kv_blocks = 1000000;
    const BatchCapacity tokens = batch_capacity(d, memory_of(d), fixed_mix(1000, 10));
    CHECK(tokens.limit == BatchLimit::batch_tokens);
    CHECK(tokens.by_tokens == doctest::Approx(10.0 * 1000.0 / 1009.0));
}

TEST_CASE("inference: prompts are spread over as many steps as their budget takes") {
    Engine engine;
    engine.max_batch_tokens = 1000;
    CHECK(prompt_steps(engine, fixed_length(1000)) == 1.0);
    CHECK(prompt_steps(engine, fixed_length(1001)) == 2.0);
    // Exponential with mean 1,000: E[ceil] = 1/(1 - e^-1).
    CHECK(prompt_steps(engine, {.mean = 1000.0, .mean_square = 2e6}) ==
          doctest::Approx(1.0 / (1.0 - std::exp(-1.0))));
    engine.batching = Batching::continuous;
    CHECK(prompt_steps(engine, fixed_length(5000)) == 1.0);
}

TEST_CASE("inference: a steady state obeys Little's law and its rate finds it again") {
    const auto draw = [](test::Random& random) {
        return std::tuple{random.log_between(10.0, 8000.0),
                          random.log_between(2.0, 2000.0),
                          random.between(0.01, 0.99)};
    };
    const Deployment d = test::on_h100(test::llama3_1_8b());
    const StepModel model(d);
    const MemoryPlan memory = memory_of(d);
    test::for_all(8, 200, draw, [&](const auto& drawn) {
        const auto [prompt, output, share] = drawn;
        const RequestMix mix = fixed_mix(std::round(prompt), std::round(output));
        const ReplicaModel replica{model, mix, batch_capacity(d, memory, mix)};
        const SteadyState state = steady_state(replica, share * replica.capacity.sequences);
        CHECK(state.request_rate * state.residence == doctest::Approx(state.running));
        const SteadyState found = steady_state_at(replica, state.request_rate);
        // Graph sizes make the rate a staircase, hence the width.
        CHECK(found.request_rate.value() ==
              doctest::Approx(state.request_rate.value()).epsilon(0.02));
        CHECK(state.busy <= 1.0);
        const HardwareUse use = hardware_use(replica, state);
        CHECK(use.mfu <= 1.0);
        CHECK(use.mbu <= 1.0);
        CHECK(use.mfu > 0.0);
    });
}

TEST_CASE("inference: a faster memory never slows a replica down") {
    const auto draw = [](test::Random& random) {
        return std::tuple{random.log_between(10.0, 4000.0),
                          random.log_between(2.0, 1000.0),
                          random.between(0.0, 1.0),
                          random.between(1.0, 3.0)};
    };
    test::for_all(9, 100, draw, [](const auto& drawn) {
        const auto [prompt, output, share, factor] = drawn;
        const RequestMix mix = fixed_mix(std::round(prompt), std::round(output));
        const Deployment d = test::on_h100(test::llama3_1_8b());
        Deployment faster = d;
        faster.gpu.hbm_bandwidth *= factor;
        const StepModel a(d);
        const StepModel b(faster);
        const ReplicaModel slow{a, mix, batch_capacity(d, memory_of(d), mix)};
        const ReplicaModel fast{b, mix, batch_capacity(faster, memory_of(faster), mix)};
        const double running = share * slow.capacity.sequences;
        return request_capacity(fast) >= request_capacity(slow) * (1.0 - 1e-12) &&
               steady_state(fast, running).residence <=
                   steady_state(slow, running).residence * (1.0 + 1e-12);
    });
}

TEST_CASE("inference: moments of mixtures") {
    // Two thirds of 100 and a third of 400: mean 200, mean square (2 x 10^4 + 16 x 10^4)/3.
    const Lengths mix = mixed_with(fixed_length(100), 2.0, fixed_length(400), 1.0);
    CHECK(mix.mean == doctest::Approx(200.0));
    CHECK(mix.mean_square == doctest::Approx(60000.0));
    CHECK(mix.scv() == doctest::Approx(0.5));
    CHECK(fixed_length(7).scv() == 0.0);
}
