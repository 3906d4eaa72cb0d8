#include "sim/workload/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "models/contract.h"
#include "sim/workload/arrival.h"
#include "sim/workload/gap_law.h"
#include "sim/workload/length_points.h"
#include "sim/workload/request_lengths.h"

namespace plimsoll {
namespace {

/// Draws that the effect of a parameter is averaged over.
constexpr std::size_t kDraws = 4;
constexpr double kTriedShift = 0.15;
constexpr double kMostCorrelation = 0.95;

/// `value` with so many significant digits: what a person would write, and all that is known.
double rounded(double value, int digits) {
    if (value == 0.0) return 0.0;
    const double scale = std::pow(10.0, digits - 1 - std::floor(std::log10(std::abs(value))));
    return std::round(value * scale) / scale;
}

std::vector<std::array<double, 2>> written(std::vector<std::array<double, 2>> points) {
    for (auto& point : points) {
        point[0] = std::round(point[0] * 1e4) / 1e4;
        point[1] = std::round(point[1]);
    }
    points.back()[0] = 1.0;
    return points;
}

FittedKind kind_of(std::span<const TraceRow> rows, const TrafficFactors& factors, std::size_t k) {
    FittedKind kind;
    std::vector<WeightedLength> prompts;
    std::vector<WeightedLength> outputs;
    std::vector<double> prompt;
    std::vector<double> output;
    std::vector<double> weights;
    double total = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double weight = factors.membership(i, k);
        total += weight;
        prompt.push_back(rows[i].prompt_tokens);
        output.push_back(rows[i].output_tokens);
        weights.push_back(weight);
        prompts.push_back({prompt.back(), weight});
        outputs.push_back({output.back(), weight});
    }
    kind.share = total / static_cast<double>(rows.size());
    for (std::size_t i = 0; i < factors.corners_s.size(); ++i)
        kind.rate_points.push_back({rounded(factors.corners_s[i] - factors.corners_s[0], 5),
                                    std::round(factors.rate_per_s[k][i] * 1e4) / 1e4});
    kind.prompt_points = written(length_points(std::move(prompts)));
    kind.output_points = written(length_points(std::move(outputs)));
    kind.length_correlation = rounded(normal_correlation(prompt, output, weights), 3);
    return kind;
}

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The generator's figures with another variation of gaps, or correlations shifted by the same.
TraceStatistics figures(FittedTraffic traffic, double gap_cv, double shift) {
    traffic.gap_cv = gap_cv;
    for (FittedKind& kind : traffic.kinds)
        kind.length_correlation =
            std::clamp(kind.length_correlation + shift, -kMostCorrelation, kMostCorrelation);
    return mean_statistics(request_classes(traffic), traffic.span_s, kDraws);
}

/// The variation of gaps by which the dispersion of the counts, over both windows, and the
/// variation of all gaps come nearest to the trace's: least squares of the relative errors, which
/// are linear in its square. What it does to all gaps depends on how the kinds overlap, so it is
/// tried.
double nearest_gap_cv(const FittedTraffic& traffic, const TraceStatistics& trace) {
    double weights = 0.0;
    double sum = 0.0;
    const auto add = [&](double weight, double target) {
        weights += weight;
        sum += weight * target;
    };
    for (const auto& residual : traffic.residual)
        if (residual) add(1.0 / std::pow(residual->of_counts, 2), residual->value());
    const double observed = trace.gap_cv * trace.gap_cv;
    const double guess = std::clamp(
        weights > 0.0 ? std::sqrt(std::max(0.0, sum / weights)) : trace.gap_cv, 0.1, 10.0);
    const double tried = 1.15 * guess;
    const double here = std::pow(figures(traffic, guess, 0.0).gap_cv, 2);
    const double there = std::pow(figures(traffic, tried, 0.0).gap_cv, 2);
    const double slope = (there - here) / (tried * tried - guess * guess);
    // Half the relative error of a square is that of its root.
    if (slope > 0.1)
        add(std::pow(slope / (2.0 * observed), 2), guess * guess + (observed - here) / slope);
    if (weights == 0.0) return rounded(guess, 3);
    return rounded(std::clamp(std::sqrt(std::max(0.0, sum / weights)), 0.1, kMaxGapCv), 3);
}

/// Moves the correlations within all kinds by what the whole lacks: the kinds' lengths are no
/// normal variates, and part of the correlation is between kinds.
void shift_correlations(FittedTraffic& traffic, const TraceStatistics& trace) {
    if (!trace.log_correlation || !trace.rank_correlation) return;
    const auto both = [](const TraceStatistics& s) {
        return 0.5 * (s.log_correlation.value_or(0.0) + s.rank_correlation.value_or(0.0));
    };
    const double here = both(figures(traffic, traffic.gap_cv, 0.0));
    const double there = both(figures(traffic, traffic.gap_cv, kTriedShift));
    if (there - here < 0.1 * kTriedShift) return;
    const double shift = kTriedShift * (both(trace) - here) / (there - here);
    for (FittedKind& kind : traffic.kinds)
        kind.length_correlation = rounded(
            std::clamp(kind.length_correlation + shift, -kMostCorrelation, kMostCorrelation), 3);
}

}  // namespace

std::size_t FittedTraffic::numbers() const {
    std::size_t count = 1 + (kinds.empty() ? 0 : kinds.front().rate_points.size());
    // Kinds share the corners; the ends of a law have given probabilities.
    for (const FittedKind& kind : kinds)
        count += kind.rate_points.size() + 2 * kind.prompt_points.size() +
                 2 * kind.output_points.size() - 3;
    return count;
}

