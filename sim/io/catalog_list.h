#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/io/catalog.h"

namespace plimsoll {

/// One cell of a listing; monostate is "not known" or "does not apply".
using ListCell = std::variant<std::monostate, double, std::string>;

/// The items of one kind as a table. Column names end in their unit ("hbm_gib") and are what
/// filters name.
struct CatalogListing {
    std::string kind;
    std::vector<std::string> columns;
    /// As many cells as there are columns; the first is the id.
    std::vector<std::vector<ListCell>> rows;
};

/// Every item of a kind of catalog_kinds(), by id. Throws ScenarioErrors.
[[nodiscard]] CatalogListing catalog_listing(const Catalog& catalog, std::string_view kind);

/// A cell for people: short, empty where nothing is known.
[[nodiscard]] std::string shown_cell(const ListCell& cell);

/// {"gpus": [{"id": "h100_sxm", ...}]}: what is not known is null.
[[nodiscard]] std::string listing_json(const CatalogListing& listing);

/// Kinds and ids as JSON: {"gpus": ["h100_sxm", ...], ...}.
[[nodiscard]] std::string ids_json(const Catalog& catalog, const std::vector<std::string>& kinds);

}  // namespace plimsoll
