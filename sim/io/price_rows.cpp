#include "sim/io/price_rows.h"

#include <algorithm>

#include <fmt/core.h>

#include "sim/io/decoder.h"
#include "sim/io/marks.h"

namespace plimsoll {
namespace {

std::vector<std::pair<Tenure, std::string>> tenure_words() {
    std::vector<std::pair<Tenure, std::string>> words;
    for (const Tenure tenure : all_tenures()) words.emplace_back(tenure, to_string(tenure));
    return words;
}

Words<ApiUse> api_use_words() {
    return {{ApiUse::prompt, "prompt"},
            {ApiUse::cached_prompt, "cached_prompt"},
            {ApiUse::output, "output"}};
}

std::string_view to_string(ApiUse use) {
    if (use == ApiUse::prompt) return "prompt";
    return use == ApiUse::output ? "output" : "cached_prompt";
}

std::string api_path(std::string_view api, ApiUse use) {
    return fmt::format("apis.{}.{}", api, to_string(use));
}

template <class Row>
void add_source_fields(TableOf<Row>& table) {
    table.field("source", &Row::source, "document, or the key of one listed in \"sources\"");
    table.field("mark", &Row::mark, "how the source was read: R, R2, D or M")
        .of_kind(FieldKind::word)
        .words = mark_words();
    Field note;
    note.stem = "note";
    note.kind = FieldKind::text;
    note.help = "a word to the reader";
    note.set = [](void*, const FieldValue&) {};
    note.get = [](const void*) { return FieldValue(); };
    table.add(std::move(note));
}

std::shared_ptr<const Table> entry_table(std::string stem,
                                         Dimension dimension,
                                         std::string help,
                                         double minimum = 0.0) {
    TableOf<PriceEntry> table("dated price");
    table.field("date", &PriceEntry::date, "from when it holds").of_kind(FieldKind::date).needed();
    table.field(std::move(stem), &PriceEntry::value, dimension, std::move(help))
        .at_least(minimum)
        .needed();
    add_source_fields(table);
    return table.build();
}

std::shared_ptr<const Table> ownership_table() {
    TableOf<OwnershipRow> table("ownership");
    // The members of Ownership as members of the row.
    const auto of = [](auto member) {
        return [member](OwnershipRow & row) -> auto& { return row.ownership.*member; };
    };
    const Dimension none = Dimension::none;
    table.field("network_share",
                of(&Ownership::network_share),
                none,
                "network, optics and racks, as a share of the server's price");
    table
        .field("residual_share",
               of(&Ownership::residual_share),
               none,
               "what is left at the end of life")
        .at_most(1);
    table.field("life_years", of(&Ownership::life_years), none, "years of use").above(0);
    table.field(
        "discount_rate", of(&Ownership::discount_rate), none, "per year; 0 is straight line");
    table.field("colocation",
                of(&Ownership::colocation),
                Dimension::usd_per_power_month,
                "space, power and cooling, electricity included; absent: electricity x PUE");
    table.field("maintenance_share",
                of(&Ownership::maintenance_share),
                none,
                "repairs and spares a year, as a share of the purchase");
    table.field("staff", of(&Ownership::staff_per_gpu), Dimension::usd_per_gpu_hour, "operators");
    table.field(
        "licences", of(&Ownership::licences_per_gpu), Dimension::usd_per_gpu_hour, "software");
    add_source_fields(table);
    table.field("date", &OwnershipRow::date, "of the source").of_kind(FieldKind::date);
    return table.build();
}

Field ownership_field() {
    Field f;
    f.stem = "ownership";
    f.kind = FieldKind::object;
    f.help = "how an owner turns a purchase into an hourly cost";
    const auto table = ownership_table();
    f.table = table;
    f.decode =
        [table](DecodeContext& context, const Node& node, const std::string& path, void* object) {
            std::optional<OwnershipRow>& row = static_cast<PriceRows*>(object)->ownership;
            if (!row) row.emplace();
            decode_object(context, *table, node, path, &*row, false);
        };
    f.encode = [table](const void* object) -> std::optional<Node> {
        const auto& row = static_cast<const PriceRows*>(object)->ownership;
        if (!row) return std::nullopt;
        return encode_object(*table, &*row);
    };
    return f;
}

template <class Value>
std::vector<Dated<Value>> dated(const std::vector<PriceEntry>& entries) {
    std::vector<Dated<Value>> points;
    for (const PriceEntry& entry : entries) points.push_back({entry.date, Value(entry.value)});
    return points;
}

double base_value(double value) { return value; }
template <class D>
double base_value(Quantity<D> value) {
    return value.value();
}

/// Turns dated values into rows, with the source that `provenance` has for `path`.date.
class RowWriter {
public:
    explicit RowWriter(const std::vector<Provenance>& provenance) : provenance_(provenance) {}

