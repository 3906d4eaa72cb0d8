#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "models/units.h"

namespace plimsoll {

// Quantities for people. Three significant digits unless the format spec says otherwise:
// fmt::format("{}", 3350.0 * GB / second) is "3.35 TB/s", "{:.2}" keeps two digits. Byte counts
// use binary prefixes ("79.2 GiB"), rates decimal ones; money shows cents.

[[nodiscard]] std::string to_string(Seconds value, int digits = 3);
[[nodiscard]] std::string to_string(Bytes value, int digits = 3);
[[nodiscard]] std::string to_string(Flops value, int digits = 3);
[[nodiscard]] std::string to_string(Joules value, int digits = 3);
[[nodiscard]] std::string to_string(Usd value, int digits = 3);
[[nodiscard]] std::string to_string(Tokens value, int digits = 3);
[[nodiscard]] std::string to_string(KgCo2e value, int digits = 3);
[[nodiscard]] std::string to_string(PerSecond value, int digits = 3);
[[nodiscard]] std::string to_string(BytesPerSecond value, int digits = 3);
[[nodiscard]] std::string to_string(FlopsPerSecond value, int digits = 3);
[[nodiscard]] std::string to_string(Watts value, int digits = 3);
[[nodiscard]] std::string to_string(TokensPerSecond value, int digits = 3);
[[nodiscard]] std::string to_string(BytesPerToken value, int digits = 3);
[[nodiscard]] std::string to_string(JoulesPerToken value, int digits = 3);
/// Per hour: "$2.50/h".
[[nodiscard]] std::string to_string(UsdPerSecond value, int digits = 3);
/// Per million tokens: "$0.42/Mtok".
[[nodiscard]] std::string to_string(UsdPerToken value, int digits = 3);
/// Per kilowatt-hour: "$0.083/kWh".
[[nodiscard]] std::string to_string(UsdPerJoule value, int digits = 3);
/// Grams per kilowatt-hour: "430 g/kWh".
[[nodiscard]] std::string to_string(KgPerJoule value, int digits = 3);

}  // namespace plimsoll

/// "{}" or "{:.N}" with N significant digits.
template <class D>
struct fmt::formatter<plimsoll::Quantity<D>> {
    constexpr auto parse(fmt::format_parse_context& context) {
        const auto* it = context.begin();
        if (it == context.end() || *it != '.') return it;
        if (++it == context.end() || *it < '1' || *it > '9') {
            throw fmt::format_error("expected one digit, the significant digits");
        }
        digits_ = *it++ - '0';
        return it;
    }

    template <class Context>
    auto format(plimsoll::Quantity<D> value, Context& context) const {
        const std::string text = plimsoll::to_string(value, digits_);
        return fmt::format_to(context.out(), "{}", std::string_view(text));
    }

private:
    int digits_ = 3;
};
