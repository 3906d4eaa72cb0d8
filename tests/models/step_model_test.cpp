#include "models/step_model.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/property.h"
#include "tests/support/random_deployment.h"

namespace plimsoll::test {
namespace {

bool is_near(double a, double b, double tolerance) {
    return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}

/// A run of decode steps: its first step and how its context sums grow.
struct RandomRun {
    RandomCase first;
    std::array<std::int64_t, kMaxSpans> growing{};
    std::int64_t steps = 1;

    [[nodiscard]] StepCounts at(std::int64_t i) const {
        StepCounts counts = first.counts;
        for (std::size_t s = 0; s < kMaxSpans; ++s) counts.decode_context[s] += i * growing[s];
        return counts;
    }
};

RandomRun random_run(Random& random) {
    RandomRun run;
    run.first.deployment = random_deployment(random);
    const auto sequences = static_cast<std::int64_t>(random.log_between(1.0, 600.0));
    const Llm& llm = run.first.deployment.llm;
    run.first.counts = random_counts(random, llm, {.sequences = sequences});
    const std::size_t spans = span_limits(llm).size();
    for (std::size_t s = 0; s < spans; ++s) {
        run.growing[s] = s == 0 ? sequences : random.between(std::int64_t{0}, sequences);
    }
    run.steps = static_cast<std::int64_t>(random.log_between(1.0, 3000.0));
    return run;
}

std::ostream& operator<<(std::ostream& out, const RandomRun& run) {
    return out << run.first << "; " << run.steps << " steps";
}

}  // namespace

TEST_CASE("step_model: a compiled step takes what step_time says") {
    for_all(1, 20000, random_case, [](const RandomCase& c) {
        const StepModel model(c.deployment);
        const double fast = model.step_s(c.counts);
        const double slow = step_time(c.deployment, shape_of(c.counts)).total().value();
        // Asked twice, a table answers as it did.
        return is_near(fast, slow, 1e-12) && model.step_s(c.counts) == fast;
    });
    Deployment constant = on_h100(llama3_1_8b());
    constant.fidelity = Fidelity::rule;
    constant.rule.step_constant = 3.0 * millisecond;
    const StepModel model(constant);
    CHECK(model.step_s({.decode_sequences = 10, .sampled = 10}) == 0.003);
    CHECK(model.step_s({.prefill_tokens = 10, .sampled = 1}) == 0.003);
}

TEST_CASE("step_model: a segment's line meets every step on it") {
    int cut = 0;
    for_all(2, 20000, random_run, [&](const RandomRun& run) {
        const StepModel model(run.first.deployment);
        const StepCounts first = run.first.counts;
        const DecodeSegment segment =
            model.decode_segment(first.decode_sequences, first.decode_context, run.growing);
        REQUIRE(segment.steps >= 1);
        REQUIRE(segment.slope_s >= 0.0);
        cut += segment.steps < run.steps ? 1 : 0;
        const std::int64_t last = std::min(segment.steps, run.steps) - 1;
        for (const std::int64_t i : {std::int64_t{0}, last / 3, last / 2, last}) {
            const double line = segment.first_s + segment.slope_s * static_cast<double>(i);
            const double step =
                step_time(run.first.deployment, shape_of(run.at(i))).total().value();
            if (!is_near(line, step, 1e-12)) return false;
        }
        return true;
    });
    // The rule's bound changes from one line to another within some runs.
    CHECK(cut >= 10);
}

TEST_CASE("step_model: tallied steps break down into their time and add up to their work") {
    struct Steps {
        RandomRun run;
        std::vector<StepCounts> mixed;
    };
    const auto draw = [](Random& random) {
        Steps steps{.run = random_run(random), .mixed = {}};
        const int count = random.between(0, 20);
        for (int i = 0; i < count; ++i) {
            steps.mixed.push_back(random_counts(random, steps.run.first.deployment.llm));
        }
        return steps;
    };
    for_all(3, 400, draw, [](const Steps& steps) {
        const Deployment& d = steps.run.first.deployment;
        const StepModel model(d);
        StepTally decodes = model.make_tally();
        StepTally others = model.make_tally();
        double seconds = 0.0;
        Work work;
        double count = 0.0;
        const auto expect = [&](const StepCounts& counts) {
            seconds += model.step_s(counts);
            work += step_work(d, shape_of(counts));
            count += 1.0;
        };
        const StepCounts first = steps.run.first.counts;
        const std::int64_t most =
            model.decode_segment(first.decode_sequences, first.decode_context, steps.run.growing)
                .steps;
        const std::int64_t run = std::min({steps.run.steps, most, std::int64_t{200}});
        for (std::int64_t i = 0; i < run; ++i) expect(steps.run.at(i));
        decodes.add_decode(
            first.decode_sequences, first.decode_context, steps.run.growing, run, seconds);
        for (const StepCounts& counts : steps.mixed) {
            expect(counts);
            others.add_step(counts, model.step_s(counts));
        }
        decodes.merge(others);
        REQUIRE(decodes.steps() == count);
        REQUIRE(is_near(decodes.seconds(), seconds, 1e-9));
        REQUIRE(is_near(model.breakdown(decodes).total().value(), seconds, 1e-9));
        const Work tallied = model.work(decodes);
        REQUIRE(is_near(tallied.flops.value(), work.flops.value(), 1e-9));
        REQUIRE(is_near(tallied.bytes.value(), work.bytes.value(), 1e-9));
        REQUIRE(is_near(tallied.sent.value(), work.sent.value(), 1e-9));
    });
}

TEST_CASE("step_model: an empty tally is nothing") {
    const StepModel model(on_h100(llama3_1_8b()));
    const StepTally none = model.make_tally();
    CHECK(model.breakdown(none).total() == Seconds());
    CHECK(model.work(none).flops == Flops());
    CHECK(model.work(none).bytes == Bytes());
}

}  // namespace plimsoll::test
