#include "sim/io/catalog.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include <fmt/core.h>

#include "sim/io/decoder.h"
#include "sim/io/device_tables.h"
#include "sim/io/did_you_mean.h"
#include "sim/io/file_error.h"
#include "sim/io/json_text.h"
#include "sim/io/media_tables.h"
#include "sim/io/model_tables.h"
#include "sim/io/price_rows.h"
#include "sim/io/provenance.h"
#include "sim/io/text_file.h"
#include "sim/io/world_tables.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

struct KindRow {
    std::string_view kind;
    std::string_view singular;
    std::string_view format;
    std::string_view help;
};

constexpr std::array<KindRow, 12> kKinds{
    {{"gpus", "gpu", "plimsoll.gpu/1", "accelerators"},
     {"servers", "server", "plimsoll.server/1", "chassis of accelerators"},
     {"fabrics", "fabric", "plimsoll.fabric/1", "what joins accelerators and servers"},
     {"llms", "llm", "plimsoll.llm/1", "language models"},
     {"prices", "price", "plimsoll.prices/1", "price books: rent, purchase, APIs, traffic"},
     {"devices", "device", "plimsoll.device/1", "phones, laptops, boards, cars"},
     {"encoders", "encoder", "plimsoll.encoder/1", "networks for images, sound and speech"},
     {"modalities", "modality", "plimsoll.modality/1", "tokens and bytes of a medium"},
     {"networks", "network", "plimsoll.network/1", "how users reach the nearest edge"},
     {"regions", "region", "plimsoll.regions/1", "round trips between regions"},
     {"grids", "grid", "plimsoll.grid/1", "carbon and price of electricity by region"},
     {"facilities", "facility", "plimsoll.facility/1", "buildings: PUE, colocation, water"}}};

bool is_id(std::string_view id) {
    return !id.empty() && id.front() != '.' && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    });
}

[[noreturn]] void throw_file_issue(const std::string& file, const std::string& message) {
    throw ScenarioErrors({{.file = file,
                           .path = "",
                           .message = message,
                           .allowed = {},
                           .kind = ScenarioIssue::Kind::file}});
}

Field ignored_text(std::string stem) {
    Field f;
    f.stem = std::move(stem);
    f.kind = FieldKind::text;
    f.set = [](void*, const FieldValue&) {};
    f.get = [](const void*) { return FieldValue(); };
    return f;
}

/// The table of a file: what the thing has, and what heads and ends every file.
Table file_table(const Table& table, std::string_view format) {
    Table out = table;
    Field format_field = ignored_text("format");
    format_field.kind = FieldKind::word;
    format_field.words = {std::string(format)};
    format_field.required = true;
    out.fields.insert(out.fields.begin(), std::move(format_field));
    out.fields.push_back(ignored_text("$schema"));
    for (Field& field : ProvenanceReader::fields()) out.fields.push_back(std::move(field));
    return out;
}

/// A file of the catalog, read and checked for syntax.
struct CatalogFile {
    std::string id;
    std::string path;
    std::string_view format;
    std::string item;
    Node root;
};

CatalogFile open_item(const Catalog& catalog, std::string_view kind, std::string_view id) {
    CatalogFile file;
    file.id = id;
    file.path = catalog.file_of(kind, id);
    if (file.path.empty()) {
        const std::vector<std::string> known = catalog.ids(kind);
        throw ScenarioErrors({{.file = "",
                               .path = std::string(kind),
                               .message = unknown_message("", id, known),
                               .allowed = known}});
    }
    for (const KindRow& row : kKinds) {
        if (row.kind == kind) file.format = row.format;
    }
    file.item = fmt::format("{}/{}", kind, id);
    const auto source = std::make_shared<const SourceFile>(
        SourceFile{file.path, fs::path(file.path).parent_path().string(), 0});
    std::vector<ScenarioIssue> issues;
    std::string text;
    try {
        text = read_text_file(file.path);
    } catch (const FileError& error) {
        throw_file_issue(file.path, std::string(error.what()).substr(file.path.size() + 2));
    }
    std::optional<Node> root = parse_json(text, source, issues);
    if (!root) throw ScenarioErrors(std::move(issues));
    file.root = std::move(*root);
    return file;
}

void throw_if_any(const DecodeContext& context) {
    if (!context.issues().empty()) throw ScenarioErrors(context.issues());
}

