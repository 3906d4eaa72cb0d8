#pragma once

#include <cstdint>

namespace plimsoll {

/// Consecutive steps of one engine with one batch, whose durations grow linearly: step i (from 0)
/// takes first_s + i * slope_s. Dates follow in closed form from how the host's scheduling (gap_s a
/// step) and the GPU overlap:
///   serial  one step in flight: the host gap lies between steps;
///   gpu     two in flight, the host waits for the GPU: steps follow one another;
///   host    two in flight, the GPU waits for the host: a step every gap_s;
///   single  any one step.
struct StepRun {
    enum class Pace : std::uint8_t { single, serial, gpu, host };

    Pace pace = Pace::single;
    int depth = 1;
    /// Index of the first step, and how many there are.
    std::int64_t first_step = 0;
    std::int64_t steps = 1;
    /// When the host began to schedule the first step.
    double scheduled_s = 0.0;
    /// End of the step before the first.
    double previous_end_s = 0.0;
    double gap_s = 0.0;
    double first_s = 0.0;
    double slope_s = 0.0;

    /// GPU time of the first `count` steps.
    [[nodiscard]] double duration_s(std::int64_t count) const;
    /// End of step i on the GPU.
    [[nodiscard]] double end_s(std::int64_t i) const;
    /// When the host begins to schedule step i; i = steps is the first step after the run.
    [[nodiscard]] double schedule_s(std::int64_t i) const;
    /// Time from the end of step i - 1 to the end of step i.
    [[nodiscard]] double spacing_s(std::int64_t i) const;
    /// The smallest i in [1, steps] with schedule_s(i) >= date_s, or steps if there is none.
    [[nodiscard]] std::int64_t first_schedule_at(double date_s) const;
};

/// The pace at which steps that start like `run` keep on, and for how many of them it holds (at
/// least one). Sets run.pace and lowers run.steps.
void set_pace(StepRun& run);

}  // namespace plimsoll
