#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/io/catalog.h"
#include "sim/scenario.h"

namespace plimsoll {

/// What a scenario is read from.
struct LoadRequest {
    /// A file, or "-" for standard input. With `text` only the name that messages use, and the
    /// folder that relative paths start from.
    std::string path;
    /// The scenario itself, instead of the content of `path`.
    std::optional<std::string> text;
    /// "path=value", applied in order after everything the files say. The value is JSON if it
    /// parses, else a string; numbers with a unit ("300 ms") are understood where the field has a
    /// dimension.
    std::vector<std::string> sets;
    /// Paths removed before `sets` are applied.
    std::vector<std::string> unsets;
    /// Catalog folders, searched in order.
    std::vector<std::string> catalog_dirs;
    /// Whether the question must have an answer (problems() of sim/scenario.h is asked too), or
    /// only every field be legal.
    enum class Checks { fields, answerable } checks = Checks::answerable;
};

/// The scenario that `request` names: parsed, merged with what it extends, catalog resolved, every
/// field checked. Throws ScenarioErrors, all mistakes at once; what does not fit is
/// Kind::infeasible.
[[nodiscard]] Scenario load_scenario(const LoadRequest& request);

/// `scenario` as JSON text with every default filled in, in canonical units; loading it gives the
/// same scenario. Paths are relative to where they were read from.
[[nodiscard]] std::string resolved_json(const Scenario& scenario);

}  // namespace plimsoll
