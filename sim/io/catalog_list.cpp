#include "sim/io/catalog_list.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "models/contract.h"
#include "sim/io/json_text.h"
#include "sim/io/units_suffix.h"

namespace plimsoll {
namespace {

template <class T>
struct Column {
    std::string name;
    std::function<ListCell(const T&)> cell;
};

/// A number that is 0 where it is not known.
ListCell known(double value) { return value == 0.0 ? ListCell() : ListCell(value); }

template <class D>
ListCell in(const std::optional<Quantity<D>>& value, Quantity<D> unit) {
    return value ? ListCell(value->in(unit)) : ListCell();
}

ListCell count(const std::optional<int>& value) {
    return value ? ListCell(static_cast<double>(*value)) : ListCell();
}

template <class T>
CatalogListing listing(const Catalog& catalog,
                       std::string_view kind,
                       CatalogItem<T> (Catalog::*load)(std::string_view) const,
                       const std::vector<Column<T>>& columns) {
    CatalogListing out;
    out.kind = kind;
    out.columns.emplace_back("id");
    for (const Column<T>& column : columns) out.columns.push_back(column.name);
    out.columns.emplace_back("name");
    for (const std::string& id : catalog.ids(kind)) {
        const T value = (catalog.*load)(id).value;
        std::vector<ListCell>& row = out.rows.emplace_back();
        row.emplace_back(id);
        for (const Column<T>& column : columns) row.push_back(column.cell(value));
        row.emplace_back(value.name);
    }
    return out;
}

CatalogListing gpus(const Catalog& catalog) {
    const FlopsPerSecond tflops = TFLOP / second;
    const auto peak = [tflops](Precision precision) {
        return [=](const Gpu& g) { return known(g.peak(precision).in(tflops)); };
    };
    return listing<Gpu>(
        catalog,
        "gpus",
        &Catalog::gpu,
        {{"architecture", [](const Gpu& g) { return g.architecture; }},
         {"year", [](const Gpu& g) { return known(g.year); }},
         {"bf16_tflops",
          [tflops](const Gpu& g) {
              // Before Ampere there is FP16 alone.
              const FlopsPerSecond bf16 = g.peak(Precision::bf16);
              return known((bf16.value() > 0.0 ? bf16 : g.peak(Precision::fp16)).in(tflops));
          }},
         {"fp8_tflops", peak(Precision::fp8)},
         {"hbm_gib", [](const Gpu& g) { return known(g.hbm_visible.in(GiB)); }},
         {"hbm_tb_per_s", [](const Gpu& g) { return known(g.hbm_bandwidth.in(TB / second)); }},
         {"scale_up_gb_per_s",
          [](const Gpu& g) { return known(g.scale_up_per_direction.in(GB / second)); }},
         {"tdp_w", [](const Gpu& g) { return known(g.tdp.in(watt)); }}});
}

CatalogListing servers(const Catalog& catalog) {
    return listing<Server>(
        catalog,
        "servers",
        &Catalog::server,
        {{"gpus", [](const Server& s) { return known(s.gpus); }},
         {"domain_gpus", [](const Server& s) { return known(s.scale_up.domain_gpus); }},
         {"scale_up", [](const Server& s) { return s.scale_up.name; }},
         {"scale_out", [](const Server& s) { return s.scale_out.name; }},
         {"host_w", [](const Server& s) { return known(s.host_power.in(watt)); }}});
}

CatalogListing fabrics(const Catalog& catalog) {
    return listing<Fabric>(
        catalog,
        "fabrics",
        &Catalog::fabric,
        {{"gb_per_s",
          [](const Fabric& f) { return known(f.bandwidth_per_direction.in(GB / second)); }},
         {"efficiency", [](const Fabric& f) { return known(f.efficiency); }},
         {"latency_us", [](const Fabric& f) { return known(f.latency.in(microsecond)); }},
         {"domain_gpus", [](const Fabric& f) { return known(f.domain_gpus); }}});
}

CatalogListing llms(const Catalog& catalog) {
    return listing<Llm>(
        catalog,
        "llms",
        &Catalog::llm,
        {{"total_b", [](const Llm& m) { return known(total_parameters(m) * 1e-9); }},
         {"active_b", [](const Llm& m) { return known(active_parameters(m) * 1e-9); }},
         {"layers", [](const Llm& m) { return known(layers(m)); }},
         {"hidden", [](const Llm& m) { return known(m.hidden); }},
         {"kv_kib_per_token",
          [](const Llm& m) {
              return known(kv_bytes_per_token(m, Precision::bf16).value() / 1024.0);
          }},
         {"context", [](const Llm& m) { return known(m.max_context); }}});
}

/// What is on a price book's lists, and the newest date of it.
class BookFacts {
public:
    explicit BookFacts(const PriceBook& book) {
        const auto several = [&](const char* list, const auto& series) {
            for (const auto& one : series) add(one.points);
            say(list, series.size());
        };
        several("rents", book.rents);
        several("servers", book.servers);
        several("APIs", book.apis);
        several("traffic", book.traffic);
        if (book.ownership) say("ownership", 1);
        single("electricity", book.electricity);
        single("PUE", book.pue);
        single("carbon", book.carbon);
    }

