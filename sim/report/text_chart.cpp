#include "sim/report/text_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>

namespace plimsoll {
namespace {

constexpr int kDotsAcross = 2;
constexpr int kDotsDown = 4;

/// The plot's cells: dots below, signs over them.
class Canvas {
public:
    Canvas(int columns, int rows, const TextStyle& style)
        : columns_(columns),
          rows_(rows),
          style_(style),
          cells_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

    [[nodiscard]] int columns() const { return columns_; }
    [[nodiscard]] int rows() const { return rows_; }
    [[nodiscard]] int dots_across() const { return columns_ * kDotsAcross; }
    [[nodiscard]] int dots_down() const { return rows_ * kDotsDown; }

    void dot(int x, int y) {
        if (x < 0 || y < 0 || x >= dots_across() || y >= dots_down()) return;
        constexpr std::array<std::array<unsigned, kDotsAcross>, kDotsDown> kBits{
            {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
        cell(x / kDotsAcross, y / kDotsDown).dots |=
            kBits[static_cast<std::size_t>(y % kDotsDown)]
                 [static_cast<std::size_t>(x % kDotsAcross)];
    }

    void line(int x0, int y0, int x1, int y1) {
        const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
        for (int i = 0; i <= steps; ++i) {
            const double share = static_cast<double>(i) / steps;
            dot(static_cast<int>(std::lround(x0 + share * (x1 - x0))),
                static_cast<int>(std::lround(y0 + share * (y1 - y0))));
        }
    }

    /// Puts a sign; one of lower rank does not cover it.
    void sign(int column, int row, std::string_view text, Ink ink, int rank) {
        if (column < 0 || row < 0 || column >= columns_ || row >= rows_) return;
        Cell& at = cell(column, row);
        if (at.rank > rank) return;
        at.sign = text;
        at.ink = ink;
        at.rank = rank;
    }

    /// Whether `width` cells from `column` on are free of signs that matter and of dots.
    [[nodiscard]] bool is_free(int column, int row, int width) const {
        if (row < 0 || row >= rows_ || column < 0 || column + width > columns_) return false;
        for (int c = column; c < column + width; ++c) {
            if (cell(c, row).dots != 0 || cell(c, row).rank > kRuleRank) return false;
        }
        return true;
    }

    void text(int column, int row, std::string_view words, Ink ink) {
        for (std::size_t i = 0; i < words.size();) {
            std::size_t next = i + 1;
            while (next < words.size() &&
                   (static_cast<unsigned char>(words[next]) & 0xC0U) == 0x80U)
                ++next;
            sign(column++, row, words.substr(i, next - i), ink, kLabelRank);
            i = next;
        }
    }

    [[nodiscard]] std::string row(int y) const {
        std::string out;
        for (int x = 0; x < columns_; ++x) out += shown(cell(x, y));
        return out;
    }

    static constexpr int kRuleRank = 1;
    static constexpr int kLabelRank = 2;
    static constexpr int kPointRank = 3;

private:
    struct Cell {
        unsigned dots = 0;
        std::string sign;
        Ink ink = Ink::plain;
        int rank = 0;
    };

    [[nodiscard]] std::string shown(const Cell& at) const {
        // A line is worth more than the rule it crosses.
        const bool rule_only = at.rank <= kRuleRank;
        if (!at.sign.empty() && !(rule_only && at.dots != 0)) return style_.paint(at.ink, at.sign);
        if (at.dots == 0) return " ";
        if (!style_.utf8) return style_.paint(Ink::accent, "*");
        const unsigned code = 0x2800U + at.dots;
        const std::string braille{static_cast<char>(0xE0U | (code >> 12U)),
                                  static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)),
                                  static_cast<char>(0x80U | (code & 0x3FU))};
        return style_.paint(Ink::accent, braille);
    }

    [[nodiscard]] Cell& cell(int x, int y) {
        return cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
                      static_cast<std::size_t>(x)];
    }
    [[nodiscard]] const Cell& cell(int x, int y) const {
        return cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
                      static_cast<std::size_t>(x)];
    }

    int columns_;
    int rows_;
    const TextStyle& style_;
    std::vector<Cell> cells_;
};

/// Places of values on a canvas.
class Scales {
public:
    Scales(const ChartModel& chart, const Canvas& canvas)
        : x_(chart.x_range()),
          y_(chart.y_range()),
          x_scale_(chart.x.scale),
          y_scale_(chart.y.scale),
          across_(canvas.dots_across()),
          down_(canvas.dots_down()) {}

