#include "sim/io/class_table.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>

#include <fmt/core.h>

#include "sim/io/decoder.h"
#include "sim/io/text_file.h"
#include "sim/io/trace_csv.h"
#include "sim/registry.h"
#include "sim/workload/joint_lengths.h"

namespace plimsoll {
namespace {

constexpr std::array<SloMetric, 4> kMetrics{
    SloMetric::ttft, SloMetric::tpot, SloMetric::e2e, SloMetric::queue};

struct QuantileWord {
    std::string_view word;
    double quantile;
};
constexpr std::array<QuantileWord, 4> kQuantiles{
    {{"p50", 0.50}, {"p90", 0.90}, {"p95", 0.95}, {"p99", 0.99}}};

using SloTerms = std::vector<SloTerm>;

Field slo_field(SloMetric metric, const QuantileWord& q) {
    const auto is_term = [metric, quantile = q.quantile](const SloTerm& term) {
        return term.metric == metric && term.quantile == quantile;
    };
    Field f;
    f.stem = fmt::format("{}_{}", to_string(metric), q.word);
    f.dimension = Dimension::time;
    f.unit = metric == SloMetric::tpot ? "ms" : "s";
    f.help = fmt::format("{} of {} at most", q.word, to_string(metric));
    f.range = {0.0, 1e300, true};
    f.set = [=, quantile = q.quantile](void* object, const FieldValue& value) {
        SloTerms& terms = *static_cast<SloTerms*>(object);
        std::erase_if(terms, is_term);
        terms.push_back({metric, quantile, Seconds(std::get<double>(value))});
    };
    f.get = [=](const void* object) {
        const SloTerms& terms = *static_cast<const SloTerms*>(object);
        const auto at = std::find_if(terms.begin(), terms.end(), is_term);
        return at == terms.end() ? FieldValue() : FieldValue(at->limit.value());
    };
    return f;
}

std::shared_ptr<const Table> slo_table() {
    TableOf<SloTerms> table("SLO");
    for (const SloMetric metric : kMetrics) {
        for (const QuantileWord& quantile : kQuantiles) table.add(slo_field(metric, quantile));
    }
    return table.build();
}

/// Says what is wrong between the options of a policy that is sound otherwise.
void finish_policy(DecodeContext& context,
                   const Node& node,
                   const std::string& path,
                   std::string_view stem,
                   const PolicySpec& spec,
                   std::optional<std::string> (*problem)(const PolicySpec&)) {
    const std::string field_path = join(path, stem);
    if (spec.kind.empty() || context.has_issue(field_path)) return;
    if (const auto why = problem(spec)) {
        context.error(node.find(stem)->value.place, field_path, *why);
    }
}

/// Lengths that the arrivals bring, or not.
void finish_lengths(DecodeContext& context,
                    const Node& node,
                    const std::string& path,
                    bool brought,
                    std::string_view stem,
                    PolicySpec& lengths) {
    if (node.find(stem) != nullptr) {
        finish_policy(context, node, path, stem, lengths, length_problem);
    } else if (brought) {
        lengths.kind = "trace";
    } else if (!node.members.empty()) {
        context.error(node.place, path, fmt::format("\"{}\" is required: lengths in tokens", stem));
    }
}

/// Lengths from a distribution of both, which leaves no room for one of each.
void finish_joint_lengths(DecodeContext& context,
                          const Node& node,
                          const std::string& path,
                          const RequestClass& request_class) {
    finish_policy(context, node, path, "lengths", request_class.lengths, joint_problem);
    for (const std::string_view stem : {"prompt_tokens", "output_tokens", "length_correlation"}) {
        const Node::Member* const other = node.find(stem);
        if (other == nullptr) continue;
        context.error(other->place, join(path, stem), "\"lengths\" says both lengths already");
    }
}

/// The file or folder that a policy reads must be there.
void check_path(DecodeContext& context,
                const Node& node,
                const std::string& path,
                std::string_view stem,
                const PolicySpec& spec) {
    const std::string file = spec.text("path");
    if (file.empty() || ::access(file.c_str(), R_OK) == 0) return;
    const std::string reason = system_message(errno);
    const Place& place = node.find(stem)->value.find("path")->value.place;
    context.report(
        {.file = place.source->name,
         .line = place.line,
         .column = place.column,
         .path = fmt::format("{}.{}.path", path, stem),
         .message = fmt::format("{}: cannot be read: {}{}", file, reason, how_to_get_trace(file)),
         .allowed = {},
         .kind = ScenarioIssue::Kind::file});
}

}  // namespace

std::shared_ptr<const Table> class_table() {
    TableOf<RequestClass> table("class of requests");
    using C = RequestClass;
    table.add(policy_field("arrival", &C::arrival, arrival_kinds, "how requests arrive")).needed();
    table.add(policy_field("prompt_tokens",
                           &C::prompt_tokens,
                           length_kinds,
                           "lengths of prompts; a trace brings its own"));
    table.add(policy_field("output_tokens",
                           &C::output_tokens,
                           length_kinds,
                           "lengths of answers; a trace brings its own"));
    table.add(policy_field("lengths",
                           &C::lengths,
                           joint_length_kinds,
                           "lengths of prompts and answers together, instead"));
    Field& correlation =
        table
            .field(
                "length_correlation",
                &C::length_correlation,
                "of the normal numbers behind prompt_tokens and output_tokens: a Gaussian copula")
            .at_least(-1)
            .at_most(1);
    // Independent lengths need no word, and where lengths come together it would be wrong.
    correlation.get = [](const void* object) {
        const double value = static_cast<const C*>(object)->length_correlation;
        return value == 0.0 ? FieldValue() : FieldValue(value);
    };
    table.object("slo", &C::slo, slo_table(), "what its users are promised");
    table.field("tenant", &C::tenant, "who pays");
    return table.build();
}

void finish_class(DecodeContext& context,
                  const Node& node,
                  const std::string& path,
                  RequestClass& request_class) {
    if (!node.is_object()) return;
    RequestClass& c = request_class;
    finish_policy(context, node, path, "arrival", c.arrival, arrival_problem);
    const bool brought = !c.arrival.kind.empty() && brings_lengths(c.arrival);
    if (node.find("lengths") != nullptr) {
        finish_joint_lengths(context, node, path, c);
    } else {
        finish_lengths(context, node, path, brought, "prompt_tokens", c.prompt_tokens);
        finish_lengths(context, node, path, brought, "output_tokens", c.output_tokens);
        const bool recorded = c.prompt_tokens.kind == "trace" || c.output_tokens.kind == "trace";
        const Node::Member* const correlation = node.find("length_correlation");
        if (recorded && correlation != nullptr) {
            context.error(correlation->place,
                          join(path, "length_correlation"),
                          "lengths that come with the arrivals have their own");
        }
    }
    check_path(context, node, path, "arrival", c.arrival);
    check_path(context, node, path, "lengths", c.lengths);
}

}  // namespace plimsoll
