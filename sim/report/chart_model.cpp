#include "sim/report/chart_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "models/contract.h"

namespace plimsoll {
namespace {

/// Smallest and largest of what is drawn.
class Extent {
public:
    explicit Extent(AxisScale scale) : scale_(scale) {}

    void add(double value) {
        if (!std::isfinite(value) || (scale_ == AxisScale::log && value <= 0.0)) return;
        low_ = std::min(low_, value);
        high_ = std::max(high_, value);
    }
    [[nodiscard]] bool empty() const { return low_ > high_; }
    [[nodiscard]] double low() const { return low_; }
    [[nodiscard]] double high() const { return high_; }

private:
    AxisScale scale_;
    double low_ = std::numeric_limits<double>::infinity();
    double high_ = -std::numeric_limits<double>::infinity();
};

/// 1, 2 or 5 times a power of ten, at least `value`.
double round_up(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
        if (factor * power >= value * (1.0 - 1e-12)) return factor * power;
    }
    return 10.0 * power;
}

double round_down(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value) + 1e-12));
    for (const double factor : {5.0, 2.0, 1.0}) {
        if (factor * power <= value * (1.0 + 1e-12)) return factor * power;
    }
    return power;
}

AxisRange range_of(const ChartAxis& axis, const Extent& extent) {
    AxisRange range = axis.scale == AxisScale::log ? AxisRange{1.0, 10.0} : AxisRange{0.0, 1.0};
    if (!extent.empty() && axis.scale == AxisScale::log) {
        range = {round_down(extent.low()), round_up(extent.high())};
        if (range.low == range.high) range.high = round_up(1.01 * range.low);
    } else if (!extent.empty()) {
        const double low = std::min(0.0, extent.low());
        const double span = extent.high() - low;
        const double step = span > 0.0 ? round_up(span / 10.0) : 1.0;
        range = {step * std::floor(low / step), step * std::ceil(extent.high() / step - 1e-9)};
        if (range.low == range.high) range.high += step;
    }
    if (axis.low) range.low = *axis.low;
    if (axis.high) range.high = *axis.high;
    return range;
}

/// Adding zero takes the sign from a zero.
AxisTick tick(double value) { return {value, fmt::format("{:g}", value + 0.0)}; }

std::vector<AxisTick> log_ticks(const AxisRange& range, std::size_t most) {
    const int first = static_cast<int>(std::floor(std::log10(range.low) - 1e-9));
    const int last = static_cast<int>(std::ceil(std::log10(range.high) + 1e-9));
    const auto within = [&](const std::vector<double>& factors, int stride) {
        std::vector<AxisTick> ticks;
        for (int power = first; power <= last; ++power) {
            if (power % stride != 0) continue;
            for (const double factor : factors) {
                const double value = factor * std::pow(10.0, power);
                if (value >= range.low * (1.0 - 1e-9) && value <= range.high * (1.0 + 1e-9))
                    ticks.push_back(tick(value));
            }
        }
        return ticks;
    };
    for (const auto& factors : {std::vector{1.0, 2.0, 5.0}, std::vector{1.0, 3.0}}) {
        const auto ticks = within(factors, 1);
        if (ticks.size() <= most) return ticks;
    }
    for (int stride = 1;; ++stride) {
        const auto ticks = within({1.0}, stride);
        if (ticks.size() <= most) return ticks;
    }
}

}  // namespace

AxisRange ChartModel::x_range() const {
    Extent extent(x.scale);
    for (const ChartSeries& each : series)
        for (const ChartPoint& point : each.points) extent.add(point.x);
    for (const ChartRule& rule : rules)
        if (rule.direction == ChartRule::Direction::vertical) extent.add(rule.value);
    return range_of(x, extent);
}

AxisRange ChartModel::y_range() const {
    Extent extent(y.scale);
    for (const ChartSeries& each : series) {
        for (const ChartPoint& point : each.points) {
            extent.add(point.y);
            if (each.role == SeriesRole::band) extent.add(point.y_high);
        }
    }
    for (const ChartRule& rule : rules)
        if (rule.direction == ChartRule::Direction::horizontal) extent.add(rule.value);
    return range_of(y, extent);
}

std::vector<AxisTick> axis_ticks(const AxisRange& range, AxisScale scale, std::size_t most) {
    PLIMSOLL_EXPECTS(range.low < range.high && most >= 2);
    if (scale == AxisScale::log) return log_ticks(range, most);
    const double step = round_up((range.high - range.low) / static_cast<double>(most - 1));
    std::vector<AxisTick> ticks;
    for (double i = std::ceil(range.low / step - 1e-9); i * step <= range.high + 1e-9 * step; ++i)
        ticks.push_back(tick(i * step));
    return ticks;
}

double axis_place(double value, const AxisRange& range, AxisScale scale) {
    if (scale == AxisScale::linear) return (value - range.low) / (range.high - range.low);
    return std::log(value / range.low) / std::log(range.high / range.low);
}

}  // namespace plimsoll
