#include "sim/workload/rate_function.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/contract.h"

namespace plimsoll {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// How far into a segment that starts at `rate` with `slope` the area is `area`. The usual root of
/// the quadratic equation loses its digits where the slope is small; this one does not.
double reach(double rate, double slope, double area) {
    if (area <= 0.0) return 0.0;
    return 2.0 * area / (rate + std::sqrt(std::max(0.0, rate * rate + 2.0 * slope * area)));
}

}  // namespace

RateFunction::RateFunction(std::vector<Point> points, double period_s)
    : points_(std::move(points)), period_s_(period_s) {
    PLIMSOLL_EXPECTS(!points_.empty());
    if (points_.front().time_s > 0.0) points_.insert(points_.begin(), {0.0, points_.front().rate});
    areas_.resize(points_.size());
    for (std::size_t i = 0; i < points_.size(); ++i) {
        PLIMSOLL_EXPECTS(points_[i].rate >= 0.0 && std::isfinite(points_[i].rate));
        if (i == 0) continue;
        const Point& left = points_[i - 1];
        PLIMSOLL_EXPECTS(points_[i].time_s >= left.time_s);
        areas_[i - 1] = 0.5 * (left.rate + points_[i].rate) * (points_[i].time_s - left.time_s);
    }
    const Point& last = points_.back();
    areas_.back() = last.rate > 0.0 ? kInfinity : 0.0;
    if (period_s_ > 0.0) {
        PLIMSOLL_EXPECTS(last.time_s <= period_s_);
        areas_.back() = last.rate * (period_s_ - last.time_s);
        PLIMSOLL_EXPECTS(peak() > 0.0 && integral(period_s_) > 0.0);
    }
}

double RateFunction::rate(double time_s) const {
    const double at = period_s_ > 0.0 ? std::fmod(time_s, period_s_) : time_s;
    const auto after =
        std::upper_bound(points_.begin(), points_.end(), at, [](double t, const Point& point) {
            return t < point.time_s;
        });
    if (after == points_.begin()) return points_.front().rate;
    const Point& left = *(after - 1);
    if (after == points_.end()) return left.rate;
    return left.rate +
           (after->rate - left.rate) * (at - left.time_s) / (after->time_s - left.time_s);
}

double RateFunction::mean() const {
    const double end_s = period_s_ > 0.0 ? period_s_ : points_.back().time_s;
    return end_s > 0.0 ? integral(end_s) / end_s : points_.back().rate;
}

double RateFunction::peak() const {
    double most = 0.0;
    for (const Point& point : points_) most = std::max(most, point.rate);
    return most;
}

double RateFunction::integral(double time_s) const {
    double area = 0.0;
    double rest_s = time_s;
    if (period_s_ > 0.0 && time_s > period_s_) {
        const double periods = std::floor(time_s / period_s_);
        area = periods * integral(period_s_);
        rest_s -= periods * period_s_;
    }
    for (std::size_t i = 0; i < points_.size() && points_[i].time_s < rest_s; ++i) {
        const Point& left = points_[i];
        const bool last = i + 1 == points_.size();
        if (!last && points_[i + 1].time_s <= rest_s) {
            area += areas_[i];
            continue;
        }
        const double width = rest_s - left.time_s;
        const double slope =
            last ? 0.0 : (points_[i + 1].rate - left.rate) / (points_[i + 1].time_s - left.time_s);
        area += width * (left.rate + 0.5 * slope * width);
    }
    return area;
}

RateFunction RateFunction::times(double factor) const {
    std::vector<Point> points = points_;
    for (Point& point : points) point.rate *= factor;
    return RateFunction(std::move(points), period_s_);
}

RateClock::RateClock(RateFunction curve, double start_s) : curve_(std::move(curve)) {
    const double period_s = curve_.period_s_;
    double at = start_s;
    if (period_s > 0.0) {
        at = std::fmod(start_s, period_s);
        if (at < 0.0) at += period_s;
    }
    PLIMSOLL_EXPECTS(at >= 0.0);
    origin_s_ = -at;
    const auto& points = curve_.points_;
    while (segment_ + 1 < points.size() && points[segment_ + 1].time_s <= at) ++segment_;
    spent_ = curve_.integral(at) - curve_.integral(points[segment_].time_s);
}

double RateClock::advance(double area) {
    const auto& points = curve_.points_;
    const double period_s = curve_.period_s_;
    while (area >= curve_.areas_[segment_] - spent_) {
        const bool last = segment_ + 1 == points.size();
        if (last && period_s == 0.0) return kInfinity;
        area = std::max(0.0, area - (curve_.areas_[segment_] - spent_));
        spent_ = 0.0;
        segment_ = last ? 0 : segment_ + 1;
        if (last) origin_s_ += period_s;
    }
    spent_ += area;
    const RateFunction::Point& left = points[segment_];
    double slope = 0.0;
    if (segment_ + 1 < points.size()) {
        const RateFunction::Point& right = points[segment_ + 1];
        slope = (right.rate - left.rate) / (right.time_s - left.time_s);
    }
    // A tiny step may be lost to rounding, but dates never fall.
    last_s_ = std::max(last_s_, origin_s_ + left.time_s + reach(left.rate, slope, spent_));
    return last_s_;
}

std::optional<std::string> curve_problem(std::span<const std::array<double, 2>> points) {
    if (points.empty()) return "at least one point is needed";
    bool any = false;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!(points[i][0] >= 0.0)) return "times must not be negative";
        if (!(points[i][1] >= 0.0)) return "rates must not be negative";
        if (i > 0 && points[i][0] < points[i - 1][0]) return "times must not fall";
        any = any || points[i][1] > 0.0;
    }
    if (!any) return "some rate must be above 0";
    return std::nullopt;
}

}  // namespace plimsoll
