#include <algorithm>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "sim/io/decoder.h"
#include "sim/io/did_you_mean.h"

namespace plimsoll {
namespace {

FieldKind kind_of(ParamField::Kind kind) {
    switch (kind) {
        case ParamField::Kind::number:
            return FieldKind::number;
        case ParamField::Kind::integer:
            return FieldKind::integer;
        case ParamField::Kind::text:
            return FieldKind::text;
        case ParamField::Kind::path:
            return FieldKind::path;
        case ParamField::Kind::pairs:
            return FieldKind::pairs;
        case ParamField::Kind::triples:
            return FieldKind::triples;
        case ParamField::Kind::parts:
            return FieldKind::parts;
    }
    return FieldKind::number;
}

/// A list of lists of `n` numbers.
template <std::size_t n>
std::optional<ParamValue> decode_tuples(DecodeContext& context,
                                        const Node& node,
                                        const std::string& path) {
    if (!expect_list(context, node, path)) return std::nullopt;
    std::vector<std::array<double, n>> tuples;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        const Node& item = node.items[i];
        const bool fits = item.type == Node::Type::list && item.items.size() == n &&
                          std::all_of(item.items.begin(), item.items.end(), [](const Node& x) {
                              return x.is_number();
                          });
        if (!fits) {
            context.error(item.place,
                          fmt::format("{}[{}]", path, i),
                          fmt::format("expected {}, got {}",
                                      n == 2 ? "a pair of numbers" : "three numbers",
                                      described(item)));
            return std::nullopt;
        }
        std::array<double, n>& tuple = tuples.emplace_back();
        for (std::size_t k = 0; k < n; ++k) tuple[k] = item.items[k].number;
    }
    return tuples;
}

std::optional<ParamValue> decode_parts(DecodeContext& context,
                                       std::span<const PolicyInfo> kinds,
                                       const Node& node,
                                       const std::string& path) {
    if (!expect_list(context, node, path)) return std::nullopt;
    std::vector<WeightedPolicy> parts;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        const std::string item_path = fmt::format("{}[{}]", path, i);
        Node policy = node.items[i];
        if (!expect_object(context, policy, item_path)) return std::nullopt;
        WeightedPolicy& part = parts.emplace_back();
        if (const Node::Member* weight = policy.find("weight")) {
            const auto value = decode_scalar(
                context, weight_field(), nullptr, weight->value, join(item_path, "weight"));
            if (value) part.weight = std::get<double>(*value);
            std::erase_if(policy.members,
                          [](const auto& member) { return member.key == "weight"; });
        } else {
            context.error(policy.place, item_path, "\"weight\" is required");
        }
        part.policy = decode_policy(context, kinds, policy, item_path);
    }
    return parts;
}

template <std::size_t n>
Node encode_tuples(const std::vector<std::array<double, n>>& tuples) {
    Node list = Node::list();
    for (const auto& tuple : tuples) {
        Node item = Node::list();
        for (const double number : tuple) item.items.push_back(Node::of(number));
        list.items.push_back(std::move(item));
    }
    return list;
}

Node encode_parts(std::span<const PolicyInfo> kinds, const std::vector<WeightedPolicy>& parts) {
    Node list = Node::list();
    for (const WeightedPolicy& part : parts) {
        Node item = Node::object();
        item.set("weight", Node::of(part.weight));
        Node policy = encode_policy(kinds, part.policy);
        for (Node::Member& member : policy.members) item.set(member.key, std::move(member.value));
        list.items.push_back(std::move(item));
    }
    return list;
}

ParamValue param_value(const FieldValue& value) {
    if (const std::int64_t* count = std::get_if<std::int64_t>(&value)) {
        return static_cast<double>(*count);
    }
    if (const double* number = std::get_if<double>(&value)) return *number;
    return std::get<std::string>(value);
}

/// The options of one policy, filled from its object.
class Options {
public:
    explicit Options(PolicySpec& spec) : spec_(spec) {}

    [[nodiscard]] Table table(const PolicyInfo& info) const {
        Table table{.title = std::string(info.name), .fields = {}};
        Field kind;
        kind.stem = "kind";
        kind.kind = FieldKind::text;
        kind.set = [](void*, const FieldValue&) {};
        table.fields.push_back(std::move(kind));
        for (const ParamField& option : info.fields) table.fields.push_back(filled(option));
        return table;
    }

private:
    [[nodiscard]] Field filled(const ParamField& option) const {
        Field field = option_field(option);
        PolicySpec& spec = spec_;
        const std::string stem = field.stem;
        field.set = [&spec, stem](void*, const FieldValue& value) {
            spec.set(stem, param_value(value));
        };
        const auto decode_by = [&](auto decode) {
            field.decode =
                [&spec, stem, decode](
                    DecodeContext& context, const Node& node, const std::string& path, void*) {
                    if (auto value = decode(context, node, path)) spec.set(stem, *std::move(value));
                };
        };
        if (field.kind == FieldKind::pairs) decode_by(decode_tuples<2>);
        if (field.kind == FieldKind::triples) decode_by(decode_tuples<3>);
        if (field.kind == FieldKind::parts) {
            decode_by(
                [kinds = field.policies()](auto& context, const Node& node, const auto& path) {
                    return decode_parts(context, kinds, node, path);
                });
        }
        return field;
    }

