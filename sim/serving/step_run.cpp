#include "sim/serving/step_run.h"

#include <algorithm>
#include <cmath>

#include "models/contract.h"

namespace plimsoll {
namespace {

double to_double(std::int64_t n) { return static_cast<double>(n); }

}  // namespace

double StepRun::duration_s(std::int64_t count) const {
    const double n = to_double(count);
    return n * first_s + slope_s * (0.5 * n * (n - 1.0));
}

double StepRun::end_s(std::int64_t i) const {
    switch (pace) {
        case Pace::single: {
            const double ready_s = scheduled_s + gap_s;
            return std::max(ready_s, previous_end_s) + first_s;
        }
        case Pace::serial:
            return scheduled_s + to_double(i + 1) * gap_s + duration_s(i + 1);
        case Pace::gpu:
            return previous_end_s + duration_s(i + 1);
        case Pace::host:
            return scheduled_s + to_double(i + 1) * gap_s + first_s + slope_s * to_double(i);
    }
    return 0.0;
}

double StepRun::schedule_s(std::int64_t i) const {
    if (i == 0) return scheduled_s;
    if (depth == 1) return end_s(i - 1);
    if (pace == Pace::host) return scheduled_s + to_double(i) * gap_s;
    if (i == 1) return std::max(scheduled_s + gap_s, previous_end_s);
    return end_s(i - 2);
}

double StepRun::spacing_s(std::int64_t i) const {
    const double duration = first_s + slope_s * to_double(i);
    if (i == 0) {
        const bool waits_for_gpu = depth > 1 && scheduled_s + gap_s <= previous_end_s;
        return waits_for_gpu ? first_s : scheduled_s + gap_s - previous_end_s + first_s;
    }
    switch (pace) {
        case Pace::single:
            break;
        case Pace::serial:
            return gap_s + duration;
        case Pace::gpu:
            return duration;
        case Pace::host:
            return gap_s + slope_s;
    }
    return duration;
}

std::int64_t StepRun::first_schedule_at(double date_s) const {
    if (schedule_s(steps) < date_s) return steps;
    // Solve the quadratic for a guess, then settle it on the exact dates.
    double guess = 1.0;
    const double ahead = date_s - previous_end_s;
    switch (pace) {
        case Pace::single:
            return 1;
        case Pace::host:
            guess = (date_s - scheduled_s) / gap_s;
            break;
        case Pace::serial:
        case Pace::gpu: {
            const double b = first_s - 0.5 * slope_s + (pace == Pace::serial ? gap_s : 0.0);
            const double root = std::sqrt(std::max(0.0, b * b + 2.0 * slope_s * ahead));
            guess = 2.0 * ahead / (b + root) + (pace == Pace::gpu ? 1.0 : 0.0);
            break;
        }
    }
    auto i = static_cast<std::int64_t>(std::clamp(guess, 1.0, to_double(steps)));
    while (i > 1 && schedule_s(i - 1) >= date_s) --i;
    while (i < steps && schedule_s(i) < date_s) ++i;
    return i;
}

void set_pace(StepRun& run) {
    PLIMSOLL_EXPECTS(run.steps >= 1 && run.slope_s >= 0.0);
    if (run.steps == 1) {
        run.pace = StepRun::Pace::single;
    } else if (run.depth == 1) {
        run.pace = StepRun::Pace::serial;
    } else if (run.scheduled_s + run.gap_s <= run.previous_end_s && run.gap_s <= run.first_s) {
        run.pace = StepRun::Pace::gpu;
    } else if (run.scheduled_s + run.gap_s > run.previous_end_s && run.gap_s > run.first_s) {
        run.pace = StepRun::Pace::host;
        if (run.slope_s > 0.0) {
            // Holds while the step before is shorter than the gap.
            const double shorter = std::ceil((run.gap_s - run.first_s) / run.slope_s);
            if (shorter < to_double(run.steps)) {
                run.steps = std::max<std::int64_t>(1, static_cast<std::int64_t>(shorter));
            }
        }
        if (run.steps == 1) run.pace = StepRun::Pace::single;
    } else {
        run.pace = StepRun::Pace::single;
        run.steps = 1;
    }
}

}  // namespace plimsoll
