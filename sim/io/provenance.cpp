#include "sim/io/provenance.h"

#include <utility>

#include <fmt/core.h>

#include "sim/io/did_you_mean.h"
#include "sim/io/marks.h"

namespace plimsoll {
namespace {

struct Entry {
    std::string mark;
    std::string source;
    std::string note;
};

std::shared_ptr<const Table> document_table() {
    TableOf<SourceDocument> table("source");
    table.field("document", &SourceDocument::document, "title, place, commit").needed();
    table.field("date", &SourceDocument::date, "when it was read or dated")
        .of_kind(FieldKind::date)
        .needed();
    return table.build();
}

std::shared_ptr<const Table> entry_table() {
    TableOf<Entry> table("provenance");
    table.field("mark", &Entry::mark, "R read, R2 read second-hand, D derived, M unverified")
        .of_kind(FieldKind::word)
        .needed()
        .words = mark_words();
    table.field("source", &Entry::source, "a key of \"sources\"").needed();
    table.field("note", &Entry::note, "a word to the reader");
    return table.build();
}

/// Whether `path` is the place of some field of `table`.
bool names_field(const Table& table, const std::string& path) {
    const std::size_t dot = path.find('.');
    const std::string head = path.substr(0, dot);
    for (const Field& field : table.fields) {
        if (field.stem != head) continue;
        if (dot == std::string::npos) return true;
        return field.table != nullptr && names_field(*field.table, path.substr(dot + 1));
    }
    return false;
}

}  // namespace

std::vector<Field> row_source_fields() {
    std::vector<Field> fields(3);
    const char* const stems[] = {"source", "mark", "note"};
    const char* const helps[] = {"a key of \"sources\"",
                                 "R read, R2 read second-hand, D derived, M unverified",
                                 "a word to the reader"};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        fields[i].stem = stems[i];
        fields[i].kind = FieldKind::text;
        fields[i].help = helps[i];
        fields[i].set = [](void*, const FieldValue&) {};
        fields[i].get = [](const void*) { return FieldValue(); };
    }
    fields[1].kind = FieldKind::word;
    fields[1].words = mark_words();
    return fields;
}

std::vector<Field> ProvenanceReader::fields() {
    std::vector<Field> fields;
    const std::pair<const char*, std::shared_ptr<const Table>> rows[] = {
        {"sources", document_table()}, {"provenance", entry_table()}};
    for (const auto& [stem, table] : rows) {
        Field f;
        f.stem = stem;
        f.kind = FieldKind::named;
        f.table = table;
        // Read by the constructor, before the numbers.
        f.decode = [](DecodeContext&, const Node&, const std::string&, void*) {};
        f.encode = [](const void*) { return std::optional<Node>(); };
        fields.push_back(std::move(f));
    }
    return fields;
}

ProvenanceReader::ProvenanceReader(DecodeContext& context, const Node& file, std::string item)
    : context_(context), file_(file), item_(std::move(item)) {
    const Node::Member* sources = file.find("sources");
    if (sources != nullptr && expect_object(context, sources->value, "sources")) {
        const auto table = document_table();
        for (const Node::Member& member : sources->value.members) {
            SourceDocument document;
            decode_object(
                context, *table, member.value, join("sources", member.key), &document, false);
            documents_[member.key] = std::move(document);
        }
    }
    const Node::Member* provenance = file.find("provenance");
    if (provenance == nullptr || !expect_object(context, provenance->value, "provenance")) return;
    const auto table = entry_table();
    std::vector<std::string> known;
    for (const auto& [key, document] : documents_) known.push_back(key);
    for (const Node::Member& member : provenance->value.members) {
        const std::string path = join("provenance", member.key);
        Entry entry;
        const std::size_t before = context.issues().size();
        decode_object(context, *table, member.value, path, &entry, false);
        if (context.issues().size() > before) continue;
        const SourceDocument* source = document(entry.source);
        if (source == nullptr) {
            context.error(member.value.find("source")->value.place,
                          join(path, "source"),
                          unknown_message("source", entry.source, known),
                          known);
            continue;
        }
        entries_[member.key] = {item_,
                                member.key,
                                mark_named(entry.mark).value_or(Mark::m),
                                source->document,
                                source->date};
    }
}

