#pragma once

#include <vector>

#include "cli/command.h"
#include "sim/io/catalog.h"
#include "sim/io/scenario_json.h"

namespace plimsoll::cli {

/// SCENARIO, --set, --unset, --catalog, --seed and --replications, as every command on a scenario
/// takes them.
[[nodiscard]] std::vector<OptionSpec> scenario_options();

/// --catalog alone.
[[nodiscard]] std::vector<OptionSpec> catalog_options();

/// What those options ask to load.
[[nodiscard]] LoadRequest load_request(const Arguments& arguments);

/// The scenario that those options name, checked. Throws ScenarioErrors.
[[nodiscard]] Scenario scenario_of(const Arguments& arguments);

/// The catalog that --catalog, PLIMSOLL_CATALOG and the program's own place name.
[[nodiscard]] Catalog catalog_of(const Arguments& arguments);

}  // namespace plimsoll::cli
