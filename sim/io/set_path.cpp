#include "sim/io/set_path.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "sim/io/did_you_mean.h"
#include "sim/io/json_text.h"

namespace plimsoll {
namespace {

std::vector<std::string> segments_of(const std::string& path) {
    std::vector<std::string> segments{""};
    for (const char c : path) {
        if (c == '.') {
            segments.emplace_back();
        } else {
            segments.back() += c;
        }
    }
    return segments;
}

bool holds_text(FieldKind kind) {
    return kind == FieldKind::text || kind == FieldKind::word || kind == FieldKind::date ||
           kind == FieldKind::path;
}

/// A field that a segment of a path names, by its stem or by a whole key.
struct Match {
    const Field* field = nullptr;
    bool is_bare = false;
};

Match matching(const Table& table, const std::string& segment) {
    for (const Field& field : table.fields) {
        if (field.stem == segment) return {&field, field.dimension != Dimension::none};
    }
    for (const Field& field : table.fields) {
        const std::vector<std::string> keys = keys_of(field.stem, field.dimension);
        if (std::find(keys.begin(), keys.end(), segment) != keys.end()) return {&field, false};
    }
    return {};
}

/// The options of the policy that `node` holds, with "kind".
Table policy_table(const Field& field, const Node& node) {
    Table table{.title = field.stem, .fields = {}};
    Field kind;
    kind.stem = "kind";
    kind.kind = FieldKind::text;
    table.fields.push_back(std::move(kind));
    const Node::Member* given = node.find("kind");
    for (const PolicyInfo& info : field.policies()) {
        if (given == nullptr || info.name != given->value.text) continue;
        for (const ParamField& option : info.fields) table.fields.push_back(option_field(option));
    }
    return table;
}

/// Follows a path to the object that holds its last segment.
class Walk {
public:
    Walk(DecodeContext& context,
         const std::string& path,
         std::shared_ptr<const SourceFile> source,
         bool makes_objects)
        : context_(context),
          path_(path),
          segments_(segments_of(path)),
          place_{std::move(source), 0, 0},
          makes_objects_(makes_objects) {}

    /// Calls `act(node, match, key)` at the end; nothing after a mistake.
    template <class Act>
    void run(const Table& table, Node& root, const Act& act) {
        object(table, root, 0, act);
    }

    void error(std::string message, std::vector<std::string> allowed = {}) {
        context_.error(place_, path_, std::move(message), std::move(allowed));
    }

    [[nodiscard]] const Place& place() const { return place_; }

private:
    [[nodiscard]] bool is_last(std::size_t at) const { return at + 1 == segments_.size(); }

    template <class Act>
    void object(const Table& table, Node& node, std::size_t at, const Act& act) {
        const std::string& segment = segments_[at];
        const Match match = matching(table, segment);
        if (match.field == nullptr) {
            std::vector<std::string> known;
            for (const Field& field : table.fields) {
                if (!is_reserved(field)) known.push_back(field.stem);
            }
            error(unknown_message("field", segment, known), known);
            return;
        }
        if (is_last(at)) {
            act(node, match, segment);
            return;
        }
        const Field& field = *match.field;
        if (field.table == nullptr && !field.policies) {
            error(fmt::format("\"{}\" has no fields", segment));
            return;
        }
        Node* child = child_of(node, field, segment);
        if (child == nullptr) return;
        if (field.kind == FieldKind::policy) {
            object(policy_table(field, *child), *child, at + 1, act);
        } else if (field.kind == FieldKind::named) {
            named(field, *child, at + 1, act);
        } else if (field.kind == FieldKind::list) {
            item(field, *child, at + 1, act);
        } else {
            object(*field.table, *child, at + 1, act);
        }
    }

    /// The object below `key`; a bare name becomes an object that holds it.
    Node* child_of(Node& node, const Field& field, const std::string& key) {
        Node::Member* member = node.find(key);
        if (member == nullptr) {
            if (!makes_objects_) {
                error("nothing is given there");
                return nullptr;
            }
            Node made = Node::object();
            made.place = place_;
            return &node.set(key, std::move(made));
        }
        if (member->value.is_text() && !field.shorthand.empty()) {
            Node whole = Node::object();
            whole.place = member->value.place;
            whole.set(field.shorthand, member->value);
            member->value = std::move(whole);
        }
        return &member->value;
    }

    template <class Act>
    void named(const Field& field, Node& node, std::size_t at, const Act& act) {
        const std::string& name = segments_[at];
        if (is_last(at)) {
            act(node, Match{&field, false}, name);
            return;
        }
        Node::Member* member = node.find(name);
        if (member == nullptr) {
            std::vector<std::string> known;
            for (const Node::Member& other : node.members) known.push_back(other.key);
            error(unknown_message("name", name, known), known);
            return;
        }
        object(*field.table, member->value, at + 1, act);
    }

    template <class Act>
    void item(const Field& field, Node& node, std::size_t at, const Act& act) {
        const std::string& text = segments_[at];
        std::size_t index = 0;
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), index);
        const bool is_index = ec == std::errc() && end == text.data() + text.size();
        if (!is_index || index >= node.items.size() || is_last(at)) {
            error(fmt::format("\"{}\" is no item of a list of {}", text, node.items.size()));
            return;
        }
        object(*field.table, node.items[index], at + 1, act);
    }

    DecodeContext& context_;
    const std::string& path_;
    std::vector<std::string> segments_;
    Place place_;
    bool makes_objects_;
};

}  // namespace

void set_path(DecodeContext& context,
              const Table& table,
              Node& root,
              const std::string& path,
              const std::string& value,
              const std::shared_ptr<const SourceFile>& source) {
    Walk walk(context, path, source, true);
    walk.run(table, root, [&](Node& node, const Match& match, const std::string& key) {
        std::optional<Node> parsed = parse_json_value(value, source);
        if (parsed && parsed->type == Node::Type::null) {
            node.erase(key);
            return;
        }
        if (!parsed || (holds_text(match.field->kind) && !parsed->is_text())) {
            parsed = Node::of(value);
        }
        parsed->place = walk.place();
        if (!match.is_bare) {
            node.set(key, std::move(*parsed));
            return;
        }
        const auto number = parsed->is_text()
                                ? number_with_unit(parsed->text, match.field->dimension)
                                : std::nullopt;
        if (!number) {
            const std::vector<std::string> keys =
                keys_of(match.field->stem, match.field->dimension);
            walk.error(fmt::format("\"{}\" needs a unit, in the value (\"300 {}\") or in the key: "
                                   "{}",
                                   value,
                                   units_of(match.field->dimension).front().symbol,
                                   fmt::join(keys, ", ")),
                       keys);
            return;
        }
        Node with_place = Node::of(number->number);
        with_place.place = walk.place();
        node.set(key_of(match.field->stem, number->unit), std::move(with_place));
    });
}

void unset_path(DecodeContext& context,
                const Table& table,
                Node& root,
                const std::string& path,
                const std::shared_ptr<const SourceFile>& source) {
    Walk walk(context, path, source, false);
    walk.run(table, root, [&](Node& node, const Match& match, const std::string& key) {
        const std::size_t before = node.members.size();
        node.erase(key);
        if (match.is_bare) {
            for (const std::string& other : keys_of(match.field->stem, match.field->dimension)) {
                node.erase(other);
            }
        }
        if (node.members.size() == before) walk.error("nothing is given there");
    });
}

}  // namespace plimsoll