template <class T>
CatalogItem<T> load_item(const Catalog& catalog,
                         std::string_view kind,
                         std::string_view id,
                         const Table& table) {
    const CatalogFile file = open_item(catalog, kind, id);
    DecodeContext context(&catalog);
    CatalogItem<T> item{file.id, {}, {}};
    decode_object(context, file_table(table, file.format), file.root, "", &item.value, false);
    // Only what the file refers to has brought sources so far.
    std::vector<SourcedField> inner = context.sources();
    ProvenanceReader reader(context, file.root, file.item);
    item.sources = reader.sources(table);
    for (SourcedField& source : inner) item.sources.push_back(std::move(source));
    throw_if_any(context);
    return item;
}

/// Replaces keys of "sources" by the documents they stand for.
class PriceSources {
public:
    PriceSources(DecodeContext& context, const ProvenanceReader& reader, const Node& root)
        : context_(context), reader_(reader), root_(root) {}

    void resolve(PriceRows& rows) {
        for (RentRow& row : rows.rents) resolve(row.points, "rents." + row.gpu);
        for (ServerPriceRow& row : rows.servers) resolve(row.points, "servers." + row.server);
        for (ApiRow& row : rows.apis) resolve(row.points, "apis." + row.api);
        for (TrafficRow& row : rows.traffic) resolve(row.points, "traffic." + row.route);
        resolve(rows.electricity, "electricity");
        resolve(rows.pue, "pue");
        resolve(rows.carbon, "carbon");
        if (rows.ownership) {
            resolve(rows.ownership->source, rows.ownership->mark, "ownership");
            if (rows.ownership->date.empty()) report("ownership", "a number without a date");
        }
    }

private:
    void resolve(std::vector<PriceEntry>& entries, const std::string& path) {
        for (PriceEntry& entry : entries)
            resolve(entry.source, entry.mark, path + "." + entry.date);
    }

    void resolve(std::string& source, const std::string& mark, const std::string& path) {
        if (source.empty()) {
            report(path, "a number without a source; give it a \"source\"");
            return;
        }
        if (mark.empty()) report(path, "a number without a \"mark\" (R, R2, D or M)");
        const SourceDocument* document = reader_.document(source);
        if (document != nullptr) {
            source = document->document;
        } else if (reader_.lists_documents()) {
            report(path,
                   fmt::format("unknown source \"{}\"; \"sources\" does not list it", source));
        }
    }

    void report(const std::string& path, std::string message) {
        context_.error(root_.place, path, std::move(message));
    }

    DecodeContext& context_;
    const ProvenanceReader& reader_;
    const Node& root_;
};

CatalogItem<PriceBook> load_prices(const Catalog& catalog, std::string_view id) {
    const CatalogFile file = open_item(catalog, "prices", id);
    DecodeContext context(&catalog);
    PriceRows rows;
    const auto table = price_table();
    decode_object(context, file_table(*table, file.format), file.root, "", &rows, false);
    const ProvenanceReader reader(context, file.root, file.item);
    PriceSources(context, reader, file.root).resolve(rows);
    check_price_rows(context, rows, file.root, "");
    throw_if_any(context);
    return {file.id, price_book(rows), price_sources(rows, file.item)};
}

/// What `first` lacks comes from `second`.
void append(CatalogItem<PriceBook>& first, CatalogItem<PriceBook> second) {
    PriceBook& book = first.value;
    first.id += "+" + second.id;
    book.name += " + " + second.value.name;
    for (RentSeries& series : second.value.rents) book.rents.push_back(std::move(series));
    for (ServerSeries& series : second.value.servers) book.servers.push_back(std::move(series));
    for (ApiSeries& series : second.value.apis) book.apis.push_back(std::move(series));
    for (TrafficSeries& series : second.value.traffic) book.traffic.push_back(std::move(series));
    if (!book.ownership) book.ownership = second.value.ownership;
    if (book.electricity.empty()) book.electricity = second.value.electricity;
    if (book.pue.empty()) book.pue = second.value.pue;
    if (book.carbon.empty()) book.carbon = second.value.carbon;
    for (SourcedField& source : second.sources) {
        const bool known = std::any_of(
            first.sources.begin(), first.sources.end(), [&](const SourcedField& earlier) {
                return earlier.path == source.path;
            });
        if (!known) first.sources.push_back(std::move(source));
    }
}

}  // namespace

CatalogItem<Gpu> Catalog::gpu(std::string_view id) const {
    return load_item<Gpu>(*this, "gpus", id, *gpu_table());
}