FittedTraffic fit_traffic(std::span<const TraceRow> rows) {
    PLIMSOLL_EXPECTS(rows.size() >= kLeastRequestsToFit);
    PLIMSOLL_EXPECTS(rows.back().arrival_s > rows.front().arrival_s);
    const TrafficFactors factors = traffic_factors(rows, factor_shape(rows));
    FittedTraffic traffic;
    for (std::size_t k = 0; k < factors.kinds; ++k)
        traffic.kinds.push_back(kind_of(rows, factors, k));
    std::stable_sort(traffic.kinds.begin(), traffic.kinds.end(), [](const auto& a, const auto& b) {
        return a.share > b.share;
    });
    for (std::size_t k = 0; k < factors.kinds; ++k)
        traffic.kinds[k].name =
            factors.kinds == 1 ? std::string("requests") : "kind_" + std::to_string(k + 1);
    traffic.span_s = traffic.kinds.front().rate_points.back()[0];
    const std::array windows = residual_windows(rows);
    for (std::size_t i = 0; i < windows.size(); ++i)
        traffic.residual[i] = residual_dispersion(rows, factors, windows[i]);
    const TraceStatistics trace = trace_statistics(rows);
    traffic.gap_cv = nearest_gap_cv(traffic, trace);
    shift_correlations(traffic, trace);
    return traffic;
}

std::vector<RequestClass> request_classes(const FittedTraffic& traffic) {
    std::vector<RequestClass> classes;
    for (const FittedKind& kind : traffic.kinds) {
        RequestClass& each = classes.emplace_back();
        each.name = kind.name;
        each.arrival = {.kind = "profile",
                        .params = {{"points", kind.rate_points}, {"cv", traffic.gap_cv}}};
        each.prompt_tokens = {.kind = "quantiles", .params = {{"points", kind.prompt_points}}};
        each.output_tokens = {.kind = "quantiles", .params = {{"points", kind.output_points}}};
        each.length_correlation = kind.length_correlation;
    }
    return classes;
}

std::vector<TraceRow> drawn_rows(std::span<const RequestClass> classes,
                                 double horizon_s,
                                 std::uint64_t seed,
                                 std::uint64_t replication) {
    std::vector<TraceRow> rows;
    for (const RequestClass& each : classes) {
        // Streams by the names that the fleet gives them: the same numbers.
        Stream lengths(seed, replication, each.name + "/lengths");
        const auto arrivals =
            make_arrival(each.arrival, Stream(seed, replication, each.name + "/arrivals"), 1.0);
        const RequestLengths both(each);
        while (arrivals->next_s() < horizon_s) {
            const ArrivalDraw draw = arrivals->take();
            const LengthPair pair = both.draw(draw, lengths);
            rows.push_back({.arrival_s = draw.date_s,
                            .prompt_tokens = pair.prompt,
                            .output_tokens = pair.output});
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const TraceRow& a, const TraceRow& b) {
        return a.arrival_s < b.arrival_s;
    });
    return rows;
}

TraceStatistics mean_statistics(std::span<const RequestClass> classes,
                                double horizon_s,
                                std::size_t draws) {
    PLIMSOLL_EXPECTS(draws >= 1);
    std::vector<TraceStatistics> all;
    for (std::size_t i = 0; i < draws; ++i)
        all.push_back(trace_statistics(drawn_rows(classes, horizon_s, 1, i)));
    const auto mean = [&](auto value) {
        std::vector<double> values;
        for (const TraceStatistics& each : all) values.push_back(value(each));
        return mean_of(values);
    };
    const auto mean_if = [&](auto value) -> std::optional<double> {
        std::vector<double> values;
        for (const TraceStatistics& each : all)
            if (const auto one = value(each)) values.push_back(*one);
        if (values.empty()) return std::nullopt;
        return mean_of(values);
    };
    TraceStatistics result = all.front();
    result.curves.clear();
    using S = TraceStatistics;
    result.requests =
        std::llround(mean([](const S& s) { return static_cast<double>(s.requests); }));
    result.span_s = mean([](const S& s) { return s.span_s; });
    result.rate_per_s = mean([](const S& s) { return s.rate_per_s; });
    result.gap_cv = mean([](const S& s) { return s.gap_cv; });
    for (std::size_t i = 0; i < result.counts.size(); ++i) {
        result.counts[i].dispersion = mean_if([i](const S& s) { return s.counts[i].dispersion; });
        result.counts[i].autocorrelation =
            mean_if([i](const S& s) { return s.counts[i].autocorrelation; });
    }
    for (const auto side : {&S::prompt, &S::output}) {
        LengthStatistics& lengths = result.*side;
        lengths.mean = mean([side](const S& s) { return (s.*side).mean; });
        for (std::size_t i = 0; i < lengths.quantiles.size(); ++i)
            lengths.quantiles[i] = mean([side, i](const S& s) { return (s.*side).quantiles[i]; });
        for (const S& each : all) {
            lengths.least = std::min(lengths.least, (each.*side).least);
            lengths.most = std::max(lengths.most, (each.*side).most);
        }
    }
    result.log_correlation = mean_if([](const S& s) { return s.log_correlation; });
    result.rank_correlation = mean_if([](const S& s) { return s.rank_correlation; });
    return result;
}

}  // namespace plimsoll
