#pragma once

#include <memory>
#include <optional>

#include "sim/scenario.h"
#include "sim/workload/arrival.h"
#include "sim/workload/joint_lengths.h"

namespace plimsoll {

/// Draws both lengths of the requests of one class: as the arrival says, each from its own
/// distribution, correlated through a Gaussian copula [Nelsen06], or together.
class RequestLengths {
public:
    /// Throws FileError and TraceError where a file is named.
    explicit RequestLengths(const RequestClass& requests);

    /// The lengths of `arrival`; of a conversation's turn, with what came before it.
    [[nodiscard]] LengthPair draw(const ArrivalDraw& arrival, Stream& stream) const;

private:
    [[nodiscard]] LengthPair own(const ArrivalDraw& arrival, Stream& stream) const;

    std::optional<JointLengths> joint_;
    /// Null: as the arrival says.
    std::unique_ptr<LengthDistribution> prompt_;
    std::unique_ptr<LengthDistribution> output_;
    double correlation_ = 0.0;
    /// sqrt(1 - correlation^2).
    double rest_ = 1.0;
};

/// Moments of both lengths: in closed form, or by quadrature where they are correlated (relative
/// error of the product below 2e-3 up to a correlation of 0.95). Reads traces; throws as
/// arrival_rate() does.
[[nodiscard]] RequestMoments request_moments(const RequestClass& requests);

/// E[prompt x output] of two distributions joined by a Gaussian copula of this correlation: the sum
/// over k of correlation^k a_k b_k / k! with the Hermite moments a_k = E[prompt(Z) He_k(Z)] of the
/// lengths as functions of a standard normal Z. [Mehler1866]
[[nodiscard]] double mean_product(const PolicySpec& prompt,
                                  const PolicySpec& output,
                                  double correlation);

}  // namespace plimsoll
