#pragma once

namespace plimsoll {

/// Natural logarithm of a positive, normal number, within 2 ulp and with the same bits on every
/// machine: the C library picks another implementation where the processor fuses multiply-adds.
[[nodiscard]] double portable_log(double x);
/// log(1 + x) for x > -1, accurate for small x, with the same bits on every machine.
[[nodiscard]] double portable_log1p(double x);
/// e^x for |x| < 700, within 2 ulp and with the same bits on every machine.
[[nodiscard]] double portable_exp(double x);
/// The standard normal quantile of p in (0, 1), relative error 1e-15. [Wichura88]
[[nodiscard]] double normal_quantile(double p);
/// P(Z <= z) of a standard normal Z, absolute error 1e-15, relative error 1e-13 above -7 and 1e-7
/// above -37, 0 below; with the same bits on every machine. [Hart68]
[[nodiscard]] double normal_probability(double z);
/// The logarithm of Gamma(x) for x > 0, absolute error 1e-13 below 100, with the same bits on every
/// machine: Stirling's series, shifted to 10 and more.
[[nodiscard]] double portable_lgamma(double x);

}  // namespace plimsoll
