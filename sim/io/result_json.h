#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "sim/result.h"

namespace plimsoll {

/// How JSON is laid out: one line (for lists of points), or two spaces a level.
enum class JsonLayout { line, indented };

/// The result of `run --json`: keys in fixed order, numbers as short as they read back exactly,
/// absent values null; `intervals` mirrors the numbers as {low, high} where there are
/// replications. Equal results give equal bytes. Ends with a newline. Expects finite numbers.
[[nodiscard]] std::string result_json(const ReplicatedSummary& result, JsonLayout layout);

/// Text that is not a result: what and where.
class ResultError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads what result_json wrote, to the same values. Unknown keys are ignored (a newer version's),
/// missing ones keep their defaults. Throws ResultError.
[[nodiscard]] ReplicatedSummary read_result_json(std::string_view text);

}  // namespace plimsoll
