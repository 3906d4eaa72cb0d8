#include "sim/io/schema.h"

#include <utility>

#include <fmt/core.h>

#include "sim/io/decoder.h"
#include "sim/io/json_text.h"
#include "sim/io/scenario_tables.h"

namespace plimsoll {
namespace {

Node type_node(std::string_view name) {
    Node node = Node::object();
    node.set("type", Node::of(std::string(name)));
    return node;
}

Node text_list(const std::vector<std::string>& words) {
    Node list = Node::list();
    for (const std::string& word : words) list.items.push_back(Node::of(word));
    return list;
}

Node any_of(std::vector<Node> choices) {
    Node node = Node::object();
    Node list = Node::list();
    list.items = std::move(choices);
    node.set("anyOf", std::move(list));
    return node;
}

void set_range(Node& node, const Range& range, double scale) {
    if (range.minimum > -1e300) {
        node.set(range.open ? "exclusiveMinimum" : "minimum", Node::of(range.minimum / scale));
    }
    if (range.maximum < 1e300) node.set("maximum", Node::of(range.maximum / scale));
}

Node object_schema(const Table& table);

/// A list of lists of `count` numbers.
Node tuples_schema(std::int64_t count) {
    Node tuple = type_node("array");
    tuple.set("items", type_node("number"));
    tuple.set("minItems", Node::of(count));
    tuple.set("maxItems", Node::of(count));
    Node list = type_node("array");
    list.set("items", std::move(tuple));
    return list;
}

/// What a bare string may be in place of an object.
Node shorthand_schema(const Field& field) {
    Node node = type_node("string");
    if (field.policies) {
        std::vector<std::string> names;
        for (const PolicyInfo& info : field.policies()) names.emplace_back(info.name);
        node.set("enum", text_list(names));
    } else {
        for (const Field& inner : field.table->fields) {
            if (inner.stem == field.shorthand && !inner.words.empty()) {
                node.set("enum", text_list(inner.words));
            }
        }
    }
    return node;
}

Node scalar_schema(const Field& field, double scale) {
    switch (field.kind) {
        case FieldKind::number:
        case FieldKind::integer: {
            Node node = type_node(field.kind == FieldKind::number ? "number" : "integer");
            set_range(node, field.range, scale);
            return node;
        }
        case FieldKind::boolean:
            return type_node("boolean");
        case FieldKind::pairs:
            return tuples_schema(2);
        case FieldKind::triples:
            return tuples_schema(3);
        case FieldKind::date: {
            Node node = type_node("string");
            node.set("pattern", Node::of(std::string("^\\d{4}-\\d{2}-\\d{2}$")));
            return node;
        }
        default: {
            Node node = type_node("string");
            if (!field.words.empty()) node.set("enum", text_list(field.words));
            return node;
        }
    }
}

/// A policy of one kind: its options, and the fields that stand `beside` them.
Node kind_schema(const PolicyInfo& info, const std::vector<Field>& beside) {
    Table table{.title = std::string(info.name), .fields = {}};
    Field kind;
    kind.stem = "kind";
    kind.kind = FieldKind::word;
    kind.words = {std::string(info.name)};
    kind.required = true;
    kind.help = info.help;
    table.fields.push_back(std::move(kind));
    for (const Field& field : beside) table.fields.push_back(field);
    for (const ParamField& option : info.fields) table.fields.push_back(option_field(option));
    Node node = object_schema(table);
    Node required = Node::list();
    std::vector<Node> alternatives;
    for (const Field& option : table.fields) {
        if (!option.required) continue;
        if (option.dimension == Dimension::none) {
            required.items.push_back(Node::of(option.stem));
            continue;
        }
        std::vector<Node> keys;
        for (const std::string& key : keys_of(option.stem, option.dimension)) {
            Node one = Node::object();
            one.set("required", text_list({key}));
            keys.push_back(std::move(one));
        }
        alternatives.push_back(any_of(std::move(keys)));
    }
    node.set("required", std::move(required));
    if (!alternatives.empty()) {
        Node all = Node::list();
        all.items = std::move(alternatives);
        node.set("allOf", std::move(all));
    }
    return node;
}

Node policy_schema(const Field& field) {
    std::vector<Node> choices{shorthand_schema(field)};
    for (const PolicyInfo& info : field.policies()) choices.push_back(kind_schema(info, {}));
    return any_of(std::move(choices));
}

Node parts_schema(const Field& field) {
    std::vector<Node> choices;
    for (const PolicyInfo& info : field.policies())
        choices.push_back(kind_schema(info, {weight_field()}));
    Node node = type_node("array");
    node.set("minItems", Node::of(std::int64_t{1}));
    node.set("items", any_of(std::move(choices)));
    return node;
}

Node compound_schema(const Field& field) {
    if (field.kind == FieldKind::policy) return policy_schema(field);
    if (field.kind == FieldKind::parts) return parts_schema(field);
    if (field.kind == FieldKind::named) {
        Node node = type_node("object");
        node.set("minProperties", Node::of(std::int64_t{1}));
        Node names = Node::object();
        names.set("pattern", Node::of(std::string("^[A-Za-z0-9_-]+$")));
        node.set("propertyNames", std::move(names));
        node.set("additionalProperties", object_schema(*field.table));
        return node;
    }
    if (field.kind == FieldKind::list) {
        Node node = type_node("array");
        node.set("items", object_schema(*field.table));
        return node;
    }
    Node node = object_schema(*field.table);
    if (field.shorthand.empty()) return node;
    return any_of({shorthand_schema(field), std::move(node)});
}

bool is_compound(const Field& field) { return field.table != nullptr || field.policies; }

Node object_schema(const Table& table) {
    Node properties = Node::object();
    for (const Field& field : table.fields) {
        if (is_reserved(field)) continue;
        if (is_compound(field)) {
            Node node = compound_schema(field);
            if (!field.help.empty()) node.set("description", Node::of(field.help));
            properties.set(field.stem, std::move(node));
            continue;
        }
        const std::span<const Unit> units = units_of(field.dimension);
        if (units.empty()) {
            Node node = scalar_schema(field, 1.0);
            if (!field.help.empty()) node.set("description", Node::of(field.help));
            properties.set(field.stem, std::move(node));
        }
        for (const Unit& unit : units) {
            Node node = scalar_schema(field, unit.scale);
            node.set(
                "description",
                Node::of(fmt::format(
                    "{}; in {}", field.help, unit.symbol.empty() ? unit.suffix : unit.symbol)));
            properties.set(key_of(field.stem, &unit), std::move(node));
        }
    }
    Node node = type_node("object");
    node.set("title", Node::of(table.title));
    node.set("properties", std::move(properties));
    node.set("additionalProperties", Node::of(false));
    return node;
}

/// Only what must be there, in the objects that a file always writes out itself.
Node required_schema(const Table& table) {
    Node node = Node::object();
    std::vector<std::string> required;
    Node properties = Node::object();
    for (const Field& field : table.fields) {
        if (field.required) required.push_back(field.stem);
        if (field.table == nullptr || !field.catalog_kind.empty() || !field.shorthand.empty()) {
            continue;
        }
        Node inner = required_schema(*field.table);
        if (inner.members.empty()) continue;
        if (field.kind == FieldKind::named) {
            Node named = Node::object();
            named.set("additionalProperties", std::move(inner));
            inner = std::move(named);
        } else if (field.kind == FieldKind::list) {
            continue;
        }
        properties.set(field.stem, std::move(inner));
    }
    if (!required.empty()) node.set("required", text_list(required));
    if (!properties.members.empty()) node.set("properties", std::move(properties));
    return node;
}

}  // namespace

std::string scenario_schema() {
    const std::shared_ptr<const Table> table = scenario_table();
    Node root = Node::object();
    root.set("$schema", Node::of(std::string("https://json-schema.org/draft/2020-12/schema")));
    Node body = object_schema(*table);
    for (Node::Member& member : body.members) root.set(member.key, std::move(member.value));

    Node file_list = type_node("array");
    file_list.set("items", type_node("string"));
    Node extends = any_of({type_node("string"), std::move(file_list)});
    extends.set("description",
                Node::of(std::string("scenario files that this one changes, merged in order")));
    root.find("properties")->value.set("extends", std::move(extends));

    Node has_extends = Node::object();
    has_extends.set("required", text_list({"extends"}));
    Node whole = Node::object();
    whole.set("not", std::move(has_extends));
    root.set("if", std::move(whole));
    root.set("then", required_schema(*table));
    return json_text(root) + "\n";
}

}  // namespace plimsoll
