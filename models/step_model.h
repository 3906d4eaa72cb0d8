#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/step.h"

namespace plimsoll {

/// StepShape in whole numbers, as the simulator has it.
struct StepCounts {
    std::int64_t prefill_tokens = 0;
    std::array<std::int64_t, kMaxSpans> prefill_pairs{};
    std::int64_t decode_sequences = 0;
    std::array<std::int64_t, kMaxSpans> decode_context{};
    std::int64_t sampled = 0;

    [[nodiscard]] std::int64_t tokens() const { return prefill_tokens + decode_sequences; }
};
[[nodiscard]] StepShape shape_of(const StepCounts& counts);

/// A stretch of pure decode steps whose time grows linearly: step i (from 0) takes
/// first_s + i * slope_s, for i < steps. slope_s is never negative.
struct DecodeSegment {
    double first_s = 0.0;
    double slope_s = 0.0;
    std::int64_t steps = 0;
};

/// What a pool's steps were made of, for utilisation and the breakdown of its time.
class StepTally {
public:
    StepTally() = default;
    struct Sizes {
        std::int64_t tokens = 0;
        std::int64_t rows = 0;
        int stages = 1;
    };
    explicit StepTally(const Sizes& sizes);

    /// A step that took `seconds`.
    void add_step(const StepCounts& counts, double seconds);
    /// `steps` decode steps of `batch` sequences that took `seconds` in all; `context` as in the
    /// first of them, of which `growing` grow by one token a step.
    void add_decode(std::int64_t batch,
                    const std::array<std::int64_t, kMaxSpans>& context,
                    const std::array<std::int64_t, kMaxSpans>& growing,
                    std::int64_t steps,
                    double seconds);
    void merge(const StepTally& other);

    [[nodiscard]] double steps() const { return steps_; }
    [[nodiscard]] double decode_sequences() const { return sequences_; }
    [[nodiscard]] double seconds() const { return seconds_; }

private:
    friend class StepModel;

    /// Of `batch` sequences spread over fewer micro-batches than there are stages: by how much
    /// each one's share of the context is larger than 1 / stages.
    [[nodiscard]] double thin(std::int64_t batch) const;

    /// Steps by prefill + decode tokens: mixed ones, and pure decode ones.
    std::vector<std::int64_t> mixed_by_tokens_;
    std::vector<std::int64_t> decode_by_tokens_;
    std::vector<std::int64_t> by_rows_;
    std::array<double, kMaxSpans> mixed_context_{};
    std::array<double, kMaxSpans> decode_context_{};
    std::array<double, kMaxSpans> pairs_{};
    /// Context sums weighted by thin().
    std::array<double, kMaxSpans> mixed_thin_{};
    std::array<double, kMaxSpans> decode_thin_{};
    int stages_ = 1;
    double seconds_ = 0.0;
    double steps_ = 0.0;
    double mixed_steps_ = 0.0;
    double prefill_tokens_ = 0.0;
    double sequences_ = 0.0;
    double mixed_sequences_ = 0.0;
    double sampled_ = 0.0;
};

/// A deployment compiled for speed: the same durations as step_time(), tabulated as they are first
/// asked for along the axes that are constant inside a jump (tokens, sampled rows), and linear in
/// the sums of contexts, the axis that changes inside it.
class StepModel {
public:
    explicit StepModel(const Deployment& deployment);

    /// Duration of one step, seconds; equals step_time(deployment, counts) to rounding.
    [[nodiscard]] double step_s(const StepCounts& counts) const;

    /// The linear stretch that starts with the pure decode step of `batch` sequences whose context
    /// sums are `context`; per span, `growing` of them grow by one token a step. At least one step.
    [[nodiscard]] DecodeSegment decode_segment(
        std::int64_t batch,
        const std::array<std::int64_t, kMaxSpans>& context,
        const std::array<std::int64_t, kMaxSpans>& growing) const;

    /// Where the time of the tallied steps went; its parts add up to it. Under Fidelity::rule a
    /// step has one bound: time is shared out as in the mean step of each kind.
    [[nodiscard]] StepTime breakdown(const StepTally& tally) const;
    /// The work of the tallied steps, per GPU; bytes are those that each step had to move.
    [[nodiscard]] Work work(const StepTally& tally) const;

    [[nodiscard]] const Deployment& deployment() const { return deployment_; }
    /// How far back each span reads; size() of them are in use.
    [[nodiscard]] const std::vector<std::int64_t>& limits() const { return limits_; }
    [[nodiscard]] StepTally make_tally() const;

private:
    /// A duration that is linear in the context sums.
    struct Line {
        double constant_s = 0.0;
        std::array<double, kMaxSpans> per_context_s{};
    };
    /// The rule's duration is the largest of a few lines: compute, memory, and the three floors.
    static constexpr std::size_t kLines = 5;

    [[nodiscard]] double tokens_s(std::int64_t tokens) const;
    [[nodiscard]] double rows_s(std::int64_t rows) const;
    [[nodiscard]] double decode_constant_s(std::int64_t batch) const;
    [[nodiscard]] double pipeline_share(std::int64_t batch) const;
    [[nodiscard]] const std::array<Line, kLines>& rule_lines(std::int64_t batch) const;
    [[nodiscard]] DecodeSegment rule_segment(
        std::int64_t batch,
        const std::array<std::int64_t, kMaxSpans>& context,
        const std::array<std::int64_t, kMaxSpans>& growing) const;

    Deployment deployment_;
    std::vector<std::int64_t> limits_;
    std::size_t spans_ = 1;
    bool rule_ = false;
    std::array<double, kMaxSpans> decode_rate_{};
    std::array<double, kMaxSpans> mixed_rate_{};
    std::array<double, kMaxSpans> prefill_rate_{};
    double mixed_s_ = 0.0;
    double sequence_s_ = 0.0;
    // Memoised values of pure functions; negative where not asked for yet.
    mutable std::vector<double> tokens_s_;
    mutable std::vector<double> rows_s_;
    mutable std::vector<std::array<Line, kLines>> rule_lines_;
};

}  // namespace plimsoll
