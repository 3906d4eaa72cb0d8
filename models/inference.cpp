#include "models/inference.h"

#include <algorithm>
#include <cmath>

#include "models/contract.h"
#include "models/queueing.h"
#include "models/roofline.h"

namespace plimsoll {
namespace {

double to_double(std::int64_t n) { return static_cast<double>(n); }

std::int64_t rounded(double x) { return std::llround(x); }

/// P(at least one of `limit` places is held) when `held` are on average, each independently.
double any_of(double limit, double held) {
    if (held >= limit) return 1.0;
    return held > 0.0 ? -std::expm1(limit * std::log1p(-held / limit)) : 0.0;
}

/// From one step's end to the next one's in a busy engine.
Seconds period(const Engine& engine, Seconds step, double sequences) {
    const Seconds gap = host_gap(engine, sequences);
    return engine.pipeline_depth > 1 ? std::max(step, gap) : step + gap;
}

/// Steps that a request holds a place for: its prompt's, its decodes', and with asynchronous
/// scheduling the one already queued when it ends.
double held_steps(const Engine& engine, const RequestMix& mix) {
    return prompt_steps(engine, mix.prompt) + mix.output.mean - 1.0 +
           (engine.pipeline_depth > 1 ? 1.0 : 0.0);
}

/// Sum over a mean request's decode steps of min(context, limit).
double decode_context(const RequestMix& mix, double limit) {
    const double p = mix.prompt.mean;
    const double decodes = mix.output.mean - 1.0;
    if (p + mix.output.mean <= limit) {
        return std::max(0.0, decodes * p + mix.covariance) +
               0.5 * (mix.output.mean_square - mix.output.mean);
    }
    return std::max(0.0, span_sum(p + decodes, limit) - span_sum(p, limit));
}

/// Query-key pairs of a mean prompt under a span limit.
double prompt_pairs(const Lengths& prompt, double limit) {
    const double all = 0.5 * (prompt.mean_square + prompt.mean);
    return prompt.mean <= limit ? all : std::min(all, span_sum(prompt.mean, limit));
}

StepCounts decode_counts(const StepModel& model, const RequestMix& mix, double decoding) {
    StepCounts counts;
    const double decodes = mix.output.mean - 1.0;
    if (decodes <= 0.0) return counts;
    counts.decode_sequences = rounded(decoding);
    counts.sampled = counts.decode_sequences;
    for (std::size_t s = 0; s < model.limits().size(); ++s) {
        const double each = decode_context(mix, to_double(model.limits()[s])) / decodes;
        counts.decode_context[s] = rounded(decoding * each);
    }
    return counts;
}

/// Adds `prompts` mean prompts of `prompt`, each spread over `steps` steps.
void add_prompts(StepCounts& counts,
                 const StepModel& model,
                 const Lengths& prompt,
                 double prompts) {
    counts.prefill_tokens += std::max<std::int64_t>(1, rounded(prompts * prompt.mean));
    for (std::size_t s = 0; s < model.limits().size(); ++s) {
        counts.prefill_pairs[s] +=
            rounded(prompts * prompt_pairs(prompt, to_double(model.limits()[s])));
    }
}

Seconds step(const StepModel& model, const StepCounts& counts) {
    return Seconds(model.step_s(counts));
}

/// As the load vanishes a mixed step holds one prompt's chunk and nobody else's.
double prompts_per_mixed_step(const ReplicaModel& r, const SteadyState& state) {
    return state.mixed_share > 0.0 ? state.admissions_per_step / state.mixed_share
                                   : 1.0 / prompt_steps(r.model.deployment().engine, r.mix.prompt);
}

}  // namespace

double Lengths::scv() const {
    return mean > 0.0 ? std::max(0.0, mean_square / (mean * mean) - 1.0) : 0.0;
}

double Lengths::deviation() const { return mean * std::sqrt(scv()); }

double length_at(const Lengths& lengths, double z) {
    const double variance = std::log1p(lengths.scv());
    if (variance < 1e-12) return lengths.mean;
    return lengths.mean * std::exp(std::sqrt(variance) * z - 0.5 * variance);
}

double length_quantile(const Lengths& lengths, double q) {
    return length_at(lengths, standard_normal_quantile(q));
}

Lengths fixed_length(double tokens) { return {.mean = tokens, .mean_square = tokens * tokens}; }

Lengths mixed_with(const Lengths& sum, double total, const Lengths& part, double weight) {
    const double all = total + weight;
    if (all <= 0.0) return part;
    return {.mean = (total * sum.mean + weight * part.mean) / all,
            .mean_square = (total * sum.mean_square + weight * part.mean_square) / all};
}

std::string_view to_string(BatchLimit limit) {
    switch (limit) {
        case BatchLimit::slots:
            return "slots";
        case BatchLimit::kv_memory:
            return "kv_memory";
        case BatchLimit::batch_tokens:
            return "batch_tokens";
    }
    return {};
}

double prompt_steps(const Engine& engine, const Lengths& prompt) {
    if (engine.batching == Batching::continuous) return 1.0;
    const double budget = to_double(engine.max_batch_tokens);
    const double even = std::ceil(prompt.mean / budget);
    // E[ceil(P/B)]: exact for fixed lengths and for exponential ones, in between otherwise.
    const double exponential = 1.0 / -std::expm1(-budget / prompt.mean);
    const double spread = std::min(1.0, prompt.scv());
    return even + spread * std::max(0.0, exponential - even);
}

BatchCapacity batch_capacity(const Deployment& d, const MemoryPlan& memory, const RequestMix& mix) {
    const double steps = held_steps(d.engine, mix);
    const double chunks = prompt_steps(d.engine, mix.prompt);
    const double last = mix.prompt.mean + mix.output.mean;
    // KV tokens that a request holds, summed over its steps.
    const double held = 0.5 * (chunks + 1.0) * mix.prompt.mean +
                        decode_context(mix, to_double(kUnlimited)) +
                        (d.engine.pipeline_depth > 1 ? last : 0.0);
    const double block = to_double(memory.block_tokens);
    const double blocks =
        to_double(memory.blocks_per_sequence) + held / steps / block + 0.5 * (block - 1.0) / block;
    BatchCapacity capacity;
    capacity.by_slots = to_double(d.engine.max_sequences);
    capacity.by_kv = std::max(1.0, to_double(memory.kv_blocks) / blocks);
    const double tokens = mix.prompt.mean + mix.output.mean - 1.0;
    capacity.by_tokens =
        std::max(1.0, steps * to_double(d.engine.max_batch_tokens) / std::max(1.0, tokens));
    const double least = std::min({capacity.by_slots, capacity.by_kv, capacity.by_tokens});
    capacity.limit = least == capacity.by_slots ? BatchLimit::slots
                     : least == capacity.by_kv  ? BatchLimit::kv_memory
                                                : BatchLimit::batch_tokens;
    capacity.sequences = std::max(1.0, std::floor(least));
    return capacity;
}

StepCounts decode_shape(const ReplicaModel& r, const SteadyState& state) {
    return decode_counts(r.model, r.mix, state.decoding);
}

StepCounts mixed_shape(const ReplicaModel& r, const SteadyState& state) {
    StepCounts counts = decode_counts(r.model, r.mix, state.decoding);
    const double prompts = prompts_per_mixed_step(r, state);
    add_prompts(counts, r.model, r.mix.prompt, prompts);
    counts.sampled += rounded(prompts);
    return counts;
}

Seconds prompt_time(const ReplicaModel& r, const SteadyState& state, const Lengths& prompt) {
    const Engine& engine = r.model.deployment().engine;
    const double steps = prompt_steps(engine, prompt);
    StepCounts counts = decode_counts(r.model, r.mix, state.decoding - 1.0);
    add_prompts(counts, r.model, prompt, 1.0 / steps);
    // A request arrives in a long step rather than in a short one, and so do those that join it.
    const double joining =
        state.mean_step.value() > 0.0
            ? state.admissions_per_step * (2.0 * state.residual_step / state.mean_step)
            : 0.0;
    if (joining > 0.0) add_prompts(counts, r.model, r.mix.prompt, joining);
    counts.sampled += 1 + rounded(joining);
    // Several prompts share a budget; what does not fit waits, which batch_tokens accounts for.
    const std::int64_t room = engine.max_batch_tokens - counts.decode_sequences;
    if (engine.batching == Batching::chunked_prefill && counts.prefill_tokens > room && room > 0) {
        const double fits = to_double(room) / to_double(counts.prefill_tokens);
        for (auto& pairs : counts.prefill_pairs) pairs = rounded(fits * to_double(pairs));
        counts.prefill_tokens = room;
    }
    const Seconds first = step(r.model, counts);
    const double sequences = state.decoding + state.admissions_per_step;
    return first + (steps - 1.0) * period(engine, first, sequences);
}

double mixed_step_variance_s2(const ReplicaModel& r, const SteadyState& state) {
    const double excess = std::max(0.0, (state.mixed_step - state.decode_step).value());
    return excess * excess * r.mix.prompt.scv() / std::max(1.0, prompts_per_mixed_step(r, state));
}

EngineActivity engine_activity(const ReplicaModel& r, const SteadyState& state) {
    const Engine& engine = r.model.deployment().engine;
    const double limit = r.capacity.sequences;
    const double decodes = r.mix.output.mean - 1.0;
    const double queued = engine.pipeline_depth > 1 ? 1.0 : 0.0;
    EngineActivity activity;
    const Seconds at_work = state.residence - queued * state.mean_step;
    activity.busy = any_of(limit, state.running * (at_work / state.residence));
    const double share = decodes / held_steps(engine, r.mix);
    const double any_decodes = any_of(limit * share, state.running * share);
    if (any_decodes > 1e-6) activity.decoding_per_step = state.running * share / any_decodes;
    // Answers of one token are all prompt.
    const double decode_time = decodes > 0.0 ? state.request_rate * state.decode_step *
                                                   (decodes / activity.decoding_per_step)
                                             : 0.0;
    if (activity.busy > 1e-9) {
        activity.prompt_share = std::clamp(1.0 - decode_time / activity.busy, 0.0, 1.0);
    } else {
        const Seconds whole = state.prompt_time + decodes * state.decode_step;
        activity.prompt_share = whole.value() > 0.0 ? state.prompt_time / whole : 1.0;
    }
    return activity;
}

SteadyState steady_state(const ReplicaModel& r, double running) {
    PLIMSOLL_EXPECTS(running >= 0.0 && running <= r.capacity.sequences * (1.0 + 1e-9));
    const Engine& engine = r.model.deployment().engine;
    const double limit = r.capacity.sequences;
    const double steps = held_steps(engine, r.mix);
    const double others = running * (1.0 - 1.0 / limit);
    const double decodes = r.mix.output.mean - 1.0;

    SteadyState state;
    state.running = running;
    state.decoding = 1.0 + others * decodes / steps;
    state.admissions_per_step = others / steps;
    state.mixed_share =
        -std::expm1(-state.admissions_per_step * prompt_steps(engine, r.mix.prompt));
    const double sequences = state.decoding + state.admissions_per_step;
    state.mixed_step = period(engine, step(r.model, mixed_shape(r, state)), sequences);
    state.decode_step = decodes > 0.0
                            ? period(engine, step(r.model, decode_shape(r, state)), sequences)
                            : state.mixed_step;
    const double m = state.mixed_share;
    state.mean_step = (1.0 - m) * state.decode_step + m * state.mixed_step;
    const double square = (1.0 - m) * state.decode_step.value() * state.decode_step.value() +
                          m * (state.mixed_step.value() * state.mixed_step.value() +
                               mixed_step_variance_s2(r, state));
    state.residual_step = Seconds(0.5 * square / state.mean_step.value());
    state.prompt_time = prompt_time(r, state, r.mix.prompt);
    const double queued = engine.pipeline_depth > 1 ? 1.0 : 0.0;
    const Seconds own = engine.pipeline_depth > 1 ? state.prompt_time
                                                  : state.prompt_time + host_gap(engine, sequences);
    state.residence = own + (decodes + queued) * state.mean_step;
    state.request_rate = running / state.residence;
    const EngineActivity activity = engine_activity(r, state);
    state.busy = activity.busy;
    state.decoding_per_step = activity.decoding_per_step;
    state.prompt_share = activity.prompt_share;
    return state;
}

SteadyState steady_state_at(const ReplicaModel& r, PerSecond arrival_rate) {
    SteadyState high = steady_state(r, r.capacity.sequences);
    if (arrival_rate >= high.request_rate) return high;
    double low_running = 0.0;
    double high_running = r.capacity.sequences;
    SteadyState state = high;
    for (int i = 0; i < 60 && high_running - low_running > 1e-9 * high_running; ++i) {
        const double middle = 0.5 * (low_running + high_running);
        state = steady_state(r, middle);
        (state.request_rate < arrival_rate ? low_running : high_running) = middle;
    }
    return state;
}

PerSecond request_capacity(const ReplicaModel& r) {
    const PerSecond engine = steady_state(r, r.capacity.sequences).request_rate;
    const Seconds delivery = r.mix.output.mean * r.model.deployment().engine.frontend_per_token;
    return delivery.value() > 0.0 ? std::min(engine, 1.0 / delivery) : engine;
}

Seconds phase_wait(const ReplicaModel& r, const SteadyState& state) {
    const Engine& engine = r.model.deployment().engine;
    return engine.pipeline_depth > 1 ? state.residual_step + state.mean_step
                                     : state.residual_step + host_gap(engine, state.decoding);
}

Seconds ttft_unqueued(const ReplicaModel& r, const SteadyState& state, Seconds own_prompt_time) {
    const Engine& engine = r.model.deployment().engine;
    return engine.frontend_in + state.busy * phase_wait(r, state) +
           (1.0 - state.busy) * host_gap(engine, state.decoding) + own_prompt_time +
           engine.frontend_out + state.running * engine.frontend_per_token;
}

HardwareUse hardware_use(const ReplicaModel& r, const SteadyState& state) {
    const Deployment& d = r.model.deployment();
    HardwareUse use;
    use.output_throughput = state.request_rate * (r.mix.output.mean * token);
    use.prompt_throughput = state.request_rate * (r.mix.prompt.mean * token);
    const StepShape decode = shape_of(decode_shape(r, state));
    const StepShape mixed = shape_of(mixed_shape(r, state));
    const double m = state.mixed_share;
    use.breakdown = step_time(d, mixed);
    use.breakdown *= m;
    StepTime pure = step_time(d, decode);
    pure *= 1.0 - m;
    use.breakdown += pure;
    const auto peak = compute_peak(d.gpu, d.precisions.compute);
    if (!peak || d.rule.step_constant) return use;
    // Counted by what requests bring, so that it adds up whatever the shape of the mean step:
    // steps that their decodes make, and what mixed steps do on top.
    const double decodes = r.mix.output.mean - 1.0;
    const PerSecond decode_steps = state.request_rate * (decodes / state.decoding_per_step);
    const PerSecond mixed_steps = state.request_rate / prompts_per_mixed_step(r, state);
    const Work mixed_work = step_work(d, mixed);
    const Work decode_work = step_work(d, decode);
    use.mfu =
        (decode_steps * decode_work.flops + mixed_steps * (mixed_work.flops - decode_work.flops)) /
        *peak;
    use.mbu =
        (decode_steps * decode_work.bytes + mixed_steps * (mixed_work.bytes - decode_work.bytes)) /
        d.gpu.hbm_bandwidth;
    return use;
}

}  // namespace plimsoll
