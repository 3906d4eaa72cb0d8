#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/io/trace_csv.h"

namespace plimsoll {

/// The windows over which arrivals are counted, s.
inline constexpr std::array kCountWindows{1.0, 10.0, 60.0, 300.0};
/// The probabilities at which lengths are told.
inline constexpr std::array kLengthProbabilities{
    0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999};

/// Dates that were recorded more coarsely than requests arrived.
struct Quantisation {
    /// The step of the dates, s.
    double quantum_s = 0.0;
    /// Different dates, of how many requests.
    std::int64_t dates = 0;
    std::int64_t requests = 0;
    /// The requests of one step stand at equal distances already, as `plimsoll convert` leaves
    /// them.
    bool spread = false;
};

/// Counts of arrivals in consecutive windows, whole ones, from the first arrival on.
struct CountStatistics {
    double window_s = 0.0;
    std::int64_t windows = 0;
    /// Index of dispersion: variance / mean of the counts. 1 for a Poisson process at any window;
    /// absent below 3 windows.
    std::optional<double> dispersion{};
    /// Correlation of the counts of neighbouring windows.
    std::optional<double> autocorrelation{};
};

/// Lengths of prompts or outputs, tokens.
struct LengthStatistics {
    double mean = 0.0;
    std::int32_t least = 0;
    std::int32_t most = 0;
    /// At kLengthProbabilities: the shortest length that this share of requests does not exceed.
    std::array<double, kLengthProbabilities.size()> quantiles{};
};

/// Arrivals per second in consecutive bins; the last may be shorter, but not by more than half.
struct RateSeries {
    double bin_s = 0.0;
    std::vector<double> rate_per_s;
};

/// What a cache that forgets nothing would find of the prompts.
struct PrefixReuse {
    std::int64_t block_tokens = 512;
    std::int64_t distinct_blocks = 0;
    /// Share of prompt tokens that stand in blocks seen before, from the start of the prompt on.
    double token_share = 0.0;
};

/// A trace in figures.
struct TraceStatistics {
    std::int64_t requests = 0;
    /// From the first arrival to the last, s; requests / span.
    double span_s = 0.0;
    double rate_per_s = 0.0;
    /// Coefficient of variation of the gaps between arrivals: 1 for a Poisson process.
    double gap_cv = 0.0;
    std::array<CountStatistics, kCountWindows.size()> counts{};
    /// By minute, ten minutes and hour, where the span holds two bins.
    std::vector<RateSeries> curves;
    LengthStatistics prompt;
    LengthStatistics output;
    /// Pearson's correlation of the logarithms and Spearman's of the ranks of prompt and output;
    /// absent where all lengths are equal.
    std::optional<double> log_correlation;
    std::optional<double> rank_correlation;
};

/// The figures of a trace. Expects rows in order of date, the last later than the first.
[[nodiscard]] TraceStatistics trace_statistics(std::span<const TraceRow> rows);

/// How coarse the dates of a trace are, or nothing where fewer than half of the requests share
/// a date (or stand at equal distances).
[[nodiscard]] std::optional<Quantisation> quantisation(std::span<const TraceRow> rows);

/// Puts the requests of each step of `quantum` at random places within it, in the same order and
/// with the same numbers at every call. Expects rows that quantisation() found so, spread or not.
void scatter_dates(std::span<TraceRow> rows, const Quantisation& quantum);

/// Counts of arrivals in consecutive windows of any length. Expects window_s > 0.
[[nodiscard]] CountStatistics count_statistics(std::span<const TraceRow> rows, double window_s);

/// The smallest of `sorted` that a share `probability` does not exceed. Expects at least one.
[[nodiscard]] double quantile_of(std::span<const std::int32_t> sorted, double probability);

/// Pearson's correlation; absent where one of them is constant. Expects equal sizes.
[[nodiscard]] std::optional<double> correlation(std::span<const double> x,
                                                std::span<const double> y);

/// Ranks from 0, equal values sharing their mean rank.
[[nodiscard]] std::vector<double> ranks_of(std::span<const double> values);

}  // namespace plimsoll
