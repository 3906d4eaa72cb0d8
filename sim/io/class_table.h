#pragma once

#include <memory>
#include <string>

#include "sim/io/field_table.h"
#include "sim/scenario.h"

namespace plimsoll {

/// The fields of a class of requests.
[[nodiscard]] std::shared_ptr<const Table> class_table();

/// Reports what is wrong between the fields of a class that was read from `node`, and fills in that
/// lengths come with the arrivals where they do.
void finish_class(DecodeContext& context,
                  const Node& node,
                  const std::string& path,
                  RequestClass& request_class);

}  // namespace plimsoll
