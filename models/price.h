#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/contract.h"
#include "models/units.h"

// A price book as scenarios/catalog/prices/*.json spells it. The keys are the member names below,
// with unit suffixes; every dated entry carries its "source" and "mark" beside the number.
//
//   {
//     "name": "Public list prices",
//     "currency": "USD",
//     "rents": [
//       {"gpu": "h100_sxm", "tenure": "on_demand", "points": [
//         {"date": "2024-10-01", "price_usd_per_gpu_hour": 2.99, "source": "...", "mark": "R2"},
//         {"date": "2026-05-01", "price_usd_per_gpu_hour": 2.95, "source": "...", "mark": "R2"}]},
//       {"gpu": "h100_sxm", "tenure": "reserved", "points": [
//         {"date": "2026-03-01", "price_usd_per_gpu_hour": 2.35, "source": "...", "mark": "R2"}]}
//     ],
//     "servers": [
//       {"server": "hgx_h100", "points": [
//         {"date": "2025-06-01", "price_usd": 320000, "source": "...", "mark": "R2"}]}
//     ],
//     "ownership": {
//       "network_share": 0.15, "residual_share": 0.10, "life_years": 5, "discount_rate": 0.12,
//       "colocation_usd_per_kw_month": 150,
//       "maintenance_share": 0.0, "staff_usd_per_gpu_hour": 0.0, "licences_usd_per_gpu_hour": 0.0,
//       "source": "...", "date": "2025-06-01", "mark": "M"
//     },
//     "electricity": [{"date": "2025-01-01", "price_usd_per_kwh": 0.083, "source": "...",
//                      "mark": "M"}],
//     "pue": [{"date": "2025-01-01", "value": 1.2, "source": "...", "mark": "R2"}],
//     "carbon": [{"date": "2022-01-01", "intensity_g_per_kwh": 430, "source": "...",
//                 "mark": "R"}],
//     "apis": [{"api": "small_text", "use": "output", "points": [
//         {"date": "2026-06-01", "price_usd_per_mtok": 0.4, "source": "...", "mark": "R2"}]}],
//     "traffic": [{"route": "aws_egress", "points": [
//         {"date": "2025-01-01", "price_usd_per_gb": 0.09, "source": "...", "mark": "M"}]}]
//   }
//
// All but "name" may be absent. Without "colocation_usd_per_kw_month" an owner pays electricity
// x PUE.

namespace plimsoll {

/// How a GPU-hour is paid for.
enum class Tenure { on_demand, reserved, spot, owned };

inline constexpr std::size_t kTenures = 4;

/// The JSON spelling, equal to the enumerator.
[[nodiscard]] std::string_view to_string(Tenure tenure);
/// The tenure spelled `name`, if there is one.
[[nodiscard]] std::optional<Tenure> tenure_named(std::string_view name);
/// All tenures in the order of the enumeration.
[[nodiscard]] std::array<Tenure, kTenures> all_tenures();

/// A value and the ISO date ("2026-05-01") from which it holds.
template <class Value>
struct Dated {
    std::string date;
    Value value{};
};

/// What one GPU of a kind rents for under a tenure (not owned), by date, ascending.
struct RentSeries {
    std::string gpu;
    Tenure tenure = Tenure::on_demand;
    /// JSON `price_usd_per_gpu_hour`: per GPU, host and electricity included.
    std::vector<Dated<UsdPerSecond>> points;
};

/// What a whole server costs to buy, by date, ascending. Without network equipment.
struct ServerSeries {
    std::string server;
    /// JSON `price_usd`: per server, its GPUs included.
    std::vector<Dated<Usd>> points;
};

/// Which tokens a price of an API is for. A cached prompt was read before.
enum class ApiUse { prompt, cached_prompt, output };

/// What an API charges per token of one use, by date, ascending.
struct ApiSeries {
    /// The offer ("gpt_realtime_2_audio").
    std::string api;
    ApiUse use = ApiUse::prompt;
    /// JSON `price_usd_per_mtok`.
    std::vector<Dated<UsdPerToken>> points;
};

/// What carrying bytes costs, by date, ascending.
struct TrafficSeries {
    /// Who carries them and where ("aws_egress").
    std::string route;
    /// JSON `price_usd_per_gb`.
    std::vector<Dated<decltype(Usd() / Bytes(1))>> points;
};

/// How an owner turns a purchase into an hourly cost. [Annuity: models/README.md, prices]
struct Ownership {
    /// Network, optics and racks on top of the server, as a share of its price.
    double network_share = 0.0;
    /// What is left at the end of life, as a share of server and network together.
    double residual_share = 0.0;
    double life_years = 5.0;
    /// Per year; 0 is straight line.
    double discount_rate = 0.0;
    /// Space, power and cooling per kW of IT power and month, electricity included. Absent: the
    /// owner pays electricity x PUE.
    std::optional<UsdPerJoule> colocation;
    /// Repairs and spares per year, as a share of the purchase.
    double maintenance_share = 0.0;
    UsdPerSecond staff_per_gpu{};
    UsdPerSecond licences_per_gpu{};
};

/// What things cost, with dates. Every series ascends by date.
struct PriceBook {
    std::string name;
    /// Amounts are in USD inside; this is what the book was written in.
    std::string currency = "USD";
    std::vector<RentSeries> rents;
    std::vector<ServerSeries> servers;
    std::optional<Ownership> ownership;
    std::vector<Dated<UsdPerJoule>> electricity;
    /// Facility power / IT power, at least 1.
    std::vector<Dated<double>> pue;
    /// CO2e of the grid's electricity.
    std::vector<Dated<KgPerJoule>> carbon;
    std::vector<ApiSeries> apis;
    std::vector<TrafficSeries> traffic;
};

/// The rent of one GPU at `as_of` and the date of that price: the latest point not after it.
/// Infeasible when the book has no such series, when it begins later, or for `owned`, which has
/// no rent (tco.h computes it).
[[nodiscard]] std::variant<Dated<UsdPerSecond>, Infeasible> price_on(const PriceBook& book,
                                                                     std::string_view gpu,
                                                                     Tenure tenure,
                                                                     std::string_view as_of);
/// The purchase price of one server at `as_of`; as price_on.
[[nodiscard]] std::variant<Dated<Usd>, Infeasible> server_price_on(const PriceBook& book,
                                                                   std::string_view server,
                                                                   std::string_view as_of);
/// The latest entry not after `as_of`; absent when there is none.
[[nodiscard]] std::optional<Dated<UsdPerJoule>> electricity_on(const PriceBook& book,
                                                               std::string_view as_of);
[[nodiscard]] std::optional<Dated<double>> pue_on(const PriceBook& book, std::string_view as_of);
[[nodiscard]] std::optional<Dated<KgPerJoule>> carbon_on(const PriceBook& book,
                                                         std::string_view as_of);

/// Days from 1970-01-01 to an ISO date (proleptic Gregorian); absent when it is not one.
[[nodiscard]] std::optional<std::int64_t> days_from_epoch(std::string_view iso_date);
/// Whole days from the date of a price to `as_of`; expects both to be ISO dates.
[[nodiscard]] std::int64_t price_age_days(std::string_view price_date, std::string_view as_of);

}  // namespace plimsoll
