#pragma once

#include <memory>

#include "sim/io/field_table.h"

namespace plimsoll {

// The JSON fields of what the catalog holds, over the structs of models/.

[[nodiscard]] std::shared_ptr<const Table> gpu_table();
[[nodiscard]] std::shared_ptr<const Table> fabric_table();
[[nodiscard]] std::shared_ptr<const Table> server_table();
[[nodiscard]] std::shared_ptr<const Table> llm_table();

}  // namespace plimsoll
