#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/io/issue.h"
#include "sim/io/json_node.h"

namespace plimsoll {

/// `text` as a value that knows its places. Comments are allowed, a byte-order mark is skipped;
/// everything else is strict: duplicate keys, trailing commas, NaN, Infinity and numbers beyond a
/// double are mistakes. Duplicate keys are collected, the first error of syntax ends the reading;
/// absent when there was any.
[[nodiscard]] std::optional<Node> parse_json(std::string_view text,
                                             const std::shared_ptr<const SourceFile>& source,
                                             std::vector<ScenarioIssue>& issues);

/// `text` if it is one JSON value without comments, as after "--set path=".
[[nodiscard]] std::optional<Node> parse_json_value(std::string_view text,
                                                   const std::shared_ptr<const SourceFile>& source);

/// JSON text of `node`, indented by two spaces, lists of numbers on one line, without a newline at
/// the end.
[[nodiscard]] std::string json_text(const Node& node);

}  // namespace plimsoll
