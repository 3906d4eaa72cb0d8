#include "sim/random.h"

#include <cmath>

#include <Random123/philox.h>

#include "models/contract.h"

namespace plimsoll {
namespace {

/// A bijection that spreads neighbouring seeds over all bits. [Steele14]
std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31U);
}

/// FNV-1a.
std::uint64_t hash(std::string_view name) {
    std::uint64_t h = 0xcbf29ce484222325ULL;
    for (const char c : name) {
        h ^= static_cast<unsigned char>(c);
        h *= 0x100000001b3ULL;
    }
    return h;
}

}  // namespace

std::array<std::uint64_t, 4> philox(const std::array<std::uint64_t, 4>& counter,
                                    const std::array<std::uint64_t, 2>& key) {
    r123::Philox4x64::ctr_type c{};
    r123::Philox4x64::key_type k{};
    for (std::size_t i = 0; i < 4; ++i) c[i] = counter[i];
    for (std::size_t i = 0; i < 2; ++i) k[i] = key[i];
    const auto out = r123::Philox4x64()(c, k);
    return {out[0], out[1], out[2], out[3]};
}

Stream::Stream(std::uint64_t seed, std::uint64_t replication, std::string_view name)
    : key_{mix(mix(seed) ^ replication), mix(hash(name))} {}

Stream Stream::part(std::uint64_t index) const {
    return Stream({key_[0], mix(key_[1] ^ mix(index))});
}

void Stream::refill() {
    words_ = philox({block_, 0, 0, 0}, key_);
    ++block_;
    used_ = 0;
}

std::uint64_t Stream::below(std::uint64_t bound) {
    PLIMSOLL_EXPECTS(bound >= 1);
    // The high word of a 64 x 64 bit product, in 32-bit halves: C++ has no 128-bit integer.
    const std::uint64_t x = next_u64();
    const std::uint64_t x_high = x >> 32U;
    const std::uint64_t x_low = x & 0xffffffffULL;
    const std::uint64_t b_high = bound >> 32U;
    const std::uint64_t b_low = bound & 0xffffffffULL;
    const std::uint64_t low = x_low * b_low;
    const std::uint64_t middle = x_high * b_low + (low >> 32U);
    const std::uint64_t cross = x_low * b_high + (middle & 0xffffffffULL);
    return x_high * b_high + (middle >> 32U) + (cross >> 32U);
}

double Stream::gamma(double shape) {
    PLIMSOLL_EXPECTS(shape > 0.0);
    // Below 1 the density has a pole: draw shape + 1 and correct by a power of a uniform.
    double boost = 1.0;
    if (shape < 1.0) {
        const double log_power = portable_log(uniform()) / shape;
        if (log_power < -690.0) return 0.0;
        boost = portable_exp(log_power);
        shape += 1.0;
    }
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    for (;;) {
        const double x = normal();
        const double u = uniform();
        const double t = 1.0 + c * x;
        if (t <= 0.0) continue;
        const double v = t * t * t;
        // Nearly always this decides without the logarithms, and as they would.
        if (u < 1.0 - 0.0331 * (x * x) * (x * x)) return boost * d * v;
        if (portable_log(u) < 0.5 * x * x + d - d * v + d * portable_log(v)) return boost * d * v;
    }
}

double Stream::geometric(double p) {
    PLIMSOLL_EXPECTS(p > 0.0 && p <= 1.0);
    const double e = exponential();
    if (p == 1.0) return 1.0;
    return 1.0 + std::floor(e / -portable_log1p(-p));
}

}  // namespace plimsoll
