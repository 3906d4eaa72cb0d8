#include "sim/io/json_text.h"

#include <cmath>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "sim/io/json_scan.h"

namespace plimsoll {
namespace {

using Json = nlohmann::ordered_json;

/// Joins values with the places found for them, which come in the same order.
class Joiner {
public:
    explicit Joiner(const std::vector<ScannedPlace>& places) : places_(places) {}

    Node join(const Json& json) {
        const Place place = places_[next_++].value;
        Node node = value(json);
        node.place = place;
        return node;
    }

private:
    Node value(const Json& json) {
        if (json.is_boolean()) return Node::of(json.get<bool>());
        if (json.is_number_integer() && !exceeds_int64(json)) {
            return Node::of(json.get<std::int64_t>());
        }
        if (json.is_number()) return Node::of(json.get<double>());
        if (json.is_string()) return Node::of(json.get<std::string>());
        if (json.is_array()) {
            Node node = Node::list();
            for (const Json& item : json) node.items.push_back(join(item));
            return node;
        }
        if (json.is_object()) {
            Node node = Node::object();
            for (const auto& [key, member] : json.items()) {
                const Place key_place = places_[next_].key;
                node.members.push_back({key, key_place, join(member)});
            }
            return node;
        }
        return Node();
    }

    static bool exceeds_int64(const Json& json) {
        return json.is_number_unsigned() &&
               json.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
    }

    const std::vector<ScannedPlace>& places_;
    std::size_t next_ = 0;
};

std::string scalar_text(const Node& node) {
    switch (node.type) {
        case Node::Type::boolean:
            return node.boolean ? "true" : "false";
        case Node::Type::integer:
            return fmt::format("{}", node.integer);
        case Node::Type::number: {
            // Whole numbers read better without ".0", and are the same number.
            const bool is_whole = std::trunc(node.number) == node.number;
            if (is_whole && std::abs(node.number) < 1e15) {
                return fmt::format("{}", static_cast<std::int64_t>(node.number));
            }
            return Json(node.number).dump();
        }
        case Node::Type::text:
            return Json(node.text).dump();
        default:
            return "null";
    }
}

bool is_flat(const Node& list) {
    for (const Node& item : list.items) {
        const bool is_pair = item.type == Node::Type::list && item.items.size() == 2 &&
                             item.items[0].is_number() && item.items[1].is_number();
        if (!is_pair && !item.is_number() && !item.is_text()) return false;
    }
    return true;
}

void write(const Node& node, int indent, std::string& out) {
    const std::string margin(static_cast<std::size_t>(2 * indent), ' ');
    if (node.type == Node::Type::object) {
        if (node.members.empty()) {
            out += "{}";
            return;
        }
        const char* separator = "{\n";
        for (const Node::Member& member : node.members) {
            out += separator + margin + "  " + Json(member.key).dump() + ": ";
            write(member.value, indent + 1, out);
            separator = ",\n";
        }
        out += "\n" + margin + "}";
    } else if (node.type == Node::Type::list) {
        const bool flat = is_flat(node);
        const char* separator = flat ? "[" : "[\n";
        if (node.items.empty()) out += "[";
        for (const Node& item : node.items) {
            out += separator + (flat ? std::string() : margin + "  ");
            write(item, indent + 1, out);
            separator = flat ? ", " : ",\n";
        }
        out += flat ? "]" : "\n" + margin + "]";
    } else {
        out += scalar_text(node);
    }
}

}  // namespace

std::optional<Node> parse_json(std::string_view text,
                               const std::shared_ptr<const SourceFile>& source,
                               std::vector<ScenarioIssue>& issues) {
    std::vector<ScannedPlace> places;
    if (!scan_json(text, source, places, issues)) return std::nullopt;
    try {
        const Json json = Json::parse(text, nullptr, true, true);
        return Joiner(places).join(json);
    } catch (const Json::exception&) {
        // The syntax has been checked: what is left is the encoding.
        issues.push_back({.file = source->name,
                          .line = 0,
                          .column = 0,
                          .path = "",
                          .message = "the text is not valid UTF-8",
                          .allowed = {}});
        return std::nullopt;
    }
}

std::optional<Node> parse_json_value(std::string_view text,
                                     const std::shared_ptr<const SourceFile>& source) {
    std::vector<ScannedPlace> places;
    std::vector<ScenarioIssue> issues;
    if (!scan_json(text, source, places, issues)) return std::nullopt;
    try {
        const Json json = Json::parse(text);
        // Without this each node would claim to stand in line 1 of the option.
        for (ScannedPlace& place : places) place = {{source, 0, 0}, {source, 0, 0}};
        return Joiner(places).join(json);
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

std::string json_text(const Node& node) {
    std::string out;
    write(node, 0, out);
    return out;
}

}  // namespace plimsoll
