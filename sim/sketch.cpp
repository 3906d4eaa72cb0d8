#include "sim/sketch.h"

#include <algorithm>
#include <cmath>

#include "models/contract.h"

namespace plimsoll {

void QuantileSketch::reach(std::uint64_t bucket) {
    if (counts_.empty()) {
        first_bucket_ = bucket;
        counts_.resize(1);
        return;
    }
    if (bucket < first_bucket_) {
        const std::uint64_t missing = first_bucket_ - bucket;
        counts_.insert(counts_.begin(), missing, 0);
        first_bucket_ = bucket;
    } else if (bucket - first_bucket_ >= counts_.size()) {
        counts_.resize(bucket - first_bucket_ + 1);
    }
}

void QuantileSketch::add_run(std::uint64_t bucket, std::int64_t times) {
    if (bucket < bucket_of(kSmallest)) {
        zeros_ += times;
        return;
    }
    if (bucket - first_bucket_ >= counts_.size()) reach(bucket);
    counts_[bucket - first_bucket_] += times;
}

void QuantileSketch::add_outside(double x, std::int64_t times) {
    PLIMSOLL_EXPECTS(x >= 0.0 && std::isfinite(x));
    PLIMSOLL_EXPECTS(times >= 0);
    if (times == 0) return;
    // The sign of a negative zero would make it the largest bucket of all.
    x = std::abs(x);
    add_run(bucket_of(x), times);
    count_ += times;
    widen(x);
    add_sum(x * static_cast<double>(times));
}

void QuantileSketch::add_line(const SketchLine& line) {
    PLIMSOLL_EXPECTS(line.count >= 0 && line.weight >= 0);
    if (line.count == 0 || line.weight == 0) return;
    const auto value = [&](std::int64_t i) {
        return std::abs(line.first_value + line.slope * static_cast<double>(i));
    };
    const double last_value = line.first_value + line.slope * static_cast<double>(line.count - 1);
    PLIMSOLL_EXPECTS(line.first_value >= 0.0 && last_value >= 0.0);
    PLIMSOLL_EXPECTS(std::isfinite(line.first_value) && std::isfinite(last_value));
    const double first = std::abs(line.first_value);
    const double last = std::abs(last_value);
    const std::uint64_t last_bucket = bucket_of(last);
    std::uint64_t bucket = bucket_of(first);
    std::int64_t done = 0;
    // Rounding keeps the order of the values, so each bucket holds a run of indices: find its end
    // by division and correct by looking.
    while (bucket != last_bucket) {
        const bool rising = line.slope > 0.0;
        const bool tiny = bucket < bucket_of(kSmallest);
        const double edge = tiny && rising ? kSmallest : lower_edge(rising ? bucket + 1 : bucket);
        // Rising: values below the edge are in; falling: values at or above it.
        const auto inside = [&](std::int64_t i) {
            return rising ? value(i) < edge : value(i) >= edge;
        };
        if (tiny && !rising) break;
        const double guess = (edge - line.first_value) / line.slope;
        auto end = static_cast<std::int64_t>(
            std::clamp(guess, static_cast<double>(done + 1), static_cast<double>(line.count - 1)));
        while (end < line.count && inside(end)) ++end;
        while (end > done + 1 && !inside(end - 1)) --end;
        add_run(bucket, (end - done) * line.weight);
        done = end;
        if (done == line.count) break;
        bucket = bucket_of(value(done));
    }
    if (done < line.count) add_run(bucket, (line.count - done) * line.weight);
    count_ += line.count * line.weight;
    min_ = std::min({min_, first, last});
    max_ = std::max({max_, first, last});
    const auto n = static_cast<double>(line.count);
    add_sum(static_cast<double>(line.weight) *
            (n * line.first_value + line.slope * (0.5 * n * (n - 1.0))));
}

void QuantileSketch::merge(const QuantileSketch& other) {
    if (other.count_ == 0) return;
    if (!other.counts_.empty()) {
        reach(other.first_bucket_);
        reach(other.first_bucket_ + other.counts_.size() - 1);
        const std::size_t shift = other.first_bucket_ - first_bucket_;
        for (std::size_t i = 0; i < other.counts_.size(); ++i)
            counts_[shift + i] += other.counts_[i];
    }
    zeros_ += other.zeros_;
    count_ += other.count_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
    add_sum(other.sum_);
    rest_ += other.rest_;
}

double QuantileSketch::quantile(double p) const {
    PLIMSOLL_EXPECTS(p >= 0.0 && p <= 1.0);
    if (count_ == 0) return 0.0;
    const double rank = p * static_cast<double>(count_ - 1);
    if (rank <= 0.0) return min_;
    if (rank >= static_cast<double>(count_ - 1)) return max_;
    // The order statistic at the whole part of the rank lies in the bucket that we stop at.
    const auto target = static_cast<std::int64_t>(rank);
    std::int64_t before = zeros_;
    if (target < before) return min_;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        const std::int64_t here = counts_[i];
        if (target >= before + here) {
            before += here;
            continue;
        }
        const double low = lower_edge(first_bucket_ + i);
        const double high = lower_edge(first_bucket_ + i + 1);
        const double share =
            std::min(1.0, (rank - static_cast<double>(before) + 0.5) / static_cast<double>(here));
        return std::clamp(low + share * (high - low), min_, max_);
    }
    return max_;
}

bool QuantileSketch::has_same_counts(const QuantileSketch& other) const {
    if (count_ != other.count_ || zeros_ != other.zeros_) return false;
    const auto count_at = [](const QuantileSketch& sketch, std::uint64_t bucket) {
        const std::uint64_t at = bucket - sketch.first_bucket_;
        return at < sketch.counts_.size() ? sketch.counts_[at] : 0;
    };
    for (std::uint64_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i] != count_at(other, first_bucket_ + i)) return false;
    }
    return true;
}

}  // namespace plimsoll
