#pragma once

#include <string>
#include <vector>

#include "sim/report/chart_model.h"
#include "sim/report/text_style.h"

namespace plimsoll {

/// How large a chart is drawn, in characters, all of it included.
struct TextChartSize {
    int width = 48;
    /// Lines of the plot itself; title, axis and legend come on top.
    int rows = 9;
};

/// The chart as lines of text, at most size.width wide: lines in braille dots (asterisks where the
/// terminal knows only ASCII), points as diamonds (o), rules dashed and named, both axes labelled
/// with their units.
[[nodiscard]] std::vector<std::string> text_chart(const ChartModel& chart,
                                                  const TextChartSize& size,
                                                  const TextStyle& style);

}  // namespace plimsoll