    [[nodiscard]] const AxisRange& x() const { return x_; }
    [[nodiscard]] const AxisRange& y() const { return y_; }
    [[nodiscard]] bool shows(const ChartPoint& p) const {
        return std::isfinite(p.x) && std::isfinite(p.y) &&
               (x_scale_ == AxisScale::linear || p.x > 0.0) &&
               (y_scale_ == AxisScale::linear || p.y > 0.0);
    }
    [[nodiscard]] int dot_x(double value) const {
        return rounded(axis_place(value, x_, x_scale_) * (across_ - 1));
    }
    [[nodiscard]] int dot_y(double value) const {
        return rounded((1.0 - axis_place(value, y_, y_scale_)) * (down_ - 1));
    }
    /// Where a line from `inside` to a point above the range leaves it.
    [[nodiscard]] int column(double value) const { return dot_x(value) / kDotsAcross; }
    [[nodiscard]] int row(double value) const { return dot_y(value) / kDotsDown; }

private:
    static int rounded(double value) {
        return static_cast<int>(std::lround(std::clamp(value, -1e6, 1e6)));
    }

    AxisRange x_;
    AxisRange y_;
    AxisScale x_scale_;
    AxisScale y_scale_;
    int across_;
    int down_;
};

void draw_rules(Canvas& canvas,
                const Scales& scales,
                const ChartModel& chart,
                const TextStyle& style) {
    for (const ChartRule& rule : chart.rules) {
        if (rule.direction == ChartRule::Direction::horizontal) {
            const int row = scales.row(rule.value);
            for (int x = 0; x < canvas.columns(); ++x)
                canvas.sign(x, row, style.sign("╌", "-"), Ink::caution, Canvas::kRuleRank);
        } else {
            const int column = scales.column(rule.value);
            for (int y = 0; y < canvas.rows(); ++y)
                canvas.sign(column, y, style.sign("┊", ":"), Ink::caution, Canvas::kRuleRank);
        }
    }
}

/// Names of rules go where nothing else is drawn, on the rule or beside it.
void name_rules(Canvas& canvas, const Scales& scales, const ChartModel& chart) {
    for (const ChartRule& rule : chart.rules) {
        const int width = static_cast<int>(text_width(rule.name));
        if (width == 0) continue;
        if (rule.direction == ChartRule::Direction::horizontal) {
            const int row = scales.row(rule.value);
            for (const int column : {1, canvas.columns() - width - 1}) {
                if (!canvas.is_free(column, row, width)) continue;
                canvas.text(column, row, rule.name, Ink::caution);
                break;
            }
            continue;
        }
        const int column = scales.column(rule.value);
        for (int row = 0; row < canvas.rows(); ++row) {
            const int left = canvas.is_free(column + 1, row, width)       ? column + 1
                             : canvas.is_free(column - width, row, width) ? column - width
                                                                          : -1;
            if (left < 0) continue;
            canvas.text(left, row, rule.name, Ink::caution);
            break;
        }
    }
}

void draw_line(Canvas& canvas, const Scales& scales, const std::vector<ChartPoint>& points) {
    const ChartPoint* previous = nullptr;
    for (const ChartPoint& point : points) {
        if (scales.shows(point)) {
            const int x = scales.dot_x(point.x);
            const int y = scales.dot_y(point.y);
            if (previous == nullptr)
                canvas.dot(x, y);
            else
                canvas.line(scales.dot_x(previous->x), scales.dot_y(previous->y), x, y);
            previous = &point;
        } else {
            previous = nullptr;
        }
    }
}

void draw_band(Canvas& canvas, const Scales& scales, const std::vector<ChartPoint>& points) {
    for (const ChartPoint& point : points) {
        if (!scales.shows(point) || !std::isfinite(point.y_high)) continue;
        const int x = scales.dot_x(point.x);
        canvas.line(x, scales.dot_y(point.y), x, scales.dot_y(point.y_high));
    }
}

void draw_series(Canvas& canvas,
                 const Scales& scales,
                 const ChartSeries& series,
                 const TextStyle& style) {
    switch (series.role) {
        case SeriesRole::line:
            draw_line(canvas, scales, series.points);
            break;
        case SeriesRole::band:
            draw_band(canvas, scales, series.points);
            break;
        case SeriesRole::points:
            for (const ChartPoint& point : series.points) {
                if (!scales.shows(point)) continue;
                canvas.sign(scales.column(point.x),
                            scales.row(point.y),
                            style.sign("◆", "o"),
                            Ink::strong,
                            Canvas::kPointRank);
            }
            break;
    }
}

std::string titled(const ChartAxis& axis) {
    return axis.unit.empty() ? axis.label : fmt::format("{}, {}", axis.label, axis.unit);
}

