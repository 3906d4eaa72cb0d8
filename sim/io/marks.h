#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario.h"

namespace plimsoll {

/// The mark spelled `name` in a catalog file: R, R2, D or M.
[[nodiscard]] std::optional<Mark> mark_named(std::string_view name);
/// All spellings.
[[nodiscard]] std::vector<std::string> mark_words();

}  // namespace plimsoll
