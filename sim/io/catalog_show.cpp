#include "sim/io/catalog_show.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "models/contract.h"
#include "sim/io/decoder.h"
#include "sim/io/device_tables.h"
#include "sim/io/json_text.h"
#include "sim/io/media_tables.h"
#include "sim/io/model_tables.h"
#include "sim/io/price_rows.h"
#include "sim/io/world_tables.h"

namespace plimsoll {
namespace {

/// An item of any kind: its fields as JSON, and its sources.
struct Opened {
    std::shared_ptr<const Table> table;
    Node node;
    std::vector<SourcedField> sources;
};

template <class T>
Opened opened(std::shared_ptr<const Table> table, CatalogItem<T> item) {
    Node node = encode_object(*table, &item.value);
    return {std::move(table), std::move(node), std::move(item.sources)};
}

Opened open(const Catalog& catalog, std::string_view kind, std::string_view id) {
    if (kind == "gpus") return opened(gpu_table(), catalog.gpu(id));
    if (kind == "servers") return opened(server_table(), catalog.server(id));
    if (kind == "fabrics") return opened(fabric_table(), catalog.fabric(id));
    if (kind == "llms") return opened(llm_table(), catalog.llm(id));
    if (kind == "devices") return opened(device_table(), catalog.device(id));
    if (kind == "encoders") return opened(encoder_table(), catalog.encoder(id));
    if (kind == "modalities") return opened(modality_table(), catalog.modality(id));
    if (kind == "networks") return opened(network_table(), catalog.network(id));
    if (kind == "regions") return opened(region_table(), catalog.regions(id));
    if (kind == "grids") return opened(grid_table(), catalog.grid(id));
    if (kind == "facilities") return opened(facility_table(), catalog.facility(id));
    PLIMSOLL_EXPECTS(kind == "prices");
    CatalogItem<PriceBook> item = catalog.prices(id);
    std::vector<Provenance> provenance;
    for (const SourcedField& source : item.sources) provenance.push_back(source.provenance);
    const PriceRows rows = price_rows(item.value, provenance);
    auto table = price_table();
    Node node = encode_object(*table, &rows);
    return {std::move(table), std::move(node), std::move(item.sources)};
}

std::string shown_value(const Node& node) {
    if (node.type == Node::Type::text) return node.text;
    if (node.type == Node::Type::number) return fmt::format("{:.6g}", node.number);
    return json_text(node);
}

/// Flattens an item into lines.
class Lines {
public:
    explicit Lines(const std::vector<SourcedField>& sources) : sources_(sources) {}

    void object(const Table& table, const Node& node, const std::string& path) {
        DecodeContext context(nullptr);
        for (const Field& field : table.fields) {
            const FoundField found = find_field(context, field, node, path);
            if (found.member == nullptr) continue;
            const Node& value = found.member->value;
            const std::string at = join(path, field.stem);
            if (value.is_object() && field.table) {
                object(*field.table, value, at);
            } else if (field.kind == FieldKind::list && field.table) {
                list(*field.table, value, at);
            } else {
                std::string text = shown_value(value);
                if (found.unit != nullptr) text += fmt::format(" {}", found.unit->symbol);
                add(at, std::move(text));
            }
        }
    }

    [[nodiscard]] std::vector<ShownField> take() { return std::move(fields_); }

private:
    /// "decode 68.2 tok/s, ttft 1.03 s". Counts of zero, which mean "does not apply", would bury
    /// the rest.
    static std::string brief(const Table& table, const Node& node) {
        DecodeContext context(nullptr);
        std::string text;
        for (const Field& field : table.fields) {
            const FoundField found = find_field(context, field, node, "");
            // Shown in columns of their own.
            const bool apart =
                field.stem == "date" || field.stem == "source" || field.stem == "mark";
            if (found.member == nullptr || apart) continue;
            const Node& value = found.member->value;
            if (value.is_number() && value.number == 0.0 && found.unit == nullptr) continue;
            if (!text.empty()) text += ", ";
            text += field.stem + " ";
            if (value.is_object() && field.table) {
                text += "(" + brief(*field.table, value) + ")";
            } else {
                text += shown_value(value);
            }
            if (found.unit != nullptr) text += fmt::format(" {}", found.unit->symbol);
        }
        return text;
    }

    void list(const Table& table, const Node& node, const std::string& path) {
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const Node& item = node.items[i];
            const Node::Member* points = item.find("points");
            if (points == nullptr) {
                const Node::Member* date = item.find("date");
                add(date == nullptr ? fmt::format("{}[{}]", path, i)
                                    : path + "." + date->value.text,
                    brief(table, item));
                continue;
            }
            const auto inner = std::find_if(table.fields.begin(),
                                            table.fields.end(),
                                            [](const Field& f) { return f.stem == "points"; });
            std::string name = path;
            for (const Node::Member& member : item.members) {
                if (member.value.is_text()) name += "." + member.value.text;
            }
            for (const Node& point : points->value.items) {
                add(name + "." + point.find("date")->value.text, brief(*inner->table, point));
            }
        }
    }

    void add(const std::string& path, std::string value) {
        ShownField& field = fields_.emplace_back();
        field.path = path;
        field.value = std::move(value);
        for (std::string at = path;; at.resize(at.find_last_of(".["))) {
            const auto source = std::find_if(sources_.begin(),
                                             sources_.end(),
                                             [&](const SourcedField& s) { return s.path == at; });
            if (source != sources_.end()) {
                field.mark = to_string(source->provenance.mark);
                field.source = source->provenance.source;
                field.date = source->provenance.date;
            }
            if (source != sources_.end() || at.find_first_of(".[") == std::string::npos) return;
        }
    }

    const std::vector<SourcedField>& sources_;
    std::vector<ShownField> fields_;
};

}  // namespace

std::vector<ShownField> shown_fields(const Catalog& catalog,
                                     std::string_view kind,
                                     std::string_view id) {
    const Opened item = open(catalog, kind, id);
    Lines lines(item.sources);
    lines.object(*item.table, item.node, "");
    return lines.take();
}

std::string shown_name(const Catalog& catalog, std::string_view kind, std::string_view id) {
    return open(catalog, kind, id).node.find("name")->value.text;
}

std::string item_json(const Catalog& catalog, std::string_view kind, std::string_view id) {
    Opened item = open(catalog, kind, id);
    Node sources = Node::object();
    for (const SourcedField& source : item.sources) {
        Node entry = Node::object();
        entry.set("item", Node::of(source.provenance.item));
        entry.set("mark", Node::of(std::string(to_string(source.provenance.mark))));
        entry.set("source", Node::of(source.provenance.source));
        entry.set("date", Node::of(source.provenance.date));
        sources.set(source.path, std::move(entry));
    }
    item.node.set("provenance", std::move(sources));
    return json_text(item.node) + "\n";
}

}  // namespace plimsoll