const SourceDocument* ProvenanceReader::document(const std::string& key) const {
    const auto at = documents_.find(key);
    return at == documents_.end() ? nullptr : &at->second;
}

std::vector<SourcedField> ProvenanceReader::sources(const Table& table) {
    if (const Node::Member* provenance = file_.find("provenance");
        provenance != nullptr && provenance->value.is_object()) {
        for (const Node::Member& member : provenance->value.members) {
            if (member.key == "default" || names_field(table, member.key)) continue;
            context_.error(
                member.place, join("provenance", member.key), "names no field of this file");
        }
    }
    std::vector<SourcedField> out;
    walk(table, file_, "", out);
    return out;
}

void ProvenanceReader::walk(const Table& table,
                            const Node& node,
                            const std::string& path,
                            std::vector<SourcedField>& out) {
    // What find_field complains of was reported where the object was decoded.
    DecodeContext quiet(nullptr);
    for (const Field& field : table.fields) {
        const FoundField found = find_field(quiet, field, node, path);
        if (found.member == nullptr) continue;
        const std::string field_path = join(path, field.stem);
        const Node& value = found.member->value;
        const bool is_object = field.kind == FieldKind::object && value.is_object();
        if (is_object && field.table != nullptr) {
            walk(*field.table, value, field_path, out);
        } else if (field.kind == FieldKind::list) {
            add_list(*found.member, field_path, out);
        } else if (value.is_number()) {
            add(found.member->place, field_path, out);
        }
    }
}

void ProvenanceReader::add_list(const Node::Member& member,
                                const std::string& path,
                                std::vector<SourcedField>& out) {
    bool shared = member.value.items.empty();
    for (std::size_t i = 0; i < member.value.items.size(); ++i) {
        const Node& row = member.value.items[i];
        if (row.is_object() && row.find("source") != nullptr) {
            add_row(row, path + "[" + std::to_string(i) + "]", out);
        } else {
            shared = true;
        }
    }
    if (shared) add(member.place, path, out);
}

void ProvenanceReader::add_row(const Node& row,
                               const std::string& path,
                               std::vector<SourcedField>& out) {
    const Node::Member& source = *row.find("source");
    const Node::Member* mark = row.find("mark");
    if (mark == nullptr) {
        context_.error(row.place, path, "a number without a \"mark\" (R, R2, D or M)");
        return;
    }
    // Other types were reported where the row was decoded.
    if (!source.value.is_text() || !mark->value.is_text()) return;
    const SourceDocument* listed = document(source.value.text);
    if (listed == nullptr) {
        std::vector<std::string> known;
        for (const auto& [key, document] : documents_) known.push_back(key);
        context_.error(source.value.place,
                       join(path, "source"),
                       unknown_message("source", source.value.text, known),
                       known);
        return;
    }
    const Mark read = mark_named(mark->value.text).value_or(Mark::m);
    out.push_back({path, {item_, path, read, listed->document, listed->date}});
}

void ProvenanceReader::add(const Place& place,
                           const std::string& path,
                           std::vector<SourcedField>& out) {
    const Provenance* entry = entry_for(path);
    if (entry == nullptr) {
        context_.error(place, path, "a number without a source; name one in \"provenance\"");
        return;
    }
    Provenance provenance = *entry;
    provenance.field = path;
    out.push_back({path, std::move(provenance)});
}

const Provenance* ProvenanceReader::entry_for(const std::string& path) const {
    for (std::string at = path;;) {
        if (const auto found = entries_.find(at); found != entries_.end()) return &found->second;
        const std::size_t dot = at.rfind('.');
        if (dot == std::string::npos) break;
        at.resize(dot);
    }
    const auto found = entries_.find("default");
    return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace plimsoll
