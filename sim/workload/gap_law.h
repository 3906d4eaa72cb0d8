#pragma once

#include "sim/random.h"

namespace plimsoll {

/// How gaps between arrivals vary.
enum class GapFamily { exponential, gamma, weibull };

/// Times between the arrivals of a renewal process, of mean 1: callers multiply by a mean gap, or
/// spend them on the area under a rate curve.
class GapLaw {
public:
    /// Exponential gaps.
    GapLaw() = default;
    /// Gaps of coefficient of variation `cv`, in [kMinGapCv, kMaxGapCv]; without meaning for
    /// exponential gaps, whose is 1.
    GapLaw(GapFamily family, double cv);

    /// One gap.
    [[nodiscard]] double draw(Stream& stream) const;
    /// The time from a moment that knows nothing of the process to the next arrival: uniform in a
    /// gap that is drawn in proportion to its length. Starting with it, the process offers its mean
    /// rate from the first second on. [Cox62]
    [[nodiscard]] double first(Stream& stream) const;

private:
    GapFamily family_ = GapFamily::exponential;
    /// Of the gamma or Weibull density.
    double shape_ = 1.0;
    double scale_ = 1.0;
};

inline constexpr double kMinGapCv = 0.02;
inline constexpr double kMaxGapCv = 50.0;

/// The shape k of a Weibull density with the coefficient of variation `cv`:
/// 1 + cv^2 = Gamma(1 + 2/k) / Gamma(1 + 1/k)^2.
[[nodiscard]] double weibull_shape(double cv);

}  // namespace plimsoll
