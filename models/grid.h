#pragma once

#include <optional>
#include <string>

#include "models/units.h"

namespace plimsoll {

/// The electricity of a region.
struct Grid {
    std::string name;
    /// CO2e, yearly mean of the place.
    std::optional<KgPerJoule> carbon;
    /// For industry.
    std::optional<UsdPerJoule> electricity;
};

/// A building that houses servers. What is not known is absent.
struct Building {
    std::string name;
    /// Facility power / IT power, at least 1.
    double pue = 1.0;
    /// Space, power and cooling per IT power and month, electricity included (JSON
    /// `colocation_usd_per_kw_month`).
    std::optional<UsdPerJoule> colocation;
    /// Water for cooling, litres per kWh of IT energy.
    std::optional<double> water_litres_per_kwh;
    /// Shell, power and cooling, without servers.
    std::optional<decltype(Usd() / Watts(1))> build;
};

}  // namespace plimsoll
