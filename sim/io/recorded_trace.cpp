#include "sim/io/recorded_trace.h"

#include <algorithm>
#include <cstdint>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/io/convert_trace.h"
#include "sim/io/csv_line.h"
#include "sim/io/text_stream.h"

namespace plimsoll {
namespace {

RecordedTrace::Format format_of(const std::string& path) {
    TextReader reader(path);
    std::string_view line;
    if (!reader.next(line)) throw TraceError(path + ":1:1: empty; a trace is expected");
    if (line.starts_with("{")) return RecordedTrace::Format::mooncake;
    if (line.find("ContextTokens") != std::string_view::npos) return RecordedTrace::Format::azure;
    return RecordedTrace::Format::ours;
}

/// The ids of the blocks of a prompt, all 512 tokens but the last. [Mooncake]
PrefixReuse prefix_reuse(const std::string& path) {
    TextReader reader(path);
    std::string_view line;
    PrefixReuse reuse;
    std::unordered_set<std::int64_t> seen;
    std::int64_t tokens = 0;
    std::int64_t found = 0;
    while (reader.next(line)) {
        if (line.empty()) continue;
        const auto object = nlohmann::json::parse(line, nullptr, false);
        const auto ids = object.find("hash_ids");
        const std::int64_t prompt = object.value("input_length", std::int64_t{0});
        tokens += prompt;
        if (ids == object.end()) continue;
        if (!ids->is_array()) trace_error(reader, 1, "hash_ids: a list is expected");
        std::int64_t begin = 0;
        bool is_prefix = true;
        for (const auto& id : *ids) {
            if (!id.is_number_integer())
                trace_error(reader, 1, fmt::format("hash_ids: {} is not a block", id.dump()));
            const bool is_new = seen.insert(id.get<std::int64_t>()).second;
            is_prefix = is_prefix && !is_new;
            const std::int64_t end = std::min(prompt, begin + reuse.block_tokens);
            if (is_prefix) found += end - begin;
            begin = end;
        }
    }
    reuse.distinct_blocks = static_cast<std::int64_t>(seen.size());
    reuse.token_share = tokens > 0 ? static_cast<double>(found) / static_cast<double>(tokens) : 0.0;
    return reuse;
}

std::vector<TraceRow> rows_of(const std::string& path, RecordedTrace::Format format) {
    if (format == RecordedTrace::Format::ours) return read_trace(path);
    ConvertRequest request;
    request.source =
        format == RecordedTrace::Format::azure ? TraceSource::azure : TraceSource::mooncake;
    request.input = path;
    // Spread below, once the step has been found.
    request.quantum = QuantumRule::keep;
    return read_foreign_trace(request);
}

}  // namespace

RecordedTrace read_recorded_trace(const std::string& path) {
    RecordedTrace trace;
    trace.format = format_of(path);
    trace.rows = rows_of(path, trace.format);
    if (trace.rows.front().arrival_s == trace.rows.back().arrival_s)
        throw TraceError(
            trace.rows.size() == 1
                ? fmt::format("{}:2:1: one request: a trace needs two dates to have a rate", path)
                : fmt::format("{}:2:1: all {} requests have one date: a trace needs two dates to "
                              "have a rate",
                              path,
                              trace.rows.size()));
    trace.quantum = quantisation(trace.rows);
    if (trace.quantum && !trace.quantum->spread) spread_dates(trace.rows, trace.quantum->quantum_s);
    const double first_s = trace.rows.front().arrival_s;
    for (TraceRow& row : trace.rows) row.arrival_s -= first_s;
    if (trace.format == RecordedTrace::Format::mooncake) trace.prefix = prefix_reuse(path);
    return trace;
}

}  // namespace plimsoll
