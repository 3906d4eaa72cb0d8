#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/io/text_stream.h"

namespace plimsoll {

/// A field of a CSV line and the column where it starts, from 1.
struct CsvField {
    std::string_view text;
    std::size_t column = 1;
};

/// Cuts `line` at `separator` into `fields`. A field in double quotes loses them; quotes inside a
/// field are not doubled back.
void split_csv(std::string_view line, char separator, std::vector<CsvField>& fields);

/// Throws TraceError "file:line:column: what" for the line that `reader` gave last.
[[noreturn]] void trace_error(const TextReader& reader, std::size_t column, std::string_view what);

/// A finite number, or TraceError naming `name`.
[[nodiscard]] double csv_number(const TextReader& reader,
                                const CsvField& field,
                                std::string_view name);

/// A token count from 1 to 2^31 - 1, or TraceError naming `name`. A fraction of zero ("12.0") is
/// accepted.
[[nodiscard]] std::int32_t csv_tokens(const TextReader& reader,
                                      const CsvField& field,
                                      std::string_view name);

}  // namespace plimsoll
