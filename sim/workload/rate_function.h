#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plimsoll {

/// A rate that changes over time: straight lines between points (time, rate), two points of one
/// time being a step. Before the first point it is the first rate, after the last one the last; a
/// curve with a period repeats instead.
class RateFunction {
public:
    struct Point {
        double time_s = 0.0;
        double rate = 0.0;
    };

    /// Expects points whose times rise, from 0 on, whose rates are not negative; with a period, no
    /// time beyond it and some rate above 0.
    explicit RateFunction(std::vector<Point> points, double period_s = 0.0);

    /// The rate at `time_s`; on a step, what follows it.
    [[nodiscard]] double rate(double time_s) const;
    /// The mean rate over the period, or from 0 to the last point.
    [[nodiscard]] double mean() const;
    /// The largest rate.
    [[nodiscard]] double peak() const;
    /// The area under the curve from 0 to `time_s`: the expected number of arrivals.
    [[nodiscard]] double integral(double time_s) const;
    /// The same curve with all rates multiplied.
    [[nodiscard]] RateFunction times(double factor) const;

    [[nodiscard]] std::span<const Point> points() const { return points_; }
    /// 0: the curve does not repeat.
    [[nodiscard]] double period_s() const { return period_s_; }

private:
    friend class RateClock;

    std::vector<Point> points_;
    double period_s_ = 0.0;
    /// Of the segment that begins at each point, up to the next one or the end of the period.
    std::vector<double> areas_;
};

/// Walks along a curve by areas: the inverse of its integral, in constant time a step. Arrivals
/// of a process with mean gap 1 become arrivals at the curve's rate, exactly. [Cinlar75]
class RateClock {
public:
    /// Date 0 is `start_s` into the curve.
    explicit RateClock(RateFunction curve, double start_s = 0.0);

    /// The date at which `area` more lies behind than at the date given last; infinity when the
    /// rest of the curve holds less. Areas are not negative.
    [[nodiscard]] double advance(double area);

private:
    RateFunction curve_;
    std::size_t segment_ = 0;
    /// Of the segment, behind us.
    double spent_ = 0.0;
    /// Date of time 0 of the curve, in the period we are in.
    double origin_s_ = 0.0;
    double last_s_ = 0.0;
};

/// What is wrong with points [time, rate], or nothing.
[[nodiscard]] std::optional<std::string> curve_problem(
    std::span<const std::array<double, 2>> points);

}  // namespace plimsoll
