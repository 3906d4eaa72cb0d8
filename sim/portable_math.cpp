#include "sim/portable_math.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "models/contract.h"

namespace plimsoll {
namespace {

constexpr double kLn2 = 0.693147180559945309417232121458;

/// atanh series: needs nothing but the four operations, which are exactly rounded everywhere,
/// at compile time too.
constexpr double series_log(double x) {
    const double s = (x - 1.0) / (x + 1.0);
    const double s2 = s * s;
    double sum = 0.0;
    for (int k = 39; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
    return 2.0 * s * sum;
}

constexpr double series_exp(double x) {
    double sum = 1.0;
    for (int k = 24; k >= 1; --k) sum = 1.0 + sum * x / k;
    return sum;
}

constexpr std::size_t kLogSteps = 128;
/// From this node on, log is taken of half the mantissa, so that x near 1 from either side has
/// node 1 and keeps its relative accuracy.
constexpr std::size_t kLogFold = 54;

struct LogNode {
    double centre;
    double inverse;
    double log;
};

constexpr std::array<LogNode, kLogSteps + 1> make_log_nodes() {
    std::array<LogNode, kLogSteps + 1> nodes{};
    for (std::size_t j = 0; j <= kLogSteps; ++j) {
        const double centre = 1.0 + static_cast<double>(j) / static_cast<double>(kLogSteps);
        nodes[j] = {centre, 1.0 / centre, series_log(j < kLogFold ? centre : 0.5 * centre)};
    }
    return nodes;
}
constexpr auto kLogNodes = make_log_nodes();

constexpr std::size_t kExpSteps = 64;
constexpr std::array<double, kExpSteps> make_exp_nodes() {
    std::array<double, kExpSteps> nodes{};
    for (std::size_t j = 0; j < kExpSteps; ++j)
        nodes[j] = series_exp(kLn2 * static_cast<double>(j) / static_cast<double>(kExpSteps));
    return nodes;
}
constexpr auto kExpNodes = make_exp_nodes();

template <std::size_t N>
double polynomial(const std::array<double, N>& c, double x) {
    double sum = c[N - 1];
    for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + c[i];
    return sum;
}

}  // namespace

double portable_log(double x) {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const auto exponent = static_cast<int>(bits >> 52U) - 1023;
    const std::uint64_t fraction = bits & 0xfffffffffffffULL;
    const auto m = std::bit_cast<double>(fraction | 0x3ff0000000000000ULL);
    const auto j = static_cast<std::size_t>((fraction + (1ULL << 44U)) >> 45U);
    const LogNode& node = kLogNodes[j];
    // Exact difference (Sterbenz), so that r has full relative accuracy; |r| <= 2^-8.
    const double r = (m - node.centre) * node.inverse;
    const double r2 = r * r;
    const double tail =
        r2 * ((-0.5 + r * (1.0 / 3.0)) + r2 * ((-0.25 + r * 0.2) + r2 * (-1.0 / 6.0 + r / 7.0)));
    const auto whole = static_cast<double>(exponent + (j >= kLogFold ? 1 : 0));
    return (whole * kLn2 + node.log) + (r + tail);
}

double portable_log1p(double x) {
    const double y = 1.0 + x;
    const double rounded = y - 1.0;
    if (rounded == 0.0) return x;
    return portable_log(y) * (x / rounded);
}

double portable_exp(double x) {
    PLIMSOLL_EXPECTS(x > -700.0 && x < 700.0);
    // ln 2 / 64 in two parts, the first with its last 20 bits zero: k * high is exact.
    constexpr double kHigh =
        std::bit_cast<double>(std::bit_cast<std::uint64_t>(kLn2 / 64.0) & ~0xfffffULL);
    // ln 2 = 0.6931471805599453 + 2.319046813846299558e-17.
    constexpr double kLow = (kLn2 / 64.0 - kHigh) + 2.319046813846299558e-17 / 64.0;
    const double k = std::floor(x * (64.0 / kLn2) + 0.5);
    const double r = (x - k * kHigh) - k * kLow;
    const auto index = static_cast<std::int64_t>(k);
    const auto j = static_cast<std::size_t>(index & 63);
    const std::int64_t exponent = index >> 6;
    const double tail =
        r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)))));
    const auto scale = std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52U);
    return (kExpNodes[j] + kExpNodes[j] * tail) * scale;
}

