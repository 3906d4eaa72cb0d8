#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/io/trace_csv.h"

namespace plimsoll {

/// Where a trace comes from.
enum class TraceSource {
    /// Azure's LLM inference traces: CSV with TIMESTAMP (a date), ContextTokens, GeneratedTokens.
    azure,
    /// Mooncake's: one JSON object a line with timestamp (ms), input_length, output_length;
    /// hash_ids,
    /// the shared prefixes, are not kept.
    mooncake,
    /// Any CSV with a header.
    csv,
    /// Any file of one JSON object a line.
    jsonl,
};

/// How a CSV or JSON file writes its arrivals.
enum class TraceTime { s, ms, us, ns, date };

/// What Mooncake's dates, given in steps of 3 s, become.
enum class QuantumRule {
    /// The k requests of one date are spread evenly over the time to the next one (3 s at most).
    spread,
    /// As they are: bursts every 3 s that the service never saw.
    keep,
};

/// The header names of a CSV trace, or the keys of a JSON one.
struct TraceColumns {
    std::string arrival = "arrival_s";
    std::string prompt = "prompt_tokens";
    std::string output = "output_tokens";
    TraceTime time = TraceTime::s;
};

/// "arrival=ts,prompt=in,output=out" over the names of our own format. Throws TraceError naming
/// what is not understood.
[[nodiscard]] TraceColumns parse_columns(std::string_view text);

struct ConvertRequest {
    TraceSource source = TraceSource::csv;
    std::string input;
    std::string output;
    /// For TraceSource::csv and jsonl.
    TraceColumns columns;
    /// For TraceSource::mooncake.
    QuantumRule quantum = QuantumRule::spread;
};

/// What was converted.
struct ConvertReport {
    std::int64_t rows = 0;
    double span_s = 0.0;
    double mean_prompt_tokens = 0.0;
    double mean_output_tokens = 0.0;
};

/// Gives the k requests of one date the places i / k of the time to the next date, or of
/// `quantum_s` where that is shorter. Expects rows in order of date.
void spread_dates(std::vector<TraceRow>& rows, double quantum_s);

/// The rows of a foreign trace, dates counted from the first. Throws FileError, and TraceError
/// "file:line:column: what" on a missing column, a bad number, a length below 1, dates that fall.
[[nodiscard]] std::vector<TraceRow> read_foreign_trace(const ConvertRequest& request);

/// Reads request.input and writes it in our format to request.output. Throws as
/// read_foreign_trace and write_trace.
ConvertReport convert_trace(const ConvertRequest& request);

}  // namespace plimsoll
