#include "sim/io/json_node.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace plimsoll {

Node::Node() = default;
Node::~Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;

Node Node::of(std::string value) {
    Node node;
    node.type = Type::text;
    node.text = std::move(value);
    return node;
}

Node Node::of(double value) {
    Node node;
    node.type = Type::number;
    node.number = value;
    return node;
}

Node Node::of(std::int64_t value) {
    Node node;
    node.type = Type::integer;
    node.integer = value;
    node.number = static_cast<double>(value);
    return node;
}

Node Node::of(bool value) {
    Node node;
    node.type = Type::boolean;
    node.boolean = value;
    return node;
}

Node Node::object() {
    Node node;
    node.type = Type::object;
    return node;
}

Node Node::list() {
    Node node;
    node.type = Type::list;
    return node;
}

const Node::Member* Node::find(std::string_view key) const {
    const auto at = std::find_if(
        members.begin(), members.end(), [&](const Member& member) { return member.key == key; });
    return at == members.end() ? nullptr : &*at;
}

Node::Member* Node::find(std::string_view key) {
    return const_cast<Member*>(std::as_const(*this).find(key));
}

Node& Node::set(std::string key, Node value) {
    const Place place_of_value = value.place;
    if (Member* member = find(key)) {
        member->place = place_of_value;
        member->value = std::move(value);
        return member->value;
    }
    members.push_back({std::move(key), place_of_value, std::move(value)});
    return members.back().value;
}

void Node::erase(std::string_view key) {
    std::erase_if(members, [&](const Member& member) { return member.key == key; });
}

std::string described(const Node& node) {
    switch (node.type) {
        case Node::Type::null:
            return "null";
        case Node::Type::boolean:
            return node.boolean ? "true" : "false";
        case Node::Type::integer:
            return fmt::format("the number {}", node.integer);
        case Node::Type::number:
            return fmt::format("the number {}", node.number);
        case Node::Type::text:
            return fmt::format("the string \"{}\"", node.text);
        case Node::Type::list:
            return "a list";
        case Node::Type::object:
            return "an object";
    }
    return "?";
}

void merge(Node& target, const Node& patch) {
    if (!patch.is_object()) {
        target = patch;
        return;
    }
    if (!target.is_object()) {
        target = Node::object();
        target.place = patch.place;
    }
    for (const Node::Member& change : patch.members) {
        if (change.value.type == Node::Type::null) {
            target.erase(change.key);
            continue;
        }
        Node::Member* member = target.find(change.key);
        if (member == nullptr) {
            target.members.push_back({change.key, change.place, Node()});
            member = &target.members.back();
        }
        member->place = change.place;
        merge(member->value, change.value);
    }
    target.place = patch.place;
}

}  // namespace plimsoll
