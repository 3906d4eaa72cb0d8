#include "sim/io/fit_json.h"

#include <initializer_list>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "sim/io/json_text.h"
#include "sim/random.h"

namespace plimsoll {
namespace {

/// Draws of the generator that its figures are averaged over.
constexpr std::size_t kDraws = 20;

using Members = std::initializer_list<std::pair<const char*, Node>>;

Node object(const Members& members) {
    Node node = Node::object();
    for (const auto& [key, value] : members) node.set(key, value);
    return node;
}
Node number(std::optional<double> value) { return value ? Node::of(*value) : Node(); }
Node count(std::int64_t value) { return Node::of(value); }

Node pairs(const std::vector<std::array<double, 2>>& points) {
    Node list = Node::list();
    for (const auto& point : points) {
        Node pair = Node::list();
        pair.items = {Node::of(point[0]), Node::of(point[1])};
        list.items.push_back(pair);
    }
    return list;
}

Node lengths_node(const LengthStatistics& lengths) {
    Node node = object({{"mean", number(lengths.mean)},
                        {"min", count(lengths.least)},
                        {"max", count(lengths.most)}});
    for (std::size_t i = 0; i < kLengthProbabilities.size(); ++i)
        node.set(fmt::format("p{}", kLengthProbabilities[i] * 100.0), number(lengths.quantiles[i]));
    return node;
}

Node statistics_node(const TraceStatistics& s) {
    Node counts = Node::list();
    for (const CountStatistics& each : s.counts)
        counts.items.push_back(object({{"window_s", number(each.window_s)},
                                       {"windows", count(each.windows)},
                                       {"dispersion", number(each.dispersion)},
                                       {"autocorrelation", number(each.autocorrelation)}}));
    Node curves = Node::list();
    for (const RateSeries& curve : s.curves) {
        Node rates = Node::list();
        for (const double rate : curve.rate_per_s) rates.items.push_back(Node::of(rate));
        curves.items.push_back(object({{"bin_s", number(curve.bin_s)}, {"rate_per_s", rates}}));
    }
    Node node = object({{"requests", count(s.requests)},
                        {"span_s", number(s.span_s)},
                        {"rate_per_s", number(s.rate_per_s)},
                        {"gap_cv", number(s.gap_cv)},
                        {"counts", counts},
                        {"prompt_tokens", lengths_node(s.prompt)},
                        {"output_tokens", lengths_node(s.output)},
                        {"log_correlation", number(s.log_correlation)},
                        {"rank_correlation", number(s.rank_correlation)}});
    if (!s.curves.empty()) node.set("curves", curves);
    return node;
}

Node quantum_node(const std::optional<Quantisation>& quantum) {
    if (!quantum) return {};
    return object({{"quantum_s", number(quantum->quantum_s)},
                   {"dates", count(quantum->dates)},
                   {"already_spread", Node::of(quantum->spread)}});
}

Node prefix_node(const std::optional<PrefixReuse>& prefix) {
    if (!prefix) return {};
    return object({{"block_tokens", count(prefix->block_tokens)},
                   {"distinct_blocks", count(prefix->distinct_blocks)},
                   {"token_share", number(prefix->token_share)}});
}

Node generator_node(const FittedTraffic& traffic) {
    Node kinds = Node::object();
    for (const FittedKind& kind : traffic.kinds)
        kinds.set(kind.name,
                  object({{"share", number(kind.share)},
                          {"rate_per_s", pairs(kind.rate_points)},
                          {"prompt_tokens", pairs(kind.prompt_points)},
                          {"output_tokens", pairs(kind.output_points)},
                          {"length_correlation", number(kind.length_correlation)}}));
    Node residual = Node::list();
    for (const auto& each : traffic.residual)
        if (each)
            residual.items.push_back(object(
                {{"window_s", number(each->window_s)}, {"dispersion", number(each->value())}}));
    return object({{"numbers", count(static_cast<std::int64_t>(traffic.numbers()))},
                   {"gap_cv", number(traffic.gap_cv)},
                   {"dispersion_around_curve", residual},
                   {"kinds", kinds}});
}

/// Spreads the requests of each step over it at random; their lengths stay in order.
std::vector<TraceRow> scattered(const RecordedTrace& trace) {
    std::vector<TraceRow> rows = trace.rows;
    if (!trace.quantum) return rows;
    scatter_dates(rows, *trace.quantum);
    return rows;
}

std::string points_text(const std::vector<std::array<double, 2>>& points, std::string_view indent) {
    std::string text;
    std::string line;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const std::string point =
            fmt::format("[{}, {}]{}", points[i][0], points[i][1], i + 1 < points.size() ? "," : "");
        if (!line.empty() && indent.size() + line.size() + 1 + point.size() > 100) {
            text += fmt::format("\n{}{}", indent, line);
            line.clear();
        }
        line += (line.empty() ? "" : " ") + point;
    }
    return text + fmt::format("\n{}{}", indent, line);
}

std::string lengths_text(const char* key, const std::vector<std::array<double, 2>>& points) {
    return fmt::format(
        "        \"{}\": {{\n          \"kind\": \"quantiles\",\n          \"points\": [{}]\n"
        "        }}",
        key,
        points_text(points, "            "));
}

std::string class_text(const FittedTraffic& traffic, const FittedKind& kind) {
    return fmt::format(R"(      // {:.1f} % of all requests.
      "{}": {{
        "arrival": {{
          "kind": "profile",
          "cv": {},   // of the gaps between arrivals, at a constant rate
          "points": [{}]
        }},
{},
{},
        "length_correlation": {}   // of prompt and output, as normal variates by rank
      }})",
                       100.0 * kind.share,
                       kind.name,
                       traffic.gap_cv,
                       points_text(kind.rate_points, "            "),
                       lengths_text("prompt_tokens", kind.prompt_points),
                       lengths_text("output_tokens", kind.output_points),
                       kind.length_correlation);
}

}  // namespace

