#include "models/tco.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace plimsoll {

double capital_recovery_factor(double discount_rate, double life_years) {
    PLIMSOLL_EXPECTS(life_years > 0.0 && discount_rate > -1.0);
    if (discount_rate == 0.0) return 1.0 / life_years;
    // r / (1 - (1+r)^-Y), through expm1 so that it tends to 1/Y and does not overflow.
    return discount_rate / -std::expm1(-life_years * std::log1p(discount_rate));
}

UsdPerSecond annuity(const Purchase& p) {
    PLIMSOLL_EXPECTS(p.price.value() >= 0.0);
    const double today = p.residual_share * std::pow(1.0 + p.discount_rate, -p.life_years);
    return p.price * (1.0 - today) * capital_recovery_factor(p.discount_rate, p.life_years) / year;
}

UsdPerSecond straight_line(const Purchase& p) {
    PLIMSOLL_EXPECTS(p.life_years > 0.0);
    return p.price * ((1.0 - p.residual_share) / p.life_years) / year;
}

UsdPerSecond GpuCost::total() const {
    UsdPerSecond sum;
    for (const CostLine& line : lines) sum += line.per_gpu;
    return sum;
}

namespace {

std::variant<GpuCost, Infeasible> rented(const PriceBook& book, const GpuCostQuery& query) {
    const auto price = price_on(book, query.gpu, query.tenure, query.as_of);
    if (const auto* why = std::get_if<Infeasible>(&price)) return *why;
    const auto& found = std::get<Dated<UsdPerSecond>>(price);
    return GpuCost{.lines = {{.component = Component::rent, .per_gpu = found.value}},
                   .price_date = found.date};
}

std::variant<GpuCost, Infeasible> owned(const PriceBook& book, const GpuCostQuery& query) {
    if (!book.ownership) {
        return Infeasible{fmt::format("price book '{}' has no ownership terms", book.name)};
    }
    const auto price = server_price_on(book, query.server, query.as_of);
    if (const auto* why = std::get_if<Infeasible>(&price)) return *why;
    const auto& found = std::get<Dated<Usd>>(price);
    const Ownership& terms = *book.ownership;
    const double gpus = query.gpus_per_server;

    GpuCost cost{.lines = {}, .price_date = found.date};
    const auto add = [&cost](Component component, UsdPerSecond per_gpu) {
        if (per_gpu.value() != 0.0) cost.lines.push_back({component, per_gpu});
    };
    const Purchase server{.price = found.value / gpus,
                          .residual_share = terms.residual_share,
                          .life_years = terms.life_years,
                          .discount_rate = terms.discount_rate};
    const UsdPerSecond capital = annuity(server);
    add(Component::owned_capital, capital);
    add(Component::network_equipment, terms.network_share * capital);
    if (terms.colocation) {
        add(Component::colocation, query.power.rated * *terms.colocation);
    } else {
        const auto electricity = electricity_on(book, query.as_of);
        if (!electricity) {
            return Infeasible{fmt::format(
                "price book '{}' has neither colocation nor an electricity price before {}",
                book.name,
                query.as_of)};
        }
        const auto pue = pue_on(book, query.as_of);
        add(Component::electricity,
            query.power.mean * (pue ? pue->value : 1.0) * electricity->value);
        cost.price_date = std::min(cost.price_date, electricity->date);
    }
    add(Component::maintenance,
        found.value / gpus * (1.0 + terms.network_share) * terms.maintenance_share / year);
    add(Component::staff, terms.staff_per_gpu);
    add(Component::licences, terms.licences_per_gpu);
    return cost;
}

}  // namespace

std::variant<GpuCost, Infeasible> gpu_cost(const PriceBook& book, const GpuCostQuery& query) {
    PLIMSOLL_EXPECTS(query.gpus_per_server > 0);
    return query.tenure == Tenure::owned ? owned(book, query) : rented(book, query);
}

}  // namespace plimsoll
