#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/price.h"
#include "sim/io/catalog.h"
#include "sim/io/field_table.h"

namespace plimsoll {

/// One dated number of a price book as its file spells it, base units.
struct PriceEntry {
    std::string date;
    double value = 0.0;
    std::string source;
    std::string mark;
};

struct RentRow {
    std::string gpu;
    Tenure tenure = Tenure::on_demand;
    std::vector<PriceEntry> points;
};

struct ServerPriceRow {
    std::string server;
    std::vector<PriceEntry> points;
};

struct ApiRow {
    std::string api;
    ApiUse use = ApiUse::prompt;
    std::vector<PriceEntry> points;
};

struct TrafficRow {
    std::string route;
    std::vector<PriceEntry> points;
};

struct OwnershipRow {
    Ownership ownership;
    std::string source;
    std::string date;
    std::string mark;
};

/// A price book with the sources that PriceBook leaves out.
struct PriceRows {
    std::string name;
    std::string currency = "USD";
    std::vector<RentRow> rents;
    std::vector<ServerPriceRow> servers;
    std::optional<OwnershipRow> ownership;
    std::vector<PriceEntry> electricity;
    std::vector<PriceEntry> pue;
    std::vector<PriceEntry> carbon;
    std::vector<ApiRow> apis;
    std::vector<TrafficRow> traffic;
};

[[nodiscard]] std::shared_ptr<const Table> price_table();

[[nodiscard]] PriceBook price_book(const PriceRows& rows);
/// The sources of `rows`, below "rents.<gpu>.<tenure>.<date>" and so on.
[[nodiscard]] std::vector<SourcedField> price_sources(const PriceRows& rows, std::string_view item);
/// The way back; sources come from `provenance` where it has them.
[[nodiscard]] PriceRows price_rows(const PriceBook& book,
                                   const std::vector<Provenance>& provenance);

/// Series whose dates do not rise, and what else a table cannot see.
void check_price_rows(DecodeContext& context,
                      const PriceRows& rows,
                      const Node& node,
                      const std::string& path);

}  // namespace plimsoll