FitReport fit_report(const std::string& path) {
    FitReport report;
    report.trace = read_recorded_trace(path);
    if (report.trace.rows.size() < kLeastRequestsToFit)
        throw TraceError(fmt::format("{}: {} requests; at least {} are needed to fit a generator",
                                     path,
                                     report.trace.rows.size(),
                                     kLeastRequestsToFit));
    report.trace.rows = scattered(report.trace);
    report.statistics = trace_statistics(report.trace.rows);
    report.traffic = fit_traffic(report.trace.rows);
    report.generated =
        mean_statistics(request_classes(report.traffic), report.traffic.span_s, kDraws);
    return report;
}

std::string fit_json(const FitReport& report) {
    return json_text(object({{"format", Node::of(std::string("plimsoll.fit/1"))},
                             {"name", Node::of(report.name)},
                             {"trace", statistics_node(report.statistics)},
                             {"quantised", quantum_node(report.trace.quantum)},
                             {"prefix_reuse", prefix_node(report.trace.prefix)},
                             {"generator", generator_node(report.traffic)},
                             {"generated", statistics_node(report.generated)}})) +
           "\n";
}

std::string fitted_scenario(const FitReport& report) {
    const TraceStatistics& s = report.statistics;
    std::string classes;
    for (const FittedKind& kind : report.traffic.kinds)
        classes += (classes.empty() ? "" : ",\n") + class_text(report.traffic, kind);
    const Node name = Node::of(report.name);
    return fmt::format(R"(// Traffic like that of a trace, by {} numbers; `plimsoll fit` wrote it.
// The trace: {} requests in {:.0f} s, {:.4g} per second, prompts {:.0f} and outputs {:.0f} tokens on average.
{}// Each class is a kind of requests with a rate curve and lengths of its own. Another --seed is another day
// of the same traffic; rates may be multiplied, other lengths put in, classes left out.
{{
  "format": "plimsoll.scenario/1",
  "name": {},
  "horizon_s": {},   // the length of the trace
  "workload": {{
    "classes": {{
{}
    }}
  }},

  // A placeholder: the question is yours. plimsoll list llms, plimsoll list gpus.
  "pools": {{
    "main": {{
      "model": "llama3_1_70b",
      "gpu": "h100_sxm",
      "server": "hgx_h100",
      "precision": "fp8",
      "parallelism": {{"tp": 4}},
      "replicas": 2
    }}
  }},
  "routing": "least_loaded",
  "prices": {{"book": "rental_2026", "tenure": "on_demand"}}
}}
)",
                       report.traffic.numbers(),
                       s.requests,
                       s.span_s,
                       s.rate_per_s,
                       s.prompt.mean,
                       s.output.mean,
                       report.trace.quantum
                           ? fmt::format("// Its dates come in steps of {:.4g} s; below that, "
                                         "arrivals are as random as the law says.\n",
                                         report.trace.quantum->quantum_s)
                           : std::string(),
                       json_text(name),
                       report.traffic.span_s,
                       classes);
}

}  // namespace plimsoll
