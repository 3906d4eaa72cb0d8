#include "models/units.h"

#include <type_traits>

#include <doctest/doctest.h>

namespace plimsoll {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) {
    a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
    a < b;
};

TEST_CASE("units: mixing dimensions does not compile") {
    static_assert(Addable<Seconds, Seconds>);
    static_assert(!Addable<Seconds, Bytes>);
    static_assert(!Addable<Seconds, double>);
    static_assert(!Comparable<Usd, Joules>);
    static_assert(!std::is_convertible_v<double, Seconds>);
    static_assert(!std::is_convertible_v<Seconds, double>);
}

TEST_CASE("units: quotients and products have the dimension their names say") {
    static_assert(std::is_same_v<decltype(byte / second), BytesPerSecond>);
    static_assert(std::is_same_v<decltype(BytesPerSecond() * Seconds()), Bytes>);
    static_assert(std::is_same_v<decltype(Bytes() / BytesPerSecond(1.0)), Seconds>);
    static_assert(std::is_same_v<decltype(Watts() * Seconds()), Joules>);
    static_assert(std::is_same_v<decltype(usd / hour / (token / second)), UsdPerToken>);
    static_assert(std::is_same_v<decltype(Seconds() / Seconds(1.0)), double>);
    static_assert(std::is_same_v<decltype(PerSecond() * Seconds()), double>);
}

TEST_CASE("units: values go in and out in the unit that is named") {
    CHECK((80.0 * GiB).value() == 80.0 * 1024.0 * 1024.0 * 1024.0);
    CHECK((2.5 * usd / hour).value() == doctest::Approx(2.5 / 3600.0));
    // 1 kW for one hour is one kilowatt-hour.
    CHECK((1000.0 * watt * hour).in(kWh) == doctest::Approx(1.0));
    // 12 months of 730 hours are the year of 8760.
    CHECK((12.0 * month).in(year) == doctest::Approx(1.0));
    // $2.50 an hour at 1,000 tokens a second: 2.5 / 3.6e6 $/token = $0.694/Mtok.
    const UsdPerToken price = (2.5 * usd / hour) / (1000.0 * token / second);
    CHECK(price.in(usd / Mtoken) == doctest::Approx(2.5 / 3.6));
}

TEST_CASE("units: arithmetic is that of doubles") {
    Seconds t = 2.0 * second;
    t += 1.0 * second;
    t -= 500.0 * millisecond;
    t *= 2.0;
    CHECK(t == 5.0 * second);
    CHECK(-t < Seconds());
    CHECK(1.0 / t == PerSecond(0.2));
    CHECK(t / 2.0 == 2.5 * second);
}

}  // namespace
}  // namespace plimsoll
