#include "sim/io/decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "models/price.h"
#include "sim/io/catalog.h"
#include "sim/io/did_you_mean.h"
#include "sim/io/json_text.h"

namespace plimsoll {
namespace {

std::string printed_bound(double base, const Unit* unit) {
    if (unit == nullptr) return fmt::format("{}", base);
    const std::string number = fmt::format("{:.6g}", base / unit->scale);
    return unit->symbol.empty() ? number : fmt::format("{} {}", number, unit->symbol);
}

bool in_range(double value, const Range& range) {
    if (range.open ? value <= range.minimum : value < range.minimum) return false;
    return value <= range.maximum;
}

/// The number of `node`, checked, in base units.
std::optional<double> decode_number(DecodeContext& context,
                                    const Field& field,
                                    const Unit* unit,
                                    const Node& node,
                                    const std::string& path) {
    if (!node.is_number()) {
        const bool has_unit = node.is_text() && number_with_unit(node.text, field.dimension);
        context.error(node.place,
                      path,
                      fmt::format("expected a number, got {}{}",
                                  described(node),
                                  has_unit ? "; the key names the unit" : ""));
        return std::nullopt;
    }
    const double base = unit == nullptr ? node.number : node.number * unit->scale;
    if (!in_range(base, field.range)) {
        const std::string allowed = printed(field.range, unit);
        context.error(node.place,
                      path,
                      fmt::format("{} is out of range; allowed: {}",
                                  unit == nullptr ? fmt::format("{}", node.number)
                                                  : fmt::format("{} {}", node.number, unit->symbol),
                                  allowed),
                      {allowed});
        return std::nullopt;
    }
    return base;
}

std::optional<FieldValue> decode_integer(DecodeContext& context,
                                         const Field& field,
                                         const Node& node,
                                         const std::string& path) {
    const bool is_whole =
        node.is_number() && std::trunc(node.number) == node.number && std::abs(node.number) < 9e18;
    if (!is_whole) {
        context.error(
            node.place, path, fmt::format("expected a whole number, got {}", described(node)));
        return std::nullopt;
    }
    if (!in_range(node.number, field.range)) {
        const std::string allowed = printed(field.range, nullptr);
        context.error(node.place,
                      path,
                      fmt::format("{} is out of range; allowed: {}", node.number, allowed),
                      {allowed});
        return std::nullopt;
    }
    return node.type == Node::Type::integer ? node.integer : static_cast<std::int64_t>(node.number);
}

std::optional<FieldValue> decode_text(DecodeContext& context,
                                      const Field& field,
                                      const Node& node,
                                      const std::string& path) {
    if (!node.is_text()) {
        const std::string what =
            field.kind == FieldKind::date ? "a date (\"2026-05-01\")" : "a string";
        context.error(node.place,
                      path,
                      fmt::format("expected {}, got {}", what, described(node)),
                      field.words);
        return std::nullopt;
    }
    if (field.kind == FieldKind::date && !days_from_epoch(node.text)) {
        context.error(node.place,
                      path,
                      fmt::format("expected a date (\"2026-05-01\"), got \"{}\"", node.text));
        return std::nullopt;
    }
    if (!field.words.empty() &&
        std::find(field.words.begin(), field.words.end(), node.text) == field.words.end()) {
        context.error(node.place, path, unknown_message("", node.text, field.words), field.words);
        return std::nullopt;
    }
    if (field.kind == FieldKind::path && node.place.source && !node.text.starts_with('/')) {
        const std::string& folder = node.place.source->folder;
        return folder.empty() ? node.text : folder + "/" + node.text;
    }
    return node.text;
}

std::vector<std::string> stems(const Table& table) {
    std::vector<std::string> names;
    for (const Field& field : table.fields) {
        if (!is_reserved(field)) names.push_back(field.stem);
    }
    return names;
}

/// Every key a table accepts, for the nearest to a mistyped one.
std::vector<std::string> all_keys(const Table& table) {
    std::vector<std::string> keys;
    for (const Field& field : table.fields) {
        for (std::string& key : keys_of(field.stem, field.dimension))
            keys.push_back(std::move(key));
    }
    return keys;
}

/// What identifies the value of a field that the catalog may have filled; empty where objects
/// inside look after themselves.
std::string fingerprint(const Field& field, const void* object) {
    if (object == nullptr || field.kind == FieldKind::object) return "";
    if (field.encode) {
        const std::optional<Node> node = field.encode(object);
        return node ? json_text(*node) : "";
    }
    Node node = Node::object();
    encode_scalar(node, field, field.get(object));
    return json_text(node);
}

void decode_field(DecodeContext& context,
                  const Field& field,
                  const FoundField& found,
                  const std::string& path,
                  void* object) {
    const bool tracked = !context.sources().empty();
    const std::string before = tracked ? fingerprint(field, object) : "";
    const std::string field_path = join(path, found.member->key);
    if (field.decode) {
        field.decode(context, found.member->value, field_path, object);
    } else if (const auto value =
                   decode_scalar(context, field, found.unit, found.member->value, field_path)) {
        field.set(object, *value);
    }
    if (tracked && fingerprint(field, object) != before) {
        context.drop_sources(join(path, field.stem));
    }
}

/// Whether `key` is the stem of `field` with something that was meant as a unit.
bool has_wrong_unit(const Table& table, const Field& field, const std::string& key) {
    const std::string start = field.stem + "_";
    if (!key.starts_with(start)) return false;
    if (is_unit(key.substr(start.size()))) return true;
    return std::none_of(table.fields.begin(), table.fields.end(), [&](const Field& other) {
        return other.stem.starts_with(start);
    });
}

/// Why `key` is no field: a stem without its unit, another dimension's unit, or a typing error.
void report_unknown_key(DecodeContext& context,
                        const Table& table,
                        const Node::Member& member,
                        const std::string& path) {
    for (const Field& field : table.fields) {
        if (field.dimension == Dimension::none) continue;
        const std::vector<std::string> keys = keys_of(field.stem, field.dimension);
        const bool bare = member.key == field.stem;
        const bool wrong_unit = has_wrong_unit(table, field, member.key);
        if (!bare && !wrong_unit) continue;
        context.error(member.place,
                      join(path, member.key),
                      bare ? fmt::format("the key needs a unit; allowed: {}", fmt::join(keys, ", "))
                           : fmt::format("\"{}\" is no unit of {}; allowed: {}",
                                         member.key.substr(field.stem.size() + 1),
                                         field.stem,
                                         fmt::join(keys, ", ")),
                      keys);
        return;
    }
    std::string message = fmt::format("unknown field \"{}\"", member.key);
    if (const std::string near = nearest(member.key, all_keys(table)); !near.empty()) {
        message += fmt::format("; did you mean \"{}\"?", near);
    } else {
        message += ";";
    }
    const std::vector<std::string> known = stems(table);
    message += fmt::format(" known: {}", fmt::join(known, ", "));
    context.error(member.place, join(path, member.key), std::move(message), known);
}

}  // namespace

DecodeContext::DecodeContext(const Catalog* catalog) : catalog_(catalog) {}
DecodeContext::~DecodeContext() = default;

void DecodeContext::use_sources(const std::string& path, const std::vector<SourcedField>& sources) {
    drop_sources(path);
    for (const SourcedField& source : sources) {
        sources_.push_back({join(path, source.path), source.provenance});
    }
}

void DecodeContext::drop_sources(const std::string& path) {
    std::erase_if(sources_, [&](const SourcedField& source) {
        return source.path == path || path.empty() || source.path.starts_with(path + ".");
    });
}

bool DecodeContext::has_issue(const std::string& path) const {
    return std::any_of(issues_.begin(), issues_.end(), [&](const ScenarioIssue& issue) {
        return issue.path == path || issue.path.starts_with(path + ".");
    });
}

void DecodeContext::error(const Place& place,
                          const std::string& path,
                          std::string message,
                          std::vector<std::string> allowed) {
    issues_.push_back({.file = place.source ? place.source->name : std::string(),
                       .line = place.line,
                       .column = place.column,
                       .path = path,
                       .message = std::move(message),
                       .allowed = std::move(allowed)});
}

std::string join(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

std::string printed(const Range& range, const Unit* unit) {
    const bool no_maximum = range.maximum >= 1e300;
    if (range.minimum <= -1e300) {
        return no_maximum ? "any number" : "at most " + printed_bound(range.maximum, unit);
    }
    const std::string low = printed_bound(range.minimum, unit);
    if (no_maximum) return (range.open ? "more than " : "at least ") + low;
    const std::string high = printed_bound(range.maximum, unit);
    return range.open ? fmt::format("more than {}, at most {}", low, high)
                      : fmt::format("between {} and {}", low, high);
}

bool expect_object(DecodeContext& context, const Node& node, const std::string& path) {
    if (node.is_object()) return true;
    context.error(node.place, path, fmt::format("expected an object, got {}", described(node)));
    return false;
}

bool expect_list(DecodeContext& context, const Node& node, const std::string& path) {
    if (node.type == Node::Type::list) return true;
    context.error(node.place, path, fmt::format("expected a list, got {}", described(node)));
    return false;
}

FoundField find_field(DecodeContext& context,
                      const Field& field,
                      const Node& node,
                      const std::string& path) {
    if (field.dimension == Dimension::none) return {node.find(field.stem), nullptr};
    FoundField found;
    for (const Unit& unit : units_of(field.dimension)) {
        const Node::Member* member = node.find(key_of(field.stem, &unit));
        if (member == nullptr) continue;
        if (found.member == nullptr || member->place.layer() > found.member->place.layer()) {
            found = {member, &unit};
        } else if (member->place.layer() == found.member->place.layer()) {
            context.error(
                member->place,
                join(path, field.stem),
                fmt::format("given twice, as \"{}\" and \"{}\"", found.member->key, member->key));
        }
    }
    return found;
}

std::optional<FieldValue> decode_scalar(DecodeContext& context,
                                        const Field& field,
                                        const Unit* unit,
                                        const Node& node,
                                        const std::string& path) {
    switch (field.kind) {
        case FieldKind::number: {
            const auto number = decode_number(context, field, unit, node, path);
            return number ? std::optional<FieldValue>(*number) : std::nullopt;
        }
        case FieldKind::integer:
            return decode_integer(context, field, node, path);
        case FieldKind::boolean:
            if (node.type == Node::Type::boolean) return node.boolean;
            context.error(
                node.place, path, fmt::format("expected true or false, got {}", described(node)));
            return std::nullopt;
        default:
            return decode_text(context, field, node, path);
    }
}

void decode_object(DecodeContext& context,
                   const Table& table,
                   const Node& node,
                   const std::string& path,
                   void* object,
                   bool has_base) {
    if (!expect_object(context, node, path)) return;
    std::vector<const Node::Member*> used;
    for (const Field& field : table.fields) {
        const FoundField found = find_field(context, field, node, path);
        if (found.member == nullptr) {
            const bool mistyped = node.find(field.stem) != nullptr;
            if (!field.required || has_base || mistyped) continue;
            const std::vector<std::string> keys = keys_of(field.stem, field.dimension);
            context.error(node.place,
                          path,
                          fmt::format("\"{}\" is required{}",
                                      keys.front(),
                                      field.help.empty() ? "" : ": " + field.help),
                          keys);
            continue;
        }
        decode_field(context, field, found, path, object);
    }
    for (const Node::Member& member : node.members) {
        const bool known =
            std::any_of(table.fields.begin(), table.fields.end(), [&](const Field& f) {
                const std::vector<std::string> keys = keys_of(f.stem, f.dimension);
                return std::find(keys.begin(), keys.end(), member.key) != keys.end();
            });
        if (!known) report_unknown_key(context, table, member, path);
    }
}

void encode_scalar(Node& node, const Field& field, const FieldValue& value) {
    if (std::holds_alternative<std::monostate>(value)) return;
    if (const double* base = std::get_if<double>(&value)) {
        const PrintedNumber number = printed_number(*base, field.dimension, field.unit);
        node.set(key_of(field.stem, number.unit), Node::of(number.number));
    } else if (const bool* flag = std::get_if<bool>(&value)) {
        node.set(field.stem, Node::of(*flag));
    } else if (const std::int64_t* count = std::get_if<std::int64_t>(&value)) {
        node.set(field.stem, Node::of(*count));
    } else {
        node.set(field.stem, Node::of(std::get<std::string>(value)));
    }
}

Node encode_object(const Table& table, const void* object) {
    Node node = Node::object();
    for (const Field& field : table.fields) {
        if (field.encode) {
            if (std::optional<Node> value = field.encode(object)) {
                node.set(field.stem, std::move(*value));
            }
        } else {
            encode_scalar(node, field, field.get(object));
        }
    }
    return node;
}

}  // namespace plimsoll
