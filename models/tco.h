#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/contract.h"
#include "models/ledger.h"
#include "models/price.h"
#include "models/units.h"

namespace plimsoll {

/// Capital recovery factor r (1+r)^Y / ((1+r)^Y - 1), the yearly payment per dollar borrowed;
/// 1/Y at r = 0. Expects Y > 0 and r > -1. [Annuity]
[[nodiscard]] double capital_recovery_factor(double discount_rate, double life_years);

/// A purchase to be spread over its life.
struct Purchase {
    Usd price;
    /// Left at the end of life, as a share of `price`.
    double residual_share = 0.0;
    double life_years = 5.0;
    double discount_rate = 0.0;
};

/// Annuity (K - S/(1+r)^Y) CRF per year of 8760 h. [Annuity]
[[nodiscard]] UsdPerSecond annuity(const Purchase& purchase);
/// Straight line (K - S)/Y; no interest.
[[nodiscard]] UsdPerSecond straight_line(const Purchase& purchase);

/// The power that one GPU's share of a server answers for.
struct GpuShareOfPower {
    /// IT power under full load, which colocation bills.
    Watts rated;
    /// Mean IT power, which an electricity meter bills.
    Watts mean;
};

/// Whose hour is asked for.
struct GpuCostQuery {
    /// Catalog ids.
    std::string_view gpu;
    std::string_view server;
    Tenure tenure = Tenure::on_demand;
    /// ISO date.
    std::string_view as_of;
    int gpus_per_server = 8;
    GpuShareOfPower power;
};

/// One component of what a GPU costs while it is held, used or not.
struct CostLine {
    Component component = Component::rent;
    UsdPerSecond per_gpu;
};

/// What one GPU costs per unit of time, by component, and the oldest price it rests on.
struct GpuCost {
    std::vector<CostLine> lines;
    std::string price_date;

    [[nodiscard]] UsdPerSecond total() const;
};

/// Rented: the rent on that date. Owned: annuity of server and network, colocation x rated power
/// or electricity x PUE x mean power, maintenance, staff and licences. Infeasible when the book
/// lacks a price. Egress and API purchases are not a GPU's.
[[nodiscard]] std::variant<GpuCost, Infeasible> gpu_cost(const PriceBook& book,
                                                         const GpuCostQuery& query);

}  // namespace plimsoll
