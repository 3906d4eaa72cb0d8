#pragma once

#include <memory>

#include "sim/io/field_table.h"

namespace plimsoll {

/// The JSON fields of Device.
[[nodiscard]] std::shared_ptr<const Table> device_table();

}  // namespace plimsoll