double normal_quantile(double p) {
    PLIMSOLL_EXPECTS(p > 0.0 && p < 1.0);
    // Coefficients of algorithm AS 241, PPND16. [Wichura88]
    static constexpr std::array<double, 8> kA{3.3871328727963666080e0,
                                              1.3314166789178437745e+2,
                                              1.9715909503065514427e+3,
                                              1.3731693765509461125e+4,
                                              4.5921953931549871457e+4,
                                              6.7265770927008700853e+4,
                                              3.3430575583588128105e+4,
                                              2.5090809287301226727e+3};
    static constexpr std::array<double, 8> kB{1.0,
                                              4.2313330701600911252e+1,
                                              6.8718700749205790830e+2,
                                              5.3941960214247511077e+3,
                                              2.1213794301586595867e+4,
                                              3.9307895800092710610e+4,
                                              2.8729085735721942674e+4,
                                              5.2264952788528545610e+3};
    static constexpr std::array<double, 8> kC{1.42343711074968357734e0,
                                              4.63033784615654529590e0,
                                              5.76949722146069140550e0,
                                              3.64784832476320460504e0,
                                              1.27045825245236838258e0,
                                              2.41780725177450611770e-1,
                                              2.27238449892691845833e-2,
                                              7.74545014278341407640e-4};
    static constexpr std::array<double, 8> kD{1.0,
                                              2.05319162663775882187e0,
                                              1.67638483018380384940e0,
                                              6.89767334985100004550e-1,
                                              1.48103976427480074590e-1,
                                              1.51986665636164571966e-2,
                                              5.47593808499534494600e-4,
                                              1.05075007164441684324e-9};
    static constexpr std::array<double, 8> kE{6.65790464350110377720e0,
                                              5.46378491116411436990e0,
                                              1.78482653991729133580e0,
                                              2.96560571828504891230e-1,
                                              2.65321895265761230930e-2,
                                              1.24266094738807843860e-3,
                                              2.71155556874348757815e-5,
                                              2.01033439929228813265e-7};
    static constexpr std::array<double, 8> kF{1.0,
                                              5.99832206555887937690e-1,
                                              1.36929880922735805310e-1,
                                              1.48753612908506148525e-2,
                                              7.86869131145613259100e-4,
                                              1.84631831751005468180e-5,
                                              1.42151175831644588870e-7,
                                              2.04426310338993978564e-15};
    const double q = p - 0.5;
    if (std::abs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(kA, r) / polynomial(kB, r);
    }
    const double r = std::sqrt(-portable_log(q < 0.0 ? p : 1.0 - p));
    const double z = r <= 5.0 ? polynomial(kC, r - 1.6) / polynomial(kD, r - 1.6)
                              : polynomial(kE, r - 5.0) / polynomial(kF, r - 5.0);
    return q < 0.0 ? -z : z;
}

double normal_probability(double z) {
    const double x = std::abs(z);
    double tail = 0.0;
    if (x < 37.0) {
        const double density = portable_exp(-0.5 * x * x);
        if (x < 7.07106781186547) {
            static constexpr std::array<double, 7> kNumerator{220.206867912376,
                                                              221.213596169931,
                                                              112.079291497871,
                                                              33.912866078383,
                                                              6.37396220353165,
                                                              0.700383064443688,
                                                              3.52624965998911e-02};
            static constexpr std::array<double, 8> kDenominator{440.413735824752,
                                                                793.826512519948,
                                                                637.333633378831,
                                                                296.564248779674,
                                                                86.7807322029461,
                                                                16.064177579207,
                                                                1.75566716318264,
                                                                8.83883476483184e-02};
            tail = density * polynomial(kNumerator, x) / polynomial(kDenominator, x);
        } else {
            const double fraction = x + 1.0 / (x + 2.0 / (x + 3.0 / (x + 4.0 / (x + 0.65))));
            tail = density / (fraction * 2.506628274631);
        }
    }
    return z > 0.0 ? 1.0 - tail : tail;
}

double portable_lgamma(double x) {
    PLIMSOLL_EXPECTS(x > 0.0);
    double product = 1.0;
    while (x < 10.0) {
        product *= x;
        x += 1.0;
    }
    const double r = 1.0 / (x * x);
    const double series =
        (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / x;
    constexpr double kHalfLogTwoPi = 0.91893853320467274178;
    return (x - 0.5) * portable_log(x) - x + kHalfLogTwoPi + series - portable_log(product);
}

}  // namespace plimsoll
