#pragma once

#include <memory>

#include "sim/io/field_table.h"

namespace plimsoll {

// The JSON fields of models/network.h and models/grid.h.

[[nodiscard]] std::shared_ptr<const Table> network_table();
[[nodiscard]] std::shared_ptr<const Table> region_table();
[[nodiscard]] std::shared_ptr<const Table> grid_table();
[[nodiscard]] std::shared_ptr<const Table> facility_table();

}  // namespace plimsoll
