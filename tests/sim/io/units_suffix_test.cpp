#include "sim/io/units_suffix.h"

#include <cmath>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "sim/random.h"

using namespace plimsoll;

namespace {

constexpr Dimension kDimensions[] = {Dimension::time,
                                     Dimension::bytes,
                                     Dimension::bandwidth,
                                     Dimension::flop_rate,
                                     Dimension::power,
                                     Dimension::rate,
                                     Dimension::token_rate,
                                     Dimension::usd_per_hour,
                                     Dimension::usd_per_gpu_hour,
                                     Dimension::usd_per_energy,
                                     Dimension::usd_per_power_month,
                                     Dimension::usd_per_power,
                                     Dimension::usd_per_bytes,
                                     Dimension::usd_per_token,
                                     Dimension::money,
                                     Dimension::energy,
                                     Dimension::energy_per_bytes,
                                     Dimension::energy_per_token,
                                     Dimension::carbon_per_energy,
                                     Dimension::percent,
                                     Dimension::parameters};

double base_of(std::string_view text, Dimension dimension) {
    const auto number = number_with_unit(text, dimension);
    REQUIRE(number.has_value());
    return number->number * number->unit->scale;
}

}  // namespace

TEST_CASE("units_suffix: every dimension has units, one of them the base unit") {
    for (const Dimension dimension : kDimensions) {
        int base_units = 0;
        for (const Unit& unit : units_of(dimension)) base_units += unit.scale == 1.0 ? 1 : 0;
        CHECK(base_units == 1);
    }
    CHECK(units_of(Dimension::none).empty());
}

TEST_CASE("units_suffix: every suffix and symbol is read as itself") {
    for (const Dimension dimension : kDimensions) {
        for (const Unit& unit : units_of(dimension)) {
            CHECK(unit_with_suffix(dimension, unit.suffix) == &unit);
            CHECK(is_unit(unit.suffix));
            CHECK(base_of(fmt::format("2.5 {}", unit.suffix), dimension) == 2.5 * unit.scale);
            if (unit.symbol.empty()) continue;
            CHECK(base_of(fmt::format("2.5{}", unit.symbol), dimension) == 2.5 * unit.scale);
        }
    }
}

TEST_CASE("units_suffix: GB, GiB and Gb are three things") {
    CHECK(base_of("1 GB", Dimension::bytes) == 1e9);
    CHECK(base_of("1 GiB", Dimension::bytes) == 1073741824.0);
    CHECK(base_of("400 Gb/s", Dimension::bandwidth) == 50e9);
    CHECK(base_of("400 GB/s", Dimension::bandwidth) == 400e9);
    CHECK_FALSE(number_with_unit("1 Gb", Dimension::bytes).has_value());
}

TEST_CASE("units_suffix: what has no number, no unit or another unit is refused") {
    for (const char* text : {"", "ms", "300", "300 ", "300 GB", "1e400 s", "nan s", "3 s s"}) {
        CHECK_FALSE(number_with_unit(text, Dimension::time).has_value());
    }
}

TEST_CASE("units_suffix: known amounts") {
    // 2.5 $/h = 2.5/3600 $/s; 1 kW-month = 1000 W x 730 x 3600 s; 430 g/kWh = 0.43 kg / 3.6 MJ.
    CHECK(base_of("2.5 usd_per_gpu_hour", Dimension::usd_per_gpu_hour) ==
          doctest::Approx(2.5 / 3600.0));
    CHECK(base_of("150 usd_per_kw_month", Dimension::usd_per_power_month) ==
          doctest::Approx(150.0 / (1000.0 * 730.0 * 3600.0)));
    CHECK(base_of("430 g/kWh", Dimension::carbon_per_energy) == doctest::Approx(0.43 / 3.6e6));
}

TEST_CASE("units_suffix: a printed number is exactly the number it came from") {
    Stream random(1, 0, "units");
    for (const Dimension dimension : kDimensions) {
        for (int i = 0; i < 2000; ++i) {
            const double exponent = 30.0 * random.uniform() - 10.0;
            const double base = std::pow(10.0, exponent);
            const PrintedNumber number = printed_number(base, dimension);
            CHECK(number.number * number.unit->scale == base);
        }
    }
    // Canonical and short where the number came from a short decimal.
    CHECK(printed_number(0.35 * 1e-3, Dimension::time, "ms").number == 0.35);
    CHECK(printed_number(3350e9, Dimension::bandwidth).number == 3350.0);
}
