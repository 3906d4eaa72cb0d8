#include "sim/intervals.h"

#include <cmath>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "models/contract.h"

namespace plimsoll {
namespace {

/// In double throughout: long double is another type on every kind of machine.
using Policy = boost::math::policies::policy<boost::math::policies::promote_double<false>>;

}  // namespace

Interval clopper_pearson(std::int64_t successes, std::int64_t trials) {
    PLIMSOLL_EXPECTS(trials >= 1 && successes >= 0 && successes <= trials);
    const auto k = static_cast<double>(successes);
    const auto n = static_cast<double>(trials);
    Interval interval{.low = 0.0, .high = 1.0};
    if (successes > 0)
        interval.low =
            quantile(boost::math::beta_distribution<double, Policy>(k, n - k + 1.0), 0.025);
    if (successes < trials)
        interval.high =
            quantile(boost::math::beta_distribution<double, Policy>(k + 1.0, n - k), 0.975);
    return interval;
}

double student_t95(std::int64_t degrees) {
    PLIMSOLL_EXPECTS(degrees >= 1);
    return quantile(
        boost::math::students_t_distribution<double, Policy>(static_cast<double>(degrees)), 0.975);
}

Interval student_interval(std::span<const double> samples) {
    PLIMSOLL_EXPECTS(samples.size() >= 2);
    const auto n = static_cast<double>(samples.size());
    double mean = 0.0;
    for (const double x : samples) mean += x / n;
    double squares = 0.0;
    for (const double x : samples) squares += (x - mean) * (x - mean);
    const double half = student_t95(static_cast<std::int64_t>(samples.size()) - 1) *
                        std::sqrt(squares / (n - 1.0) / n);
    return {.low = mean - half, .high = mean + half};
}

}  // namespace plimsoll
