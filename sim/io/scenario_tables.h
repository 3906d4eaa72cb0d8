#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sim/io/field_table.h"
#include "sim/scenario.h"

namespace plimsoll {

/// What "prices" says beside the book; folded into the book once the scenario is read.
struct PriceChanges {
    std::optional<UsdPerSecond> rent_per_gpu;
    std::optional<UsdPerJoule> electricity;
    std::optional<double> pue;
    std::optional<KgPerJoule> carbon;
};

/// A scenario while it is read.
struct ScenarioForm {
    Scenario scenario;
    Fidelity fidelity = Fidelity::roofline;
    PriceChanges price_changes;
    std::optional<Seconds> horizon;
};

/// The top level of a scenario file, over ScenarioForm.
[[nodiscard]] std::shared_ptr<const Table> scenario_table();

}  // namespace plimsoll
