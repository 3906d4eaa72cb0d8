#pragma once

#include <cstdint>
#include <string_view>

#include "models/light_load.h"
#include "models/memory.h"
#include "models/step_model.h"
#include "models/units.h"

namespace plimsoll {

/// First two moments of a length, tokens.
struct Lengths {
    double mean = 1.0;
    double mean_square = 1.0;

    /// Squared coefficient of variation; 0 for a fixed length.
    [[nodiscard]] double scv() const;
    /// Standard deviation.
    [[nodiscard]] double deviation() const;
};
[[nodiscard]] Lengths fixed_length(double tokens);
/// Both moments of a mixture that adds `part` with weight `weight` to `sum` of weight `total`.
[[nodiscard]] Lengths mixed_with(const Lengths& sum,
                                 double total,
                                 const Lengths& part,
                                 double weight);

/// The length `z` standard deviations of its logarithm from the median, taken as lognormal; the
/// mean where it does not vary.
[[nodiscard]] double length_at(const Lengths& lengths, double z);
/// Its quantile `q`, as length_at.
[[nodiscard]] double length_quantile(const Lengths& lengths, double q);

/// How long the requests are that a replica serves.
struct RequestMix {
    Lengths prompt;
    Lengths output;
    /// E[prompt x output] - E[prompt] E[output], tokens squared; 0 where they are independent.
    double covariance = 0.0;
};

/// What keeps more sequences from running at once.
enum class BatchLimit { slots, kv_memory, batch_tokens };
[[nodiscard]] std::string_view to_string(BatchLimit limit);

/// The most sequences that run at once on average, by each limit.
struct BatchCapacity {
    double sequences = 1.0;
    BatchLimit limit = BatchLimit::slots;
    double by_slots = 1.0;
    double by_kv = 1.0;
    double by_tokens = 1.0;
};

/// slots: the engine's setting. kv_memory: pool / mean KV that a running sequence holds.
/// batch_tokens: budget x steps that a request stays / its tokens. At least 1.
[[nodiscard]] BatchCapacity batch_capacity(const Deployment& deployment,
                                           const MemoryPlan& memory,
                                           const RequestMix& mix);

/// Mean number of steps over which a prompt is computed when it has the token budget for itself.
[[nodiscard]] double prompt_steps(const Engine& engine, const Lengths& prompt);

/// One replica with the requests it serves.
struct ReplicaModel {
    const StepModel& model;
    RequestMix mix;
    BatchCapacity capacity;
};

/// A replica in which `running` requests hold a place on average.
struct SteadyState {
    double running = 0.0;
    /// Decoding sequences in a step that a running request sees, itself included.
    double decoding = 1.0;
    /// The same averaged over the steps that decode, which counts crowded steps less.
    double decoding_per_step = 1.0;
    /// Requests admitted per step, and the share of steps that work on prompts.
    double admissions_per_step = 0.0;
    double mixed_share = 0.0;
    /// Period of a pure decode step and of a mixed one, host gap included where it shows.
    Seconds decode_step;
    Seconds mixed_step;
    /// Mean period: the TPOT of the mean request.
    Seconds mean_step;
    /// What is left of the running step when a request arrives: E[S^2]/(2 E[S]).
    Seconds residual_step;
    /// The mean request's own prompt steps.
    Seconds prompt_time;
    /// How long a request holds its place.
    Seconds residence;
    /// running / residence. [Little61]
    PerSecond request_rate;
    /// Share of time in which the engine runs at all.
    double busy = 0.0;
    /// Share of `busy` spent on prompts: what is left when every step is charged to decoding for
    /// what its decodes would have taken alone.
    double prompt_share = 0.0;
};

/// How a replica spends its time: the members of SteadyState with these names.
struct EngineActivity {
    double busy = 0.0;
    double decoding_per_step = 1.0;
    double prompt_share = 0.0;
};

/// From the places held and the durations of a state; exact between tabulated states too.
[[nodiscard]] EngineActivity engine_activity(const ReplicaModel& replica, const SteadyState& state);

/// Variance of a mixed step's duration through the lengths of the prompts in it, s^2.
[[nodiscard]] double mixed_step_variance_s2(const ReplicaModel& replica, const SteadyState& state);

/// The steady state with `running` in [0, capacity.sequences] places held: a request sees
/// running x (1 - 1/capacity) others. Its steps are taken at their mean shape.
[[nodiscard]] SteadyState steady_state(const ReplicaModel& replica, double running);
/// The steady state at an arrival rate, found by bisection on `running`; at or beyond capacity,
/// the full batch.
[[nodiscard]] SteadyState steady_state_at(const ReplicaModel& replica, PerSecond arrival_rate);
/// Requests per second with a full batch: n_max/(steps x S(n_max)), and no more than the frontend
/// delivers.
[[nodiscard]] PerSecond request_capacity(const ReplicaModel& replica);

/// Own prompt steps of a request of `prompt` mean length among those of the mix, at `state`.
[[nodiscard]] Seconds prompt_time(const ReplicaModel& replica,
                                  const SteadyState& state,
                                  const Lengths& prompt);

/// What a request waits for in a busy engine that has a place for it: the rest of the running
/// step, then the step already queued (depth 2) or the host gap (depth 1).
[[nodiscard]] Seconds phase_wait(const ReplicaModel& replica, const SteadyState& state);

/// TTFT without waiting for a place: frontends, what is left of the running step, the step already
/// queued (depth 2), the prompt's own steps, the frontend's serial delivery.
[[nodiscard]] Seconds ttft_unqueued(const ReplicaModel& replica,
                                    const SteadyState& state,
                                    Seconds own_prompt_time);

/// Mean shapes at a state: a pure decode step and a mixed one.
[[nodiscard]] StepCounts decode_shape(const ReplicaModel& replica, const SteadyState& state);
[[nodiscard]] StepCounts mixed_shape(const ReplicaModel& replica, const SteadyState& state);

/// How well a replica uses its GPUs at a state.
struct HardwareUse {
    /// Model FLOP/s over dense peak, and bytes per second that had to move over bandwidth.
    double mfu = 0.0;
    double mbu = 0.0;
    TokensPerSecond output_throughput;
    TokensPerSecond prompt_throughput;
    /// Where the mean step's time goes.
    StepTime breakdown;
};
[[nodiscard]] HardwareUse hardware_use(const ReplicaModel& replica, const SteadyState& state);

}  // namespace plimsoll
