#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/portable_math.h"

namespace plimsoll {

/// Four random words: Philox4x64-10 of `counter` under `key`. [Salmon11]
[[nodiscard]] std::array<std::uint64_t, 4> philox(const std::array<std::uint64_t, 4>& counter,
                                                  const std::array<std::uint64_t, 2>& key);

/// A named stream of random numbers: the same (seed, replication, name) gives the same numbers on
/// every machine, whatever other streams draw. A copy repeats the original's future.
///
/// Every continuous draw but gamma takes exactly one word, by inversion, so that two runs with the
/// same seed and other parameters stay in step. No two draws in one expression: the order in which
/// C++ evaluates them is open.
class Stream {
public:
    Stream(std::uint64_t seed, std::uint64_t replication, std::string_view name);

    /// A stream of its own for part `index` of what this one feeds: the same for every place in
    /// this one, and independent of it and of the other parts.
    [[nodiscard]] Stream part(std::uint64_t index) const;

    /// 64 random bits.
    std::uint64_t next_u64() {
        if (used_ == words_.size()) refill();
        return words_[used_++];
    }
    /// Uniform in (0, 1), neither end included.
    double uniform() {
        return (static_cast<double>(next_u64() >> 12U) + 0.5) * (1.0 / 4503599627370496.0);
    }
    /// Uniform in 0 .. bound - 1, bound >= 1; bias below bound / 2^64.
    std::uint64_t below(std::uint64_t bound);
    /// Exponential of mean 1.
    double exponential() { return -portable_log(uniform()); }
    /// Standard normal.
    double normal() { return normal_quantile(uniform()); }
    /// exp(mu + sigma * normal).
    double lognormal(double mu, double sigma) { return portable_exp(mu + sigma * normal()); }
    /// Gamma of the given shape and scale 1 (mean: shape); shape > 0. Takes a varying number of
    /// words. [MarsagliaTsang00]
    double gamma(double shape);
    /// Trials up to and including the first success: 1, 2, ... with mean 1 / p; 0 < p <= 1.
    /// Returned as a double because small p reach beyond integers.
    double geometric(double p);

private:
    explicit Stream(const std::array<std::uint64_t, 2>& key) : key_(key) {}
    void refill();

    std::array<std::uint64_t, 4> words_{};
    std::array<std::uint64_t, 2> key_{};
    std::uint64_t block_ = 0;
    std::uint64_t used_ = 4;
};

}  // namespace plimsoll
