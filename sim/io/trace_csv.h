#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/io/file_error.h"
#include "sim/workload/length_moments.h"
#include "sim/workload/request.h"

namespace plimsoll {

/// One request of a trace.
struct TraceRow {
    double arrival_s = 0.0;
    /// At least 1.
    std::int32_t prompt_tokens = 0;
    std::int32_t output_tokens = 0;
};

/// A trace whose content is wrong: "file:line:column: what".
class TraceError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The rows of a trace in our format: CSV with the header `arrival_s,prompt_tokens,output_tokens`,
/// plain or gzipped, dates from 0 on that never fall, at least one row. The text is streamed;
/// memory holds 16 bytes a row. Throws FileError and TraceError.
[[nodiscard]] std::vector<TraceRow> read_trace(const std::string& path);

/// "; get it with: " and the commands that make a public trace which a shipped scenario names;
/// empty for other files.
[[nodiscard]] std::string how_to_get_trace(const std::string& path);

/// The columns prompt_tokens and output_tokens of a CSV file with a header, whatever else it holds.
/// Throws as read_trace.
[[nodiscard]] std::vector<LengthPair> read_length_pairs(const std::string& path);

/// Moments of the lengths of at least one row.
[[nodiscard]] RequestMoments moments_of(const std::vector<TraceRow>& rows);

/// Writes a trace that read_trace reads back to the same numbers; gzipped where the path ends in
/// .gz, with the same bytes for the same rows. The file appears whole or not at all. Throws
/// FileError.
void write_trace(const std::string& path, const std::vector<TraceRow>& rows);

}  // namespace plimsoll
