#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/io/trace_csv.h"
#include "sim/workload/trace_statistics.h"

namespace plimsoll {

/// A trace as its file has it, in whichever known format.
struct RecordedTrace {
    enum class Format { ours, azure, mooncake };
    Format format = Format::ours;
    /// Dates from 0 on, spread where they were coarse.
    std::vector<TraceRow> rows;
    /// How coarse they were.
    std::optional<Quantisation> quantum;
    /// For formats that name the blocks of a prompt.
    std::optional<PrefixReuse> prefix;
};

/// Reads a trace in our format, Azure's CSV or Mooncake's JSON lines, told apart by the first line;
/// plain or gzipped. Dates that many requests share are spread as `plimsoll convert` spreads them.
/// Throws FileError, and TraceError "file:line:column: what", also for fewer than two dates.
[[nodiscard]] RecordedTrace read_recorded_trace(const std::string& path);

}  // namespace plimsoll