/// Tick labels of the left axis, one per row that has one, and their width.
std::vector<std::string> y_labels(const ChartModel& chart, const Scales& scales, int rows) {
    std::vector<std::string> labels(static_cast<std::size_t>(rows));
    const auto most = static_cast<std::size_t>(std::max(2, rows / 2 + 1));
    for (const AxisTick& tick : axis_ticks(scales.y(), chart.y.scale, most)) {
        const int row = scales.row(tick.value);
        if (row >= 0 && row < rows) labels[static_cast<std::size_t>(row)] = tick.label;
    }
    return labels;
}

/// The line of tick labels below the plot, and the axis above it with a notch for each.
struct BottomAxis {
    std::string line;
    std::string labels;
};

BottomAxis bottom_axis(const ChartModel& chart,
                       const Scales& scales,
                       int columns,
                       const TextStyle& style) {
    std::vector<std::string> line(static_cast<std::size_t>(columns),
                                  std::string(style.sign("─", "-")));
    std::string labels(static_cast<std::size_t>(columns), ' ');
    int free_from = 0;
    const auto most = static_cast<std::size_t>(std::max(2, columns / 7));
    for (const AxisTick& tick : axis_ticks(scales.x(), chart.x.scale, most)) {
        const int column = std::clamp(scales.column(tick.value), 0, columns - 1);
        line[static_cast<std::size_t>(column)] = style.sign("┴", "+");
        const int width = static_cast<int>(tick.label.size());
        const int start = std::clamp(column - width / 2, 0, columns - width);
        if (start < free_from) continue;
        labels.replace(static_cast<std::size_t>(start), tick.label.size(), tick.label);
        free_from = start + width + 1;
    }
    return {fmt::format("{}", fmt::join(line, "")), labels};
}

/// What the signs of the plot stand for.
std::string legend(const ChartModel& chart, const TextStyle& style) {
    std::string text;
    for (const ChartSeries& series : chart.series) {
        if (series.name.empty() || series.points.empty()) continue;
        if (!text.empty()) text += "   ";
        const bool is_points = series.role == SeriesRole::points;
        const auto sign = is_points ? style.sign("◆", "o") : style.sign("⠤⠤", "**");
        text += style.paint(is_points ? Ink::strong : Ink::accent, sign) + " " + series.name;
    }
    return text;
}

}  // namespace

std::vector<std::string> text_chart(const ChartModel& chart,
                                    const TextChartSize& size,
                                    const TextStyle& style) {
    const int rows = std::max(3, size.rows);
    const Scales rough(chart, Canvas(1, rows, style));
    std::vector<std::string> labels = y_labels(chart, rough, rows);
    std::size_t margin = 1;
    for (const std::string& label : labels) margin = std::max(margin, label.size());
    const int columns = std::max(8, size.width - static_cast<int>(margin) - 2);

    Canvas canvas(columns, rows, style);
    const Scales scales(chart, canvas);
    draw_rules(canvas, scales, chart, style);
    for (const ChartSeries& series : chart.series) draw_series(canvas, scales, series, style);
    name_rules(canvas, scales, chart);

    const std::string indent(margin + 2, ' ');
    std::vector<std::string> lines;
    if (!chart.title.empty()) lines.push_back(style.paint(Ink::strong, chart.title));
    if (const std::string y = titled(chart.y); !y.empty() && y != chart.title)
        lines.push_back(style.paint(Ink::faint, y));
    for (int y = 0; y < rows; ++y) {
        const std::string& label = labels[static_cast<std::size_t>(y)];
        const auto edge = label.empty() ? style.sign("│", "|") : style.sign("┤", "+");
        lines.push_back(right_aligned(label, margin) + " " + std::string(edge) + canvas.row(y));
    }
    const BottomAxis bottom = bottom_axis(chart, scales, columns, style);
    lines.push_back(std::string(margin + 1, ' ') + std::string(style.sign("└", "+")) + bottom.line);
    const std::string x = titled(chart.x);
    lines.push_back(indent + bottom.labels);
    const std::string key = legend(chart, style);
    const std::size_t room = static_cast<std::size_t>(size.width) - indent.size();
    if (text_width(key) + 3 + text_width(x) <= room) {
        const std::size_t gap = room - text_width(key) - text_width(x);
        lines.push_back(indent + key + std::string(gap, ' ') + style.paint(Ink::faint, x));
    } else {
        lines.push_back(indent + style.paint(Ink::faint, x));
        for (const std::string& line : wrapped(key, room)) lines.push_back(indent + line);
    }
    for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
    return lines;
}

}  // namespace plimsoll
