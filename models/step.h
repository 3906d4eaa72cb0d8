#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/deployment.h"

namespace plimsoll {

/// Kinds of layers that differ in how far back they read; see span_limits().
inline constexpr std::size_t kMaxSpans = 4;

/// What one engine iteration works on, summed over the replica.
struct StepShape {
    /// Prompt tokens computed in this step, over all prompts.
    double prefill_tokens = 0.0;
    /// Per span limit s: sum over those tokens of min(position, s), i.e. the query-key pairs.
    std::array<double, kMaxSpans> prefill_pairs{};
    /// Sequences that decode one token each.
    double decode_sequences = 0.0;
    /// Per span limit s: sum over decoding sequences of min(context, s).
    std::array<double, kMaxSpans> decode_context{};
    /// Sequences that sample a token in this step: decodes and prompts that end here.
    double sampled = 0.0;

    [[nodiscard]] double tokens() const { return prefill_tokens + decode_sequences; }
    [[nodiscard]] bool is_mixed() const { return prefill_tokens > 0.0; }
};

/// What an operation's time is spent on.
enum class Resource { compute, memory, communication, launch, host };
inline constexpr std::size_t kResources = 5;
[[nodiscard]] std::string_view to_string(Resource resource);

/// Where a step's time goes. Host is what the engine adds on the GPU's time line per step and
/// sequence; the scheduler's own gap is the simulator's (it may be hidden).
struct StepTime {
    std::array<Seconds, kResources> parts{};

    [[nodiscard]] Seconds& operator[](Resource r) { return parts[static_cast<std::size_t>(r)]; }
    [[nodiscard]] Seconds operator[](Resource r) const {
        return parts[static_cast<std::size_t>(r)];
    }
    [[nodiscard]] Seconds total() const;
    /// The largest part.
    [[nodiscard]] Resource binding() const;
    StepTime& operator+=(const StepTime& other);
    StepTime& operator*=(double factor);
};

/// FLOPs done and bytes moved on each GPU, and bytes that each GPU must send.
struct Work {
    Flops flops;
    Bytes bytes;
    Bytes sent;
    Work& operator+=(const Work& other);
};

/// Duration of one engine iteration: the only place where it gets one. The closed form evaluates
/// it at the mean shape, the simulator (through StepModel) at every actual one.
[[nodiscard]] StepTime step_time(const Deployment& deployment, const StepShape& shape);

/// FLOPs and bytes that the step needs at least, per GPU: model FLOPs (2 per multiply-add,
/// causal attention counted once) and each touched weight, KV entry and state byte once.
[[nodiscard]] Work step_work(const Deployment& deployment, const StepShape& shape);

/// No step is faster than max(FLOPs / dense peak, bytes / bandwidth, sent bytes / link), whatever
/// the fidelity (but for a constant step). The peak is that of the fastest format in use: layers
/// may compute in 8 bit, attention and output projection in 16.
[[nodiscard]] Seconds step_floor(const Deployment& deployment, const StepShape& shape);
/// The dense peak that step_floor divides by.
[[nodiscard]] FlopsPerSecond fastest_peak(const Deployment& deployment);

/// Decode sequences after padding to a captured graph: 1, 2, 4, multiples of 8 up to 256, of 16
/// up to 512; unpadded above.
[[nodiscard]] std::int64_t graph_batch(std::int64_t sequences);

// The parts that step_time adds up under Fidelity::roofline; StepModel tabulates them.

/// GEMMs, experts, element-wise work and collectives of `tokens` tokens in all layers.
[[nodiscard]] StepTime token_part(const Deployment& deployment, double tokens);
/// Output projection and sampling of `rows` sequences.
[[nodiscard]] StepTime sampling_part(const Deployment& deployment, double rows);
/// Reading the KV of decoding sequences: seconds per unit of decode_context, by span, in a pure
/// decode step or in one mixed with prompts.
struct AttentionRate {
    double seconds_per_context = 0.0;
    Resource bound = Resource::memory;
};
[[nodiscard]] std::array<AttentionRate, kMaxSpans> decode_attention_rates(
    const Deployment& deployment, bool mixed);
/// Prompt attention: seconds per query-key pair, by span (compute-bound).
[[nodiscard]] std::array<double, kMaxSpans> prefill_attention_rates(const Deployment& deployment);
/// What a mixed step adds whatever its size.
[[nodiscard]] StepTime mixed_part(const Deployment& deployment);
/// Per decoding sequence.
[[nodiscard]] Seconds sequence_part(const Deployment& deployment);

}  // namespace plimsoll
