#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace plimsoll {

/// Values first_value + slope * i for i = 0 .. count - 1, each `weight` times.
struct SketchLine {
    double first_value = 0.0;
    double slope = 0.0;
    std::int64_t count = 0;
    std::int64_t weight = 1;
};

/// A mergeable summary of non-negative numbers: count, sum, least and greatest exactly, quantiles
/// within 0.4 %. Buckets come straight from the bits of the number: 256 a factor of two. Values
/// below 2^-40 (1e-12: no duration that we report) count as zero. Memory: 8 bytes a bucket between
/// the least and the greatest value.
class QuantileSketch {
public:
    /// A quantile's largest relative error: the width of a bucket.
    static constexpr double kRelativeError = 1.0 / 256.0;

    /// Adds x >= 0, finite, `times` times.
    void add(double x, std::int64_t times = 1) {
        const std::uint64_t bucket = bucket_of(x) - first_bucket_;
        // One test for both ends: an index below the first wraps around.
        if (bucket >= counts_.size()) [[unlikely]] {
            add_outside(x, times);
            return;
        }
        counts_[bucket] += times;
        count_ += times;
        widen(x);
        add_sum(x * static_cast<double>(times));
    }
    /// Adds a line of values, none negative: bucket by bucket, with the same counts as one by one.
    void add_line(const SketchLine& line);
    /// Adds everything that `other` holds.
    void merge(const QuantileSketch& other);

    [[nodiscard]] std::int64_t count() const { return count_; }
    [[nodiscard]] double sum() const { return sum_ + rest_; }
    /// NaN-free: 0 where nothing was added.
    [[nodiscard]] double min() const { return count_ > 0 ? min_ : 0.0; }
    [[nodiscard]] double max() const { return max_; }
    [[nodiscard]] double mean() const {
        return count_ > 0 ? sum() / static_cast<double>(count_) : 0.0;
    }
    /// The value at rank p (count - 1), p in [0, 1]; within kRelativeError of the exact order
    /// statistic, and min and max at the ends. 0 where nothing was added.
    [[nodiscard]] double quantile(double p) const;

    /// The same number of values in every bucket.
    [[nodiscard]] bool has_same_counts(const QuantileSketch& other) const;
    /// Buckets held, for tests and reports of memory.
    [[nodiscard]] std::size_t buckets() const { return counts_.size(); }

private:
    static constexpr double kSmallest = 0x1p-40;
    static constexpr unsigned kShift = 44;

    static std::uint64_t bucket_of(double x) { return std::bit_cast<std::uint64_t>(x) >> kShift; }
    static double lower_edge(std::uint64_t bucket) {
        return std::bit_cast<double>(bucket << kShift);
    }
    void widen(double x) {
        min_ = x < min_ ? x : min_;
        max_ = x > max_ ? x : max_;
    }
    /// Adds with the rounding error of the sum carried along (two-sum). [Knuth97]
    void add_sum(double x) {
        const double total = sum_ + x;
        const double part = total - sum_;
        rest_ += (sum_ - (total - part)) + (x - part);
        sum_ = total;
    }
    void add_outside(double x, std::int64_t times);
    void add_run(std::uint64_t bucket, std::int64_t times);
    void reach(std::uint64_t bucket);

    std::vector<std::int64_t> counts_;
    std::uint64_t first_bucket_ = 0;
    std::int64_t zeros_ = 0;
    std::int64_t count_ = 0;
    double sum_ = 0.0;
    double rest_ = 0.0;
    double min_ = 1.7976931348623157e308;
    double max_ = 0.0;
};

}  // namespace plimsoll
