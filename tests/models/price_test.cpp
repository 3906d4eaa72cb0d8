#include "models/price.h"

#include <string>
#include <variant>

#include <doctest/doctest.h>

#include "tests/support/property.h"

using namespace plimsoll;

namespace {

PriceBook book() {
    return {.name = "test",
            .rents = {{.gpu = "h100",
                       .tenure = Tenure::on_demand,
                       .points = {{"2024-10-01", 2.99 * usd / hour},
                                  {"2026-05-01", 2.95 * usd / hour}}},
                      {.gpu = "h100",
                       .tenure = Tenure::spot,
                       .points = {{"2025-01-01", 0.80 * usd / hour}}}},
            .servers = {{.server = "hgx", .points = {{"2025-06-01", 320000.0 * usd}}}},
            .ownership = {},
            .electricity = {{"2025-01-01", 0.083 * usd / kWh}},
            .pue = {{"2025-01-01", 1.2}},
            .carbon = {},
            .apis = {},
            .traffic = {}};
}

double rent_on(const char* as_of) {
    const auto price = price_on(book(), "h100", Tenure::on_demand, as_of);
    return std::get<Dated<UsdPerSecond>>(price).value.in(usd / hour);
}

}  // namespace

TEST_CASE("price: the latest point that is not after the date holds") {
    CHECK(rent_on("2024-10-01") == doctest::Approx(2.99));
    CHECK(rent_on("2026-04-30") == doctest::Approx(2.99));
    CHECK(rent_on("2026-05-01") == doctest::Approx(2.95));
    CHECK(rent_on("2030-01-01") == doctest::Approx(2.95));
    const auto price = price_on(book(), "h100", Tenure::on_demand, "2026-11-22");
    CHECK(std::get<Dated<UsdPerSecond>>(price).date == "2026-05-01");
}

TEST_CASE("price: before the first point, and for what no series covers, there is a reason") {
    const auto early = price_on(book(), "h100", Tenure::on_demand, "2024-09-30");
    REQUIRE(std::holds_alternative<Infeasible>(early));
    CHECK(std::get<Infeasible>(early).reason ==
          "the first on_demand price of h100 in 'test' is of 2024-10-01, after 2024-09-30");
    const auto missing = price_on(book(), "b200", Tenure::on_demand, "2026-01-01");
    CHECK(std::get<Infeasible>(missing).reason ==
          "price book 'test' has no on_demand price of b200");
    CHECK(std::holds_alternative<Infeasible>(
        price_on(book(), "h100", Tenure::reserved, "2026-01-01")));
    CHECK(
        std::holds_alternative<Infeasible>(price_on(book(), "h100", Tenure::owned, "2026-01-01")));
    CHECK(std::holds_alternative<Infeasible>(server_price_on(book(), "hgx", "2025-05-31")));
    CHECK(std::get<Dated<Usd>>(server_price_on(book(), "hgx", "2025-06-01")).value ==
          320000.0 * usd);
    CHECK_FALSE(carbon_on(book(), "2026-01-01").has_value());
    CHECK_FALSE(electricity_on(book(), "2024-12-31").has_value());
    CHECK(pue_on(book(), "2025-01-01")->value == 1.2);
}

TEST_CASE("price: tenures have names and the names find them") {
    for (const Tenure tenure : all_tenures()) CHECK(tenure_named(to_string(tenure)) == tenure);
    CHECK_FALSE(tenure_named("rented").has_value());
}

TEST_CASE("price: days are those of the Gregorian calendar") {
    CHECK(days_from_epoch("1970-01-01") == 0);
    // 30 years and 7 leap days (1972 ... 1996), then 31 + 28 days.
    CHECK(days_from_epoch("2000-02-29") == 30 * 365 + 7 + 31 + 28);
    // 951,782,400 s after the epoch is 2000-02-29 00:00 UTC.
    CHECK(days_from_epoch("2000-02-29") == 951782400 / 86400);
    CHECK(price_age_days("2026-05-01", "2026-11-22") == 30 + 30 + 31 + 31 + 30 + 31 + 22);
    for (const char* wrong : {"2026-02-29",
                              "2026-13-01",
                              "2026-00-10",
                              "2026-1-01",
                              "20260101",
                              "2100-02-29",
                              "2026-04-31",
                              "",
                              "2026-01-01T00"}) {
        CHECK_MESSAGE(!days_from_epoch(wrong).has_value(), wrong);
    }
}

TEST_CASE("price: ISO dates order as days do") {
    const auto draw = [](test::Random& random) {
        const auto one = [&random] {
            return fmt::format("{:04}-{:02}-{:02}",
                               random.between(1990, 2060),
                               random.between(1, 12),
                               random.between(1, 28));
        };
        std::string first = one();
        return std::pair{first, one()};
    };
    test::for_all(1, 2000, draw, [](const auto& dates) {
        const auto& [a, b] = dates;
        return (a < b) == (*days_from_epoch(a) < *days_from_epoch(b));
    });
}
