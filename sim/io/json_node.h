#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// Something JSON is read from.
struct SourceFile {
    /// As messages name it.
    std::string name;
    /// Where its relative paths start; empty for the current folder.
    std::string folder;
    /// Later layers override earlier ones: extended files, the file itself, each --set.
    int layer = 0;
};

/// A position in a source; line and column count from 1, 0 where there is none.
struct Place {
    std::shared_ptr<const SourceFile> source;
    int line = 0;
    int column = 0;

    [[nodiscard]] int layer() const { return source ? source->layer : 0; }
};

/// A JSON value that knows where it stands.
class Node {
public:
    enum class Type { null, boolean, integer, number, text, list, object };
    struct Member;

    Type type = Type::null;
    bool boolean = false;
    std::int64_t integer = 0;
    /// Also set for integers.
    double number = 0.0;
    std::string text;
    std::vector<Node> items;
    std::vector<Member> members;
    Place place;

    Node();
    ~Node();
    Node(const Node&);
    Node(Node&&) noexcept;
    Node& operator=(const Node&);
    Node& operator=(Node&&) noexcept;

    [[nodiscard]] static Node of(std::string value);
    [[nodiscard]] static Node of(double value);
    [[nodiscard]] static Node of(std::int64_t value);
    [[nodiscard]] static Node of(bool value);
    [[nodiscard]] static Node object();
    [[nodiscard]] static Node list();

    [[nodiscard]] bool is_number() const { return type == Type::integer || type == Type::number; }
    [[nodiscard]] bool is_text() const { return type == Type::text; }
    [[nodiscard]] bool is_object() const { return type == Type::object; }
    [[nodiscard]] const Member* find(std::string_view key) const;
    [[nodiscard]] Member* find(std::string_view key);
    /// Adds or replaces a member.
    Node& set(std::string key, Node value);
    void erase(std::string_view key);
};

/// One key of an object with its value.
struct Node::Member {
    std::string key;
    Place place;
    Node value;
};

/// "a string ("abc")", "the number 3", "an object", for messages.
[[nodiscard]] std::string described(const Node& node);

/// RFC 7396: objects merge, null removes, anything else replaces. Places follow the values.
void merge(Node& target, const Node& patch);

}  // namespace plimsoll
