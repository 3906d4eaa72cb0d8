#include "models/units_format.h"

#include <array>
#include <cmath>
#include <span>

namespace plimsoll {
namespace {

struct Unit {
    double size;
    std::string_view name;
};

/// `digits` significant digits, all digits before the point, no trailing zeros.
std::string number(double value, int digits) {
    const double size = std::abs(value);
    if (size >= std::pow(10.0, digits)) return fmt::format("{:.0f}", value);
    return fmt::format("{:.{}g}", value, digits);
}

/// In the largest unit of `units` (ascending) that leaves at least 1 after rounding.
std::string scaled(double value, int digits, std::span<const Unit> units) {
    if (value == 0.0 || !std::isfinite(value)) {
        for (const Unit& unit : units) {
            if (unit.size == 1.0) return fmt::format("{} {}", value, unit.name);
        }
        return fmt::format("{} {}", value, units.front().name);
    }
    const double up = 1.0 + 0.5 * std::pow(10.0, -digits);
    std::size_t best = 0;
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (std::abs(value) * up >= units[i].size) best = i;
    }
    return fmt::format("{} {}", number(value / units[best].size, digits), units[best].name);
}

std::string grouped_by_thousands(double value) {
    std::string text = fmt::format("{:.0f}", value);
    for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
    return text;
}

std::string money(double value, std::string_view per, int digits) {
    const std::string_view sign = value < 0.0 ? "-" : "";
    const double size = std::abs(value);
    std::string amount;
    if (size == 0.0 || !std::isfinite(size)) {
        amount = fmt::format("{}", size);
    } else if (size < 0.1) {
        amount = fmt::format("{:.{}g}", size, digits);
    } else if (size < 999.995) {
        amount = fmt::format("{:.2f}", size);
    } else {
        amount = grouped_by_thousands(size);
    }
    return fmt::format("{}${}{}", sign, amount, per);
}

constexpr std::array<Unit, 4> kTime{{{1e-9, "ns"}, {1e-6, "us"}, {1e-3, "ms"}, {1.0, "s"}}};
constexpr std::array<Unit, 6> kBinary{{{1.0, "B"},
                                       {0x1p10, "KiB"},
                                       {0x1p20, "MiB"},
                                       {0x1p30, "GiB"},
                                       {0x1p40, "TiB"},
                                       {0x1p50, "PiB"}}};

/// `name` with the prefixes from one to peta.
std::string decimal(double value, int digits, std::string_view name) {
    constexpr std::array<std::string_view, 7> kPrefixes{"", "k", "M", "G", "T", "P", "E"};
    std::array<std::string, kPrefixes.size()> names;
    std::array<Unit, kPrefixes.size()> units{};
    double size = 1.0;
    for (std::size_t i = 0; i < kPrefixes.size(); ++i, size *= 1000.0) {
        names[i] = fmt::format("{}{}", kPrefixes[i], name);
        units[i] = {size, names[i]};
    }
    return scaled(value, digits, units);
}

}  // namespace

std::string to_string(Seconds value, int digits) {
    // Long times change unit late: 5400 s reads better than 1.5 h beside other seconds.
    const Seconds size = Seconds(std::abs(value.value()));
    if (size >= 2.0 * hour && std::isfinite(size.value())) {
        if (size >= 2.0 * year) return fmt::format("{} y", number(value.in(year), digits));
        if (size >= 2.0 * day) return fmt::format("{} d", number(value.in(day), digits));
        return fmt::format("{} h", number(value.in(hour), digits));
    }
    return scaled(value.value(), digits, kTime);
}

std::string to_string(Bytes value, int digits) { return scaled(value.value(), digits, kBinary); }

std::string to_string(Flops value, int digits) { return decimal(value.value(), digits, "FLOP"); }

std::string to_string(Joules value, int digits) {
    if (std::abs(value.value()) >= kWh.value()) {
        return decimal(1000.0 * value.in(kWh), digits, "Wh");
    }
    return decimal(value.value(), digits, "J");
}

std::string to_string(Usd value, int digits) { return money(value.value(), "", digits); }

std::string to_string(Tokens value, int digits) { return decimal(value.value(), digits, "tok"); }

std::string to_string(KgCo2e value, int digits) {
    return decimal(1000.0 * value.value(), digits, "g CO2e");
}

std::string to_string(PerSecond value, int digits) { return decimal(value.value(), digits, "/s"); }

std::string to_string(BytesPerSecond value, int digits) {
    return decimal(value.value(), digits, "B/s");
}

std::string to_string(FlopsPerSecond value, int digits) {
    return decimal(value.value(), digits, "FLOP/s");
}

std::string to_string(Watts value, int digits) { return decimal(value.value(), digits, "W"); }

std::string to_string(TokensPerSecond value, int digits) {
    return decimal(value.value(), digits, "tok/s");
}

std::string to_string(BytesPerToken value, int digits) {
    return to_string(Bytes(value.value()), digits) + "/tok";
}

std::string to_string(JoulesPerToken value, int digits) {
    constexpr std::array<Unit, 4> kUnits{
        {{1e-6, "uJ/tok"}, {1e-3, "mJ/tok"}, {1.0, "J/tok"}, {1e3, "kJ/tok"}}};
    return scaled(value.value(), digits, kUnits);
}

std::string to_string(UsdPerSecond value, int digits) {
    return money(value.in(usd / hour), "/h", digits);
}

std::string to_string(UsdPerToken value, int digits) {
    return money(value.in(usd / Mtoken), "/Mtok", digits);
}

std::string to_string(UsdPerJoule value, int digits) {
    return money(value.in(usd / kWh), "/kWh", digits);
}

std::string to_string(KgPerJoule value, int digits) {
    return fmt::format("{} g/kWh", number(1000.0 * value.in(kilogram / kWh), digits));
}

}  // namespace plimsoll
