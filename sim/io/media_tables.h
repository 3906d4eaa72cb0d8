#pragma once

#include <memory>

#include "sim/io/field_table.h"

namespace plimsoll {

// The JSON fields of models/multimodal.h.

[[nodiscard]] std::shared_ptr<const Table> encoder_table();
[[nodiscard]] std::shared_ptr<const Table> modality_table();

}  // namespace plimsoll
