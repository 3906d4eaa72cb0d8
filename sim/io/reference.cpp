#include "sim/io/reference.h"

#include <array>

#include <fmt/core.h>

#include "sim/io/did_you_mean.h"

namespace plimsoll {
namespace {

struct Noun {
    std::string_view kind;
    std::string_view noun;
};

constexpr std::array<Noun, 5> kNouns{{{"gpus", "GPU"},
                                      {"servers", "server"},
                                      {"fabrics", "fabric"},
                                      {"llms", "model"},
                                      {"prices", "price book"}}};

}  // namespace

std::string checked_id(DecodeContext& context,
                       const std::string& kind,
                       const Node& node,
                       const std::string& path) {
    if (context.catalog() == nullptr) {
        context.error(node.place, path, "names cannot be looked up here");
        return "";
    }
    if (!context.catalog()->file_of(kind, node.text).empty()) return node.text;
    std::string_view noun = kind;
    for (const Noun& row : kNouns) {
        if (row.kind == kind) noun = row.noun;
    }
    const std::vector<std::string> known = context.catalog()->ids(kind);
    std::string message = fmt::format("unknown {} \"{}\"", noun, node.text);
    if (const std::string near = nearest(node.text, known); !near.empty()) {
        message += fmt::format("; did you mean \"{}\"?", near);
    }
    message += fmt::format(" (plimsoll list {})", kind);
    context.error(node.place, path, std::move(message), known);
    return "";
}

Table with_extends(const Table& table, const std::string& kind) {
    Table out = table;
    Field base;
    base.stem = "extends";
    base.kind = FieldKind::text;
    base.help = "name of the catalog item that the other fields change";
    base.catalog_kind = kind;
    // Read before the other fields, which change what it brings.
    base.decode = [](DecodeContext&, const Node&, const std::string&, void*) {};
    base.encode = [](const void*) { return std::optional<Node>(); };
    out.fields.insert(out.fields.begin(), std::move(base));
    return out;
}

}  // namespace plimsoll
