#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "models/units.h"
#include "sim/io/json_node.h"
#include "sim/params.h"

namespace plimsoll {

class DecodeContext;
struct Table;

/// What the JSON value of a field looks like. `named` is an object whose keys are names, `list` a
/// list of objects, `policy` an object with a "kind" and that kind's options, `parts` a list of
/// those with a "weight" each; `pairs` and `triples` are lists of two or three numbers.
enum class FieldKind {
    number,
    integer,
    boolean,
    text,
    word,
    date,
    path,
    pairs,
    triples,
    parts,
    object,
    named,
    list,
    policy
};

/// A scalar on its way between JSON and a struct, in base units; monostate is "not given".
using FieldValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// What a number may be, in base units.
struct Range {
    double minimum = -1e300;
    double maximum = 1e300;
    /// The minimum itself is not allowed.
    bool open = false;
};

/// One key of a JSON object and the member of a struct that it fills: the single source of
/// decoding, error messages, schema, resolved scenarios and knobs.
struct Field {
    std::string stem;
    FieldKind kind = FieldKind::number;
    std::string help;
    Dimension dimension = Dimension::none;
    /// Suffix in which it is printed; empty: the dimension's first.
    std::string unit;
    bool required = false;
    Range range;
    std::vector<std::string> words;

    // Scalars.
    std::function<void(void*, const FieldValue&)> set;
    std::function<FieldValue(const void*)> get;

    // Compounds: the fields inside, and for `policy` the kinds.
    std::shared_ptr<const Table> table;
    std::function<std::span<const PolicyInfo>()> policies;
    /// A bare string stands for an object with only this key.
    std::string shorthand;
    /// Names of catalog items of this kind ("gpus") may stand for the object.
    std::string catalog_kind;
    std::function<void(DecodeContext&, const Node&, const std::string& path, void*)> decode;
    std::function<std::optional<Node>(const void*)> encode;

    Field& needed() {
        required = true;
        return *this;
    }
    Field& above(double minimum) {
        range = {minimum, range.maximum, true};
        return *this;
    }
    Field& at_least(double minimum) {
        range = {minimum, range.maximum, false};
        return *this;
    }
    Field& at_most(double maximum) {
        range.maximum = maximum;
        return *this;
    }
    Field& in(std::string suffix) {
        unit = std::move(suffix);
        return *this;
    }
    Field& of_kind(FieldKind other) {
        kind = other;
        return *this;
    }
};

/// A name that is kept for later versions: known, but nothing can stand under it yet.
[[nodiscard]] inline bool is_reserved(const Field& field) {
    return field.kind == FieldKind::object && field.table == nullptr;
}

/// The fields of one JSON object.
struct Table {
    std::string title;
    std::vector<Field> fields;
};

/// The values of an enumeration with their spellings.
template <class E>
using Words = std::vector<std::pair<E, std::string>>;

namespace field_detail {

template <class T>
struct Traits;

template <>
struct Traits<double> {
    static constexpr FieldKind kind = FieldKind::number;
    static FieldValue get(double v) { return v; }
    static double set(const FieldValue& v) { return std::get<double>(v); }
};
template <class D>
struct Traits<Quantity<D>> {
    static constexpr FieldKind kind = FieldKind::number;
    static FieldValue get(Quantity<D> v) { return v.value(); }
    static Quantity<D> set(const FieldValue& v) { return Quantity<D>(std::get<double>(v)); }
};
template <std::integral T>
struct Traits<T> {
    static constexpr FieldKind kind = FieldKind::integer;
    static FieldValue get(T v) { return static_cast<std::int64_t>(v); }
    static T set(const FieldValue& v) { return static_cast<T>(std::get<std::int64_t>(v)); }
};
template <>
struct Traits<bool> {
    static constexpr FieldKind kind = FieldKind::boolean;
    static FieldValue get(bool v) { return v; }
    static bool set(const FieldValue& v) { return std::get<bool>(v); }
};
template <>
struct Traits<std::string> {
    static constexpr FieldKind kind = FieldKind::text;
    static FieldValue get(const std::string& v) { return v.empty() ? FieldValue() : FieldValue(v); }
    static std::string set(const FieldValue& v) { return std::get<std::string>(v); }
};
template <class T>
struct Traits<std::optional<T>> {
    static constexpr FieldKind kind = Traits<T>::kind;
    static FieldValue get(const std::optional<T>& v) {
        return v ? Traits<T>::get(*v) : FieldValue();
    }
    static std::optional<T> set(const FieldValue& v) { return Traits<T>::set(v); }
};

}  // namespace field_detail

/// Fills the struct at `object` from `node`; see decoder.h.
void decode_object(DecodeContext& context,
                   const Table& table,
                   const Node& node,
                   const std::string& path,
                   void* object,
                   bool has_base);
[[nodiscard]] Node encode_object(const Table& table, const void* object);
/// Reports a value that is no list; false then.
[[nodiscard]] bool expect_list(DecodeContext& context, const Node& node, const std::string& path);

/// Builds the table of a struct row by row. `access` is a member pointer, or a function from S& to
/// a reference.
template <class S>
class TableOf {
public:
    explicit TableOf(std::string title) { table_.title = std::move(title); }