    std::string what;
    std::string newest;
    std::size_t points = 0;

private:
    template <class Points>
    void single(const char* name, const Points& dated) {
        add(dated);
        say(name, dated.size());
    }
    template <class Points>
    void add(const Points& dated) {
        points += dated.size();
        for (const auto& point : dated) newest = std::max(newest, point.date);
    }
    void say(const char* name, std::size_t size) {
        if (size == 0) return;
        if (!what.empty()) what += ", ";
        what += name;
    }
};

CatalogListing prices(const Catalog& catalog) {
    return listing<PriceBook>(
        catalog,
        "prices",
        &Catalog::prices,
        {{"what", [](const PriceBook& b) { return BookFacts(b).what; }},
         {"points",
          [](const PriceBook& b) { return known(static_cast<double>(BookFacts(b).points)); }},
         {"newest", [](const PriceBook& b) { return BookFacts(b).newest; }}});
}

CatalogListing devices(const Catalog& catalog) {
    const auto kind = [](const Device& d) {
        constexpr const char* kNames[] = {"phone", "laptop", "desktop", "board", "car"};
        return ListCell(std::string(kNames[static_cast<std::size_t>(d.kind)]));
    };
    const auto best_decode = [](const Device& d) {
        double best = 0.0;
        for (const DeviceSpeed& speed : d.speeds) {
            if (speed.decode) best = std::max(best, speed.decode->value());
        }
        return known(best);
    };
    return listing<Device>(
        catalog,
        "devices",
        &Catalog::device,
        {{"kind", kind},
         {"year", [](const Device& d) { return known(d.year); }},
         {"npu_tops", [](const Device& d) { return in(d.npu_peak, TFLOP / second); }},
         {"memory_gb", [](const Device& d) { return in(d.memory, GB); }},
         {"memory_gb_per_s", [](const Device& d) { return in(d.memory_bandwidth, GB / second); }},
         {"sustained_w", [](const Device& d) { return in(d.sustained_power, watt); }},
         {"battery_wh", [](const Device& d) { return in(d.battery, 1e-3 * kWh); }},
         {"best_tok_per_s", best_decode}});
}

std::string medium_name(Medium medium) {
    constexpr const char* kNames[] = {"text", "image", "audio", "video"};
    return kNames[static_cast<std::size_t>(medium)];
}

CatalogListing encoders(const Catalog& catalog) {
    return listing<Encoder>(
        catalog,
        "encoders",
        &Catalog::encoder,
        {{"medium", [](const Encoder& e) { return medium_name(e.medium); }},
         {"parameters_m",
          [](const Encoder& e) {
              return e.parameters ? ListCell(*e.parameters * 1e-6) : ListCell();
          }},
         {"layers", [](const Encoder& e) { return count(e.layers); }},
         {"hidden", [](const Encoder& e) { return count(e.hidden); }},
         {"tokens_per_item", [](const Encoder& e) { return in(e.tokens_per_item, token); }},
         {"tok_per_s", [](const Encoder& e) { return in(e.tokens_per_second, token / second); }}});
}

CatalogListing modalities(const Catalog& catalog) {
    return listing<Modality>(
        catalog,
        "modalities",
        &Catalog::modality,
        {{"medium", [](const Modality& m) { return medium_name(m.medium); }},
         {"tok_per_s", [](const Modality& m) { return in(m.tokens.per_second, token / second); }},
         {"tok_per_item", [](const Modality& m) { return in(m.tokens.per_item, token); }},
         {"kb_per_s", [](const Modality& m) { return in(m.payload.rate, KB / second); }},
         {"kb_per_item", [](const Modality& m) { return in(m.payload.item, KB); }}});
}

CatalogListing networks(const Catalog& catalog) {
    const BytesPerSecond mbit = 0.125 * MB / second;
    return listing<AccessNetwork>(
        catalog,
        "networks",
        &Catalog::network,
        {{"rtt_p50_ms", [](const AccessNetwork& n) { return known(n.rtt_p50.in(millisecond)); }},
         {"rtt_p95_ms", [](const AccessNetwork& n) { return in(n.rtt_p95, millisecond); }},
         {"up_mbit_per_s", [mbit](const AccessNetwork& n) { return in(n.up_p50, mbit); }},
         {"down_mbit_per_s", [mbit](const AccessNetwork& n) { return in(n.down_p50, mbit); }}});
}

CatalogListing region_matrices(const Catalog& catalog) {
    return listing<RegionMatrix>(
        catalog,
        "regions",
        &Catalog::regions,
        {{"regions",
          [](const RegionMatrix& m) { return known(static_cast<double>(regions(m).size())); }},
         {"pairs",
          [](const RegionMatrix& m) { return known(static_cast<double>(m.pairs.size())); }}});
}

CatalogListing grids(const Catalog& catalog) {
    return listing<Grid>(
        catalog,
        "grids",
        &Catalog::grid,
        {{"carbon_g_per_kwh", [](const Grid& g) { return in(g.carbon, 1e-3 * kilogram / kWh); }},
         {"usd_per_kwh", [](const Grid& g) { return in(g.electricity, usd / kWh); }}});
}

CatalogListing facilities(const Catalog& catalog) {
    return listing<Building>(
        catalog,
        "facilities",
        &Catalog::facility,
        {{"pue", [](const Building& f) { return known(f.pue); }},
         {"colocation_usd_per_kw_month",
          [](const Building& f) { return in(f.colocation, usd / (1e3 * watt * month)); }},
         {"water_l_per_kwh", [](const Building& f) {
              return f.water_litres_per_kwh ? ListCell(*f.water_litres_per_kwh) : ListCell();
          }}});
}

}  // namespace

CatalogListing catalog_listing(const Catalog& catalog, std::string_view kind) {
    using List = CatalogListing (*)(const Catalog&);
    const std::map<std::string_view, List> lists{{"gpus", gpus},
                                                 {"servers", servers},
                                                 {"fabrics", fabrics},
                                                 {"llms", llms},
                                                 {"prices", prices},
                                                 {"devices", devices},
                                                 {"encoders", encoders},
                                                 {"modalities", modalities},
                                                 {"networks", networks},
                                                 {"regions", region_matrices},
                                                 {"grids", grids},
                                                 {"facilities", facilities}};
    const auto list = lists.find(kind);
    PLIMSOLL_EXPECTS(list != lists.end());
    return list->second(catalog);
}

std::string shown_cell(const ListCell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    const auto* number = std::get_if<double>(&cell);
    if (number == nullptr) return "";
    if (std::abs(*number) >= 1000.0) return fmt::format("{:.0f}", *number);
    return fmt::format("{:.4g}", *number);
}

std::string listing_json(const CatalogListing& listing) {
    Node items = Node::list();
    for (const std::vector<ListCell>& row : listing.rows) {
        Node item = Node::object();
        for (std::size_t i = 0; i < row.size(); ++i) {
            Node value;
            if (const auto* number = std::get_if<double>(&row[i])) {
                // Conversions between units leave noise in the last bits.
                value = Node::of(std::stod(fmt::format("{:.12g}", *number)));
            } else if (const auto* text = std::get_if<std::string>(&row[i])) {
                value = Node::of(*text);
            }
            item.set(listing.columns[i], std::move(value));
        }
        items.items.push_back(std::move(item));
    }
    Node root = Node::object();
    root.set(listing.kind, std::move(items));
    return json_text(root) + "\n";
}

std::string ids_json(const Catalog& catalog, const std::vector<std::string>& kinds) {
    Node root = Node::object();
    for (const std::string& kind : kinds) {
        Node list = Node::list();
        for (const std::string& id : catalog.ids(kind)) list.items.push_back(Node::of(id));
        root.set(kind, std::move(list));
    }
    return json_text(root) + "\n";
}

}  // namespace plimsoll
