#include "sim/io/result_json.h"

#include <cmath>
#include <type_traits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/contract.h"
#include "sim/result_fields.h"

namespace plimsoll {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kWholeBelow = 9007199254740992.0;

Json to_json(double value) {
    PLIMSOLL_EXPECTS(std::isfinite(value));
    // Counts are averaged, hence doubles; where they are whole they shall read as counts.
    if (value == std::floor(value) && std::abs(value) < kWholeBelow)
        return static_cast<std::int64_t>(value);
    return value;
}
Json to_json(bool value) { return value; }
Json to_json(std::int64_t value) { return value; }
Json to_json(std::uint64_t value) { return value; }
Json to_json(const std::string& value) { return value; }
template <class T>
Json to_json(const std::optional<T>& value);
template <class T>
Json to_json(const std::vector<T>& list);
template <class T>
Json to_json(const Named<T>& values);
template <Described T>
Json to_json(const T& value) {
    Json object = Json::object();
    for_each_field<T>(
        [&](const auto& field) { object[field.name] = to_json(value.*field.member); });
    return object;
}
template <class T>
Json to_json(const std::optional<T>& value) {
    return value ? to_json(*value) : Json();
}
template <class T>
Json to_json(const std::vector<T>& list) {
    Json array = Json::array();
    for (const T& element : list) array.push_back(to_json(element));
    return array;
}
template <class T>
Json to_json(const Named<T>& values) {
    Json object = Json::object();
    for (const auto& [name, value] : values) object[name] = to_json(value);
    return object;
}

/// Types that an interval tree shows.
template <class T>
struct HasIntervals : std::bool_constant<std::is_same_v<T, double> || Described<T>> {};
template <>
struct HasIntervals<Interval> : std::false_type {};
template <class T>
struct HasIntervals<std::optional<T>> : HasIntervals<T> {};
template <class T>
struct HasIntervals<std::vector<T>> : HasIntervals<T> {};
template <class T>
struct HasIntervals<std::pair<std::string, T>> : HasIntervals<T> {};

Json interval_json(double low, double high) {
    Json ends = Json::object();
    ends["low"] = to_json(low);
    ends["high"] = to_json(high);
    return ends;
}
template <class T>
Json interval_json(const std::optional<T>& low, const std::optional<T>& high);
template <class T>
Json interval_json(const std::vector<T>& low, const std::vector<T>& high);
template <class T>
Json interval_json(const Named<T>& low, const Named<T>& high);
template <Described T>
Json interval_json(const T& low, const T& high) {
    Json object = Json::object();
    for_each_field<T>([&](const auto& field) {
        using Member = std::remove_cvref_t<decltype(low.*field.member)>;
        if constexpr (HasIntervals<Member>::value)
            if (field.role != FieldRole::label)
                object[field.name] = interval_json(low.*field.member, high.*field.member);
    });
    return object;
}
template <class T>
Json interval_json(const std::optional<T>& low, const std::optional<T>& high) {
    return low && high ? interval_json(*low, *high) : Json();
}
template <class T>
Json interval_json(const std::vector<T>& low, const std::vector<T>& high) {
    PLIMSOLL_EXPECTS(low.size() == high.size());
    Json array = Json::array();
    for (std::size_t i = 0; i < low.size(); ++i) array.push_back(interval_json(low[i], high[i]));
    return array;
}
template <class T>
Json interval_json(const Named<T>& low, const Named<T>& high) {
    PLIMSOLL_EXPECTS(low.size() == high.size());
    Json object = Json::object();
    for (std::size_t i = 0; i < low.size(); ++i)
        object[low[i].first] = interval_json(low[i].second, high[i].second);
    return object;
}

[[noreturn]] void wrong(const std::string& path, std::string_view expected) {
    throw ResultError(fmt::format("{}: {} expected", path.empty() ? "result" : path, expected));
}

std::string join(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

void read(const Json& json, const std::string& path, double& out) {
    if (!json.is_number()) wrong(path, "a number");
    out = json.get<double>();
}
void read(const Json& json, const std::string& path, bool& out) {
    if (!json.is_boolean()) wrong(path, "true or false");
    out = json.get<bool>();
}
void read(const Json& json, const std::string& path, std::int64_t& out) {
    if (!json.is_number_integer()) wrong(path, "a whole number");
    out = json.get<std::int64_t>();
}
void read(const Json& json, const std::string& path, std::uint64_t& out) {
    if (!json.is_number_unsigned()) wrong(path, "a whole number from 0");
    out = json.get<std::uint64_t>();
}
void read(const Json& json, const std::string& path, std::string& out) {
    if (!json.is_string()) wrong(path, "a string");
    out = json.get<std::string>();
}
template <class T>
void read(const Json& json, const std::string& path, std::optional<T>& out);
template <class T>
void read(const Json& json, const std::string& path, std::vector<T>& out);
template <class T>
void read(const Json& json, const std::string& path, Named<T>& out);
template <Described T>
void read(const Json& json, const std::string& path, T& out) {
    if (!json.is_object()) wrong(path, "an object");
    for_each_field<T>([&](const auto& field) {
        const auto at = json.find(field.name);
        if (at != json.end()) read(*at, join(path, field.name), out.*field.member);
    });
}
template <class T>
void read(const Json& json, const std::string& path, std::optional<T>& out) {
    out.reset();
    if (!json.is_null()) read(json, path, out.emplace());
}
template <class T>
void read(const Json& json, const std::string& path, std::vector<T>& out) {
    if (!json.is_array()) wrong(path, "a list");
    out.clear();
    for (const Json& element : json)
        read(element, fmt::format("{}[{}]", path, out.size()), out.emplace_back());
}
template <class T>
void read(const Json& json, const std::string& path, Named<T>& out) {
    if (!json.is_object()) wrong(path, "an object");
    out.clear();
    for (const auto& [name, value] : json.items()) {
        out.emplace_back(name, T{});
        read(value, join(path, name), out.back().second);
    }
}

/// Low and high ends from a tree of {low, high}, over copies of the means that carry the labels.
void read_ends(const Json& json, const std::string& path, double& low, double& high) {
    if (!json.is_object() || !json.contains("low") || !json.contains("high"))
        wrong(path, "{low, high}");
    read(json["low"], join(path, "low"), low);
    read(json["high"], join(path, "high"), high);
}
template <class T>
void read_ends(const Json& json,
               const std::string& path,
               std::optional<T>& low,
               std::optional<T>& high);
template <class T>
void read_ends(const Json& json,
               const std::string& path,
               std::vector<T>& low,
               std::vector<T>& high);
template <class T>
void read_ends(const Json& json, const std::string& path, Named<T>& low, Named<T>& high);
template <Described T>
void read_ends(const Json& json, const std::string& path, T& low, T& high) {
    if (!json.is_object()) wrong(path, "an object");
    for_each_field<T>([&](const auto& field) {
        using Member = std::remove_cvref_t<decltype(low.*field.member)>;
        if constexpr (HasIntervals<Member>::value) {
            const auto at = json.find(field.name);
            if (at != json.end())
                read_ends(*at, join(path, field.name), low.*field.member, high.*field.member);
        }
    });
}
template <class T>
void read_ends(const Json& json,
               const std::string& path,
               std::optional<T>& low,
               std::optional<T>& high) {
    if (json.is_null()) {
        low.reset();
        high.reset();
        return;
    }
    if (!low) low.emplace();
    if (!high) high.emplace();
    read_ends(json, path, *low, *high);
}
template <class T>
void read_ends(const Json& json,
               const std::string& path,
               std::vector<T>& low,
               std::vector<T>& high) {
    if (!json.is_array() || json.size() != low.size()) wrong(path, "a list as long as its means");
    for (std::size_t i = 0; i < low.size(); ++i)
        read_ends(json[i], fmt::format("{}[{}]", path, i), low[i], high[i]);
}
template <class T>
void read_ends(const Json& json, const std::string& path, Named<T>& low, Named<T>& high) {
    if (!json.is_object()) wrong(path, "an object");
    for (std::size_t i = 0; i < low.size(); ++i) {
        const auto at = json.find(low[i].first);
        if (at == json.end()) wrong(join(path, low[i].first), "an interval for every mean");
        read_ends(*at, join(path, low[i].first), low[i].second, high[i].second);
    }
}

}  // namespace

std::string result_json(const ReplicatedSummary& result, JsonLayout layout) {
    Json json = to_json(result.mean);
    if (result.intervals)
        json["intervals"] = interval_json(result.intervals->low, result.intervals->high);
    return json.dump(layout == JsonLayout::indented ? 2 : -1) + "\n";
}

ReplicatedSummary read_result_json(std::string_view text) {
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::exception& error) {
        throw ResultError(fmt::format("not JSON: {}", error.what()));
    }
    ReplicatedSummary result;
    read(json, "", result.mean);
    if (result.mean.format != Summary().format)
        throw ResultError(fmt::format(
            "format {}: this version reads format {}", result.mean.format, Summary().format));
    const auto intervals = json.find("intervals");
    if (intervals != json.end()) {
        ReplicatedSummary::Ends& ends = result.intervals.emplace();
        ends.low = result.mean;
        ends.high = result.mean;
        read_ends(*intervals, "intervals", ends.low, ends.high);
    }
    return result;
}

}  // namespace plimsoll
