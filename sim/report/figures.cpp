#include "sim/report/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/units_format.h"

namespace plimsoll {
namespace {

std::string grouped(std::string text) {
    const std::size_t begin = text.starts_with('-') ? 1 : 0;
    const std::size_t end = std::min(text.find('.'), text.size());
    for (std::size_t i = end; i > begin + 3; i -= 3) text.insert(i - 3, 1, ',');
    return text;
}

/// Decimals that show `digits` significant digits of `value`.
int decimals(double value, int digits) {
    if (value == 0.0) return 0;
    return std::max(0,
                    digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-12)));
}

}  // namespace

std::string figure(double value, int digits) {
    if (!std::isfinite(value)) return "-";
    std::string text = fmt::format("{:.{}f}", value, decimals(value, digits));
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) text.pop_back();
    }
    return grouped(text);
}

std::string dollars(double value, int digits) {
    if (!std::isfinite(value)) return "-";
    const double size = std::abs(value);
    const int places = size >= 1000.0 ? 0 : std::max(2, decimals(value, digits));
    std::string text = fmt::format("{:.{}f}", size, places);
    // Cents stay, zeros behind them go.
    for (int i = places; i > 2 && text.back() == '0'; --i) text.pop_back();
    return fmt::format("{}${}", value < 0.0 ? "-" : "", grouped(std::move(text)));
}

std::string percent(double share) {
    if (!std::isfinite(share)) return "-";
    const double value = 100.0 * share;
    if (value < 100.0 && value >= 90.0) {
        // Rounding must not turn nearly all into all, nor a miss into what was needed.
        const double unit = value > 99.9 ? 100.0 : 10.0;
        return fmt::format("{:g} %", std::floor(value * unit + 1e-9) / unit);
    }
    if (std::abs(value) >= 10.0 || value == 0.0) return fmt::format("{:.0f} %", value);
    if (std::abs(value) < 0.1) return value < 0.0 ? "-0 %" : "<0.1 %";
    return fmt::format("{} %", figure(value, 2));
}

std::string seconds(double value) { return to_string(Seconds(value)); }

std::string counted(double count, std::string_view noun) {
    return fmt::format("{} {}{}", figure(count), noun, count == 1.0 ? "" : "s");
}

std::string binding_words(std::string_view binding) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kWords{
        {{"kv_memory", "KV memory"},
         {"slots", "the engine's sequence slots"},
         {"compute", "compute"},
         {"memory_bandwidth", "memory bandwidth"},
         {"memory", "memory bandwidth"},
         {"communication", "communication"},
         {"launch", "kernel launches"},
         {"host", "the host"},
         {"gap", "the host's gaps"}}};
    for (const auto& [name, words] : kWords)
        if (binding == name) return std::string(words);
    return std::string(binding);
}

std::string hardware_of(const Pool& pool) {
    return fmt::format("{} x {}", pool.gpus(), pool.deployment.gpu.name);
}

std::string layout_of(const Pool& pool) {
    const Parallelism& p = pool.deployment.parallelism;
    std::string split;
    for (const auto& [name, size] : {std::pair{"TP", p.tp},
                                     std::pair{"PP", p.pp},
                                     std::pair{"EP", p.ep},
                                     std::pair{"DP", p.dp}}) {
        if (size > 1) split += fmt::format("{}{}{}", split.empty() ? "" : " ", name, size);
    }
    const double replicas = static_cast<double>(pool.replicas);
    return fmt::format("{} of {}, {}",
                       counted(replicas, "replica"),
                       split.empty() ? "1 GPU" : split,
                       to_string(pool.deployment.precisions.weights));
}

std::string why_no_price(const Scenario& scenario, std::string_view reason) {
    if (scenario.prices.book_id.empty() && scenario.prices.book.rents.empty())
        return "the scenario names no price book";
    return reason.empty() ? "the price book has none" : std::string(reason);
}

std::string heading(std::string_view title, int width, const TextStyle& style) {
    std::string rule;
    for (int i = static_cast<int>(text_width(title)) + 1; i < width; ++i)
        rule += style.sign("─", "-");
    return style.paint(Ink::strong, title) + " " + style.paint(Ink::faint, rule);
}

}  // namespace plimsoll
