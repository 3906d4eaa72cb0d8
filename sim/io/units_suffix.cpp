#include "sim/io/units_suffix.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "models/units.h"

namespace plimsoll {
namespace {

constexpr Bytes KiB{1024.0};
constexpr Bytes MiB{1048576.0};
constexpr Bytes TiB{1099511627776.0};
constexpr Bytes bit{0.125};
constexpr Seconds minute{60.0};

constexpr double per_second(Bytes bytes) { return bytes.value(); }
constexpr double per(Seconds time) { return 1.0 / time.value(); }

constexpr Unit kTime[] = {
    {"s", "s", 1.0},
    {"ms", "ms", millisecond.value()},
    {"us", "us", microsecond.value()},
    {"ns", "ns", 1e-9},
    {"min", "min", minute.value()},
    {"h", "h", hour.value()},
    {"days", "days", day.value()},
};
constexpr Unit kBytes[] = {
    {"gib", "GiB", GiB.value()},
    {"gb", "GB", GB.value()},
    {"tib", "TiB", TiB.value()},
    {"tb", "TB", TB.value()},
    {"mib", "MiB", MiB.value()},
    {"mb", "MB", MB.value()},
    {"kib", "KiB", KiB.value()},
    {"kb", "KB", KB.value()},
    {"bytes", "B", 1.0},
};
constexpr Unit kBandwidth[] = {
    {"gb_per_s", "GB/s", per_second(GB)},
    {"tb_per_s", "TB/s", per_second(TB)},
    {"mb_per_s", "MB/s", per_second(MB)},
    {"kb_per_s", "KB/s", per_second(KB)},
    {"gib_per_s", "GiB/s", per_second(GiB)},
    {"mib_per_s", "MiB/s", per_second(MiB)},
    {"tbit_per_s", "Tb/s", per_second(1e12 * bit)},
    {"gbit_per_s", "Gb/s", per_second(1e9 * bit)},
    {"mbit_per_s", "Mb/s", per_second(1e6 * bit)},
    {"kbit_per_s", "Kb/s", per_second(1e3 * bit)},
    {"bytes_per_s", "B/s", 1.0},
};
constexpr Unit kFlopRate[] = {
    {"tflops", "TFLOP/s", 1e12},
    {"tops", "TOP/s", 1e12},
    {"pflops", "PFLOP/s", 1e15},
    {"gflops", "GFLOP/s", 1e9},
    {"flops", "FLOP/s", 1.0},
};
constexpr Unit kPower[] = {{"w", "W", 1.0}, {"kw", "kW", 1e3}};
constexpr Unit kRate[] = {
    {"per_s", "/s", 1.0},
    {"per_min", "/min", per(minute)},
    {"per_h", "/h", per(hour)},
    {"per_day", "/day", per(day)},
};
constexpr Unit kTokenRate[] = {
    {"tok_per_s", "tok/s", 1.0},
    {"tok_per_min", "tok/min", per(minute)},
    {"tok_per_h", "tok/h", per(hour)},
};
constexpr Unit kUsdPerHour[] = {
    {"usd_per_hour", "USD/h", per(hour)},
    {"usd_per_month", "USD/month", per(month)},
    {"usd_per_year", "USD/year", per(year)},
    {"usd_per_s", "USD/s", 1.0},
};
constexpr Unit kUsdPerGpuHour[] = {
    {"usd_per_gpu_hour", "USD/GPU-h", per(hour)},
    {"usd_per_gpu_month", "USD/GPU-month", per(month)},
    {"usd_per_gpu_year", "USD/GPU-year", per(year)},
    {"usd_per_gpu_s", "USD/GPU-s", 1.0},
};
constexpr Unit kUsdPerEnergy[] = {
    {"usd_per_kwh", "USD/kWh", 1.0 / kWh.value()},
    {"usd_per_mwh", "USD/MWh", 1e-3 / kWh.value()},
    {"usd_per_j", "USD/J", 1.0},
};
constexpr Unit kUsdPerPowerMonth[] = {
    {"usd_per_kw_month", "USD/kW-month", 1e-3 * per(month)},
    {"usd_per_kw_year", "USD/kW-year", 1e-3 * per(year)},
    {"usd_per_w_s", "USD/(W s)", 1.0},
};
constexpr Unit kUsdPerPower[] = {
    {"usd_per_mw", "USD/MW", 1e-6},
    {"usd_per_kw", "USD/kW", 1e-3},
    {"usd_per_w", "USD/W", 1.0},
};
constexpr Unit kUsdPerBytes[] = {
    {"usd_per_gb", "USD/GB", 1.0 / GB.value()},
    {"usd_per_tb", "USD/TB", 1.0 / TB.value()},
    {"usd_per_byte", "USD/B", 1.0},
};
constexpr Unit kUsdPerToken[] = {
    {"usd_per_mtok", "USD/Mtok", 1.0 / Mtoken.value()},
    {"usd_per_tok", "USD/tok", 1.0},
};
constexpr Unit kUsd[] = {{"usd", "USD", 1.0}};
constexpr Unit kEnergy[] = {{"wh", "Wh", 3600.0}, {"kwh", "kWh", kWh.value()}, {"j", "J", 1.0}};
constexpr Unit kEnergyPerBytes[] = {
    {"kwh_per_gb", "kWh/GB", kWh.value() / GB.value()},
    {"j_per_mb", "J/MB", 1e-6},
    {"j_per_byte", "J/B", 1.0},
};
constexpr Unit kEnergyPerToken[] = {{"j_per_tok", "J/tok", 1.0}};
constexpr Unit kCarbonPerEnergy[] = {
    {"g_per_kwh", "g/kWh", 1e-3 / kWh.value()},
    {"kg_per_kwh", "kg/kWh", 1.0 / kWh.value()},
    {"kg_per_mwh", "kg/MWh", 1e-3 / kWh.value()},
    {"kg_per_j", "kg/J", 1.0},
};
constexpr Unit kPercent[] = {{"percent", "%", 1e-2}, {"fraction", "", 1.0}};
constexpr Unit kParameters[] = {
    {"b", "B", 1e9},
    {"m", "M", 1e6},
    {"t", "T", 1e12},
    {"count", "", 1.0},
};

struct Row {
    Dimension dimension;
    std::span<const Unit> units;
};

constexpr Row kRows[] = {
    {Dimension::none, {}},
    {Dimension::time, kTime},
    {Dimension::bytes, kBytes},
    {Dimension::bandwidth, kBandwidth},
    {Dimension::flop_rate, kFlopRate},
    {Dimension::power, kPower},
    {Dimension::rate, kRate},
    {Dimension::token_rate, kTokenRate},
    {Dimension::usd_per_hour, kUsdPerHour},
    {Dimension::usd_per_gpu_hour, kUsdPerGpuHour},
    {Dimension::usd_per_energy, kUsdPerEnergy},
    {Dimension::usd_per_power_month, kUsdPerPowerMonth},
    {Dimension::usd_per_power, kUsdPerPower},
    {Dimension::usd_per_bytes, kUsdPerBytes},
    {Dimension::usd_per_token, kUsdPerToken},
    {Dimension::money, kUsd},
    {Dimension::energy, kEnergy},
    {Dimension::energy_per_bytes, kEnergyPerBytes},
    {Dimension::energy_per_token, kEnergyPerToken},
    {Dimension::carbon_per_energy, kCarbonPerEnergy},
    {Dimension::percent, kPercent},
    {Dimension::parameters, kParameters},
};

double rounded_to(double value, int digits) {
    return std::stod(fmt::format("{:.{}e}", value, digits - 1));
}

/// The shortest number that gives exactly `base` in a unit of `scale`, if there is one.
std::optional<double> exact_number(double base, double scale) {
    const double guess = base / scale;
    for (int digits = 6; digits <= 17; ++digits) {
        const double number = rounded_to(guess, digits);
        if (number * scale == base) return number;
    }
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double number :
         {std::nextafter(guess, infinity), std::nextafter(guess, -infinity)}) {
        if (number * scale == base) return number;
    }
    return std::nullopt;
}

}  // namespace

