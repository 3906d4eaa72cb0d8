#include "models/tco.h"

#include <variant>

#include <doctest/doctest.h>

#include "tests/support/property.h"

using namespace plimsoll;

namespace {

constexpr UsdPerSecond kPerHour = 1.0 * usd / hour;

PriceBook owner_book() {
    return {.name = "owner",
            .rents = {},
            .servers = {{.server = "hgx_h100", .points = {{"2025-06-01", 320000.0 * usd}}}},
            .ownership = Ownership{.residual_share = 0.10,
                                   .life_years = 5.0,
                                   .discount_rate = 0.12,
                                   .colocation = 150.0 * usd / (1000.0 * watt * month)},
            .electricity = {{"2025-01-01", 0.08 * usd / kWh}},
            .pue = {{"2025-01-01", 1.2}},
            .carbon = {},
            .apis = {},
            .traffic = {}};
}

GpuCostQuery owned_query() {
    return {.gpu = "h100_sxm",
            .server = "hgx_h100",
            .tenure = Tenure::owned,
            .as_of = "2026-01-01",
            .gpus_per_server = 8,
            // 10.2 kW for the server.
            .power = {.rated = 1275.0 * watt, .mean = 700.0 * watt}};
}

GpuCost cost_of(const PriceBook& book, const GpuCostQuery& query) {
    return std::get<GpuCost>(gpu_cost(book, query));
}

}  // namespace

TEST_CASE("tco: the annuity of an eight-GPU server") {
    // 1.12^5 = 1.762342; CRF = 0.12 x 1.762342 / 0.762342 = 0.277410.
    CHECK(capital_recovery_factor(0.12, 5.0) == doctest::Approx(0.277410).epsilon(1e-6));
    // (320,000 - 32,000 / 1.762342) x 0.277410 / (8 x 8,760 h) = $1.19483.
    const Purchase server{.price = 320000.0 * usd / 8.0,
                          .residual_share = 0.10,
                          .life_years = 5.0,
                          .discount_rate = 0.12};
    CHECK(annuity(server).in(kPerHour) == doctest::Approx(1.19483).epsilon(5e-6));
}

TEST_CASE("tco: an owned GPU-hour is its annuity and its colocation") {
    const GpuCost cost = cost_of(owner_book(), owned_query());
    REQUIRE(cost.lines.size() == 2);
    CHECK(cost.lines[0].component == Component::owned_capital);
    CHECK(cost.lines[0].per_gpu.in(kPerHour) == doctest::Approx(1.19483).epsilon(5e-6));
    // 10.2 kW x $150 x 12 / (8 x 8,760 h) = $0.26199.
    CHECK(cost.lines[1].component == Component::colocation);
    CHECK(cost.lines[1].per_gpu.in(kPerHour) == doctest::Approx(0.26199).epsilon(2e-5));
    CHECK(cost.total().in(kPerHour) == doctest::Approx(1.45682).epsilon(5e-6));
    // At 80 % utilisation.
    CHECK(cost.total().in(kPerHour) / 0.8 == doctest::Approx(1.82103).epsilon(5e-6));
    CHECK(cost.price_date == "2025-06-01");
}

TEST_CASE("tco: annuity and straight line over three to six years, without residual") {
    // Columns: years, annuity at 12 %, straight line; $/GPU-hour of a $40,000 GPU.
    struct Row {
        double years, annuity, straight;
    };
    for (const Row& row :
         {Row{3, 1.901, 1.522}, Row{4, 1.503, 1.142}, Row{5, 1.267, 0.913}, Row{6, 1.111, 0.761}}) {
        const Purchase gpu{.price = 40000.0 * usd, .life_years = row.years, .discount_rate = 0.12};
        CHECK(annuity(gpu).in(kPerHour) == doctest::Approx(row.annuity).epsilon(5e-4));
        CHECK(straight_line(gpu).in(kPerHour) == doctest::Approx(row.straight).epsilon(7e-4));
    }
}

TEST_CASE("tco: without interest the annuity is the straight line") {
    Purchase p{.price = 1000.0 * usd, .residual_share = 0.25, .life_years = 4.0};
    CHECK(annuity(p).value() == doctest::Approx(straight_line(p).value()).epsilon(1e-14));
    // The limit is approached smoothly.
    p.discount_rate = 1e-9;
    CHECK(annuity(p).value() == doctest::Approx(straight_line(p).value()).epsilon(1e-8));
    CHECK_THROWS_AS(static_cast<void>(capital_recovery_factor(0.1, 0.0)), ContractViolation);
}

TEST_CASE("tco: without colocation the owner pays electricity x PUE, network, repairs and people") {
    PriceBook book = owner_book();
    book.ownership->colocation.reset();
    book.ownership->network_share = 0.15;
    book.ownership->maintenance_share = 0.05;
    book.ownership->staff_per_gpu = 0.02 * usd / hour;
    const GpuCost cost = cost_of(book, owned_query());
    REQUIRE(cost.lines.size() == 5);
    CHECK(cost.lines[1].component == Component::network_equipment);
    CHECK(cost.lines[1].per_gpu.in(kPerHour) == doctest::Approx(0.15 * 1.19483).epsilon(5e-6));
    // 0.7 kW x 1.2 x $0.08 = $0.0672.
    CHECK(cost.lines[2].component == Component::electricity);
    CHECK(cost.lines[2].per_gpu.in(kPerHour) == doctest::Approx(0.0672).epsilon(1e-12));
    // $40,000 x 1.15 x 5 % / 8,760 h.
    CHECK(cost.lines[3].per_gpu.in(kPerHour) == doctest::Approx(0.262557).epsilon(1e-5));
    CHECK(cost.lines[4].component == Component::staff);
    CHECK(cost.price_date == "2025-01-01");
}

TEST_CASE("tco: what the book lacks is a reason, not a zero") {
    PriceBook book = owner_book();
    book.ownership->colocation.reset();
    book.electricity.clear();
    CHECK(std::holds_alternative<Infeasible>(gpu_cost(book, owned_query())));
    book.ownership.reset();
    CHECK(std::holds_alternative<Infeasible>(gpu_cost(book, owned_query())));
    GpuCostQuery rented = owned_query();
    rented.tenure = Tenure::spot;
    CHECK(std::holds_alternative<Infeasible>(gpu_cost(book, rented)));
}

TEST_CASE("tco: doubling every price doubles the cost") {
    const auto draw = [](test::Random& random) {
        PriceBook book = owner_book();
        book.servers[0].points[0].value = random.log_between(1e3, 1e7) * usd;
        book.ownership->residual_share = random.uniform();
        book.ownership->discount_rate = random.between(0.0, 0.3);
        book.ownership->life_years = random.between(1.0, 8.0);
        book.ownership->network_share = random.between(0.0, 0.3);
        if (random.chance(0.5)) book.ownership->colocation.reset();
        return book;
    };
    test::for_all(2, 1000, draw, [](const PriceBook& book) {
        PriceBook twice = book;
        twice.servers[0].points[0].value *= 2.0;
        twice.electricity[0].value *= 2.0;
        if (twice.ownership->colocation) *twice.ownership->colocation *= 2.0;
        const double once = cost_of(book, owned_query()).total().value();
        return std::abs(cost_of(twice, owned_query()).total().value() / once - 2.0) < 1e-12;
    });
}
