#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sim/report/chart_model.h"
#include "sim/report/text_chart.h"

using namespace plimsoll;

namespace {

std::vector<std::string> labels(const std::vector<AxisTick>& ticks) {
    std::vector<std::string> all;
    for (const AxisTick& tick : ticks) all.push_back(tick.label);
    return all;
}

using Labels = std::vector<std::string>;

/// A cost that falls as 30 / load, a simulated point on it and the load at which the SLO ends.
ChartModel cost() {
    ChartModel chart;
    chart.title = "$ per M output tokens";
    chart.x.label = "load";
    chart.x.unit = "req/s";
    chart.y.scale = AxisScale::log;
    ChartSeries curve{"closed form", SeriesRole::line, {}};
    for (int load = 1; load <= 23; load += 2)
        curve.points.push_back({.x = 1.0 * load, .y = 30.0 / load});
    chart.series = {curve, {"simulated", SeriesRole::points, {{.x = 6.0, .y = 5.0}}}};
    chart.rules = {{"SLO 21", ChartRule::Direction::vertical, 21.0}};
    return chart;
}

std::string drawn(const ChartModel& chart, const TextStyle& style) {
    std::string text = "\n";
    for (const std::string& line : text_chart(chart, {.width = 46, .rows = 7}, style))
        text += line + "\n";
    return text;
}

}  // namespace

TEST_CASE("chart: ticks are round, within the range, and no more than asked for") {
    CHECK(labels(axis_ticks({0.0, 25.0}, AxisScale::linear, 6)) ==
          Labels{"0", "5", "10", "15", "20", "25"});
    CHECK(labels(axis_ticks({0.0, 1.0}, AxisScale::linear, 3)) == Labels{"0", "0.5", "1"});
    CHECK(labels(axis_ticks({-0.2, 0.2}, AxisScale::linear, 5)) ==
          Labels{"-0.2", "-0.1", "0", "0.1", "0.2"});
    CHECK(labels(axis_ticks({0.1, 2.0}, AxisScale::log, 6)) ==
          Labels{"0.1", "0.2", "0.5", "1", "2"});
    CHECK(labels(axis_ticks({1.0, 1000.0}, AxisScale::log, 5)) == Labels{"1", "10", "100", "1000"});
    CHECK(labels(axis_ticks({1.0, 1e9}, AxisScale::log, 4)) ==
          Labels{"1", "1000", "1e+06", "1e+09"});
}

TEST_CASE("chart: axes hold all that is drawn, and a log axis leaves out what it cannot show") {
    ChartModel chart = cost();
    CHECK(chart.x_range().low == 0.0);
    CHECK(chart.x_range().high == doctest::Approx(25.0));
    CHECK(chart.y_range().low == doctest::Approx(1.0));
    CHECK(chart.y_range().high == doctest::Approx(50.0));
    chart.series[0].points.push_back({.x = 24.0, .y = 0.0});
    chart.series[0].points.push_back({.x = 25.0, .y = INFINITY});
    CHECK(chart.y_range().low == doctest::Approx(1.0));
    CHECK(chart.y_range().high == doctest::Approx(50.0));
    chart.y.low = 0.5;
    CHECK(chart.y_range().low == 0.5);
    CHECK(axis_place(10.0, {1.0, 100.0}, AxisScale::log) == doctest::Approx(0.5));
    CHECK(axis_place(10.0, {0.0, 40.0}, AxisScale::linear) == doctest::Approx(0.25));
}

TEST_CASE("chart: an empty chart has axes too") {
    const ChartModel nothing;
    CHECK_FALSE(text_chart(nothing, {}, {}).empty());
    ChartModel flat;
    flat.series = {{"", SeriesRole::points, {{.x = 3.0, .y = 0.0}}}};
    CHECK(flat.y_range().low < flat.y_range().high);
    CHECK(flat.x_range().low < flat.x_range().high);
}

TEST_CASE("text_chart: a curve in ASCII") {
    CHECK(drawn(cost(), {.utf8 = false}) == R"(
$ per M output tokens
   |                                   :SLO 21
30 + ***                               :
10 +   ***                             :
   |     *****                         :
 3 +         *o******                  :
   |                 *************     :
 1 +                              *********
   ++-------+-------+--------+-------+-------+
    0       5      10       15      20      25
    ** closed form   o simulated   load, req/s
)");
}

TEST_CASE("text_chart: the same in braille") {
    CHECK(drawn(cost(), {.utf8 = true}) == R"(
$ per M output tokens
   │                                   ┊SLO 21
30 ┤ ⠈⠢⡀                               ┊
10 ┤   ⠈⠢⡀                             ┊
   │     ⠈⠑⠢⢄⡀                         ┊
 3 ┤         ⠈◆⠒⠢⠤⢄⣀⣀                  ┊
   │                 ⠉⠉⠉⠒⠒⠒⠢⠤⠤⢄⣀⣀⣀     ┊
 1 ┤                              ⠉⠉⠉⠑⠒⠒⠒⠒⠂
   └┴───────┴───────┴────────┴───────┴───────┴
    0       5      10       15      20      25
    ⠤⠤ closed form   ◆ simulated   load, req/s
)");
}

TEST_CASE("text_chart: no line is wider than asked for, and colour adds no width") {
    for (const int width : {24, 48, 100}) {
        for (const bool utf8 : {false, true}) {
            const auto plain = text_chart(cost(), {.width = width}, {.utf8 = utf8});
            const auto colored =
                text_chart(cost(), {.width = width}, {.color = true, .utf8 = utf8});
            REQUIRE(plain.size() == colored.size());
            for (std::size_t i = 0; i < plain.size(); ++i) {
                CHECK(text_width(plain[i]) <= static_cast<std::size_t>(width));
                CHECK(text_width(plain[i]) == text_width(colored[i]));
            }
        }
    }
}
