#include "sim/workload/trace_statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/contract.h"
#include "sim/random.h"

namespace plimsoll {
namespace {

constexpr std::array kCurveBins{60.0, 600.0, 3600.0};
/// A step of evenly spread dates repeats its gap up to rounding.
constexpr double kSameGap = 1e-6;

/// Dates are sums of a whole step and a share of it, so gaps repeat up to rounding.
bool is_same_gap(double gap_s, double other_s) {
    return std::abs(gap_s - other_s) <= kSameGap * other_s + 1e-9;
}

double gap_variation(std::span<const TraceRow> rows, double mean) {
    double squares = 0.0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const double off = rows[i].arrival_s - rows[i - 1].arrival_s - mean;
        squares += off * off;
    }
    return std::sqrt(squares / static_cast<double>(rows.size() - 1)) / mean;
}

RateSeries rate_series(std::span<const TraceRow> rows, double bin_s) {
    RateSeries curve{.bin_s = bin_s, .rate_per_s = {}};
    const double first_s = rows.front().arrival_s;
    const double span_s = rows.back().arrival_s - first_s;
    const auto whole = static_cast<std::size_t>(span_s / bin_s);
    std::vector<double> counts(whole + 1);
    for (const TraceRow& row : rows)
        ++counts[std::min(whole, static_cast<std::size_t>((row.arrival_s - first_s) / bin_s))];
    for (std::size_t i = 0; i < whole; ++i) curve.rate_per_s.push_back(counts[i] / bin_s);
    const double rest_s = span_s - static_cast<double>(whole) * bin_s;
    if (rest_s >= 0.5 * bin_s) curve.rate_per_s.push_back(counts[whole] / rest_s);
    return curve;
}

LengthStatistics length_statistics(std::span<const TraceRow> rows, std::int32_t TraceRow::*length) {
    std::vector<std::int32_t> sorted;
    sorted.reserve(rows.size());
    double sum = 0.0;
    for (const TraceRow& row : rows) {
        sorted.push_back(row.*length);
        sum += row.*length;
    }
    std::sort(sorted.begin(), sorted.end());
    LengthStatistics lengths{.mean = sum / static_cast<double>(rows.size()),
                             .least = sorted.front(),
                             .most = sorted.back()};
    for (std::size_t i = 0; i < kLengthProbabilities.size(); ++i)
        lengths.quantiles[i] = quantile_of(sorted, kLengthProbabilities[i]);
    return lengths;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Dates that several requests share.
std::optional<Quantisation> shared_dates(std::span<const TraceRow> rows) {
    std::vector<double> steps;
    std::int64_t sharing = 0;
    std::size_t begin = 0;
    while (begin < rows.size()) {
        std::size_t end = begin;
        while (end < rows.size() && rows[end].arrival_s == rows[begin].arrival_s) ++end;
        if (end - begin > 1) sharing += static_cast<std::int64_t>(end - begin);
        if (end < rows.size()) steps.push_back(rows[end].arrival_s - rows[begin].arrival_s);
        begin = end;
    }
    const auto requests = static_cast<std::int64_t>(rows.size());
    if (2 * sharing < requests || steps.empty()) return std::nullopt;
    const auto dates = static_cast<std::int64_t>(steps.size()) + 1;
    return Quantisation{
        .quantum_s = median(std::move(steps)), .dates = dates, .requests = requests};
}

/// Runs of equal gaps: k requests spread over a step leave k of them.
std::optional<Quantisation> equal_gaps(std::span<const TraceRow> rows) {
    std::vector<double> runs;
    std::int64_t repeated = 0;
    std::size_t begin = 1;
    while (begin < rows.size()) {
        const double gap_s = rows[begin].arrival_s - rows[begin - 1].arrival_s;
        std::size_t end = begin + 1;
        while (end < rows.size() &&
               is_same_gap(rows[end].arrival_s - rows[end - 1].arrival_s, gap_s))
            ++end;
        repeated += static_cast<std::int64_t>(end - begin) - 1;
        runs.push_back(rows[end - 1].arrival_s - rows[begin - 1].arrival_s);
        begin = end;
    }
    const auto requests = static_cast<std::int64_t>(rows.size());
    // Equal distances throughout are a constant rate, not steps.
    if (2 * repeated < requests || runs.size() < 10) return std::nullopt;
    const auto dates = static_cast<std::int64_t>(runs.size());
    return Quantisation{
        .quantum_s = median(std::move(runs)), .dates = dates, .requests = requests, .spread = true};
}

}  // namespace

double quantile_of(std::span<const std::int32_t> sorted, double probability) {
    PLIMSOLL_EXPECTS(!sorted.empty());
    // A share of 0.9 of 10 values is 9 of them although 0.9 * 10 may round up.
    const double place = std::ceil(probability * static_cast<double>(sorted.size()) - 1e-9);
    return sorted[static_cast<std::size_t>(
        std::clamp(place - 1.0, 0.0, static_cast<double>(sorted.size() - 1)))];
}

std::optional<double> correlation(std::span<const double> x, std::span<const double> y) {
    PLIMSOLL_EXPECTS(x.size() == y.size());
    if (x.empty()) return std::nullopt;
    const auto count = static_cast<double>(x.size());
    const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / count;
    const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / count;
    double xx = 0.0;
    double yy = 0.0;
    double xy = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    // Rounding leaves a constant list a variance of a few units in the last place.
    const double least = 1e-24 * count;
    if (xx <= least * mean_x * mean_x || yy <= least * mean_y * mean_y) return std::nullopt;
    return xy / std::sqrt(xx * yy);
}

std::vector<double> ranks_of(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return values[a] != values[b] ? values[a] < values[b] : a < b;
    });
    std::vector<double> ranks(values.size());
    std::size_t begin = 0;
    while (begin < order.size()) {
        std::size_t end = begin;
        while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
        for (std::size_t i = begin; i < end; ++i)
            ranks[order[i]] = 0.5 * static_cast<double>(begin + end - 1);
        begin = end;
    }
    return ranks;
}

