#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace plimsoll {

/// How the number of requests in the system moved over a run.
enum class BacklogTrend {
    /// It came and went.
    steady,
    /// It grew for a while as if overloaded, and came down again.
    peak_overload,
    /// It was still growing in the last half of the run.
    saturated,
};

struct BacklogVerdict {
    BacklogTrend trend = BacklogTrend::steady;
    /// Growth of the backlog over the last half, requests per arrival: 1 - 1 / load in an
    /// overloaded queue, about 0 in a stable one.
    double growth_per_arrival = 0.0;
};

/// Judges whether a queue keeps up, from the requests that each arrival finds in the system.
/// Constant memory: sums over blocks of arrivals, which merge in pairs as the run grows, so that
/// the verdict depends on how the backlog grows per arrival and not on how long the run is.
///
/// Saturated: over the last half of the arrivals the backlog grows by 2 % of the arrivals or more,
/// more than chance moves a queue at its limit (2.5 standard deviations of a random walk with the
/// variance of Poisson arrivals and exponential services), and steadily (one-sided t test of the
/// increments of eight parts at 5 %).
class BacklogMonitor {
public:
    /// An arrival finds `in_system` requests (itself excluded or included, always alike).
    void add(std::int64_t in_system) {
        Block& block = blocks_[full_];
        block.sum += static_cast<double>(in_system);
        ++block.count;
        if (block.count == block_arrivals_) [[unlikely]]
            next_block();
    }
    [[nodiscard]] BacklogVerdict verdict() const;
    [[nodiscard]] std::int64_t arrivals() const;

private:
    static constexpr std::size_t kBlocks = 128;
    struct Block {
        double sum = 0.0;
        std::int64_t count = 0;
    };

    void next_block();
    [[nodiscard]] double mean_of(std::size_t begin, std::size_t end) const;
    [[nodiscard]] double growth(std::size_t begin, std::size_t end) const;
    [[nodiscard]] bool keeps_growing(std::size_t begin, std::size_t end) const;
    [[nodiscard]] bool had_peak() const;

    std::array<Block, kBlocks> blocks_{};
    std::size_t full_ = 0;
    std::int64_t block_arrivals_ = 1;
};

}  // namespace plimsoll
