#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/io/issue.h"
#include "sim/io/json_node.h"

namespace plimsoll {

/// Where one value of a JSON text stands, and its key if it has one.
struct ScannedPlace {
    Place key;
    Place value;
};

/// Places of all values in the order of the text, the outermost first. Checks the whole syntax on
/// its way, so that messages are ours. False where the text cannot be read further.
[[nodiscard]] bool scan_json(std::string_view text,
                             const std::shared_ptr<const SourceFile>& source,
                             std::vector<ScannedPlace>& places,
                             std::vector<ScenarioIssue>& issues);

}  // namespace plimsoll
