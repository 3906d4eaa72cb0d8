#pragma once

#include <string>
#include <vector>

#include "sim/report/page_one.h"

namespace plimsoll {

// The blocks of page one, each as lines no wider than style.width. Empty where there is nothing to
// say.

[[nodiscard]] std::vector<std::string> slo_block(const PageInput& input, const TextStyle& style);
[[nodiscard]] std::vector<std::string> money_block(const PageInput& input, const TextStyle& style);
[[nodiscard]] std::vector<std::string> capacity_block(const PageInput& input,
                                                      const TextStyle& style);
[[nodiscard]] std::vector<std::string> step_block(const PageInput& input, const TextStyle& style);
[[nodiscard]] std::vector<std::string> latency_block(const PageInput& input,
                                                     const TextStyle& style);
/// Classes and pools, where there are several.
[[nodiscard]] std::vector<std::string> parts_block(const PageInput& input, const TextStyle& style);
[[nodiscard]] std::vector<std::string> requests_block(const PageInput& input,
                                                      const TextStyle& style);
[[nodiscard]] std::vector<std::string> footer_block(const PageInput& input, const TextStyle& style);

}  // namespace plimsoll
