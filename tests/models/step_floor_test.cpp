#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "models/collectives.h"
#include "models/roofline.h"
#include "models/step.h"
#include "tests/support/property.h"
#include "tests/support/random_deployment.h"

namespace plimsoll::test {
namespace {

/// Multiply-adds of one token in the layers' matrices, from parameter counts: an account of its
/// own, without norms, routers and embeddings.
double layer_parameters(const Llm& llm) {
    double sum = 0.0;
    for (const LayerGroup& group : llm.layer_groups) {
        const double h = llm.hidden;
        const double attention = attention_parameters(llm, group.attention) - h -
                                 group.attention.q_rank - group.attention.kv_rank;
        const double router = h * group.ffn.experts;
        const double ffn = active_ffn_parameters(llm, group.ffn) - h - router;
        sum += group.count * (attention + ffn);
    }
    return sum;
}

}  // namespace

TEST_CASE("step: no step is faster than the datasheet floor in 100,000 random configurations") {
    int rule = 0;
    int touching = 0;
    int narrow = 0;
    for_all(1, 100000, random_case, [&](const RandomCase& c) {
        const Deployment& d = c.deployment;
        const StepShape shape = shape_of(c.counts);
        const double time = step_time(d, shape).total().value();
        const Work work = step_work(d, shape);
        const FlopsPerSecond peak = fastest_peak(d);
        const double arithmetic = work.flops / peak / second;
        const double traffic = work.bytes / d.gpu.hbm_bandwidth / second;
        const double link = std::max(fabric_for(d.server, d.parallelism.tp).bandwidth_per_direction,
                                     fabric_for(d.server, d.parallelism.ep).bandwidth_per_direction)
                                .value();
        const double floor = std::max({arithmetic, traffic, work.sent.value() / link});
        // 2 FLOPs per parameter, token and replica, at the peak of all its GPUs.
        const double by_parameters =
            2.0 * layer_parameters(d.llm) * shape.tokens() / (peak.value() * d.parallelism.gpus());
        rule += d.fidelity == Fidelity::rule ? 1 : 0;
        touching += time <= floor * (1.0 + 1e-9) ? 1 : 0;
        narrow += bytes_per_element(d.precisions.compute) < 2.0 * byte ? 1 : 0;
        constexpr double kRounding = 1.0 - 1e-12;
        return std::isfinite(time) && time >= floor * kRounding &&
               time >= by_parameters * kRounding &&
               time >= step_floor(d, shape).value() * kRounding;
    });
    CHECK(rule > 30000);
    CHECK(narrow > 20000);
    // Declared rates beyond the machine are held at the floor itself.
    CHECK(touching > 3000);
}

TEST_CASE("step: more bandwidth or a higher peak never slows a step") {
    for_all(2, 5000, random_case, [](const RandomCase& c) {
        const StepShape shape = shape_of(c.counts);
        const double before = step_time(c.deployment, shape).total().value();
        Deployment wider = c.deployment;
        wider.gpu.hbm_bandwidth *= 1.7;
        Deployment faster = c.deployment;
        for (FlopsPerSecond& peak : faster.gpu.peak_dense) peak *= 1.7;
        Deployment nearer = c.deployment;
        nearer.server.scale_up.bandwidth_per_direction *= 1.7;
        nearer.server.scale_out.bandwidth_per_direction *= 1.7;
        const double most = before * (1.0 + 1e-12);
        return step_time(wider, shape).total().value() <= most &&
               step_time(faster, shape).total().value() <= most &&
               step_time(nearer, shape).total().value() <= most;
    });
}

TEST_CASE("step: more tokens or more context never make a step shorter") {
    for_all(3, 5000, random_case, [](const RandomCase& c) {
        Deployment d = c.deployment;
        // Padding rounds a decode step up, and a prompt token ends it.
        d.engine.pads_to_graphs = false;
        const StepShape shape = shape_of(c.counts);
        const auto time = [&](const StepShape& s) { return step_time(d, s).total().value(); };
        const double least = time(shape) * (1.0 - 1e-12);
        StepShape longer = shape;
        for (double& context : longer.decode_context) context *= 1.1;
        StepShape more_prompt = shape;
        more_prompt.prefill_tokens += 1.0;
        more_prompt.prefill_pairs[0] += 1000.0;
        // One more sequence like the others; stages of a pipeline share the sequences among them.
        StepShape more_decodes = shape;
        more_decodes.decode_sequences += 1.0;
        more_decodes.sampled += 1.0;
        if (shape.decode_sequences > 0.0) {
            const double grown = more_decodes.decode_sequences / shape.decode_sequences;
            for (double& context : more_decodes.decode_context) context *= grown;
        }
        return time(longer) >= least && time(more_prompt) >= least && time(more_decodes) >= least;
    });
}

}  // namespace plimsoll::test
