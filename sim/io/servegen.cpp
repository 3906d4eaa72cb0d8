#include "sim/io/servegen.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/io/csv_line.h"
#include "sim/io/text_file.h"
#include "sim/io/text_stream.h"
#include "sim/io/trace_csv.h"

namespace plimsoll {
namespace {

constexpr std::string_view kTraceEnd = "-trace.csv";
constexpr std::string_view kDatasetEnd = "-dataset.json";

/// The file without or with ".gz", whichever is there.
std::string present(const std::string& path) {
    std::error_code ignored;
    const std::string zipped = path + ".gz";
    return std::filesystem::exists(zipped, ignored) ? zipped : path;
}

/// The numbers of the clients in a folder, in rising order.
std::vector<int> numbers_in(const std::string& folder) {
    std::error_code error;
    std::vector<int> numbers;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        std::string name = entry.path().filename().string();
        if (name.ends_with(".gz")) name.resize(name.size() - 3);
        int number = 0;
        if (!name.starts_with("chunk-") || !name.ends_with(kTraceEnd)) continue;
        const char* const begin = name.data() + 6;
        const char* const end = name.data() + name.size() - kTraceEnd.size();
        if (std::from_chars(begin, end, number).ptr == end) numbers.push_back(number);
    }
    if (error) throw FileError(folder, error.message());
    if (numbers.empty()) throw FileError(folder, "no chunk-N-trace.csv in it");
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

std::vector<int> numbers_of(const std::string& folder, std::string_view names) {
    if (names.empty()) return numbers_in(folder);
    std::vector<int> numbers;
    std::vector<CsvField> fields;
    split_csv(names, ',', fields);
    for (const CsvField& field : fields) {
        std::string_view text = field.text;
        while (text.starts_with(' ')) text.remove_prefix(1);
        int number = 0;
        const char* const end = text.data() + text.size();
        if (text.empty() || std::from_chars(text.data(), end, number).ptr != end)
            throw TraceError(
                fmt::format("{}: clients: \"{}\" is not a number of a client", folder, field.text));
        numbers.push_back(number);
    }
    return numbers;
}

void read_windows(const std::string& path, ServegenClient& client) {
    TextReader reader(path);
    std::string_view line;
    std::vector<CsvField> fields;
    while (reader.next(line)) {
        if (line.empty()) continue;
        split_csv(line, ',', fields);
        if (fields.size() < 4)
            trace_error(reader, 1, fmt::format("6 columns expected, {} found", fields.size()));
        const ServegenClient::Window window{.start_s = csv_number(reader, fields[0], "start"),
                                            .rate = csv_number(reader, fields[1], "rate"),
                                            .cv = csv_number(reader, fields[2], "cv"),
                                            .is_weibull = fields[3].text == "Weibull"};
        if (window.rate < 0.0) trace_error(reader, fields[1].column, "the rate is negative");
        if (window.cv < 0.0) trace_error(reader, fields[2].column, "the variation is negative");
        const double least_s = client.windows.empty() ? 0.0 : client.windows.back().start_s + 1e-6;
        if (window.start_s < least_s) trace_error(reader, 1, "windows must rise from 0");
        client.windows.push_back(window);
    }
    if (client.windows.size() < 2) throw TraceError(path + ":1:1: at least two windows are needed");
    client.window_s = client.windows[1].start_s - client.windows[0].start_s;
    for (std::size_t i = 1; i < client.windows.size(); ++i) {
        const double step_s = client.windows[i].start_s - client.windows[i - 1].start_s;
        if (std::abs(step_s - client.window_s) > 1e-6 * client.window_s)
            throw TraceError(fmt::format("{}:{}:1: windows must have one width", path, i + 1));
    }
}

/// "{50: 0.25, 51: 0.75}": a dictionary as Python prints it.
ServegenClient::Histogram parse_histogram(std::string_view text, const std::string& where) {
    const auto fail = [&](std::string_view what) {
        throw TraceError(fmt::format("{}: {}", where, what));
    };
    if (!text.starts_with('{') || !text.ends_with('}')) fail("a dictionary of lengths is expected");
    text = text.substr(1, text.size() - 2);
    ServegenClient::Histogram histogram;
    const auto number = [&](char after) {
        while (text.starts_with(' ')) text.remove_prefix(1);
        double value = 0.0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc()) fail(fmt::format("a number is expected at \"{:.12}\"", text));
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (text.starts_with(after)) {
            text.remove_prefix(1);
        } else if (after == ':' || !text.empty()) {
            fail(fmt::format("\"{}\" is expected at \"{:.12}\"", after, text));
        }
        return value;
    };
    while (!text.empty()) {
        const double length = number(':');
        const double probability = number(',');
        if (length > 1e9 || probability < 0.0) fail("a length or probability is out of range");
        // A request without tokens is none; services count the end of the answer.
        if (probability > 0.0) histogram.emplace_back(std::max(1.0, length), probability);
    }
    return histogram;
}

void read_lengths(const std::string& path, ServegenClient& client) {
    TextReader reader(path);
    std::string text;
    std::string_view line;
    while (reader.next(line)) text.append(line).push_back('\n');
    const auto file = nlohmann::json::parse(text, nullptr, false);
    if (!file.is_object()) throw TraceError(path + ":1:1: not a JSON object");
    for (const auto& [key, entry] : file.items()) {
        const std::string where = fmt::format("{}: window {}", path, key);
        ServegenClient::Lengths lengths;
        const auto [end, error] =
            std::from_chars(key.data(), key.data() + key.size(), lengths.start_s);
        if (error != std::errc() || end != key.data() + key.size())
            throw TraceError(where + ": not a date in seconds");
        const auto histogram = [&where, &window = entry](const char* name) {
            const auto at = window.is_object() ? window.find(name) : window.end();
            if (!window.is_object() || at == window.end() || !at->is_string())
                throw TraceError(fmt::format("{}: no \"{}\"", where, name));
            return parse_histogram(at->get_ref<const std::string&>(), where + ": " + name);
        };
        lengths.prompt = histogram("input_tokens");
        lengths.output = histogram("output_tokens");
        if (!lengths.prompt.empty() && !lengths.output.empty())
            client.lengths.push_back(std::move(lengths));
    }
    if (client.lengths.empty()) throw TraceError(path + ":1:1: no lengths");
    std::sort(client.lengths.begin(), client.lengths.end(), [](const auto& a, const auto& b) {
        return a.start_s < b.start_s;
    });
}

}  // namespace

std::vector<ServegenClient> read_servegen(const std::string& folder, const std::string& names) {
    std::vector<ServegenClient> clients;
    for (const int number : numbers_of(folder, names)) {
        ServegenClient& client = clients.emplace_back();
        client.name = fmt::format("chunk-{}", number);
        const std::string stem = fmt::format("{}/{}", folder, client.name);
        read_windows(present(stem + std::string(kTraceEnd)), client);
        read_lengths(present(stem + std::string(kDatasetEnd)), client);
    }
    return clients;
}

}  // namespace plimsoll
