#include "models/light_load.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/contract.h"

namespace plimsoll {
namespace {

using Spans = std::array<std::int64_t, kMaxSpans>;

double to_double(std::int64_t n) { return static_cast<double>(n); }

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

double span_sum(double n, double limit) {
    if (n <= limit) return 0.5 * n * (n + 1.0);
    return 0.5 * limit * (limit + 1.0) + (n - limit) * limit;
}

LightLoad light_load(const StepModel& model,
                     std::int64_t prompt_tokens,
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
            counts.prefill_pairs[s] = std::llround(span_sum(to_double(after), limit) -
                                                   span_sum(to_double(before), limit));
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

}  // namespace plimsoll
