#include "sim/serving/delivery.h"

#include <algorithm>
#include <cmath>

namespace plimsoll {
namespace {

double to_double(std::int64_t n) { return static_cast<double>(n); }

/// First i in [1, steps) at which the steps have caught up with a frontend that is busy from
/// start_s on, i.e. run.end_s(i) >= start_s + i * busy_s; steps if none does. The difference is
/// convex in i and negative at 0, so it crosses zero once.
std::int64_t first_caught_up(const StepRun& run, std::int64_t steps, double start_s,
                             double busy_s) {
    const auto is_behind = [&](std::int64_t i) {
        return run.end_s(i) < start_s + to_double(i) * busy_s;
    };
    if (is_behind(steps - 1)) return steps;
    std::int64_t behind = 0;
    std::int64_t caught = steps - 1;
    while (caught - behind > 1) {
        const std::int64_t middle = behind + (caught - behind) / 2;
        (is_behind(middle) ? behind : caught) = middle;
    }
    return caught;
}

}  // namespace

void Delivery::add(double first_s, double slope_s, std::int64_t count, double date_s) {
    if (count > 0) gaps_.push_back({first_s, slope_s, count, date_s});
}

void Delivery::deliver(const StepRun& run, std::int64_t steps, std::int64_t batch) {
    gaps_.clear();
    const double busy_s = to_double(batch) * per_token_s_;
    const double end_s = run.end_s(0);
    const bool is_backlogged = free_s_ > end_s;
    const double start_s = is_backlogged ? free_s_ : end_s;
    // While the steps follow the GPU the gap is the step's own time, to the last bit.
    const bool was_prompt = last_start_s_ == run.previous_end_s;
    add(is_backlogged || !was_prompt ? start_s - last_start_s_ : run.spacing_s(0), 0.0, 1, start_s);
    last_start_s_ = start_s;
    if (steps > 1) {
        last_start_s_ = run.end_s(steps - 1);
        std::int64_t next = 1;
        if (is_backlogged || busy_s > run.spacing_s(1)) {
            const std::int64_t caught = first_caught_up(run, steps, start_s, busy_s);
            const double before_s = start_s + to_double(caught - 1) * busy_s;
            add(busy_s, 0.0, caught - 1, start_s + busy_s);
            if (caught == steps) {
                last_start_s_ = before_s;
            } else {
                add(run.end_s(caught) - before_s, 0.0, 1, run.end_s(caught));
            }
            next = caught + 1;
        }
        if (next < steps) {
            const bool is_even = run.pace == StepRun::Pace::host;
            add(run.spacing_s(next), is_even ? 0.0 : run.slope_s, steps - next, run.end_s(next));
        }
    }
    free_s_ = last_start_s_ + busy_s;
}

}  // namespace plimsoll
