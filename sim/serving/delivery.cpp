#include "sim/serving/delivery.h"

#include <algorithm>
#include <cmath>

namespace plimsoll {
namespace {

double to_double(std::int64_t n) { return static_cast<double>(n); }

/// A frontend that is busy from start_s on, for busy_s per step.
struct Backlog {
    double start_s = 0.0;
    double busy_s = 0.0;

    [[nodiscard]] double through_s(std::int64_t steps) const {
        return start_s + to_double(steps) * busy_s;
    }
};

/// First i >= 1 of the run whose step ends when the frontend is through with those before, i.e.
/// end_s(i) >= start_s + i * busy_s; run.steps if none does. The difference is convex in i and
/// negative at 0, so it crosses zero once.
std::int64_t first_caught_up(const StepRun& run, const Backlog& backlog) {
    const auto is_behind = [&](std::int64_t i) { return run.end_s(i) < backlog.through_s(i); };
    if (is_behind(run.steps - 1)) return run.steps;
    std::int64_t behind = 0;
    std::int64_t caught = run.steps - 1;
    while (caught - behind > 1) {
        const std::int64_t middle = behind + (caught - behind) / 2;
        (is_behind(middle) ? behind : caught) = middle;
    }
    return caught;
}

}  // namespace

void Delivery::add(const GapLine& line) {
    if (line.count > 0) gaps_.push_back(line);
}

void Delivery::deliver(const StepRun& run, std::int64_t batch) {
    gaps_.clear();
    const std::int64_t steps = run.steps;
    const double busy_s = to_double(batch) * per_token_s_;
    const double end_s = run.end_s(0);
    const bool is_backlogged = free_s_ > end_s;
    const double start_s = is_backlogged ? free_s_ : end_s;
    // While the steps follow the GPU the gap is the step's own time, to the last bit.
    const bool was_prompt = last_start_s_ == run.previous_end_s;
    const double gap_s = is_backlogged || !was_prompt ? start_s - last_start_s_ : run.spacing_s(0);
    add({.first_s = gap_s, .slope_s = 0.0, .count = 1, .date_s = start_s});
    last_start_s_ = start_s;
    if (steps > 1) {
        last_start_s_ = run.end_s(steps - 1);
        std::int64_t next = 1;
        if (is_backlogged || busy_s > run.spacing_s(1)) {
            const Backlog backlog{.start_s = start_s, .busy_s = busy_s};
            const std::int64_t caught = first_caught_up(run, backlog);
            const double before_s = backlog.through_s(caught - 1);
            add({.first_s = busy_s,
                 .slope_s = 0.0,
                 .count = caught - 1,
                 .date_s = start_s + busy_s});
            if (caught == steps) {
                last_start_s_ = before_s;
            } else {
                add({.first_s = run.end_s(caught) - before_s,
                     .slope_s = 0.0,
                     .count = 1,
                     .date_s = run.end_s(caught)});
            }
            next = caught + 1;
        }
        if (next < steps) {
            const bool is_even = run.pace == StepRun::Pace::host;
            add({.first_s = run.spacing_s(next),
                 .slope_s = is_even ? 0.0 : run.slope_s,
                 .count = steps - next,
                 .date_s = run.end_s(next)});
        }
    }
    free_s_ = last_start_s_ + busy_s;
}

}  // namespace plimsoll
