#include "sim/io/convert_trace.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/io/csv_line.h"
#include "sim/io/text_stream.h"

namespace plimsoll {
namespace {

constexpr double kMooncakeQuantumS = 3.0;

/// Eats `digits` digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
    if (error != std::errc() || end != text.data() + digits || text.front() == '-')
        return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_fraction_ns(std::string_view& text) {
    if (!take(text, ".")) return 0;
    std::int64_t ns = 0;
    std::int64_t scale = 1'000'000'000;
    bool any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        scale /= 10;
        ns += scale * (text.front() - '0');
        text.remove_prefix(1);
        any = true;
    }
    return any ? std::optional(ns) : std::nullopt;
}

/// "+01:00", "Z" or nothing, as seconds to subtract.
std::optional<std::int64_t> take_offset_s(std::string_view& text) {
    if (text.empty() || take(text, "Z")) return 0;
    const bool west = text.front() == '-';
    if (!take(text, "+-")) return std::nullopt;
    const auto hours = take_number(text, 2);
    if (!hours || !take(text, ":")) return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes) return std::nullopt;
    const std::int64_t offset = 3600LL * *hours + 60LL * *minutes;
    return west ? -offset : offset;
}

/// "2023-11-16 18:15:46.6805900" in nanoseconds since 1970: a double would lose the last digits.
std::optional<std::int64_t> parse_date_ns(std::string_view text) {
    const auto year_number = take_number(text, 4);
    if (!year_number || !take(text, "-")) return std::nullopt;
    const auto month_number = take_number(text, 2);
    if (!month_number || !take(text, "-")) return std::nullopt;
    const auto day_number = take_number(text, 2);
    if (!day_number || !take(text, " T")) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year_number),
                                           std::chrono::month(static_cast<unsigned>(*month_number)),
                                           std::chrono::day(static_cast<unsigned>(*day_number))};
    if (!date.ok()) return std::nullopt;
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23 || !take(text, ":")) return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59 || !take(text, ":")) return std::nullopt;
    const auto seconds = take_number(text, 2);
    if (!seconds || *seconds > 60) return std::nullopt;
    const auto fraction = take_fraction_ns(text);
    if (!fraction) return std::nullopt;
    const auto offset = take_offset_s(text);
    if (!offset || !text.empty()) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t whole = ((days * 24 + *hours) * 60 + *minutes) * 60 + *seconds - *offset;
    return whole * 1'000'000'000 + *fraction;
}

/// Counts dates from the first one and refuses those that fall.
class Clock {
public:
    Clock(const TextReader& reader, TraceTime time) : reader_(reader), time_(time) {}

    double read(const CsvField& field, std::string_view name) {
        double date_s = 0.0;
        if (time_ == TraceTime::date) {
            const auto ns = parse_date_ns(field.text);
            if (!ns)
                trace_error(reader_,
                            field.column,
                            fmt::format("{}: \"{}\" is not a date", name, field.text));
            if (!started_) first_ns_ = *ns;
            started_ = true;
            date_s = static_cast<double>(*ns - first_ns_) / 1e9;
        } else {
            date_s = from_first(csv_number(reader_, field, name));
        }
        return checked(date_s, field, name);
    }
    double from_first(double value) {
        if (!started_) first_ = value;
        started_ = true;
        return (value - first_) / per_second();
    }
    double checked(double date_s, const CsvField& field, std::string_view name) {
        if (date_s < last_s_)
            trace_error(reader_,
                        field.column,
                        fmt::format("{} is earlier than in the row before: sort the trace", name));
        last_s_ = date_s;
        return date_s;
    }

private:
    [[nodiscard]] double per_second() const {
        switch (time_) {
            case TraceTime::ms:
                return 1e3;
            case TraceTime::us:
                return 1e6;
            case TraceTime::ns:
                return 1e9;
            case TraceTime::s:
            case TraceTime::date:
                return 1.0;
        }
        return 1.0;
    }

