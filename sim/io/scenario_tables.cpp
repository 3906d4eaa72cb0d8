#include "sim/io/scenario_tables.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>
#include <utility>

#include <fmt/core.h>

#include "sim/engine_presets.h"
#include "sim/io/decoder.h"
#include "sim/io/pool_tables.h"
#include "sim/io/price_rows.h"
#include "sim/io/reference.h"
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
    table
        .field("length_correlation",
               &C::length_correlation,
               "of the normal numbers behind prompt_tokens and output_tokens: a Gaussian copula")
        .at_least(-1)
        .at_most(1);
    table.object("slo", &C::slo, slo_table(), "what its users are promised");
    table.field("tenant", &C::tenant, "who pays");
    return table.build();
}

bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

/// Objects keyed by name, kept in a vector in the order of the file. `finish` sees each one after
/// it was read.
template <class S, class T>
Field named_field(std::string stem,
                  std::vector<T>& (*items_of)(S&),
                  std::shared_ptr<const Table> table,
                  std::string help,
                  void (*finish)(DecodeContext&, const Node&, const std::string&, T&)) {
    Field f;
    f.stem = std::move(stem);
    f.kind = FieldKind::named;
    f.help = std::move(help);
    f.table = table;
    f.decode =
        [=](DecodeContext& context, const Node& node, const std::string& path, void* object) {
            if (!expect_object(context, node, path)) return;
            if (node.members.empty()) context.error(node.place, path, "at least one is required");
            std::vector<T>& items = items_of(*static_cast<S*>(object));
            for (const Node::Member& member : node.members) {
                if (!is_name(member.key)) {
                    context.error(member.place,
                                  join(path, member.key),
                                  "a name is made of letters, digits, \"_\" and \"-\"");
                }
                T& item = items.emplace_back();
                item.name = member.key;
                decode_object(context, *table, member.value, join(path, member.key), &item, false);
                finish(context, member.value, join(path, member.key), item);
            }
        };
    f.encode = [=](const void* object) {
        Node node = Node::object();
        for (const T& item : items_of(*static_cast<S*>(const_cast<void*>(object)))) {
            node.set(item.name, encode_object(*table, &item));
        }
        return node;
    };
    return f;
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
    context.report({.file = place.source->name,
                    .line = place.line,
                    .column = place.column,
                    .path = fmt::format("{}.{}.path", path, stem),
                    .message = fmt::format(
                        "{}: cannot be read: {}{}", file, reason, how_to_get_trace(file)),
                    .allowed = {},
                    .kind = ScenarioIssue::Kind::file});
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

/// A model whose usual settings sort the vocabulary does so unless the engine says otherwise.
void choose_sampler(DecodeContext&, const Node& node, const std::string&, Pool& pool) {
    const Node::Member* engine = node.find("engine");
    if (engine != nullptr && engine->value.find("sampler") != nullptr) return;
    const EnginePreset* preset = engine_preset(pool.deployment.engine.name);
    const bool sorts = preset != nullptr && preset->sorts_to_sample;
    pool.deployment.engine.sampler =
        sorts && pool.deployment.llm.samples_with_sort ? Sampler::sort : Sampler::greedy;
}

std::shared_ptr<const Table> workload_table() {
    TableOf<Workload> table("workload");
    table
        .add(named_field<Workload, RequestClass>(
            "classes",
            [](Workload& w) -> std::vector<RequestClass>& { return w.classes; },
            class_table(),
            "classes of requests by name",
            finish_class))
        .needed();
    return table.build();
}

Words<Tenure> tenure_words() {
    Words<Tenure> words;
    for (const Tenure tenure : all_tenures()) words.emplace_back(tenure, to_string(tenure));
    return words;
}

/// The book of a scenario: an id ("a+b" joins two), {"extends": id, ...}, or a whole book.
Field book_field() {
    Field f;
    f.stem = "book";
    f.kind = FieldKind::object;
    f.help = "price book: a name of the catalog, two joined by \"+\", or its fields";
    f.shorthand = "extends";
    f.catalog_kind = "prices";
    const auto table = std::make_shared<const Table>(with_extends(*price_table(), "prices"));
    f.table = table;
    f.decode =
        [table](DecodeContext& context, const Node& node, const std::string& path, void* object) {
            Prices& prices = static_cast<ScenarioForm*>(object)->scenario.prices;
            const Reference<PriceBook> reference{"prices", &Catalog::prices, table};
            const Node::Member* base = node.find("extends");
            const Node& id = base == nullptr ? node : base->value;
            if (id.is_text()) {
                load_reference(context, reference, id, path, prices.book, prices.book_id);
                if (!node.is_object()) return;
            }
            std::vector<Provenance> known;
            for (const SourcedField& source : context.sources()) known.push_back(source.provenance);
            PriceRows rows = price_rows(prices.book, known);
            decode_object(context, *table, node, path, &rows, base != nullptr);
            check_price_rows(context, rows, node, path);
            prices.book = price_book(rows);
            const std::string item =
                prices.book_id.empty() ? "prices" : fmt::format("prices/{}", prices.book_id);
            context.use_sources(path, price_sources(rows, item));
        };
    f.encode = [table](const void* object) {
        const Scenario& scenario = static_cast<const ScenarioForm*>(object)->scenario;
        Node node = Node::object();
        if (!scenario.prices.book_id.empty()) {
            node.set("extends", Node::of(scenario.prices.book_id));
        }
        const PriceRows rows = price_rows(scenario.prices.book, scenario.provenance);
        Node fields = encode_object(*table, &rows);
        for (Node::Member& field : fields.members) node.set(field.key, std::move(field.value));
        return node;
    };
    return f;
}

std::shared_ptr<const Table> prices_table() {
    TableOf<ScenarioForm> table("prices");
    table.add(book_field()).needed();
    table.word(
        "tenure",
        [](ScenarioForm& form) -> Tenure& { return form.scenario.prices.tenure; },
        tenure_words(),
        "how the GPUs are paid for");
    const auto change = [](auto member) {
        return [member](ScenarioForm & form) -> auto& { return form.price_changes.*member; };
    };
    table.field("rent",
                change(&PriceChanges::rent_per_gpu),
                Dimension::usd_per_gpu_hour,
                "instead of the book's rent, for every GPU under the tenure");
    table.field("electricity",
                change(&PriceChanges::electricity),
                Dimension::usd_per_energy,
                "instead of the book's electricity");
    table.field("pue", change(&PriceChanges::pue), "facility power / IT power, not the book's")
        .at_least(1);
    table.field("carbon",
                change(&PriceChanges::carbon),
                Dimension::carbon_per_energy,
                "CO2e of the electricity, not the book's");
    return table.build();
}

Field prices_field() {
    Field f;
    f.stem = "prices";
    f.kind = FieldKind::object;
    f.help = "what the fleet costs; absent: no dollars in the answer";
    const auto table = prices_table();
    f.table = table;
    f.decode =
        [table](DecodeContext& context, const Node& node, const std::string& path, void* object) {
            decode_object(context, *table, node, path, object, false);
        };
    f.encode = [table](const void* object) -> std::optional<Node> {
        const Scenario& scenario = static_cast<const ScenarioForm*>(object)->scenario;
        if (scenario.prices.book.name.empty()) return std::nullopt;
        return encode_object(*table, object);
    };
    return f;
}

/// A name that the format has reserved and this version cannot read yet.
Field later_field(std::string stem) {
    Field f;
    f.stem = std::move(stem);
    f.kind = FieldKind::object;
    f.decode = [](DecodeContext& context, const Node& node, const std::string& path, void*) {
        context.error(node.place, path, "not supported in this version");
    };
    f.encode = [](const void*) { return std::optional<Node>(); };
    return f;
}

Field constant_field(std::string stem, FieldKind kind, std::string value, std::string help) {
    Field f;
    f.stem = std::move(stem);
    f.kind = kind;
    f.help = std::move(help);
    f.set = [](void*, const FieldValue&) {};
    f.get = [value](const void*) { return value.empty() ? FieldValue() : FieldValue(value); };
    if (!value.empty()) f.words = {value};
    return f;
}

/// The member of the form's scenario.
template <class T>
auto of(T Scenario::*member) {
    return [member](ScenarioForm& form) -> T& { return form.scenario.*member; };
}

constexpr std::array<std::string_view, 15> kLater{"precision_percent",
                                                  "scale",
                                                  "report_currency",
                                                  "admission",
                                                  "autoscaling",
                                                  "sites",
                                                  "links",
                                                  "devices",
                                                  "offload",
                                                  "failures",
                                                  "revenue",
                                                  "training",
                                                  "growth",
                                                  "sweep",
                                                  "check"};

}  // namespace

