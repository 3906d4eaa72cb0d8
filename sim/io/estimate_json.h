#pragma once

#include <string>

#include "sim/estimate.h"

namespace plimsoll {

/// The answer of `estimate --json`: names as in the result of `run` where the thing is the same,
/// null for what is absent or infinite. Ends with a newline.
[[nodiscard]] std::string estimate_json(const Scenario& scenario, const Estimate& estimate);

}  // namespace plimsoll
