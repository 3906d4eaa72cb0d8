#pragma once

#include <cstdint>
#include <vector>

#include "sim/serving/step_run.h"

namespace plimsoll {

/// Gaps between output tokens in arithmetic progression.
struct GapLine {
    double first_s = 0.0;
    double slope_s = 0.0;
    std::int64_t count = 0;
    /// When the first of them ended.
    double date_s = 0.0;
};

/// How a step's tokens reach the clients: one serial frontend handles one token in per_token_s, a
/// step's tokens in batch order. A step's delivery starts at its end, or when the frontend is
/// through with the step before: G_j = max(end_j, F_{j-1}), F_j = G_j + batch x per_token_s.
class Delivery {
public:
    explicit Delivery(double per_token_s) : per_token_s_(per_token_s) {}

    /// Delivers the steps of `run`, each with `batch` tokens, and puts the gaps between their
    /// delivery starts into gaps(): [0] is the gap to the step before the run.
    void deliver(const StepRun& run, std::int64_t batch);

    /// Delivery start of the last step delivered.
    [[nodiscard]] double last_start_s() const { return last_start_s_; }
    [[nodiscard]] double per_token_s() const { return per_token_s_; }
    [[nodiscard]] const std::vector<GapLine>& gaps() const { return gaps_; }

private:
    void add(const GapLine& line);

    double per_token_s_;
    double last_start_s_ = 0.0;
    double free_s_ = 0.0;
    std::vector<GapLine> gaps_;
};

}  // namespace plimsoll
