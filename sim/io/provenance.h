#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/io/catalog.h"
#include "sim/io/decoder.h"
#include "sim/io/json_node.h"

namespace plimsoll {

/// The "sources" of a catalog file: documents by key.
struct SourceDocument {
    std::string document;
    std::string date;
};

/// "source", "mark" and "note" as fields of a row of a list: checked here, read by
/// ProvenanceReader.
[[nodiscard]] std::vector<Field> row_source_fields();

/// Adds row_source_fields() to the table of a row.
template <class Row>
void add_row_sources(TableOf<Row>& table) {
    for (Field& field : row_source_fields()) table.add(std::move(field));
}

/// Reads "sources" and "provenance" of a catalog file and finds where each number came from.
class ProvenanceReader {
public:
    /// `item` is "gpus/h100_sxm".
    ProvenanceReader(DecodeContext& context, const Node& file, std::string item);

    /// The source of every number of `file` that `table` describes; numbers without one are
    /// reported.
    [[nodiscard]] std::vector<SourcedField> sources(const Table& table);

    /// The document listed as `key`, or null.
    [[nodiscard]] const SourceDocument* document(const std::string& key) const;
    [[nodiscard]] bool lists_documents() const { return !documents_.empty(); }

    /// The two fields that hold this in a file, for the file's own table.
    [[nodiscard]] static std::vector<Field> fields();

private:
    void walk(const Table& table,
              const Node& node,
              const std::string& path,
              std::vector<SourcedField>& out);
    void add(const Place& place, const std::string& path, std::vector<SourcedField>& out);
    /// The rows of a list name their sources themselves, or share that of the list.
    void add_list(const Node::Member& member,
                  const std::string& path,
                  std::vector<SourcedField>& out);
    void add_row(const Node& row, const std::string& path, std::vector<SourcedField>& out);
    [[nodiscard]] const Provenance* entry_for(const std::string& path) const;

    DecodeContext& context_;
    const Node& file_;
    std::string item_;
    std::map<std::string, SourceDocument> documents_;
    std::map<std::string, Provenance> entries_;
};

}  // namespace plimsoll
