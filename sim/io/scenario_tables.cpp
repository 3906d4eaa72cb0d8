#include "sim/io/scenario_tables.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "sim/engine_presets.h"
#include "sim/io/class_table.h"
#include "sim/io/decoder.h"
#include "sim/io/pool_tables.h"
#include "sim/io/price_rows.h"
#include "sim/io/reference.h"

namespace plimsoll {
namespace {

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
