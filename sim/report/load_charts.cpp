#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/report/figures.h"
#include "sim/report/page_one.h"

namespace plimsoll {
namespace {

constexpr double kUsdPerMtok = 1e6;

/// A simulated figure at a load, with its interval's ends where there are replications.
struct Sample {
    double load = 0.0;
    std::optional<double> value;
    std::optional<Interval> ends;
};

template <class Read>
std::vector<Sample> samples(const PageInput& input, const Read& read) {
    std::vector<Sample> found;
    const auto add = [&](double load, const ReplicatedSummary& result) {
        Sample sample{load, read(result.mean), std::nullopt};
        if (result.intervals) {
            const auto low = read(result.intervals->low);
            const auto high = read(result.intervals->high);
            if (low && high) sample.ends = Interval{*low, *high};
        }
        found.push_back(sample);
    };
    if (input.curve == nullptr) {
        add(load_rps(input.scenario, input.load, input.result.mean), input.result);
    } else {
        for (const LoadPoint& point : input.curve->points) add(point.load_rps, point.result);
    }
    return found;
}

ChartModel with_samples(ChartModel chart, const std::vector<Sample>& found) {
    ChartSeries points{"simulated", SeriesRole::points, {}};
    ChartSeries band{"", SeriesRole::band, {}};
    for (const Sample& sample : found) {
        if (!sample.value) continue;
        points.points.push_back({.x = sample.load, .y = *sample.value});
        if (sample.ends)
            band.points.push_back(
                {.x = sample.load, .y = sample.ends->low, .y_high = sample.ends->high});
    }
    if (!band.points.empty()) chart.series.push_back(std::move(band));
    chart.series.push_back(std::move(points));
    return chart;
}

void add_load_rule(ChartModel& chart, const PageInput& input) {
    double load = input.estimate.load_at_slo.value();
    if (input.curve != nullptr && input.curve->answer) load = input.curve->answer->load_at_slo_rps;
    if (input.result.mean.slo.terms.empty() || !std::isfinite(load) || load <= 0.0) return;
    chart.rules.push_back({.name = fmt::format("SLO {}", figure(load)),
                           .direction = ChartRule::Direction::vertical,
                           .value = load});
}

}  // namespace

ChartModel cost_chart(const PageInput& input) {
    ChartModel chart;
    chart.title = "$ per M output tokens";
    chart.x = {.label = "load", .unit = "req/s", .scale = AxisScale::linear, .low = {}, .high = {}};
    chart.y.scale = AxisScale::log;
    ChartSeries curve{"closed form", SeriesRole::line, {}};
    for (const EstimatePoint& point : input.estimate.curve)
        curve.points.push_back(
            {.x = point.load.value(), .y = point.usd_per_output_token.value() * kUsdPerMtok});
    chart.series.push_back(std::move(curve));
    add_load_rule(chart, input);
    return with_samples(std::move(chart), samples(input, [](const Summary& summary) {
                            return summary.cost ? summary.cost->usd_per_mtok_output : std::nullopt;
                        }));
}

ChartModel ttft_chart(const PageInput& input) {
    ChartModel chart;
    chart.title = "p99 TTFT, s";
    chart.x = {.label = "load", .unit = "req/s", .scale = AxisScale::linear, .low = {}, .high = {}};
    chart.y.scale = AxisScale::log;
    ChartSeries curve{"closed form", SeriesRole::line, {}};
    for (const EstimatePoint& point : input.estimate.curve)
        curve.points.push_back({.x = point.load.value(), .y = point.ttft_p99.value()});
    chart.series.push_back(std::move(curve));
    const SloVerdict* limit = nullptr;
    for (const SloVerdict& term : input.result.mean.slo.terms) {
        if (term.metric == "ttft" && (limit == nullptr || term.limit < limit->limit)) limit = &term;
    }
    if (limit != nullptr) {
        chart.rules.push_back({.name = fmt::format("limit {}", seconds(limit->limit)),
                               .direction = ChartRule::Direction::horizontal,
                               .value = limit->limit});
    }
    return with_samples(std::move(chart), samples(input, [](const Summary& summary) {
                            return summary.latency.ttft_s
                                       ? std::optional(summary.latency.ttft_s->p99)
                                       : std::nullopt;
                        }));
}

}  // namespace plimsoll