std::span<const Unit> units_of(Dimension dimension) {
    for (const Row& row : kRows) {
        if (row.dimension == dimension) return row.units;
    }
    return {};
}

const Unit* unit_with_suffix(Dimension dimension, std::string_view suffix) {
    for (const Unit& unit : units_of(dimension)) {
        if (unit.suffix == suffix) return &unit;
    }
    return nullptr;
}

bool is_unit(std::string_view suffix) {
    for (const Row& row : kRows) {
        if (unit_with_suffix(row.dimension, suffix) != nullptr) return true;
    }
    return false;
}

std::string key_of(std::string_view stem, const Unit* unit) {
    return unit == nullptr ? std::string(stem) : fmt::format("{}_{}", stem, unit->suffix);
}

std::vector<std::string> keys_of(std::string_view stem, Dimension dimension) {
    std::vector<std::string> keys;
    for (const Unit& unit : units_of(dimension)) keys.push_back(key_of(stem, &unit));
    if (keys.empty()) keys.emplace_back(stem);
    return keys;
}

PrintedNumber printed_number(double base, Dimension dimension, std::string_view suffix) {
    const std::span<const Unit> units = units_of(dimension);
    if (units.empty()) return {base, nullptr};
    const Unit* unit = unit_with_suffix(dimension, suffix);
    if (unit == nullptr) unit = &units.front();
    if (const auto number = exact_number(base, unit->scale)) return {*number, unit};
    for (const Unit& other : units) {
        if (other.scale == 1.0) return {base, &other};
    }
    return {base / unit->scale, unit};
}

std::optional<PrintedNumber> number_with_unit(std::string_view text, Dimension dimension) {
    double number = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
    std::string_view unit_text(end, static_cast<std::size_t>(text.data() + text.size() - end));
    while (!unit_text.empty() && unit_text.front() == ' ') unit_text.remove_prefix(1);
    while (!unit_text.empty() && unit_text.back() == ' ') unit_text.remove_suffix(1);
    if (unit_text.empty()) return std::nullopt;
    for (const Unit& unit : units_of(dimension)) {
        if (unit_text == unit.symbol || unit_text == unit.suffix)
            return PrintedNumber{number, &unit};
    }
    return std::nullopt;
}

}  // namespace plimsoll
