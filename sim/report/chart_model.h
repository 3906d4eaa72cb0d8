#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace plimsoll {

/// How an axis maps numbers to places.
enum class AxisScale { linear, log };

/// A number range that a chart shows.
struct AxisRange {
    double low = 0.0;
    double high = 1.0;
};

struct ChartAxis {
    std::string label;
    /// "req/s"; empty for a number without one.
    std::string unit;
    AxisScale scale = AxisScale::linear;
    /// Absent: what the series and rules need.
    std::optional<double> low;
    std::optional<double> high;
};

/// How a series is drawn: through its points, at them, or as an area between y and y_high.
enum class SeriesRole { line, points, band };

struct ChartPoint {
    double x = 0.0;
    double y = 0.0;
    /// The upper edge of a band.
    double y_high = 0.0;
};

struct ChartSeries {
    std::string name;
    SeriesRole role = SeriesRole::line;
    /// Ascending by x. Points that are not finite, or not positive on a log axis, are not drawn.
    std::vector<ChartPoint> points;
};

/// A limit (horizontal) or a place on the load axis (vertical).
struct ChartRule {
    std::string name;
    enum class Direction { horizontal, vertical } direction = Direction::horizontal;
    double value = 0.0;
};

/// A chart by its content; every toolkit draws the same one.
struct ChartModel {
    std::string title;
    ChartAxis x;
    ChartAxis y;
    std::vector<ChartSeries> series;
    std::vector<ChartRule> rules;

    /// What the axes show: the given ends, else round numbers around the content.
    [[nodiscard]] AxisRange x_range() const;
    [[nodiscard]] AxisRange y_range() const;
};

/// A mark on an axis.
struct AxisTick {
    double value = 0.0;
    std::string label;
};

/// At most `most` (two or more) round numbers in `range`, ascending: multiples of 1, 2 or 5 times a
/// power of ten; on a log axis 1, 2 and 5 of each decade, or powers of ten where that is too much.
[[nodiscard]] std::vector<AxisTick> axis_ticks(const AxisRange& range,
                                               AxisScale scale,
                                               std::size_t most);

/// Where `value` stands in `range`, 0 at its low end and 1 at its high end.
[[nodiscard]] double axis_place(double value, const AxisRange& range, AxisScale scale);

}  // namespace plimsoll