    const TextReader& reader_;
    TraceTime time_;
    bool started_ = false;
    std::int64_t first_ns_ = 0;
    double first_ = 0.0;
    double last_s_ = 0.0;
};

std::size_t column_of(const TextReader& reader,
                      const std::vector<CsvField>& header,
                      const std::string& name) {
    std::string known;
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (header[i].text == name) return i;
        known += (i > 0 ? ", " : "") + std::string(header[i].text);
    }
    trace_error(reader, 1, fmt::format("no column \"{}\"; there are: {}", name, known));
}

std::vector<TraceRow> read_csv(const std::string& path, const TraceColumns& columns) {
    TextReader reader(path);
    std::string_view line;
    if (!reader.next(line)) throw TraceError(path + ":1:1: empty; the header is missing");
    if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    std::vector<CsvField> fields;
    split_csv(line, ',', fields);
    const std::size_t arrival = column_of(reader, fields, columns.arrival);
    const std::size_t prompt = column_of(reader, fields, columns.prompt);
    const std::size_t output = column_of(reader, fields, columns.output);
    const std::size_t last = std::max({arrival, prompt, output});
    Clock clock(reader, columns.time);
    std::vector<TraceRow> rows;
    while (reader.next(line)) {
        // Files end in an empty line, and some begin again after it.
        if (line.empty()) continue;
        split_csv(line, ',', fields);
        if (fields.size() <= last)
            trace_error(reader,
                        line.size() + 1,
                        fmt::format("{} columns expected, {} found", last + 1, fields.size()));
        rows.push_back({.arrival_s = clock.read(fields[arrival], columns.arrival),
                        .prompt_tokens = csv_tokens(reader, fields[prompt], columns.prompt),
                        .output_tokens = csv_tokens(reader, fields[output], columns.output)});
    }
    return rows;
}

const nlohmann::json& json_value(const TextReader& reader,
                                 const nlohmann::json& object,
                                 const std::string& key) {
    const auto at = object.find(key);
    if (at == object.end()) trace_error(reader, 1, fmt::format("no \"{}\"", key));
    return *at;
}

double json_number(const TextReader& reader, const nlohmann::json& object, const std::string& key) {
    const nlohmann::json& value = json_value(reader, object, key);
    if (!value.is_number())
        trace_error(reader, 1, fmt::format("{}: {} is not a number", key, value.dump()));
    return value.get<double>();
}

std::int32_t json_tokens(const TextReader& reader,
                         const nlohmann::json& object,
                         const std::string& key) {
    const double tokens = json_number(reader, object, key);
    if (tokens != std::floor(tokens) || tokens > std::numeric_limits<std::int32_t>::max())
        trace_error(reader, 1, fmt::format("{}: {} is not a number of tokens", key, tokens));
    if (tokens < 1.0)
        trace_error(reader, 1, fmt::format("{}: {} tokens; at least 1 is needed", key, tokens));
    return static_cast<std::int32_t>(tokens);
}

/// A date as a number in the columns' unit, or as text.
double json_date(const TextReader& reader,
                 const nlohmann::json& object,
                 const TraceColumns& columns,
                 Clock& clock) {
    if (columns.time != TraceTime::date) {
        const double date_s = clock.from_first(json_number(reader, object, columns.arrival));
        return clock.checked(date_s, {}, columns.arrival);
    }
    const nlohmann::json& value = json_value(reader, object, columns.arrival);
    if (!value.is_string())
        trace_error(reader, 1, fmt::format("{}: {} is not a date", columns.arrival, value.dump()));
    return clock.read({value.get_ref<const std::string&>(), 1}, columns.arrival);
}