CountStatistics count_statistics(std::span<const TraceRow> rows, double window_s) {
    PLIMSOLL_EXPECTS(!rows.empty() && window_s > 0.0);
    const double first_s = rows.front().arrival_s;
    const auto windows =
        static_cast<std::size_t>((rows.back().arrival_s - first_s) / window_s + 1e-9);
    CountStatistics statistics{.window_s = window_s, .windows = static_cast<std::int64_t>(windows)};
    if (windows < 3) return statistics;
    std::vector<double> counts(windows);
    for (const TraceRow& row : rows) {
        const auto window = static_cast<std::size_t>((row.arrival_s - first_s) / window_s);
        if (window < windows) ++counts[window];
    }
    const double mean =
        std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(windows);
    double squares = 0.0;
    double products = 0.0;
    for (std::size_t i = 0; i < windows; ++i) {
        squares += (counts[i] - mean) * (counts[i] - mean);
        if (i > 0) products += (counts[i] - mean) * (counts[i - 1] - mean);
    }
    statistics.dispersion = squares / static_cast<double>(windows - 1) / mean;
    if (squares > 0.0) statistics.autocorrelation = products / squares;
    return statistics;
}

std::optional<Quantisation> quantisation(std::span<const TraceRow> rows) {
    if (const auto shared = shared_dates(rows)) return shared;
    return equal_gaps(rows);
}

void scatter_dates(std::span<TraceRow> rows, const Quantisation& quantum) {
    Stream stream(1, 0, "scatter");
    std::vector<double> dates;
    std::size_t begin = 0;
    while (begin < rows.size()) {
        const double first_s = rows[begin].arrival_s;
        const double gap_s = begin + 1 < rows.size() ? rows[begin + 1].arrival_s - first_s : 0.0;
        std::size_t end = begin + 1;
        // The step ends where its distance changes, at the latest after its length.
        while (end < rows.size() &&
               is_same_gap(rows[end].arrival_s - rows[end - 1].arrival_s, gap_s) &&
               rows[end].arrival_s - first_s < quantum.quantum_s * (1.0 - kSameGap))
            ++end;
        const double limit_s =
            end < rows.size() ? rows[end].arrival_s : first_s + quantum.quantum_s;
        const double room_s = std::min(quantum.quantum_s, limit_s - first_s);
        dates.clear();
        for (std::size_t i = begin; i < end; ++i)
            dates.push_back(first_s + room_s * stream.uniform());
        std::sort(dates.begin(), dates.end());
        for (std::size_t i = begin; i < end; ++i) rows[i].arrival_s = dates[i - begin];
        begin = end;
    }
}

TraceStatistics trace_statistics(std::span<const TraceRow> rows) {
    PLIMSOLL_EXPECTS(rows.size() >= 2 && rows.back().arrival_s > rows.front().arrival_s);
    TraceStatistics statistics;
    statistics.requests = static_cast<std::int64_t>(rows.size());
    statistics.span_s = rows.back().arrival_s - rows.front().arrival_s;
    statistics.rate_per_s = static_cast<double>(rows.size()) / statistics.span_s;
    statistics.gap_cv =
        gap_variation(rows, statistics.span_s / static_cast<double>(rows.size() - 1));
    for (std::size_t i = 0; i < kCountWindows.size(); ++i)
        statistics.counts[i] = count_statistics(rows, kCountWindows[i]);
    for (const double bin_s : kCurveBins)
        if (statistics.span_s >= 2.0 * bin_s) statistics.curves.push_back(rate_series(rows, bin_s));
    statistics.prompt = length_statistics(rows, &TraceRow::prompt_tokens);
    statistics.output = length_statistics(rows, &TraceRow::output_tokens);
    std::vector<double> prompt;
    std::vector<double> output;
    for (const TraceRow& row : rows) {
        prompt.push_back(std::log(row.prompt_tokens));
        output.push_back(std::log(row.output_tokens));
    }
    statistics.log_correlation = correlation(prompt, output);
    statistics.rank_correlation = correlation(ranks_of(prompt), ranks_of(output));
    return statistics;
}

}  // namespace plimsoll
