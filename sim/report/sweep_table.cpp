#include "sim/report/sweep_table.h"

#include <fmt/format.h>

#include "sim/report/figures.h"

namespace plimsoll {
namespace {

using Row = std::vector<std::string>;

std::string p99(const std::optional<Distribution>& values) {
    return values ? seconds(values->p99) : "-";
}

std::string verdict(const Summary& summary, const TextStyle& style) {
    if (summary.saturated)
        return style.paint(Ink::bad, fmt::format("{} SATURATED", style.sign("✗", "x")));
    if (summary.slo.terms.empty()) return "no SLO";
    return holds(summary) ? style.paint(Ink::good, fmt::format("{} met", style.sign("✓", "+")))
                          : style.paint(Ink::bad, fmt::format("{} MISSED", style.sign("✗", "x")));
}

void append_title(Row& row) {
    for (const char* title : {"req/s done",
                              "p99 TTFT",
                              "p99 TPOT",
                              "p99 E2E",
                              "SLO",
                              "within SLO",
                              "out tok/s",
                              "busy",
                              "$/month",
                              "$/M output"})
        row.emplace_back(title);
}

void append(Row& row, const Summary& s, const TextStyle& style) {
    row.push_back(figure(s.rates.completed_rps));
    row.push_back(p99(s.latency.ttft_s));
    row.push_back(p99(s.latency.tpot_s));
    row.push_back(p99(s.latency.e2e_s));
    row.push_back(verdict(s, style));
    row.push_back(s.slo.attainment ? percent(*s.slo.attainment) : "-");
    row.push_back(figure(s.rates.output_throughput_tok_s));
    row.push_back(percent(s.utilization.busy_fraction));
    row.push_back(s.cost ? dollars(s.cost->usd_per_month) : "-");
    row.push_back(s.cost && s.cost->usd_per_mtok_output ? dollars(*s.cost->usd_per_mtok_output)
                                                        : "-");
}

/// "pools.main.parallelism.tp" -> "tp".
std::string short_name(const std::string& path) { return path.substr(path.rfind('.') + 1); }

}  // namespace

std::string sweep_table(const std::vector<std::string>& paths,
                        const std::vector<SweepRow>& rows,
                        const TextStyle& style) {
    Row title;
    for (const std::string& path : paths) title.push_back(short_name(path));
    append_title(title);
    std::vector<Row> cells{title};
    for (const SweepRow& row : rows) {
        if (!row.result) continue;
        cells.push_back(row.values);
        append(cells.back(), *row.result, style);
    }
    // Rows without figures are only as long as their axes, so that reasons do not widen a column.
    for (const SweepRow& row : rows)
        if (!row.result) cells.push_back(row.values);
    const std::vector<std::string> lines = in_columns(cells, {paths.size() + 4});
    std::string text = style.paint(Ink::faint, lines.front()) + "\n";
    std::size_t answered = 1;
    std::size_t refused = cells.size();
    for (const SweepRow& row : rows)
        if (!row.result) --refused;
    for (const SweepRow& row : rows) {
        if (row.result)
            text += lines[answered++] + "\n";
        else
            text += lines[refused++] + "  " + style.paint(Ink::caution, "no: " + row.reason) + "\n";
    }
    return text;
}

std::vector<std::string> load_table(const LoadCurve& curve, const TextStyle& style) {
    Row title{"load", "factor"};
    append_title(title);
    std::vector<Row> cells{title};
    for (const LoadPoint& point : curve.points) {
        cells.push_back(
            {figure(point.load_rps, 4) + " req/s", fmt::format("{:.4g}", point.factor)});
        append(cells.back(), point.result.mean, style);
    }
    // The load is given, what is done says no more; the month's bill does not change.
    for (Row& row : cells) {
        row.erase(row.begin() + 10);
        row.erase(row.begin() + 2);
    }
    std::vector<std::string> lines = in_columns(cells, {5});
    lines.front() = style.paint(Ink::faint, lines.front());
    return lines;
}

}  // namespace plimsoll
