#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "sim/workload/arrival.h"

namespace plimsoll::test {

inline constexpr int kDraws = 1'000'000;

[[nodiscard]] inline PolicySpec spec_of(std::string kind,
                                        std::vector<std::pair<std::string, ParamValue>> params) {
    return {.kind = std::move(kind), .params = std::move(params)};
}

/// The first `count` dates of a process, from the stream of seed 1.
[[nodiscard]] inline std::vector<double> dates_of(const PolicySpec& spec,
                                                  int count = kDraws,
                                                  double load = 1.0) {
    const auto process = make_arrival(spec, Stream(1, 0, "arrivals"), load);
    std::vector<double> dates;
    dates.reserve(static_cast<std::size_t>(count));
    while (static_cast<int>(dates.size()) < count && process->next_s() < kNever)
        dates.push_back(process->take().date_s);
    return dates;
}

/// A figure with its standard error, from batches.
struct Figure {
    double value = 0.0;
    double error = 0.0;

    /// Within 4 standard errors, and a few parts in a million for the last bits.
    [[nodiscard]] bool agrees(double theory) const {
        return std::abs(value - theory) <= 4.0 * error + 1e-6 * std::abs(theory);
    }
};

[[nodiscard]] inline Figure figure_of(const std::vector<double>& batches) {
    const auto count = static_cast<double>(batches.size());
    double mean = 0.0;
    for (const double x : batches) mean += x / count;
    double variance = 0.0;
    for (const double x : batches) variance += (x - mean) * (x - mean) / (count - 1.0);
    return {mean, std::sqrt(variance / count)};
}

inline constexpr std::size_t kBatches = 50;

/// Arrivals per second, over equal stretches of time.
[[nodiscard]] inline Figure rate_of(const std::vector<double>& dates) {
    const double width_s = dates.back() / static_cast<double>(kBatches);
    std::vector<double> batches(kBatches);
    for (const double date : dates) {
        const auto batch = static_cast<std::size_t>(date / width_s);
        if (batch < kBatches) batches[batch] += 1.0 / width_s;
    }
    return figure_of(batches);
}

/// Squared coefficient of variation of the gaps: the jackknife takes away the bias of a ratio.
[[nodiscard]] inline Figure scv_of(const std::vector<double>& dates) {
    struct Sums {
        double count = 0.0;
        double gaps = 0.0;
        double squares = 0.0;
        [[nodiscard]] double scv() const { return squares * count / (gaps * gaps) - 1.0; }
    };
    std::vector<Sums> batches(kBatches);
    Sums all;
    for (std::size_t i = 1; i < dates.size(); ++i) {
        const double gap = dates[i] - dates[i - 1];
        for (Sums* sums : {&batches[(i - 1) * kBatches / (dates.size() - 1)], &all}) {
            sums->count += 1.0;
            sums->gaps += gap;
            sums->squares += gap * gap;
        }
    }
    std::vector<double> without;
    constexpr auto kCount = static_cast<double>(kBatches);
    for (const Sums& batch : batches) {
        const Sums rest{
            all.count - batch.count, all.gaps - batch.gaps, all.squares - batch.squares};
        without.push_back(kCount * all.scv() - (kCount - 1.0) * rest.scv());
    }
    return figure_of(without);
}

/// Variance over mean of the counts in windows of `window_s`, all of the same expected count.
[[nodiscard]] inline Figure dispersion_of(const std::vector<double>& dates,
                                          double window_s,
                                          double rate) {
    const auto windows = static_cast<std::size_t>(dates.back() / window_s);
    std::vector<double> counts(windows);
    for (const double date : dates) {
        const auto window = static_cast<std::size_t>(date / window_s);
        if (window < windows) counts[window] += 1.0;
    }
    const double mean = rate * window_s;
    std::vector<double> batches(kBatches);
    std::vector<double> sizes(kBatches);
    for (std::size_t w = 0; w < windows; ++w) {
        const std::size_t batch = w * kBatches / windows;
        batches[batch] += (counts[w] - mean) * (counts[w] - mean) / mean;
        sizes[batch] += 1.0;
    }
    for (std::size_t b = 0; b < kBatches; ++b) batches[b] /= sizes[b];
    return figure_of(batches);
}

/// The share of gaps below `gap_s`.
[[nodiscard]] inline Figure share_below(const std::vector<double>& dates, double gap_s) {
    double below = 0.0;
    for (std::size_t i = 1; i < dates.size(); ++i)
        if (dates[i] - dates[i - 1] < gap_s) below += 1.0;
    const auto count = static_cast<double>(dates.size() - 1);
    const double share = below / count;
    return {share, std::sqrt(share * (1.0 - share) / count)};
}

}  // namespace plimsoll::test