    /// A number, flag or text. Numbers are at least 0 unless said otherwise.
    template <class Access>
    Field& field(std::string stem, Access access, Dimension dimension, std::string help) {
        using T = Target<Access>;
        using Traits = field_detail::Traits<T>;
        Field f = row(std::move(stem), Traits::kind, std::move(help));
        f.dimension = dimension;
        f.range.minimum = 0.0;
        if constexpr (std::is_same_v<T, int>) f.range.maximum = 2147483647.0;
        f.set = [access](void* object, const FieldValue& value) {
            at(access, object) = Traits::set(value);
        };
        f.get = [access](const void* object) { return Traits::get(at(access, object)); };
        return add(std::move(f));
    }
    template <class Access>
    Field& field(std::string stem, Access access, std::string help) {
        return field(std::move(stem), access, Dimension::none, std::move(help));
    }

    /// A value of an enumeration, by its spelling.
    template <class Access, class E>
    Field& word(std::string stem, Access access, const Words<E>& words, std::string help) {
        Field f = row(std::move(stem), FieldKind::word, std::move(help));
        for (const auto& [value, name] : words) f.words.push_back(name);
        f.set = [access, words](void* object, const FieldValue& given) {
            for (const auto& [value, name] : words) {
                if (name == std::get<std::string>(given)) at(access, object) = value;
            }
        };
        f.get = [access, words](const void* object) {
            for (const auto& [value, name] : words) {
                if (value == at(access, object)) return FieldValue(name);
            }
            return FieldValue();
        };
        return add(std::move(f));
    }

    /// An object inside.
    template <class Access>
    Field& object(std::string stem,
                  Access access,
                  std::shared_ptr<const Table> table,
                  std::string help) {
        Field f = row(std::move(stem), FieldKind::object, std::move(help));
        f.table = table;
        f.decode =
            [access, table](
                DecodeContext& context, const Node& node, const std::string& path, void* object) {
                decode_object(context, *table, node, path, &at(access, object), false);
            };
        f.encode = [access, table](const void* object) {
            return encode_object(*table, &at(access, object));
        };
        return add(std::move(f));
    }

    /// A list of objects in a vector.
    template <class Access>
    Field& list(std::string stem,
                Access access,
                std::shared_ptr<const Table> table,
                std::string help) {
        using Item = typename Target<Access>::value_type;
        Field f = row(std::move(stem), FieldKind::list, std::move(help));
        f.table = table;
        f.decode =
            [access, table](
                DecodeContext& context, const Node& node, const std::string& path, void* object) {
                if (!expect_list(context, node, path)) return;
                std::vector<Item>& items = at(access, object);
                items.assign(node.items.size(), Item{});
                for (std::size_t i = 0; i < items.size(); ++i) {
                    decode_object(context,
                                  *table,
                                  node.items[i],
                                  path + "[" + std::to_string(i) + "]",
                                  &items[i],
                                  false);
                }
            };
        f.encode = [access, table](const void* object) {
            Node list = Node::list();
            for (const Item& item : at(access, object)) {
                list.items.push_back(encode_object(*table, &item));
            }
            return list;
        };
        return add(std::move(f));
    }

    /// A field with its own functions.
    Field& add(Field field) {
        table_.fields.push_back(std::move(field));
        return table_.fields.back();
    }

    [[nodiscard]] std::shared_ptr<const Table> build() {
        return std::make_shared<const Table>(std::move(table_));
    }

private:
    template <class Access>
    using Target = std::remove_cvref_t<std::invoke_result_t<Access, S&>>;

    template <class Access>
    static Target<Access>& at(const Access& access, void* object) {
        return std::invoke(access, *static_cast<S*>(object));
    }
    template <class Access>
    static const Target<Access>& at(const Access& access, const void* object) {
        return std::invoke(access, *static_cast<S*>(const_cast<void*>(object)));
    }

    static Field row(std::string stem, FieldKind kind, std::string help) {
        Field f;
        f.stem = std::move(stem);
        f.kind = kind;
        f.help = std::move(help);
        return f;
    }

    Table table_;
};

}  // namespace plimsoll
