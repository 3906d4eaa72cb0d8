#include "sim/workload/request_lengths.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "models/contract.h"
#include "sim/registry.h"

namespace plimsoll {
namespace {

constexpr std::size_t kTerms = 40;

/// a_k / sqrt(k!) of one distribution that is no mixture.
std::array<double, kTerms> hermite_moments(const PolicySpec& spec) {
    const auto lengths = make_lengths(spec);
    Stream unused(0, 0, "");
    std::array<double, kTerms> moments{};
    // The trapezoidal rule, whose error falls faster than any power for smooth densities.
    constexpr double kStep = 1.0 / 32.0;
    constexpr int kNodes = 2 * 8 * 32 + 1;
    for (int i = 0; i < kNodes; ++i) {
        const double z = -8.0 + kStep * i;
        const double mass = kStep * 0.3989422804014327 * std::exp(-0.5 * z * z);
        const double value = mass * lengths->draw_at(z, unused);
        // Normalised polynomials: h_k+1 = (z h_k - sqrt(k) h_k-1) / sqrt(k + 1).
        double before = 0.0;
        double now = 1.0;
        for (std::size_t k = 0; k < kTerms; ++k) {
            moments[k] += value * now;
            const auto order = static_cast<double>(k);
            const double next = (z * now - std::sqrt(order) * before) / std::sqrt(order + 1.0);
            before = now;
            now = next;
        }
    }
    return moments;
}

std::vector<WeightedPolicy> parts_of(const PolicySpec& spec) {
    std::vector<WeightedPolicy> parts = spec.parts("parts");
    if (parts.empty()) return {{1.0, spec}};
    double total = 0.0;
    for (const WeightedPolicy& part : parts) total += part.weight;
    for (WeightedPolicy& part : parts) part.weight /= total;
    return parts;
}

/// Expectations over the parts; which part a length comes from is drawn apart.
std::array<double, kTerms> mixed_hermite_moments(const PolicySpec& spec) {
    std::array<double, kTerms> sum{};
    for (const WeightedPolicy& part : parts_of(spec)) {
        const auto own = hermite_moments(part.policy);
        for (std::size_t k = 0; k < kTerms; ++k) sum[k] += part.weight * own[k];
    }
    return sum;
}

bool is_drawn(const PolicySpec& spec) { return !spec.kind.empty() && spec.kind != "trace"; }

RequestMoments turn_moments(const RequestClass& requests) {
    if (!requests.lengths.kind.empty()) return joint_moments(requests.lengths);
    const ArrivalKind& arrival = arrival_kind(requests.arrival);
    RequestMoments moments;
    const bool draws_both = is_drawn(requests.prompt_tokens) && is_drawn(requests.output_tokens);
    if (!draws_both) {
        PLIMSOLL_EXPECTS(arrival.lengths != nullptr);
        moments = arrival.lengths(requests.arrival);
    }
    if (is_drawn(requests.prompt_tokens)) moments.prompt = length_moments(requests.prompt_tokens);
    if (is_drawn(requests.output_tokens)) moments.output = length_moments(requests.output_tokens);
    const bool recorded = !is_drawn(requests.prompt_tokens) && !is_drawn(requests.output_tokens);
    if (!recorded) moments.mean_product = moments.prompt.mean * moments.output.mean;
    if (draws_both && requests.length_correlation != 0.0) {
        moments.mean_product = mean_product(
            requests.prompt_tokens, requests.output_tokens, requests.length_correlation);
    }
    return moments;
}

}  // namespace

RequestLengths::RequestLengths(const RequestClass& requests)
    : correlation_(requests.length_correlation),
      rest_(std::sqrt(std::max(0.0, 1.0 - correlation_ * correlation_))) {
    if (!requests.lengths.kind.empty()) {
        joint_.emplace(requests.lengths);
        return;
    }
    if (is_drawn(requests.prompt_tokens)) prompt_ = make_lengths(requests.prompt_tokens);
    if (is_drawn(requests.output_tokens)) output_ = make_lengths(requests.output_tokens);
}

LengthPair RequestLengths::own(const ArrivalDraw& arrival, Stream& stream) const {
    if (joint_) return joint_->draw(stream);
    if (correlation_ != 0.0 && prompt_ && output_) {
        const double first = stream.normal();
        const double other = stream.normal();
        const std::int32_t prompt = prompt_->draw_at(first, stream);
        return {prompt, output_->draw_at(correlation_ * first + rest_ * other, stream)};
    }
    const std::int32_t prompt = prompt_ ? prompt_->draw(stream) : arrival.prompt_tokens;
    return {prompt, output_ ? output_->draw(stream) : arrival.output_tokens};
}

LengthPair RequestLengths::draw(const ArrivalDraw& arrival, Stream& stream) const {
    LengthPair pair = own(arrival, stream);
    const double whole = static_cast<double>(pair.prompt) + arrival.history_tokens;
    pair.prompt = static_cast<std::int32_t>(std::min(whole, kMaxTokens));
    PLIMSOLL_ENSURES(pair.prompt >= 1 && pair.output >= 1);
    return pair;
}

double mean_product(const PolicySpec& prompt, const PolicySpec& output, double correlation) {
    const auto a = mixed_hermite_moments(prompt);
    const auto b = mixed_hermite_moments(output);
    double sum = 0.0;
    double power = 1.0;
    for (std::size_t k = 0; k < kTerms; ++k) {
        sum += power * a[k] * b[k];
        power *= correlation;
    }
    return sum;
}

RequestMoments request_moments(const RequestClass& requests) {
    const RequestMoments turns = turn_moments(requests);
    const auto grown = arrival_kind(requests.arrival).grown;
    return grown == nullptr ? turns : grown(requests.arrival, turns);
}

}  // namespace plimsoll
