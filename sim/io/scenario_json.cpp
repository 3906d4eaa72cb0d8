#include "sim/io/scenario_json.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "models/contract.h"
#include "sim/identity.h"
#include "sim/io/decoder.h"
#include "sim/io/json_text.h"
#include "sim/io/layers.h"
#include "sim/io/scenario_tables.h"
#include "sim/io/text_file.h"

namespace plimsoll {
namespace {

/// The day that prices have when nothing in the scenario is dated.
constexpr std::string_view kNoDate = "1970-01-01";

void choose_defaults(ScenarioForm& form, const std::string& path) {
    Scenario& scenario = form.scenario;
    if (scenario.name.empty()) {
        scenario.name =
            path.empty() || path == "-" ? "scenario" : std::filesystem::path(path).stem().string();
    }
    const auto& classes = scenario.workload.classes;
    const bool replays_only =
        std::all_of(classes.begin(), classes.end(), [](const RequestClass& c) {
            return c.arrival.kind == "trace";
        });
    const bool ends = scenario.max_requests > 0 || replays_only;
    scenario.horizon = form.horizon.value_or(ends ? Seconds{} : hour);
    if (scenario.routing.kind.empty() && !router_kinds().empty()) {
        scenario.routing.kind = router_kinds().front().name;
    }
    for (Pool& pool : scenario.pools) pool.deployment.fidelity = form.fidelity;
}

/// Prices of other GPUs and servers than the scenario's are not what its answer rests on.
bool is_used(const Scenario& scenario, const SourcedField& source) {
    const std::string& field = source.provenance.field;
    if (!source.provenance.item.starts_with("prices")) return true;
    if (!field.starts_with("rents.") && !field.starts_with("servers.")) return true;
    const std::string tenure = fmt::format(".{}.", to_string(scenario.prices.tenure));
    return std::any_of(scenario.pools.begin(), scenario.pools.end(), [&](const Pool& pool) {
        return field.starts_with("rents." + pool.gpu_id + tenure) ||
               field.starts_with("servers." + pool.server_id + ".");
    });
}

void collect_provenance(Scenario& scenario, const std::vector<SourcedField>& sources) {
    std::set<std::pair<std::string, std::string>> seen;
    for (const SourcedField& source : sources) {
        const Provenance& provenance = source.provenance;
        if (!is_used(scenario, source)) continue;
        if (!seen.insert({provenance.item, provenance.field}).second) continue;
        scenario.provenance.push_back(provenance);
    }
    if (!scenario.as_of.empty()) return;
    scenario.as_of = kNoDate;
    for (const Provenance& provenance : scenario.provenance) {
        scenario.as_of = std::max(scenario.as_of, provenance.date);
    }
}

/// One hash over the catalog files that the scenario's numbers came from, in order of their names.
std::string hash_of_catalog(const Catalog& catalog, const Scenario& scenario) {
    std::set<std::string> items;
    for (const Provenance& provenance : scenario.provenance) items.insert(provenance.item);
    std::string hashes;
    for (const std::string& item : items) {
        const std::size_t slash = item.find('/');
        const std::string file = catalog.file_of(item.substr(0, slash), item.substr(slash + 1));
        if (!file.empty()) hashes += item + " " + sha256_hex(read_text_file(file)) + "\n";
    }
    return hashes.empty() ? hashes : sha256_hex(hashes);
}

template <class Value>
void replace(std::vector<Dated<Value>>& series,
             const std::optional<Value>& value,
             const std::string& date) {
    if (value) series = {{date, *value}};
}

/// The scenario's own prices take the place of the book's.
void apply_price_changes(Scenario& scenario, const PriceChanges& changes) {
    PriceBook& book = scenario.prices.book;
    const auto drop = [&](const std::string& start) {
        std::erase_if(scenario.provenance, [&](const Provenance& provenance) {
            return provenance.item.starts_with("prices") && provenance.field.starts_with(start);
        });
    };
    if (changes.rent_per_gpu) {
        const Tenure tenure = scenario.prices.tenure;
        for (const Pool& pool : scenario.pools) {
            drop(fmt::format("rents.{}.{}.", pool.gpu_id, to_string(tenure)));
            std::erase_if(book.rents, [&](const RentSeries& series) {
                return series.gpu == pool.gpu_id && series.tenure == tenure;
            });
            book.rents.push_back({pool.gpu_id, tenure, {{scenario.as_of, *changes.rent_per_gpu}}});
        }
    }
    if (changes.electricity) drop("electricity.");
    if (changes.pue) drop("pue.");
    if (changes.carbon) drop("carbon.");
    replace(book.electricity, changes.electricity, scenario.as_of);
    replace(book.pue, changes.pue, scenario.as_of);
    replace(book.carbon, changes.carbon, scenario.as_of);
}

/// Keeps only what the scenario's fleet can ask of the book.
PriceBook pruned(const Scenario& scenario) {
    PriceBook book = scenario.prices.book;
    const auto used = [&](auto member, const std::string& id) {
        return std::any_of(scenario.pools.begin(), scenario.pools.end(), [&](const Pool& pool) {
            return pool.*member == id;
        });
    };
    std::erase_if(book.rents, [&](const RentSeries& series) {
        return !used(&Pool::gpu_id, series.gpu) || series.tenure != scenario.prices.tenure;
    });
    std::erase_if(book.servers, [&](const ServerSeries& series) {
        return !used(&Pool::server_id, series.server);
    });
    return book;
}

/// The place of `path` in `root`, or of the nearest thing around it.
Place place_of(const Node& root, std::string path) {
    const Node* node = &root;
    Place place = root.place;
    while (!path.empty()) {
        const std::size_t dot = path.find('.');
        const Node::Member* member = node->find(path.substr(0, dot));
        if (member == nullptr) break;
        node = &member->value;
        place = member->place;
        path = dot == std::string::npos ? "" : path.substr(dot + 1);
    }
    return place;
}

void report_problems(DecodeContext& context, const Scenario& scenario, const Node& root) {
    for (ScenarioProblem& problem : problems(scenario)) {
        const Place place = place_of(root, problem.path);
        context.report({.file = place.source ? place.source->name : std::string(),
                        .line = place.line,
                        .column = place.column,
                        .path = std::move(problem.path),
                        .message = std::move(problem.message),
                        .allowed = {},
                        .kind = problem.infeasible ? ScenarioIssue::Kind::infeasible
                                                   : ScenarioIssue::Kind::mistake});
    }
}

}  // namespace

Scenario load_scenario(const LoadRequest& request) {
    const Catalog catalog(request.catalog_dirs);
    DecodeContext context(&catalog);
    const std::optional<Node> root = merged_scenario(request, context);
    ScenarioForm form;
    if (root) decode_object(context, *scenario_table(), *root, "", &form, false);
    if (context.issues().empty()) {
        choose_defaults(form, request.path);
        collect_provenance(form.scenario, context.sources());
        form.scenario.catalog_sha256 = hash_of_catalog(catalog, form.scenario);
        apply_price_changes(form.scenario, form.price_changes);
        if (request.checks == LoadRequest::Checks::answerable) {
            report_problems(context, form.scenario, *root);
        }
    }
    if (!context.issues().empty()) throw ScenarioErrors(context.issues());
    return std::move(form.scenario);
}

std::string resolved_json(const Scenario& scenario) {
    ScenarioForm form;
    form.scenario = scenario;
    form.scenario.prices.book = pruned(scenario);
    form.horizon = scenario.horizon;
    if (!scenario.pools.empty()) form.fidelity = scenario.pools.front().deployment.fidelity;
    return json_text(encode_object(*scenario_table(), &form)) + "\n";
}

}  // namespace plimsoll
