#pragma once

#include <memory>

#include "sim/io/field_table.h"

namespace plimsoll {

/// One pool of a scenario, over Pool.
[[nodiscard]] std::shared_ptr<const Table> pool_table();
/// The fields of "engine" beside its preset, over Engine.
[[nodiscard]] std::shared_ptr<const Table> engine_table();

}  // namespace plimsoll
