#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace plimsoll::test {

/// A portable source of cases (SplitMix64): the same seed gives the same case with every library.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    /// 64 uniform bits.
    [[nodiscard]] std::uint64_t bits() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

    /// Uniform in [0, 1).
    [[nodiscard]] double uniform() { return static_cast<double>(bits() >> 11U) * 0x1.0p-53; }

    /// Uniform in [low, high).
    [[nodiscard]] double between(double low, double high) { return low + (high - low) * uniform(); }

    /// Uniform in [low, high], both ends included.
    template <std::integral Int>
    [[nodiscard]] Int between(Int low, Int high) {
        const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1U;
        const std::uint64_t offset = span == 0U ? bits() : bits() % span;
        return static_cast<Int>(static_cast<std::uint64_t>(low) + offset);
    }

    /// Log-uniform in [low, high): every decade is as likely as every other; low > 0.
    [[nodiscard]] double log_between(double low, double high) {
        return low * std::exp(uniform() * std::log(high / low));
    }

    /// True with probability p.
    [[nodiscard]] bool chance(double p) { return uniform() < p; }

    /// One element of a container that is not empty.
    template <class Container>
    [[nodiscard]] const auto& pick(const Container& from) {
        return from[between(std::size_t{0}, std::size(from) - 1)];
    }

private:
    std::uint64_t state_;
};

/// How a failure shows a case: its fmt formatter, else its operator<<, else nothing but the seed.
template <class Case>
[[nodiscard]] std::string describe(const Case& value) {
    if constexpr (fmt::is_formattable<Case>::value) {
        return fmt::format("{}", value);
    } else if constexpr (requires(std::ostream & out) { out << value; }) {
        std::ostringstream out;
        out << value;
        return std::move(out).str();
    } else {
        return "(a type without formatter)";
    }
}

/// Checks n cases, case = gen(Random&). `check(case)` returns bool, or returns nothing and uses
/// REQUIRE. The first failure ends it and prints its seed and the case; PLIMSOLL_CASE=<that seed>
/// replays it alone.
template <class Gen, class Check>
void for_all(std::uint64_t seed, int n, Gen gen, Check check) {
    const auto holds = [&](std::uint64_t case_seed) {
        Random random(case_seed);
        const auto generated = gen(random);
        INFO("for_all(seed ",
             seed,
             "): replay with PLIMSOLL_CASE=",
             case_seed,
             "\n  case: ",
             describe(generated));
        if constexpr (std::is_void_v<decltype(check(generated))>) {
            check(generated);
            return true;
        } else {
            const bool held = check(generated);
            CHECK(held);
            return held;
        }
    };
    if (const char* replay = std::getenv("PLIMSOLL_CASE"); replay != nullptr) {
        static_cast<void>(holds(std::strtoull(replay, nullptr, 10)));
        return;
    }
    Random seeds(seed);
    for (int i = 0; i < n; ++i) {
        if (!holds(seeds.bits())) {
            return;
        }
    }
}

}  // namespace plimsoll::test
