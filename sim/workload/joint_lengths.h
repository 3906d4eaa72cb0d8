#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/params.h"
#include "sim/random.h"
#include "sim/workload/alias_table.h"
#include "sim/workload/length_moments.h"
#include "sim/workload/request.h"

namespace plimsoll {

/// Prompt and output together: the weighted points of a two-dimensional histogram, given in the
/// scenario or as the rows of a file.
class JointLengths {
public:
    /// Throws FileError and TraceError where a file is named. Expects options without a problem.
    explicit JointLengths(const PolicySpec& spec);

    [[nodiscard]] LengthPair draw(Stream& stream) const;

private:
    std::vector<LengthPair> points_;
    AliasTable table_;
    /// Of the ratio of a cell's edges; 0: points are met exactly.
    double log_cell_ = 0.0;
};

/// The kind "joint" with its options.
[[nodiscard]] PolicyInfo joint_lengths_info();
/// Moments of what is drawn, in closed form, before rounding within cells.
[[nodiscard]] RequestMoments joint_moments(const PolicySpec& spec);
/// What is wrong between the options, or nothing.
[[nodiscard]] std::optional<std::string> joint_problem(const PolicySpec& spec);

}  // namespace plimsoll