CatalogItem<Fabric> Catalog::fabric(std::string_view id) const {
    return load_item<Fabric>(*this, "fabrics", id, *fabric_table());
}

CatalogItem<Server> Catalog::server(std::string_view id) const {
    return load_item<Server>(*this, "servers", id, *server_table());
}

CatalogItem<Llm> Catalog::llm(std::string_view id) const {
    return load_item<Llm>(*this, "llms", id, *llm_table());
}

CatalogItem<Device> Catalog::device(std::string_view id) const {
    return load_item<Device>(*this, "devices", id, *device_table());
}

CatalogItem<Encoder> Catalog::encoder(std::string_view id) const {
    return load_item<Encoder>(*this, "encoders", id, *encoder_table());
}

CatalogItem<Modality> Catalog::modality(std::string_view id) const {
    return load_item<Modality>(*this, "modalities", id, *modality_table());
}

CatalogItem<AccessNetwork> Catalog::network(std::string_view id) const {
    return load_item<AccessNetwork>(*this, "networks", id, *network_table());
}

CatalogItem<RegionMatrix> Catalog::regions(std::string_view id) const {
    return load_item<RegionMatrix>(*this, "regions", id, *region_table());
}

CatalogItem<Grid> Catalog::grid(std::string_view id) const {
    return load_item<Grid>(*this, "grids", id, *grid_table());
}

CatalogItem<Building> Catalog::facility(std::string_view id) const {
    return load_item<Building>(*this, "facilities", id, *facility_table());
}

CatalogItem<PriceBook> Catalog::prices(std::string_view id) const {
    const std::size_t plus = id.find('+');
    CatalogItem<PriceBook> book = load_prices(*this, id.substr(0, plus));
    if (plus != std::string_view::npos) append(book, prices(id.substr(plus + 1)));
    return book;
}

std::vector<std::string> Catalog::ids(std::string_view kind) const {
    std::vector<std::string> found;
    for (const std::string& dir : dirs_) {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(fs::path(dir) / kind, ignored)) {
            if (entry.path().extension() == ".json") found.push_back(entry.path().stem().string());
        }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::string Catalog::file_of(std::string_view kind, std::string_view id) const {
    if (kind == "prices" && id.find('+') != std::string_view::npos) {
        const std::size_t plus = id.find('+');
        const std::string first = file_of(kind, id.substr(0, plus));
        return file_of(kind, id.substr(plus + 1)).empty() ? "" : first;
    }
    if (!is_id(id)) return "";
    for (const std::string& dir : dirs_) {
        const fs::path path = fs::path(dir) / kind / (std::string(id) + ".json");
        std::error_code ignored;
        if (fs::is_regular_file(path, ignored)) return path.string();
    }
    return "";
}

std::vector<std::string> catalog_kinds() {
    std::vector<std::string> kinds;
    for (const KindRow& row : kKinds) kinds.emplace_back(row.kind);
    return kinds;
}

std::vector<std::string> catalog_singulars() {
    std::vector<std::string> words;
    for (const KindRow& row : kKinds) words.emplace_back(row.singular);
    return words;
}

std::string catalog_kind_named(std::string_view word) {
    for (const KindRow& row : kKinds) {
        if (word == row.kind || word == row.singular) return std::string(row.kind);
    }
    return "";
}

std::string catalog_kind_help(std::string_view kind) {
    for (const KindRow& row : kKinds) {
        if (kind == row.kind) return std::string(row.help);
    }
    return "";
}

std::vector<std::string> catalog_dirs(const std::vector<std::string>& given,
                                      std::string_view environment,
                                      const std::string& binary) {
    std::vector<std::string> dirs = given;
    while (!environment.empty()) {
        const std::size_t colon = environment.find(':');
        if (const auto dir = environment.substr(0, colon); !dir.empty()) dirs.emplace_back(dir);
        environment = colon == std::string_view::npos ? "" : environment.substr(colon + 1);
    }
    const fs::path bin = fs::path(binary).parent_path();
    for (const char* place : {"../../../scenarios/catalog", "../share/plimsoll/catalog"}) {
        std::error_code ignored;
        const fs::path shipped = fs::weakly_canonical(bin / place, ignored);
        if (fs::is_directory(shipped, ignored)) {
            dirs.push_back(shipped.string());
            break;
        }
    }
    return dirs;
}

}  // namespace plimsoll
