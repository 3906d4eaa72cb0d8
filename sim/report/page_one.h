#pragma once

#include <string>
#include <vector>

#include "sim/estimate.h"
#include "sim/report/chart_model.h"
#include "sim/report/load_curve.h"
#include "sim/report/text_style.h"
#include "sim/result.h"
#include "sim/scenario.h"

namespace plimsoll {

/// What page one shows: a run, the closed form of the same question at the same load, and the
/// simulated curve where there is one.
struct PageInput {
    const Scenario& scenario;
    const ReplicatedSummary& result;
    const Estimate& estimate;
    /// What multiplied the scenario's arrivals.
    double load = 1.0;
    const LoadCurve* curve = nullptr;
};

/// The answer on one page for a terminal: a sentence with figures that multiply out, the SLO term
/// by term, money, capacity, what a step's time goes to, latencies, what became of the requests,
/// cost and latency against load, and how far to trust it.
[[nodiscard]] std::string page_one(const PageInput& input, const TextStyle& style);

/// The answer in one sentence, without colour or line breaks.
[[nodiscard]] std::string answer_sentence(const PageInput& input);

/// How the sentence's money comes about: two products that hold to the digits printed; empty
/// without a price.
[[nodiscard]] std::vector<std::string> money_arithmetic(const PageInput& input);

/// Cost per million output tokens, and the p99 TTFT, against load: the closed form's curve, the
/// simulated one where there is one, the run itself as a point, the tightest TTFT limit as a rule.
[[nodiscard]] ChartModel cost_chart(const PageInput& input);
[[nodiscard]] ChartModel ttft_chart(const PageInput& input);

}  // namespace plimsoll
