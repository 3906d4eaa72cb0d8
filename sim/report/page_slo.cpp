#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/units_format.h"
#include "sim/report/figures.h"
#include "sim/report/page_sections.h"

namespace plimsoll {
namespace {

using Lines = std::vector<std::string>;
using Row = std::vector<std::string>;

std::string between(double low, double high) {
    return fmt::format("{} to {}", seconds(low), seconds(high));
}

std::string verdict(bool met, const TextStyle& style) {
    return met ? style.paint(Ink::good, fmt::format("{} met", style.sign("✓", "+")))
               : style.paint(Ink::bad, fmt::format("{} MISSED", style.sign("✗", "x")));
}

std::string margin_of(const SloVerdict& term) {
    if (!term.value) return "-";
    const double margin = 1.0 - *term.value / term.limit;
    if (margin < -1.0) return fmt::format("{} x the limit", figure(*term.value / term.limit));
    return fmt::format("{} {}", percent(std::abs(margin)), margin >= 0.0 ? "below" : "above");
}

/// The value of a term over replications, or nothing.
std::string value_interval(const PageInput& input, std::size_t term) {
    const auto& ends = input.result.intervals;
    if (!ends) return "";
    const auto& low = ends->low.slo.terms;
    const auto& high = ends->high.slo.terms;
    if (term >= low.size() || term >= high.size()) return "";
    if (!low[term].value || !high[term].value) return "";
    return between(*low[term].value, *high[term].value);
}

std::string attainment_interval(const ReplicatedSummary& result) {
    std::optional<Interval> ends = result.mean.slo.attainment_interval;
    if (result.intervals && result.intervals->low.slo.attainment &&
        result.intervals->high.slo.attainment) {
        ends =
            Interval{*result.intervals->low.slo.attainment, *result.intervals->high.slo.attainment};
    }
    if (!ends) return "";
    return fmt::format("{} to {}", percent(ends->low), percent(ends->high));
}

/// "212 ms", and "±4 ms" where replications say so.
std::string with_spread(double value,
                        const std::optional<double>& low,
                        const std::optional<double>& high,
                        const TextStyle& style) {
    std::string text = seconds(value);
    if (low && high && *high > *low) {
        const double half = 0.5 * (*high - *low);
        text += style.paint(
            Ink::faint, fmt::format(" {}{}", style.sign("±", "+-"), to_string(Seconds(half), 2)));
    }
    return text;
}

struct Metric {
    const char* name;
    std::optional<Distribution> Latency::*member;
};
constexpr Metric kMetrics[] = {{"TTFT  first token", &Latency::ttft_s},
                               {"TPOT  per output token", &Latency::tpot_s},
                               {"ITL   between tokens", &Latency::itl_s},
                               {"E2E   whole request", &Latency::e2e_s},
                               {"queue before the first step", &Latency::queue_s}};

struct Order {
    const char* name;
    double Distribution::*member;
};
constexpr Order kOrders[] = {{"mean", &Distribution::mean},
                             {"p50", &Distribution::p50},
                             {"p90", &Distribution::p90},
                             {"p99", &Distribution::p99}};

}  // namespace

Lines slo_block(const PageInput& input, const TextStyle& style) {
    const SloSummary& slo = input.result.mean.slo;
    if (slo.terms.empty())
        return {"none stated; workload.classes.*.slo takes {\"ttft_p99_s\": 1} and its like"};
    const bool several = input.result.mean.classes.size() > 1;
    const bool replicated = input.result.intervals.has_value();
    std::vector<Row> rows{{"", "term", "value", "limit", "margin", "within limit", "needed"}};
    if (replicated) rows.front().insert(rows.front().begin() + 3, "95 % interval");
    for (std::size_t t = 0; t < slo.terms.size(); ++t) {
        const SloVerdict& term = slo.terms[t];
        Row row{verdict(term.met, style),
                term_name(term, several),
                term.value ? seconds(*term.value) : "-",
                fmt::format("{} {}", style.sign("≤", "<="), seconds(term.limit)),
                margin_of(term),
                term.attainment ? percent(*term.attainment) : "-",
                fmt::format("{:g} %", 100.0 * term.quantile)};
        if (replicated) row.insert(row.begin() + 3, value_interval(input, t));
        rows.push_back(std::move(row));
    }
    Lines lines = in_columns(rows, {1});
    lines.front() = style.paint(Ink::faint, lines.front());
    if (slo.attainment) {
        const std::string ends = attainment_interval(input.result);
        lines.push_back(fmt::format("  all terms at once: {} of the requests{}",
                                    percent(*slo.attainment),
                                    ends.empty() ? "" : fmt::format(" (95 % interval {})", ends)));
    }
    return lines;
}

Lines latency_block(const PageInput& input, const TextStyle& style) {
    const Latency& latency = input.result.mean.latency;
    std::vector<Row> rows{{""}};
    for (const Order& order : kOrders) rows.front().emplace_back(order.name);
    for (const Metric& metric : kMetrics) {
        const auto& values = latency.*metric.member;
        if (!values) continue;
        Row row{metric.name};
        for (const Order& order : kOrders) {
            std::optional<double> low;
            std::optional<double> high;
            if (const auto& ends = input.result.intervals) {
                if (const auto& own = ends->low.latency.*metric.member) low = (*own).*order.member;
                if (const auto& own = ends->high.latency.*metric.member)
                    high = (*own).*order.member;
            }
            row.push_back(with_spread((*values).*order.member, low, high, style));
        }
        rows.push_back(std::move(row));
    }
    if (rows.size() == 1) return {"no request completed"};
    Lines lines = in_columns(rows);
    lines.front() = style.paint(Ink::faint, lines.front());
    return lines;
}

}  // namespace plimsoll
