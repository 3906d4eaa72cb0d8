#include "sim/io/trace_csv.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "models/contract.h"
#include "sim/io/csv_line.h"
#include "sim/io/text_stream.h"
#include "sim/workload/length_moments.h"

namespace plimsoll {
namespace {

constexpr std::string_view kHeader = "arrival_s,prompt_tokens,output_tokens";

void add(LengthMoments& moments, double tokens) {
    moments.mean += tokens;
    moments.second_moment += tokens * tokens;
    moments.longest = std::max(moments.longest, tokens);
}

void divide(LengthMoments& moments, double count) {
    moments.mean /= count;
    moments.second_moment /= count;
}

/// A public trace as the shipped scenarios name it, and how it is made.
struct PublicTrace {
    std::string_view file;
    std::string_view source;
    std::string_view raw;
};
constexpr std::array<PublicTrace, 2> kPublicTraces{
    {{"azure_conversation.csv.gz", "azure", "azure_llm_2023/AzureLLMInferenceTrace_conv.csv"},
     {"mooncake_conversation.csv.gz", "mooncake", "mooncake/conversation_trace.jsonl.gz"}}};

}  // namespace

std::string how_to_get_trace(const std::string& path) {
    for (const PublicTrace& trace : kPublicTraces) {
        if (!path.ends_with(trace.file)) continue;
        return fmt::format("; get it with: ./dev data && plimsoll convert {} data/{} -o {}",
                           trace.source,
                           trace.raw,
                           path);
    }
    return "";
}

std::vector<TraceRow> read_trace(const std::string& path) {
    TextReader reader(path);
    std::string_view line;
    if (!reader.next(line)) throw TraceError(path + ":1:1: empty; the header is missing");
    if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    if (line != kHeader)
        trace_error(reader, 1, fmt::format("the header must be {} (plimsoll convert)", kHeader));
    std::vector<TraceRow> rows;
    std::vector<CsvField> fields;
    double last_s = 0.0;
    while (reader.next(line)) {
        split_csv(line, ',', fields);
        if (fields.size() != 3)
            trace_error(reader, 1, fmt::format("3 columns expected, {} found", fields.size()));
        const TraceRow row{.arrival_s = csv_number(reader, fields[0], "arrival_s"),
                           .prompt_tokens = csv_tokens(reader, fields[1], "prompt_tokens"),
                           .output_tokens = csv_tokens(reader, fields[2], "output_tokens")};
        if (row.arrival_s < last_s)
            trace_error(reader,
                        fields[0].column,
                        rows.empty() ? "arrival_s is negative"
                                     : "arrival_s is earlier than in the row before");
        last_s = row.arrival_s;
        rows.push_back(row);
    }
    if (rows.empty()) trace_error(reader, 1, "no rows after the header");
    return rows;
}

std::vector<LengthPair> read_length_pairs(const std::string& path) {
    TextReader reader(path);
    std::string_view line;
    if (!reader.next(line)) throw TraceError(path + ":1:1: empty; the header is missing");
    if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    std::vector<CsvField> fields;
    split_csv(line, ',', fields);
    const auto column = [&](std::string_view name) {
        for (std::size_t i = 0; i < fields.size(); ++i)
            if (fields[i].text == name) return i;
        trace_error(reader, 1, fmt::format("no column \"{}\"", name));
    };
    const std::size_t prompt = column("prompt_tokens");
    const std::size_t output = column("output_tokens");
    std::vector<LengthPair> pairs;
    while (reader.next(line)) {
        split_csv(line, ',', fields);
        if (fields.size() <= std::max(prompt, output))
            trace_error(reader, 1, fmt::format("only {} columns", fields.size()));
        pairs.push_back({.prompt = csv_tokens(reader, fields[prompt], "prompt_tokens"),
                         .output = csv_tokens(reader, fields[output], "output_tokens")});
    }
    if (pairs.empty()) trace_error(reader, 1, "no rows after the header");
    return pairs;
}

void write_trace(const std::string& path, const std::vector<TraceRow>& rows) {
    TextWriter writer(path);
    writer.write(kHeader);
    writer.write("\n");
    for (const TraceRow& row : rows)
        writer.write(
            fmt::format("{},{},{}\n", row.arrival_s, row.prompt_tokens, row.output_tokens));
    writer.commit();
}

RequestMoments trace_moments(const std::string& path) { return moments_of(read_trace(path)); }

RequestMoments moments_of(const std::vector<TraceRow>& rows) {
    PLIMSOLL_EXPECTS(!rows.empty());
    RequestMoments moments;
    for (const TraceRow& row : rows) {
        const auto prompt = static_cast<double>(row.prompt_tokens);
        const auto output = static_cast<double>(row.output_tokens);
        add(moments.prompt, prompt);
        add(moments.output, output);
        moments.mean_product += prompt * output;
    }
    const auto count = static_cast<double>(rows.size());
    divide(moments.prompt, count);
    divide(moments.output, count);
    moments.mean_product /= count;
    return moments;
}

}  // namespace plimsoll
