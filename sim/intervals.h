#pragma once

#include <cstdint>
#include <span>

#include "sim/result.h"

namespace plimsoll {

/// The 95 % interval of a share of which `successes` of `trials` were seen, trials >= 1: holds the
/// true share at least that often. [ClopperPearson34]
[[nodiscard]] Interval clopper_pearson(std::int64_t successes, std::int64_t trials);

/// The 95 % interval of a mean from independent samples, two at least: mean -+ t s / sqrt(n).
[[nodiscard]] Interval student_interval(std::span<const double> samples);

/// The two-sided 95 % point of Student's t, i.e. t(0.975, degrees); degrees >= 1.
[[nodiscard]] double student_t95(std::int64_t degrees);

}  // namespace plimsoll