    template <class Value>
    [[nodiscard]] std::vector<PriceEntry> rows(const std::string& path,
                                               const std::vector<Dated<Value>>& points) const {
        std::vector<PriceEntry> entries;
        for (const Dated<Value>& point : points) {
            PriceEntry entry{point.date, base_value(point.value), "", ""};
            if (const Provenance* known = find(path + "." + point.date)) {
                entry.source = known->source;
                entry.mark = to_string(known->mark);
            }
            entries.push_back(std::move(entry));
        }
        return entries;
    }

    [[nodiscard]] const Provenance* find(const std::string& field) const {
        const auto at =
            std::find_if(provenance_.begin(), provenance_.end(), [&](const Provenance& p) {
                return p.field == field && p.item.starts_with("prices");
            });
        return at == provenance_.end() ? nullptr : &*at;
    }

private:
    const std::vector<Provenance>& provenance_;
};

std::string rent_path(std::string_view gpu, Tenure tenure) {
    return fmt::format("rents.{}.{}", gpu, to_string(tenure));
}

}  // namespace

std::shared_ptr<const Table> price_table() {
    TableOf<RentRow> rent("rent of a GPU");
    rent.field("gpu", &RentRow::gpu, "catalog name of the GPU").needed();
    rent.word("tenure", &RentRow::tenure, tenure_words(), "how it is paid for").needed();
    rent.list("points",
              &RentRow::points,
              entry_table(
                  "price", Dimension::usd_per_gpu_hour, "per GPU, host and electricity included"),
              "by date")
        .needed();
    TableOf<ServerPriceRow> server("price of a server");
    server.field("server", &ServerPriceRow::server, "catalog name of the server").needed();
    server
        .list("points",
              &ServerPriceRow::points,
              entry_table("price", Dimension::money, "per server, its GPUs included"),
              "by date")
        .needed();

    TableOf<ApiRow> api("price of an API");
    api.field("api", &ApiRow::api, "the offer").needed();
    api.word("use", &ApiRow::use, api_use_words(), "which tokens").needed();
    api.list("points",
             &ApiRow::points,
             entry_table("price", Dimension::usd_per_token, "per token"),
             "by date")
        .needed();
    TableOf<TrafficRow> traffic("price of traffic");
    traffic.field("route", &TrafficRow::route, "who carries it and where").needed();
    traffic
        .list("points",
              &TrafficRow::points,
              entry_table("price", Dimension::usd_per_bytes, "per byte"),
              "by date")
        .needed();

    TableOf<PriceRows> table("price book");
    table.field("name", &PriceRows::name, "name for people").needed();
    table.field("currency", &PriceRows::currency, "currency of the amounts")
        .of_kind(FieldKind::word)
        .words = {"USD"};
    table.list("rents", &PriceRows::rents, rent.build(), "what GPUs rent for");
    table.list("servers", &PriceRows::servers, server.build(), "what servers cost to buy");
    table.add(ownership_field());
    table.list("electricity",
               &PriceRows::electricity,
               entry_table("price", Dimension::usd_per_energy, "electricity"),
               "price of electricity by date");
    table.list("pue",
               &PriceRows::pue,
               entry_table("value", Dimension::none, "facility power / IT power", 1.0),
               "facility power / IT power by date");
    table.list("carbon",
               &PriceRows::carbon,
               entry_table("intensity", Dimension::carbon_per_energy, "CO2e of the electricity"),
               "CO2e of the grid's electricity by date");
    table.list("apis", &PriceRows::apis, api.build(), "what APIs charge per token");
    table.list("traffic", &PriceRows::traffic, traffic.build(), "what carrying bytes costs");
    return table.build();
}

PriceBook price_book(const PriceRows& rows) {
    PriceBook book;
    book.name = rows.name;
    book.currency = rows.currency;
    for (const RentRow& row : rows.rents) {
        book.rents.push_back({row.gpu, row.tenure, dated<UsdPerSecond>(row.points)});
    }
    for (const ServerPriceRow& row : rows.servers) {
        book.servers.push_back({row.server, dated<Usd>(row.points)});
    }
    if (rows.ownership) book.ownership = rows.ownership->ownership;
    book.electricity = dated<UsdPerJoule>(rows.electricity);
    book.pue = dated<double>(rows.pue);
    book.carbon = dated<KgPerJoule>(rows.carbon);
    for (const ApiRow& row : rows.apis) {
        book.apis.push_back({row.api, row.use, dated<UsdPerToken>(row.points)});
    }
    for (const TrafficRow& row : rows.traffic) {
        book.traffic.push_back({row.route, dated<decltype(Usd() / Bytes(1))>(row.points)});
    }
    return book;
}

std::vector<SourcedField> price_sources(const PriceRows& rows, std::string_view item) {
    std::vector<SourcedField> sources;
    const auto add = [&](const std::string& path,
                         const std::string& source,
                         const std::string& mark,
                         const std::string& date) {
        if (source.empty()) return;
        sources.push_back(
            {path, {std::string(item), path, mark_named(mark).value_or(Mark::m), source, date}});
    };
    const auto add_all = [&](const std::string& path, const std::vector<PriceEntry>& entries) {
        for (const PriceEntry& entry : entries) {
            add(path + "." + entry.date, entry.source, entry.mark, entry.date);
        }
    };
    for (const RentRow& row : rows.rents) add_all(rent_path(row.gpu, row.tenure), row.points);
    for (const ServerPriceRow& row : rows.servers) add_all("servers." + row.server, row.points);
    if (rows.ownership) {
        add("ownership", rows.ownership->source, rows.ownership->mark, rows.ownership->date);
    }
    add_all("electricity", rows.electricity);
    add_all("pue", rows.pue);
    add_all("carbon", rows.carbon);
    for (const ApiRow& row : rows.apis) add_all(api_path(row.api, row.use), row.points);
    for (const TrafficRow& row : rows.traffic) add_all("traffic." + row.route, row.points);
    return sources;
}

PriceRows price_rows(const PriceBook& book, const std::vector<Provenance>& provenance) {
    const RowWriter writer(provenance);
    PriceRows rows;
    rows.name = book.name;
    rows.currency = book.currency;
    for (const RentSeries& series : book.rents) {
        rows.rents.push_back({series.gpu,
                              series.tenure,
                              writer.rows(rent_path(series.gpu, series.tenure), series.points)});
    }
    for (const ServerSeries& series : book.servers) {
        rows.servers.push_back(
            {series.server, writer.rows("servers." + series.server, series.points)});
    }
    if (book.ownership) {
        rows.ownership = OwnershipRow{*book.ownership, "", "", ""};
        if (const Provenance* known = writer.find("ownership")) {
            rows.ownership->source = known->source;
            rows.ownership->mark = to_string(known->mark);
            rows.ownership->date = known->date;
        }
    }
    rows.electricity = writer.rows("electricity", book.electricity);
    rows.pue = writer.rows("pue", book.pue);
    rows.carbon = writer.rows("carbon", book.carbon);
    for (const ApiSeries& series : book.apis) {
        rows.apis.push_back(
            {series.api, series.use, writer.rows(api_path(series.api, series.use), series.points)});
    }
    for (const TrafficSeries& series : book.traffic) {
        rows.traffic.push_back(
            {series.route, writer.rows("traffic." + series.route, series.points)});
    }
    return rows;
}

void check_price_rows(DecodeContext& context,
                      const PriceRows& rows,
                      const Node& node,
                      const std::string& path) {
    const auto check = [&](const std::string& where, const std::vector<PriceEntry>& entries) {
        const bool rises = std::is_sorted(
            entries.begin(), entries.end(), [](const PriceEntry& a, const PriceEntry& b) {
                return a.date < b.date;
            });
        if (!rises) context.error(node.place, join(path, where), "the dates must rise");
    };
    for (const RentRow& row : rows.rents) check(rent_path(row.gpu, row.tenure), row.points);
    for (const ServerPriceRow& row : rows.servers) check("servers." + row.server, row.points);
    check("electricity", rows.electricity);
    check("pue", rows.pue);
    check("carbon", rows.carbon);
    for (const ApiRow& row : rows.apis) check(api_path(row.api, row.use), row.points);
    for (const TrafficRow& row : rows.traffic) check("traffic." + row.route, row.points);
}

}  // namespace plimsoll
