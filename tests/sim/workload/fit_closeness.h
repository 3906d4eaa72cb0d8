#pragma once

#include <cmath>
#include <cstddef>
#include <string>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "sim/workload/trace_statistics.h"

namespace plimsoll::test {

/// Whether check_closeness() shows what it compares.
enum class Print { nothing, table };

/// Checks that a generator is like its trace: rate, variation of gaps, dispersion over 10 and 60 s,
/// mean, p50, p90 and p99 of the lengths within 5 % (or one token), correlations within 0.05.
inline void check_closeness(const TraceStatistics& trace,
                            const TraceStatistics& generated,
                            Print print) {
    const auto show = [&](const std::string& what, double a, double b) {
        if (print == Print::table)
            fmt::print("  {:24} {:11.3f} {:11.3f} {:+6.1f} %\n", what, a, b, 100.0 * (b / a - 1.0));
    };
    const auto within = [&](const std::string& what, double a, double b, double least) {
        show(what, a, b);
        INFO(what << ": trace " << a << ", generator " << b);
        CHECK(std::abs(b - a) <= std::max(0.05 * a, least));
    };
    within("rate, 1/s", trace.rate_per_s, generated.rate_per_s, 0.0);
    within("CV of gaps", trace.gap_cv, generated.gap_cv, 0.0);
    for (const std::size_t i : {std::size_t{1}, std::size_t{2}})
        within(fmt::format("dispersion, {} s", trace.counts[i].window_s),
               *trace.counts[i].dispersion,
               *generated.counts[i].dispersion,
               0.0);
    const auto lengths =
        [&](const std::string& name, const LengthStatistics& a, const LengthStatistics& b) {
            within(name + " mean, tokens", a.mean, b.mean, 0.0);
            for (std::size_t i = 0; i < kLengthProbabilities.size(); ++i) {
                const double p = kLengthProbabilities[i];
                if (p == 0.5 || p == 0.9 || p == 0.99)
                    within(fmt::format("{} p{:g}, tokens", name, 100.0 * p),
                           a.quantiles[i],
                           b.quantiles[i],
                           1.0);
            }
        };
    lengths("prompt", trace.prompt, generated.prompt);
    lengths("output", trace.output, generated.output);
    const auto correlation = [&](const char* what, double a, double b) {
        if (print == Print::table) fmt::print("  {:24} {:11.3f} {:11.3f}\n", what, a, b);
        INFO(what << ": trace " << a << ", generator " << b);
        CHECK(std::abs(b - a) <= 0.05);
    };
    correlation("correlation of logs", *trace.log_correlation, *generated.log_correlation);
    correlation("correlation of ranks", *trace.rank_correlation, *generated.rank_correlation);
}

}  // namespace plimsoll::test
