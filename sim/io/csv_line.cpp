#include "sim/io/csv_line.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "sim/io/trace_csv.h"

namespace plimsoll {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

void split_csv(std::string_view line, char separator, std::vector<CsvField>& fields) {
    fields.clear();
    std::size_t begin = 0;
    for (;;) {
        const bool quoted = begin < line.size() && line[begin] == '"';
        const std::size_t closing = quoted ? line.find('"', begin + 1) : std::string_view::npos;
        const std::size_t from = closing == std::string_view::npos ? begin : closing;
        const std::size_t end = std::min(line.find(separator, from), line.size());
        if (closing == std::string_view::npos)
            fields.push_back({trimmed(line.substr(begin, end - begin)), begin + 1});
        else
            fields.push_back({line.substr(begin + 1, closing - begin - 1), begin + 2});
        if (end == line.size()) return;
        begin = end + 1;
    }
}

void trace_error(const TextReader& reader, std::size_t column, std::string_view what) {
    throw TraceError(
        fmt::format("{}:{}:{}: {}", reader.path(), reader.line_number(), column, what));
}

double csv_number(const TextReader& reader, const CsvField& field, std::string_view name) {
    double value = 0.0;
    const char* const last = field.text.data() + field.text.size();
    const auto [end, error] = std::from_chars(field.text.data(), last, value);
    if (error != std::errc() || end != last || !std::isfinite(value))
        trace_error(
            reader, field.column, fmt::format("{}: \"{}\" is not a number", name, field.text));
    return value;
}

std::int32_t csv_tokens(const TextReader& reader, const CsvField& field, std::string_view name) {
    std::int32_t tokens = 0;
    const char* const last = field.text.data() + field.text.size();
    const auto [end, error] = std::from_chars(field.text.data(), last, tokens);
    if (error == std::errc() && end == last && tokens >= 1) return tokens;
    const double value = csv_number(reader, field, name);
    if (value != std::floor(value) || value > std::numeric_limits<std::int32_t>::max())
        trace_error(reader,
                    field.column,
                    fmt::format("{}: {} is not a number of tokens", name, field.text));
    if (value < 1.0)
        trace_error(reader,
                    field.column,
                    fmt::format("{}: {} tokens; at least 1 is needed", name, field.text));
    return static_cast<std::int32_t>(value);
}

}  // namespace plimsoll
