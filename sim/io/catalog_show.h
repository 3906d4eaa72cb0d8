#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/io/catalog.h"

namespace plimsoll {

/// One field of a catalog item for people: "hbm_bandwidth", "3350 GB/s", and where it came from.
struct ShownField {
    std::string path;
    std::string value;
    /// Empty where the value is no number.
    std::string mark;
    std::string source;
    std::string date;
};

/// The fields of an item, in the order of its table. Expects a kind of catalog_kinds(). Throws
/// ScenarioErrors.
[[nodiscard]] std::vector<ShownField> shown_fields(const Catalog& catalog,
                                                   std::string_view kind,
                                                   std::string_view id);

/// The name for people of an item. Throws ScenarioErrors.
[[nodiscard]] std::string shown_name(const Catalog& catalog,
                                     std::string_view kind,
                                     std::string_view id);

/// The item as JSON with its sources. Throws ScenarioErrors.
[[nodiscard]] std::string item_json(const Catalog& catalog,
                                    std::string_view kind,
                                    std::string_view id);

}  // namespace plimsoll
