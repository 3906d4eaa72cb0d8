#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/list_filter.h"
#include "cli/output.h"
#include "cli/scenario_options.h"
#include "cli/text_table.h"

namespace plimsoll::cli {
namespace {

std::string kinds_table(const Catalog& catalog) {
    TextTable table({{"kind", Align::left}, {"items", Align::right}, {"what", Align::left}});
    for (const std::string& kind : catalog_kinds()) {
        table.add({kind, fmt::format("{}", catalog.ids(kind).size()), catalog_kind_help(kind)});
    }
    return table.to_string();
}

std::string items_table(const CatalogListing& listing) {
    std::vector<TextTable::Column> columns;
    for (std::size_t i = 0; i < listing.columns.size(); ++i) {
        const bool has_text =
            listing.rows.empty() ||
            std::any_of(listing.rows.begin(), listing.rows.end(), [&](const auto& row) {
                return std::holds_alternative<std::string>(row[i]);
            });
        columns.push_back({listing.columns[i], has_text ? Align::left : Align::right});
    }
    TextTable table(columns);
    for (const auto& row : listing.rows) {
        std::vector<std::string> cells;
        for (const ListCell& cell : row) cells.push_back(shown_cell(cell));
        table.add(std::move(cells));
    }
    return table.to_string();
}

int run(const Arguments& arguments) {
    const Catalog catalog = catalog_of(arguments);
    const bool as_json = arguments.has("json");
    const std::string kind = catalog_kind_named(arguments.text("KIND"));
    if (kind.empty()) {
        deliver(arguments, as_json ? ids_json(catalog, catalog_kinds()) : kinds_table(catalog));
        return 0;
    }
    CatalogListing listing = catalog_listing(catalog, kind);
    for (const std::string& filter : arguments.list("FILTER")) keep_matching(listing, filter);
    if (arguments.has("sort")) sort_by(listing, arguments.text("sort"));
    deliver(arguments, as_json ? listing_json(listing) : items_table(listing));
    return 0;
}

}  // namespace

Command list_command() {
    using Kind = OptionSpec::Kind;
    std::vector<std::string> words = catalog_kinds();
    for (const std::string& singular : catalog_singulars()) words.push_back(singular);
    const std::vector<OptionSpec> rows{
        {"KIND", "what to list; by default the kinds themselves", Kind::text, "", false, words},
        {"FILTER", "a text (hopper), or a column compared (\"hbm_gib>100\")", Kind::list},
        {"--sort", "largest number first, or from A to Z", Kind::text, "COLUMN"}};
    return {"list",
            "list the catalog: GPUs, servers, models, devices, networks, price books ...",
            rows + catalog_options() + output_options(),
            run};
}

}  // namespace plimsoll::cli
