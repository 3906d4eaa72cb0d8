#include "models/units_format.h"

#include <limits>

#include <doctest/doctest.h>

namespace plimsoll {
namespace {

TEST_CASE("units_format: quantities pick the prefix that people would") {
    CHECK(fmt::format("{}", 3350.0 * GB / second) == "3.35 TB/s");
    CHECK(fmt::format("{}", 989.0 * TFLOP / second) == "989 TFLOP/s");
    CHECK(fmt::format("{}", 1979.0 * TFLOP / second) == "1.98 PFLOP/s");
    CHECK(fmt::format("{}", 79.2 * GiB) == "79.2 GiB");
    CHECK(fmt::format("{}", 131072.0 * byte) == "128 KiB");
    CHECK(fmt::format("{}", 12.3 * millisecond) == "12.3 ms");
    CHECK(fmt::format("{}", 26.5 * microsecond) == "26.5 us");
    CHECK(fmt::format("{}", 700.0 * watt) == "700 W");
    CHECK(fmt::format("{}", 10200.0 * watt) == "10.2 kW");
    CHECK(fmt::format("{}", 1234.0 * token / second) == "1.23 ktok/s");
    CHECK(fmt::format("{}", 131072.0 * byte / token) == "128 KiB/tok");
    CHECK(fmt::format("{}", 0.39 * joule / token) == "390 mJ/tok");
    CHECK(fmt::format("{}", 0.43 * kilogram / kWh) == "430 g/kWh");
    CHECK(fmt::format("{}", 2.0 * kilogram) == "2 kg CO2e");
    CHECK(fmt::format("{}", 20.0 / second) == "20 /s");
}

TEST_CASE("units_format: money shows cents, and more digits only where there are no cents") {
    CHECK(fmt::format("{}", 0.42 * usd / Mtoken) == "$0.42/Mtok");
    CHECK(fmt::format("{}", 2.5 * usd / hour) == "$2.50/h");
    CHECK(fmt::format("{}", 0.083 * usd / kWh) == "$0.083/kWh");
    CHECK(fmt::format("{}", 87072.0 * usd) == "$87,072");
    CHECK(fmt::format("{}", 1234567.0 * usd) == "$1,234,567");
    CHECK(fmt::format("{}", -12.5 * usd) == "-$12.50");
    CHECK(fmt::format("{}", 999.996 * usd) == "$1,000");
    CHECK(fmt::format("{}", Usd()) == "$0");
}

TEST_CASE("units_format: rounding never prints 1000 of a unit that has a larger one") {
    CHECK(fmt::format("{}", 0.99996 * second) == "1 s");
    CHECK(fmt::format("{}", 999.6 * GB / second) == "1 TB/s");
    CHECK(fmt::format("{}", 999.4 * GB / second) == "999 GB/s");
    CHECK(fmt::format("{}", 1020.0 * GiB) == "1020 GiB");
    CHECK(fmt::format("{}", 1023.9 * GiB) == "1 TiB");
}

TEST_CASE("units_format: long times go over to hours, days and years") {
    CHECK(fmt::format("{}", 5400.0 * second) == "5400 s");
    CHECK(fmt::format("{}", 3.0 * hour) == "3 h");
    CHECK(fmt::format("{}", 30.0 * day) == "30 d");
    CHECK(fmt::format("{}", 5.0 * year) == "5 y");
    CHECK(fmt::format("{}", 90.0 * kWh) == "90 kWh");
}

TEST_CASE("units_format: the digits can be chosen; zero, sign and infinity are kept") {
    CHECK(fmt::format("{:.4}", 3352.4 * GB / second) == "3.352 TB/s");
    CHECK(fmt::format("{:.2}", 12.34 * millisecond) == "12 ms");
    CHECK(fmt::format("{}", Seconds()) == "0 s");
    CHECK(fmt::format("{}", Bytes()) == "0 B");
    CHECK(fmt::format("{}", -12.3 * millisecond) == "-12.3 ms");
    CHECK(fmt::format("{}", Seconds(std::numeric_limits<double>::infinity())) == "inf s");
}

}  // namespace
}  // namespace plimsoll
