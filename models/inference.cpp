#include "models/inference.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/contract.h"
#include "models/roofline.h"

namespace plimsoll {
namespace {

using Spans = std::array<std::int64_t, kMaxSpans>;

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

/// Sum of min(j, limit) for j = 1 ... n.
double capped_sum(double n, double limit) {
    if (n <= limit) return 0.5 * n * (n + 1.0);
    return 0.5 * limit * (limit + 1.0) + (n - limit) * limit;
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
        return decodes * p + 0.5 * (mix.output.mean_square - mix.output.mean);
    }
    return std::max(0.0, capped_sum(p + decodes, limit) - capped_sum(p, limit));
}

/// Query-key pairs of a mean prompt under a span limit.
double prompt_pairs(const Lengths& prompt, double limit) {
    const double all = 0.5 * (prompt.mean_square + prompt.mean);
    return prompt.mean <= limit ? all : std::min(all, capped_sum(prompt.mean, limit));
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
void add_prompts(StepCounts& counts, const StepModel& model, const Lengths& prompt,
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

/// Time line of steps. With a pipeline of depth 2 the host prepares a step while the one before
/// runs, so that only the part of its gap that outlasts that step shows.
class Pipeline {
public:
    Pipeline(const Engine& engine, double sequences)
        : overlaps_(engine.pipeline_depth > 1),
          gap_(host_gap(engine, sequences).value()),
          exposed_(gap_) {}

    void push(double step_s) {
        end_ += exposed_ + step_s;
        exposed_ = overlaps_ ? std::max(0.0, gap_ - step_s) : gap_;
    }
    /// The same as pushing first, first + slope, ... one by one.
    void push(const DecodeSegment& segment, std::int64_t steps) {
        const double n = to_double(steps - 1);
        end_ += exposed_ + (n + 1.0) * segment.first_s + segment.slope_s * 0.5 * n * (n + 1.0) +
                (overlaps_ ? shortfall(segment, n) : n * gap_);
        const double last = segment.first_s + n * segment.slope_s;
        exposed_ = overlaps_ ? std::max(0.0, gap_ - last) : gap_;
    }
    [[nodiscard]] double end_s() const { return end_; }

private:
    /// Sum of max(0, gap - step) over the first `steps` steps of a segment.
    [[nodiscard]] double shortfall(const DecodeSegment& segment, double steps) const {
        if (segment.first_s >= gap_) return 0.0;
        double n = steps;
        if (segment.slope_s > 0.0) {
            n = std::min(n, std::ceil((gap_ - segment.first_s) / segment.slope_s));
        }
        return n * (gap_ - segment.first_s) - segment.slope_s * 0.5 * n * (n - 1.0);
    }

    bool overlaps_;
    double gap_;
    double exposed_;
    double end_ = 0.0;
};

}  // namespace

Seconds host_gap(const Engine& engine, double sequences) {
    return engine.host_gap + sequences * engine.host_gap_per_sequence;
}

double Lengths::scv() const {
    return mean > 0.0 ? std::max(0.0, mean_square / (mean * mean) - 1.0) : 0.0;
}

double Lengths::deviation() const { return mean * std::sqrt(scv()); }

Lengths fixed_length(double tokens) { return {.mean = tokens, .mean_square = tokens * tokens}; }

Lengths mixed_with(const Lengths& sum, double total, const Lengths& part, double weight) {
    const double all = total + weight;
    if (all <= 0.0) return part;
    return {.mean = (total * sum.mean + weight * part.mean) / all,
            .mean_square = (total * sum.mean_square + weight * part.mean_square) / all};
}

std::string_view to_string(BatchLimit limit) {
    switch (limit) {
        case BatchLimit::slots: return "slots";
        case BatchLimit::kv_memory: return "kv_memory";
        case BatchLimit::batch_tokens: return "batch_tokens";
    }
    return {};
}

LightLoad light_load(const StepModel& model, std::int64_t prompt_tokens,
                     std::int64_t output_tokens) {
    PLIMSOLL_EXPECTS(prompt_tokens >= 1 && output_tokens >= 1);
    const Engine& engine = model.deployment().engine;
    const auto& limits = model.limits();
    const std::int64_t chunk = engine.batching == Batching::continuous
                                   ? prompt_tokens
                                   : std::min(prompt_tokens, engine.max_batch_tokens);
    Pipeline pipeline(engine, 1.0);
    for (std::int64_t before = 0; before < prompt_tokens; before += chunk) {
        const std::int64_t after = std::min(before + chunk, prompt_tokens);
        StepCounts counts;
        counts.prefill_tokens = after - before;
        counts.sampled = after == prompt_tokens ? 1 : 0;
        for (std::size_t s = 0; s < limits.size(); ++s) {
            const double limit = to_double(limits[s]);
            counts.prefill_pairs[s] =
                rounded(capped_sum(to_double(after), limit) - capped_sum(to_double(before), limit));
        }
        pipeline.push(model.step_s(counts));
    }
    const double first_s = pipeline.end_s();
    const std::int64_t decodes = output_tokens - 1;
    for (std::int64_t done = 0; done < decodes;) {
        Spans context{};
        Spans growing{};
        std::int64_t steps = decodes - done;
        for (std::size_t s = 0; s < limits.size(); ++s) {
            const std::int64_t position = prompt_tokens + done + 1;
            context[s] = std::min(position, limits[s]);
            growing[s] = position < limits[s] ? 1 : 0;
            if (growing[s] == 1) steps = std::min(steps, limits[s] - position);
        }
        const DecodeSegment segment = model.decode_segment(1, context, growing);
        steps = std::clamp<std::int64_t>(segment.steps, 1, steps);
        pipeline.push(segment, steps);
        done += steps;
    }
    const double decoding_s = pipeline.end_s() - first_s;
    LightLoad light;
    light.ttft = engine.frontend_in + Seconds(first_s) + engine.frontend_out;
    if (decodes > 0) light.tpot = Seconds(decoding_s / to_double(decodes));
    light.e2e = light.ttft + Seconds(decoding_s);
    return light;
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

BatchCapacity batch_capacity(const Deployment& d, const MemoryPlan& memory,
                             const RequestMix& mix) {
    const double steps = held_steps(d.engine, mix);
    const double chunks = prompt_steps(d.engine, mix.prompt);
    const double last = mix.prompt.mean + mix.output.mean;
    // KV tokens that a request holds, summed over its steps.
    const double held = 0.5 * (chunks + 1.0) * mix.prompt.mean +
                        decode_context(mix, to_double(kUnlimited)) +
                        (d.engine.pipeline_depth > 1 ? last : 0.0);
    const double block = to_double(memory.block_tokens);
    const double blocks = to_double(memory.blocks_per_sequence) + held / steps / block +
                          0.5 * (block - 1.0) / block;
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

/// As the load vanishes a mixed step holds one prompt's chunk and nobody else's.
static double prompts_per_mixed_step(const ReplicaModel& r, const SteadyState& state) {
    return state.mixed_share > 0.0
               ? state.admissions_per_step / state.mixed_share
               : 1.0 / prompt_steps(r.model.deployment().engine, r.mix.prompt);
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
    if (state.admissions_per_step > 0.0) {
        add_prompts(counts, r.model, r.mix.prompt, state.admissions_per_step);
    }
    counts.sampled += 1 + rounded(state.admissions_per_step);
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
    state.decode_step =
        decodes > 0.0 ? period(engine, step(r.model, decode_shape(r, state)), sequences)
                      : state.mixed_step;
    const double m = state.mixed_share;
    state.mean_step = (1.0 - m) * state.decode_step + m * state.mixed_step;
    const double square = (1.0 - m) * state.decode_step.value() * state.decode_step.value() +
                          m * state.mixed_step.value() * state.mixed_step.value();
    state.residual_step = Seconds(0.5 * square / state.mean_step.value());
    state.prompt_time = prompt_time(r, state, r.mix.prompt);
    const double queued = engine.pipeline_depth > 1 ? 1.0 : 0.0;
    const Seconds own = engine.pipeline_depth > 1
                            ? state.prompt_time
                            : state.prompt_time + host_gap(engine, sequences);
    state.residence = own + (decodes + queued) * state.mean_step;
    state.request_rate = running / state.residence;
    const Seconds at_work = state.residence - queued * state.mean_step;
    state.busy = any_of(limit, running * (at_work / state.residence));
    const double share_decoding = decodes / steps;
    const double any_decodes = any_of(limit * share_decoding, running * share_decoding);
    if (any_decodes > 1e-6) state.decoding_per_step = running * share_decoding / any_decodes;
    const double decode_time =
        state.request_rate * state.decode_step * (decodes / state.decoding_per_step);
    if (state.busy > 0.0) {
        state.prompt_share = std::clamp(1.0 - decode_time / state.busy, 0.0, 1.0);
    } else {
        state.prompt_share = state.prompt_time / (state.prompt_time + decodes * state.decode_step);
    }
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
    use.mfu = (decode_steps * decode_work.flops +
               mixed_steps * (mixed_work.flops - decode_work.flops)) /
              *peak;
    use.mbu = (decode_steps * decode_work.bytes +
               mixed_steps * (mixed_work.bytes - decode_work.bytes)) /
              d.gpu.hbm_bandwidth;
    return use;
}

}  // namespace plimsoll
