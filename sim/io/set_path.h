#pragma once

#include <memory>
#include <string>

#include "sim/io/decoder.h"
#include "sim/io/field_table.h"
#include "sim/io/json_node.h"

namespace plimsoll {

/// Writes `value` (JSON, or text, or a number with a unit where the path ends at a stem) at `path`
/// of `root`, which `table` describes. Named things must exist, objects in between are made.
/// Mistakes go to `context`.
void set_path(DecodeContext& context,
              const Table& table,
              Node& root,
              const std::string& path,
              const std::string& value,
              const std::shared_ptr<const SourceFile>& source);

/// Removes what stands at `path`.
void unset_path(DecodeContext& context,
                const Table& table,
                Node& root,
                const std::string& path,
                const std::shared_ptr<const SourceFile>& source);

}  // namespace plimsoll