    PolicySpec& spec_;
};

std::optional<ParamValue> default_of(const ParamField& option) {
    if (option.default_value) return *option.default_value;
    if (!option.words.empty()) return std::string(option.words.front());
    return std::nullopt;
}

const PolicyInfo* named(std::span<const PolicyInfo> kinds, std::string_view name) {
    const auto at = std::find_if(
        kinds.begin(), kinds.end(), [&](const PolicyInfo& info) { return info.name == name; });
    return at == kinds.end() ? nullptr : &*at;
}

}  // namespace

Field weight_field() {
    Field weight;
    weight.stem = "weight";
    weight.required = true;
    weight.help = "its share is this over the sum of all weights";
    weight.range = {0.0, 1e300, true};
    return weight;
}

Field option_field(const ParamField& option) {
    Field field;
    field.stem = option.stem;
    field.kind = kind_of(option.kind);
    field.help = option.help;
    field.dimension = option.dimension;
    field.required = option.required;
    field.range = {option.minimum, option.maximum, false};
    for (const std::string_view word : option.words) field.words.emplace_back(word);
    if (option.part_kinds != nullptr) field.policies = option.part_kinds;
    return field;
}

PolicySpec decode_policy(DecodeContext& context,
                         std::span<const PolicyInfo> kinds,
                         const Node& node,
                         const std::string& path) {
    std::vector<std::string> names;
    for (const PolicyInfo& info : kinds) names.emplace_back(info.name);
    Node whole = node;
    if (node.is_text()) {
        whole = Node::object();
        whole.place = node.place;
        whole.set("kind", node);
    }
    PolicySpec spec;
    if (!expect_object(context, whole, path)) return spec;
    const Node::Member* kind = whole.find("kind");
    if (kind == nullptr) {
        context.error(whole.place,
                      path,
                      fmt::format("\"kind\" is required; known: {}", fmt::join(names, ", ")),
                      names);
        return spec;
    }
    if (!kind->value.is_text()) {
        context.error(kind->value.place,
                      join(path, "kind"),
                      fmt::format("expected a string, got {}", described(kind->value)),
                      names);
        return spec;
    }
    const PolicyInfo* info = named(kinds, kind->value.text);
    if (info == nullptr) {
        context.error(kind->value.place, path, unknown_message("", kind->value.text, names), names);
        return spec;
    }
    PolicySpec given;
    decode_object(context, Options(given).table(*info), whole, path, nullptr, false);

    spec.kind = info->name;
    for (const ParamField& option : info->fields) {
        const auto at = std::find_if(given.params.begin(),
                                     given.params.end(),
                                     [&](const auto& param) { return param.first == option.stem; });
        if (at != given.params.end()) {
            spec.set(option.stem, at->second);
        } else if (auto value = default_of(option)) {
            spec.set(option.stem, std::move(*value));
        }
    }
    return spec;
}

Node encode_policy(std::span<const PolicyInfo> kinds, const PolicySpec& spec) {
    Node node = Node::object();
    node.set("kind", Node::of(spec.kind));
    const PolicyInfo* info = named(kinds, spec.kind);
    for (const auto& [stem, value] : spec.params) {
        Field field;
        field.stem = stem;
        if (info != nullptr) {
            for (const ParamField& option : info->fields) {
                if (option.stem == stem) field = option_field(option);
            }
        }
        if (const auto* pairs = std::get_if<std::vector<std::array<double, 2>>>(&value)) {
            node.set(stem, encode_tuples(*pairs));
        } else if (const auto* triples = std::get_if<std::vector<std::array<double, 3>>>(&value)) {
            node.set(stem, encode_tuples(*triples));
        } else if (const auto* parts = std::get_if<std::vector<WeightedPolicy>>(&value)) {
            const bool known = static_cast<bool>(field.policies);
            node.set(stem, encode_parts(known ? field.policies() : kinds, *parts));
        } else if (const double* number = std::get_if<double>(&value)) {
            encode_scalar(node, field, *number);
        } else {
            encode_scalar(node, field, std::get<std::string>(value));
        }
    }
    return node;
}

}  // namespace plimsoll
