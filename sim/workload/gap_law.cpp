#include "sim/workload/gap_law.h"

#include "models/contract.h"
#include "sim/portable_math.h"

namespace plimsoll {
namespace {

/// x^(1 / shape) for x >= 0; what is smaller than a double can hold becomes 0.
double root(double x, double shape) {
    if (x <= 0.0) return 0.0;
    const double logarithm = portable_log(x) / shape;
    return logarithm < -690.0 ? 0.0 : portable_exp(logarithm);
}

}  // namespace

double weibull_shape(double cv) {
    PLIMSOLL_EXPECTS(cv >= kMinGapCv && cv <= kMaxGapCv);
    const double target = portable_log1p(cv * cv);
    // The variation falls with the shape: 0.1 gives a cv of 430, 100 one of 0.013.
    double low = 0.1;
    double high = 100.0;
    for (int i = 0; i < 40; ++i) {
        const double shape = 0.5 * (low + high);
        const double log_ratio =
            portable_lgamma(1.0 + 2.0 / shape) - 2.0 * portable_lgamma(1.0 + 1.0 / shape);
        (log_ratio > target ? low : high) = shape;
    }
    return 0.5 * (low + high);
}

GapLaw::GapLaw(GapFamily family, double cv) : family_(family) {
    if (family == GapFamily::exponential) return;
    PLIMSOLL_EXPECTS(cv >= kMinGapCv && cv <= kMaxGapCv);
    if (family == GapFamily::gamma) {
        shape_ = 1.0 / (cv * cv);
        scale_ = cv * cv;
    } else {
        shape_ = weibull_shape(cv);
        scale_ = portable_exp(-portable_lgamma(1.0 + 1.0 / shape_));
    }
}

double GapLaw::draw(Stream& stream) const {
    switch (family_) {
        case GapFamily::exponential:
            break;
        case GapFamily::gamma:
            return scale_ * stream.gamma(shape_);
        case GapFamily::weibull:
            return scale_ * root(stream.exponential(), shape_);
    }
    return stream.exponential();
}

double GapLaw::first(Stream& stream) const {
    if (family_ == GapFamily::exponential) return stream.exponential();
    const double position = stream.uniform();
    // Weighted by its length, a gamma density has the shape k + 1, and the k-th power of a Weibull
    // gap the gamma shape 1 + 1/k.
    const double gap = family_ == GapFamily::gamma ? stream.gamma(shape_ + 1.0)
                                                   : root(stream.gamma(1.0 + 1.0 / shape_), shape_);
    return position * scale_ * gap;
}

}  // namespace plimsoll
