#pragma once

#include <string>
#include <utility>

#include "sim/io/catalog.h"
#include "sim/io/decoder.h"

namespace plimsoll {

/// A kind of catalog item that a field may name, change ({"extends": id, ...}) or describe.
template <class T>
struct Reference {
    /// The folder: "gpus".
    std::string kind;
    CatalogItem<T> (Catalog::*load)(std::string_view id) const;
    std::shared_ptr<const Table> table;
};

/// The id that `node` names, checked against the catalog; empty, with a report, if it is unknown.
[[nodiscard]] std::string checked_id(DecodeContext& context,
                                     const std::string& kind,
                                     const Node& node,
                                     const std::string& path);

/// The table of a reference with its "extends".
[[nodiscard]] Table with_extends(const Table& table, const std::string& kind);

/// Replaces `target` by the catalog item that `node` names.
template <class T>
void load_reference(DecodeContext& context,
                    const Reference<T>& reference,
                    const Node& node,
                    const std::string& path,
                    T& target,
                    std::string& id) {
    id = checked_id(context, reference.kind, node, path);
    if (id.empty()) return;
    try {
        CatalogItem<T> item = (context.catalog()->*reference.load)(id);
        target = std::move(item.value);
        context.use_sources(path, item.sources);
    } catch (const ScenarioErrors& errors) {
        for (const ScenarioIssue& issue : errors.issues()) context.report(issue);
    }
}

/// Fills `target` from an id, an object with "extends", or an object: a change of what is there
/// if `has_base`, else the whole thing. `id` becomes that of the catalog item behind it.
template <class T>
void decode_reference(DecodeContext& context,
                      const Reference<T>& reference,
                      const Node& node,
                      const std::string& path,
                      T& target,
                      std::string& id,
                      bool has_base) {
    if (node.is_text()) {
        load_reference(context, reference, node, path, target, id);
        return;
    }
    if (!expect_object(context, node, path)) return;
    bool known_base = has_base;
    if (const Node::Member* base = node.find("extends")) {
        if (!base->value.is_text()) {
            context.error(base->value.place,
                          join(path, "extends"),
                          "expected a name of the catalog, got " + described(base->value));
        } else {
            load_reference(context, reference, base->value, path, target, id);
        }
        known_base = true;
    }
    const Table table = with_extends(*reference.table, reference.kind);
    decode_object(context, table, node, path, &target, known_base);
}

/// A field of S that holds a catalog item. `access` gives the item, `id_access` the string that
/// keeps its id; both take S&.
template <class S, class T, class Access, class IdAccess>
Field reference_field(
    std::string stem, Access access, IdAccess id_access, Reference<T> reference, std::string help) {
    Field f;
    f.stem = std::move(stem);
    f.kind = FieldKind::object;
    f.help = std::move(help);
    f.shorthand = "extends";
    f.catalog_kind = reference.kind;
    f.table = std::make_shared<const Table>(with_extends(*reference.table, reference.kind));
    f.decode =
        [=](DecodeContext& context, const Node& node, const std::string& path, void* object) {
            S& holder = *static_cast<S*>(object);
            T& target = std::invoke(access, holder);
            // A chassis from the catalog already has fabrics: an object changes them.
            const bool has_base = !target.name.empty();
            std::string id;
            decode_reference(context, reference, node, path, target, id, has_base);
            id_access(holder, id);
        };
    f.encode = [=, table = reference.table](const void* object) {
        S& holder = *static_cast<S*>(const_cast<void*>(object));
        Node node = Node::object();
        if (const std::string id = id_access(holder, std::nullopt); !id.empty()) {
            node.set("extends", Node::of(id));
        }
        Node fields = encode_object(*table, &std::invoke(access, holder));
        for (Node::Member& field : fields.members) node.set(field.key, std::move(field.value));
        return node;
    };
    return f;
}

/// For reference_field where the id is kept in a member.
template <class S>
[[nodiscard]] auto id_in(std::string S::*member) {
    return [member](S& holder, const std::optional<std::string>& id) -> std::string {
        if (id) holder.*member = *id;
        return holder.*member;
    };
}

/// For reference_field where the id is not kept.
template <class S>
[[nodiscard]] auto no_id() {
    return [](S&, const std::optional<std::string>&) { return std::string(); };
}

}  // namespace plimsoll
