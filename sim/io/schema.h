#pragma once

#include <string>

namespace plimsoll {

/// The JSON Schema (2020-12) of a scenario, from the tables that decode it: every key with its
/// unit, help, range and words. Files that extend others may leave out what is required. Ends with
/// a newline.
[[nodiscard]] std::string scenario_schema();

}  // namespace plimsoll
