#include "sim/io/schema.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/sim/io/loading.h"
#include "tests/sim/io/malformed_name_cases.h"
#include "tests/sim/io/malformed_value_cases.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Json = nlohmann::json;

namespace {

bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    return type == "number" && value.is_number();
}

bool valid(const Json& schema, const Json& value);

bool valid_object(const Json& schema, const Json& value) {
    if (value.size() < schema.value("minProperties", std::size_t{0})) return false;
    for (const Json& key : schema.value("required", Json::array())) {
        if (!value.contains(key.get<std::string>())) return false;
    }
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [key, member] : value.items()) {
        if (properties.contains(key)) {
            if (!valid(properties[key], member)) return false;
        } else if (schema.contains("additionalProperties")) {
            const Json& rest = schema["additionalProperties"];
            if (rest.is_boolean() ? !rest.get<bool>() : !valid(rest, member)) return false;
        }
    }
    return true;
}

bool valid_number(const Json& schema, double value) {
    if (schema.contains("minimum") && value < schema["minimum"].get<double>()) return false;
    if (schema.contains("maximum") && value > schema["maximum"].get<double>()) return false;
    return !schema.contains("exclusiveMinimum") || value > schema["exclusiveMinimum"].get<double>();
}

/// As much of JSON Schema as ours uses.
bool valid(const Json& schema, const Json& value) {
    if (schema.is_boolean()) return schema.get<bool>();
    if (schema.contains("type") && !has_type(value, schema["type"])) return false;
    const auto holds = [&](const Json& inner) { return valid(inner, value); };
    if (schema.contains("anyOf") &&
        std::none_of(schema["anyOf"].begin(), schema["anyOf"].end(), holds)) {
        return false;
    }
    if (schema.contains("allOf") &&
        !std::all_of(schema["allOf"].begin(), schema["allOf"].end(), holds)) {
        return false;
    }
    if (schema.contains("not") && valid(schema["not"], value)) return false;
    if (schema.contains("if") && valid(schema["if"], value) && !valid(schema["then"], value)) {
        return false;
    }
    if (schema.contains("enum")) {
        const Json& words = schema["enum"];
        if (std::find(words.begin(), words.end(), value) == words.end()) return false;
    }
    if (value.is_number()) return valid_number(schema, value.get<double>());
    if (value.is_object()) return valid_object(schema, value);
    if (value.is_array()) {
        const bool sized = value.size() >= schema.value("minItems", std::size_t{0}) &&
                           value.size() <= schema.value("maxItems", std::size_t{1000000});
        return sized && (!schema.contains("items") ||
                         std::all_of(value.begin(), value.end(), [&](const Json& item) {
                             return valid(schema["items"], item);
                         }));
    }
    return true;
}

Json schema() { return Json::parse(scenario_schema()); }

/// What the decoder knows and a schema cannot say: names of the catalog, files, dates that do not
/// exist, and how fields go together.
constexpr std::string_view kBeyondSchema[] = {"no such day",
                                              "unknown GPU",
                                              "unknown model",
                                              "unknown server",
                                              "unknown price book",
                                              "a path instead of a name",
                                              "a GPU from nothing lacks fields",
                                              "two units",
                                              "options that exclude each other",
                                              "warm-up after the horizon",
                                              "a trace for lengths only",
                                              "a missing trace",
                                              "does not fit",
                                              "illegal split",
                                              "a base that is missing",
                                              "lengths are required",
                                              "not a date",
                                              "name with a dot",
                                              "arrivals: options that make no sense together",
                                              "arrivals: no such folder",
                                              "trace: columns of a format that has none",
                                              "lengths: said twice",
                                              "lengths: neither points nor path",
                                              "lengths: a tail without an end",
                                              "mixture: a mistake inside a part"};

bool is_beyond(std::string_view name) {
    return std::find(std::begin(kBeyondSchema), std::end(kBeyondSchema), name) !=
           std::end(kBeyondSchema);
}

template <class Rows>
void check_refused(const Json& rules, const Rows& rows) {
    for (const MalformedCase& row : rows) {
        CAPTURE(row.name);
        const std::string text = row.from.empty() ? std::string(row.to) : changed(row.from, row.to);
        CHECK(valid(rules, Json::parse(text)) == is_beyond(row.name));
    }
}

}  // namespace

TEST_CASE("schema: what the decoder accepts is valid") {
    const Json rules = schema();
    for (const std::string& text :
         {std::string(kSoundScenario),
          changed("\"bf16\"", R"({"weights": "fp8", "kv": "fp8"})"),
          changed("{\"kind\": \"round_robin\"}", "\"round_robin\""),
          changed("\"h100_sxm\"", R"({"extends": "h100_sxm", "hbm_bandwidth_tb_per_s": 4.8})"),
          changed("\"name\": \"base\"", R"("extends": ["a.json", "b.json"])"),
          std::string(R"({"extends": "a.json", "pools": {"main": {"replicas": 3}}})"),
          resolved_json(load_scenario(request_of(std::string(kSoundScenario))))}) {
        CHECK(valid(rules, Json::parse(text)));
    }
}

TEST_CASE("schema: what the decoder refuses is not valid, but for what a schema cannot say") {
    const Json rules = schema();
    check_refused(rules, kMalformedValues);
    check_refused(rules, kMalformedNames);
}

TEST_CASE("schema: keys are spelt with every unit and say what they are") {
    const Json properties = schema()["properties"];
    for (const char* key : {"horizon_s", "horizon_ms", "horizon_min", "horizon_h"}) {
        REQUIRE(properties.contains(key));
        CHECK(properties[key]["type"] == "number");
        CHECK(properties[key].contains("description"));
    }
    CHECK_FALSE(properties.contains("horizon"));
    CHECK_FALSE(properties.contains("autoscaling"));
}
