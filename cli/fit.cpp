#include <cmath>
#include <filesystem>
#include <string>

#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/text_table.h"
#include "sim/io/fit_json.h"
#include "sim/io/text_file.h"

namespace plimsoll::cli {
namespace {

constexpr const char* kAbsent = "-";
/// Longer curves are for --json.
constexpr std::size_t kMostRates = 24;

std::string figure(std::optional<double> value, int digits) {
    return value ? fmt::format("{:.{}f}", *value, digits) : kAbsent;
}

std::string off(std::optional<double> trace, std::optional<double> generated) {
    if (!trace || !generated || *trace == 0.0) return kAbsent;
    return fmt::format("{:+.1f} %", 100.0 * (*generated / *trace - 1.0));
}

class Comparison {
public:
    void add(const std::string& what,
             const char* unit,
             std::optional<double> trace,
             std::optional<double> generated,
             int digits) {
        table_.add(
            {what, unit, figure(trace, digits), figure(generated, digits), off(trace, generated)});
    }
    /// Of correlations the difference says more than the ratio.
    void add_correlation(const std::string& what,
                         std::optional<double> trace,
                         std::optional<double> generated) {
        const bool both = trace && generated;
        table_.add({what,
                    "",
                    figure(trace, 3),
                    figure(generated, 3),
                    both ? fmt::format("{:+.3f}", *generated - *trace) : kAbsent});
    }
    [[nodiscard]] std::string to_string() const { return table_.to_string(); }

private:
    TextTable table_{{{"", Align::left},
                      {"unit", Align::left},
                      {"trace", Align::right},
                      {"generator", Align::right},
                      {"off", Align::right}}};
};

std::string arrivals_table(const TraceStatistics& trace, const TraceStatistics& generated) {
    Comparison table;
    table.add("rate", "1/s", trace.rate_per_s, generated.rate_per_s, 3);
    table.add("variation of the gaps (CV)", "", trace.gap_cv, generated.gap_cv, 3);
    for (std::size_t i = 0; i < trace.counts.size(); ++i)
        table.add(fmt::format("dispersion of counts over {} s", trace.counts[i].window_s),
                  "",
                  trace.counts[i].dispersion,
                  generated.counts[i].dispersion,
                  3);
    for (std::size_t i = 0; i < trace.counts.size(); ++i)
        table.add_correlation(
            fmt::format("autocorrelation of counts over {} s", trace.counts[i].window_s),
            trace.counts[i].autocorrelation,
            generated.counts[i].autocorrelation);
    return table.to_string();
}

std::string lengths_table(const TraceStatistics& trace, const TraceStatistics& generated) {
    Comparison table;
    struct Side {
        const char* name;
        LengthStatistics TraceStatistics::*lengths;
    };
    for (const Side& side :
         {Side{"prompt", &TraceStatistics::prompt}, Side{"output", &TraceStatistics::output}}) {
        const LengthStatistics& a = trace.*side.lengths;
        const LengthStatistics& b = generated.*side.lengths;
        table.add(fmt::format("{} mean", side.name), "tokens", a.mean, b.mean, 1);
        for (std::size_t i = 0; i < kLengthProbabilities.size(); ++i)
            table.add(fmt::format("{} p{:g}", side.name, 100.0 * kLengthProbabilities[i]),
                      "tokens",
                      a.quantiles[i],
                      b.quantiles[i],
                      0);
    }
    table.add_correlation(
        "correlation of the logarithms", trace.log_correlation, generated.log_correlation);
    table.add_correlation(
        "correlation of the ranks", trace.rank_correlation, generated.rank_correlation);
    return table.to_string();
}

std::string curve_text(const TraceStatistics& trace) {
    std::string text;
    for (const RateSeries& curve : trace.curves) {
        if (curve.rate_per_s.size() > kMostRates) continue;
        text += fmt::format("Rate by {:g} min, 1/s:", curve.bin_s / 60.0);
        for (const double rate : curve.rate_per_s) text += fmt::format(" {:.2f}", rate);
        text += "\n";
    }
    return text;
}

std::string notes(const FitReport& report) {
    std::string text;
    if (const auto& quantum = report.trace.quantum) {
        text += fmt::format(
            "Dates come in steps of {:.4g} s ({} for {} requests{}). They were spread at random "
            "within their step:\nwhat is said of times below it is a guess.\n",
            quantum->quantum_s,
            quantum->dates,
            quantum->requests,
            quantum->spread ? ", spread evenly before" : "");
    }
    if (const auto& prefix = report.trace.prefix) {
        text += fmt::format(
            "A cache that forgets nothing would hold {:.1f} % of the prompt tokens on arrival "
            "({} blocks of {}).\nThe generator's prompts share nothing.\n",
            100.0 * prefix->token_share,
            prefix->distinct_blocks,
            prefix->block_tokens);
    }
    return text;
}

std::string generator_text(const FittedTraffic& traffic) {
    const std::size_t kinds = traffic.kinds.size();
    std::string text = fmt::format(
        "The generator: {} {} of requests, each a rate curve of {} straight pieces of {:.0f} s and "
        "its own lengths;\ngaps of CV {:.3g} along it; {} numbers in all.",
        kinds,
        kinds == 1 ? "kind" : "kinds",
        traffic.kinds.front().rate_points.size() - 1,
        traffic.kinds.front().rate_points[1][0],
        traffic.gap_cv,
        traffic.numbers());
    for (const auto& residual : traffic.residual)
        if (residual)
            text +=
                fmt::format(" Around the curve, counts over {:.0f} s have a dispersion of {:.2f}.",
                            residual->window_s,
                            residual->value());
    return text + "\n";
}

std::string report_text(const FitReport& report) {
    const TraceStatistics& s = report.statistics;
    return fmt::format("{}: {} requests in {:.1f} s\n\n", report.name, s.requests, s.span_s) +
           arrivals_table(s, report.generated) + "\n" + lengths_table(s, report.generated) + "\n" +
           curve_text(s) + notes(report) + generator_text(report.traffic);
}

/// "conversation_trace" for "/data/conversation_trace.jsonl.gz".
std::string name_of(const Arguments& arguments) {
    if (arguments.has("name")) return arguments.text("name");
    const std::string file = std::filesystem::path(arguments.text("TRACE")).filename().string();
    return "like " + file.substr(0, file.find('.'));
}

int run(const Arguments& arguments) {
    FitReport report = fit_report(arguments.text("TRACE"));
    report.name = name_of(arguments);
    const std::string path = arguments.text("output");
    if (!path.empty()) write_text_file(path, fitted_scenario(report));
    if (arguments.has("json")) {
        write_stdout(fit_json(report));
        return 0;
    }
    const std::string end = path.empty()
                                ? "No scenario was written: -o FILE writes one.\n"
                                : fmt::format("Scenario: {} (plimsoll run {})\n", path, path);
    write_stdout(report_text(report) + end);
    return 0;
}

}  // namespace

Command fit_command() {
    using Kind = OptionSpec::Kind;
    const std::vector<OptionSpec> rows{
        {"TRACE",
         "ours (plimsoll convert), Azure's CSV or Mooncake's JSON lines, plain or .gz",
         Kind::text,
         "",
         true},
        {"-o,--output", "write the generator as a scenario to FILE", Kind::text, "FILE"},
        {"--name", "the scenario's name; by default after the trace", Kind::text, "NAME"},
        {"--json", "say the figures as JSON"}};
    return {"fit", "describe a trace and make a generator of traffic like it", rows, run};
}

}  // namespace plimsoll::cli