std::vector<TraceRow> read_jsonl(const std::string& path, const TraceColumns& columns) {
    TextReader reader(path);
    Clock clock(reader, columns.time);
    std::vector<TraceRow> rows;
    std::string_view line;
    while (reader.next(line)) {
        if (line.empty()) continue;
        const auto object = nlohmann::json::parse(line, nullptr, false);
        if (!object.is_object()) trace_error(reader, 1, "not a JSON object");
        const double date_s = json_date(reader, object, columns, clock);
        rows.push_back({.arrival_s = date_s,
                        .prompt_tokens = json_tokens(reader, object, columns.prompt),
                        .output_tokens = json_tokens(reader, object, columns.output)});
    }
    return rows;
}

std::vector<TraceRow> read_mooncake(const std::string& path, QuantumRule quantum) {
    std::vector<TraceRow> rows = read_jsonl(path,
                                            {.arrival = "timestamp",
                                             .prompt = "input_length",
                                             .output = "output_length",
                                             .time = TraceTime::ms});
    if (quantum == QuantumRule::spread) spread_dates(rows, kMooncakeQuantumS);
    return rows;
}

}  // namespace

void spread_dates(std::vector<TraceRow>& rows, double quantum_s) {
    std::size_t begin = 0;
    while (begin < rows.size()) {
        const double date_s = rows[begin].arrival_s;
        std::size_t end = begin;
        while (end < rows.size() && rows[end].arrival_s == date_s) ++end;
        const double room_s =
            end < rows.size() ? std::min(quantum_s, rows[end].arrival_s - date_s) : quantum_s;
        const auto count = static_cast<double>(end - begin);
        for (std::size_t i = begin; i < end; ++i)
            rows[i].arrival_s = date_s + room_s * static_cast<double>(i - begin) / count;
        begin = end;
    }
}

TraceColumns parse_columns(std::string_view text) {
    TraceColumns columns;
    std::vector<CsvField> parts;
    split_csv(text, ',', parts);
    for (const CsvField& part : parts) {
        const std::size_t equals = part.text.find('=');
        const std::string_view role = part.text.substr(0, equals);
        std::string* const target = role == "arrival"  ? &columns.arrival
                                    : role == "prompt" ? &columns.prompt
                                    : role == "output" ? &columns.output
                                                       : nullptr;
        if (target == nullptr || equals == std::string_view::npos || equals + 1 == part.text.size())
            throw TraceError(fmt::format(
                "columns: \"{}\" is not understood; write arrival=NAME,prompt=NAME,output=NAME",
                part.text));
        *target = part.text.substr(equals + 1);
    }
    return columns;
}

std::vector<TraceRow> read_foreign_trace(const ConvertRequest& request) {
    std::vector<TraceRow> rows;
    switch (request.source) {
        case TraceSource::azure:
            rows = read_csv(request.input,
                            {.arrival = "TIMESTAMP",
                             .prompt = "ContextTokens",
                             .output = "GeneratedTokens",
                             .time = TraceTime::date});
            break;
        case TraceSource::mooncake:
            rows = read_mooncake(request.input, request.quantum);
            break;
        case TraceSource::csv:
            rows = read_csv(request.input, request.columns);
            break;
        case TraceSource::jsonl:
            rows = read_jsonl(request.input, request.columns);
            break;
    }
    if (rows.empty()) throw TraceError(request.input + ":1:1: no requests");
    return rows;
}

ConvertReport convert_trace(const ConvertRequest& request) {
    const std::vector<TraceRow> rows = read_foreign_trace(request);
    write_trace(request.output, rows);
    ConvertReport report{.rows = static_cast<std::int64_t>(rows.size()),
                         .span_s = rows.back().arrival_s - rows.front().arrival_s};
    for (const TraceRow& row : rows) {
        report.mean_prompt_tokens += row.prompt_tokens;
        report.mean_output_tokens += row.output_tokens;
    }
    report.mean_prompt_tokens /= static_cast<double>(rows.size());
    report.mean_output_tokens /= static_cast<double>(rows.size());
    return report;
}

}  // namespace plimsoll
