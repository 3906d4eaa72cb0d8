#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/io/decoder.h"
#include "sim/io/json_node.h"
#include "sim/io/scenario_json.h"

namespace plimsoll {

/// The scenario of `request` as one object: the files it extends, then the file, then --unset and
/// --set, merged in this order (RFC 7396). Mistakes go to `context`; absent when nothing can be
/// decoded.
[[nodiscard]] std::optional<Node> merged_scenario(const LoadRequest& request,
                                                  DecodeContext& context);

}  // namespace plimsoll
