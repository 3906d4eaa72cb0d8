#pragma once

#include <variant>

#include "models/energy.h"
#include "models/tco.h"
#include "sim/scenario.h"

namespace plimsoll {

/// What a GPU of `pool` costs at the scenario's date while its server draws `mean` IT power per
/// GPU, by component; or why the price book does not say.
[[nodiscard]] std::variant<GpuCost, Infeasible> pool_gpu_cost(const Scenario& scenario,
                                                              const Pool& pool,
                                                              Watts mean);

/// PUE (1 where the book has none) and carbon intensity (0 where it has none) at that date.
[[nodiscard]] Facility facility_of(const Scenario& scenario);

}  // namespace plimsoll
