#include "sim/saturation.h"

#include <algorithm>
#include <cmath>

namespace plimsoll {
namespace {

/// Smallest growth that counts, requests per arrival: a load of 1.02.
constexpr double kLeastGrowth = 0.02;
/// Arrivals and services each move a queue's length by one with variance one.
constexpr double kVariancePerArrival = 2.0;
constexpr double kDeviations = 2.5;
/// A peak is looked for in many places, so chance must be ruled out harder.
constexpr double kPeakDeviations = 4.0;
/// A shorter rise is a burst, not a peak: a share of the run.
constexpr std::size_t kRisesPerRun = 16;
constexpr std::size_t kParts = 8;
/// t(0.95, 6), for the seven increments between eight parts.
constexpr double kCriticalT = 1.943;
/// Fewer arrivals in the last half say nothing.
constexpr double kLeastArrivals = 64.0;

bool exceeds_chance(double rise, double arrivals, double deviations) {
    return rise >= kLeastGrowth * arrivals &&
           rise >= deviations * std::sqrt(kVariancePerArrival * arrivals);
}

}  // namespace

void BacklogMonitor::next_block() {
    if (++full_ < kBlocks) return;
    for (std::size_t i = 0; i < kBlocks / 2; ++i) {
        const Block& left = blocks_[2 * i];
        const Block& right = blocks_[2 * i + 1];
        blocks_[i] = {left.sum + right.sum, left.count + right.count};
    }
    for (std::size_t i = kBlocks / 2; i < kBlocks; ++i) blocks_[i] = {};
    full_ = kBlocks / 2;
    block_arrivals_ *= 2;
}

std::int64_t BacklogMonitor::arrivals() const {
    return static_cast<std::int64_t>(full_) * block_arrivals_ +
           (full_ < kBlocks ? blocks_[full_].count : 0);
}

double BacklogMonitor::mean_of(std::size_t begin, std::size_t end) const {
    double sum = 0.0;
    for (std::size_t i = begin; i < end; ++i) sum += blocks_[i].sum;
    return sum / (static_cast<double>(end - begin) * static_cast<double>(block_arrivals_));
}

double BacklogMonitor::growth(std::size_t begin, std::size_t end) const {
    const std::size_t part = (end - begin) / kParts;
    const double rise = mean_of(end - part, end) - mean_of(begin, begin + part);
    return rise / (static_cast<double>((kParts - 1) * part) * static_cast<double>(block_arrivals_));
}

bool BacklogMonitor::keeps_growing(std::size_t begin, std::size_t end) const {
    const std::size_t part = (end - begin) / kParts;
    const double span =
        static_cast<double>((kParts - 1) * part) * static_cast<double>(block_arrivals_);
    if (!exceeds_chance(growth(begin, end) * span, span, kDeviations)) return false;
    constexpr auto kSteps = static_cast<double>(kParts - 1);
    const double mean_step = growth(begin, end) * span / kSteps;
    double squares = 0.0;
    for (std::size_t k = 1; k < kParts; ++k) {
        const std::size_t at = begin + k * part;
        const double step = mean_of(at, at + part) - mean_of(at - part, at);
        squares += (step - mean_step) * (step - mean_step);
    }
    const double error = std::sqrt(squares / (kSteps - 1.0) / kSteps);
    return mean_step > kCriticalT * error;
}

bool BacklogMonitor::had_peak() const {
    // For every block as the summit: the largest rise up to it that chance does not explain, and
    // whether half of it is gone at the lowest point after it.
    for (std::size_t top = 1; top + 1 < full_; ++top) {
        const double height = mean_of(top, top + 1);
        double valley = height;
        for (std::size_t after = top + 1; after < full_; ++after)
            valley = std::min(valley, mean_of(after, after + 1));
        for (std::size_t from = 0; from + full_ / kRisesPerRun <= top; ++from) {
            const double rise = height - mean_of(from, from + 1);
            const double span =
                static_cast<double>(top - from) * static_cast<double>(block_arrivals_);
            if (exceeds_chance(rise, span, kPeakDeviations) && height - valley >= 0.5 * rise)
                return true;
        }
    }
    return false;
}

BacklogVerdict BacklogMonitor::verdict() const {
    // The parts must be equal, so that the last half is rounded to whole blocks per part.
    const std::size_t half = full_ / 2 / kParts * kParts;
    if (half == 0 ||
        static_cast<double>(half) * static_cast<double>(block_arrivals_) < kLeastArrivals)
        return {};
    const std::size_t begin = full_ - half;
    BacklogVerdict verdict{.growth_per_arrival = growth(begin, full_)};
    if (keeps_growing(begin, full_))
        verdict.trend = BacklogTrend::saturated;
    else if (had_peak())
        verdict.trend = BacklogTrend::peak_overload;
    return verdict;
}

}  // namespace plimsoll