std::shared_ptr<const Table> scenario_table() {
    TableOf<ScenarioForm> table("scenario");
    table.add(constant_field("$schema", FieldKind::text, "", "for editors"));
    table.add(constant_field("format", FieldKind::word, "plimsoll.scenario/1", "of this file"));
    table.field("name", of(&Scenario::name), "for people; by default the file's");
    table.field("as_of", of(&Scenario::as_of), "date at which prices are read")
        .of_kind(FieldKind::date);
    table.field("seed", of(&Scenario::seed), "of all random streams");
    table.field("replications", of(&Scenario::replications), "runs with seeds of their own")
        .at_least(1)
        .at_most(1e6);
    table.field(
        "horizon",
        &ScenarioForm::horizon,
        Dimension::time,
        "when arrivals stop: by default after one hour, with max_requests never (0); traces "
        "run to their end");
    table.field("max_requests", of(&Scenario::max_requests), "arrivals in all; 0: no limit");
    table.field("warm_up",
                of(&Scenario::warm_up),
                Dimension::time,
                "requests that arrive earlier are not scored");
    table.word("fidelity",
               &ScenarioForm::fidelity,
               Words<Fidelity>{{Fidelity::rule, "rule"}, {Fidelity::roofline, "roofline"}},
               "where the duration of a step comes from");
    table.object("workload", of(&Scenario::workload), workload_table(), "the traffic").needed();
    table
        .add(named_field<ScenarioForm, Pool>(
            "pools",
            [](ScenarioForm& form) -> std::vector<Pool>& { return form.scenario.pools; },
            pool_table(),
            "the fleet: pools of identical replicas by name",
            choose_sampler))
        .needed();
    Field routing = policy_field(
        "routing", &Scenario::routing, router_kinds, "how a request finds its replica");
    // policy_field works on a Scenario, which is the form's first member.
    const auto decode = routing.decode;
    const auto encode = routing.encode;
    routing.decode =
        [decode](DecodeContext& context, const Node& node, const std::string& path, void* object) {
            decode(context, node, path, &static_cast<ScenarioForm*>(object)->scenario);
        };
    routing.encode = [encode](const void* object) {
        return encode(&static_cast<const ScenarioForm*>(object)->scenario);
    };
    table.add(std::move(routing));
    table.add(prices_field());
    for (const std::string_view name : kLater) table.add(later_field(std::string(name)));
    return table.build();
}

}  // namespace plimsoll
