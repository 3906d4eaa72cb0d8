#include "sim/workload/length_points.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "models/contract.h"
#include "sim/portable_math.h"

namespace plimsoll {
namespace {

constexpr std::size_t kMostPoints = 20;
constexpr double kCloseEnough = 0.02;
/// Places at which the quantiles are compared: every half percent, and the last percent finely.
constexpr int kPlaces = 200;
constexpr std::array kTail{0.9925, 0.9975, 0.999, 0.9995};
/// Quantiles this near in probability are as good; in the tails, so near as a share of the tail.
constexpr double kBand = 0.008;
constexpr double kTailBand = 0.03;
/// Lengths are whole numbers: among the shortest a relative error says little.
constexpr double kSoften = 3.0;

using Points = std::vector<std::array<double, 2>>;

double interpolated(const Points& points, double probability) {
    const auto after = std::upper_bound(
        points.begin() + 1, points.end() - 1, probability, [](double p, const auto& point) {
            return p < point[0];
        });
    const auto& right = *after;
    const auto& left = *(after - 1);
    const double share = (probability - left[0]) / (right[0] - left[0]);
    return std::exp(std::log(left[1]) + share * (std::log(right[1]) - std::log(left[1])));
}

std::vector<double> normal_scores(std::span<const double> values, std::span<const double> weights) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return values[a] != values[b] ? values[a] < values[b] : a < b;
    });
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<double> scores(values.size());
    double behind = 0.0;
    std::size_t begin = 0;
    while (begin < order.size()) {
        std::size_t end = begin;
        double weight = 0.0;
        for (; end < order.size() && values[order[end]] == values[order[begin]]; ++end)
            weight += weights[order[end]];
        const double rank = std::clamp((behind + 0.5 * weight) / total, 1e-9, 1.0 - 1e-9);
        for (std::size_t i = begin; i < end; ++i) scores[order[i]] = normal_quantile(rank);
        behind += weight;
        begin = end;
    }
    return scores;
}

}  // namespace

std::vector<std::array<double, 2>> length_points(std::vector<WeightedLength> lengths) {
    std::sort(lengths.begin(), lengths.end(), [](const auto& a, const auto& b) {
        return a.tokens < b.tokens;
    });
    double total = 0.0;
    std::vector<double> until;
    for (const WeightedLength& length : lengths) until.push_back(total += length.weight);
    PLIMSOLL_EXPECTS(total > 0.0);
    // Memberships are shares: what hardly belongs here must not set the ends.
    const auto at = [&](double probability) {
        const auto place = std::lower_bound(until.begin(), until.end(), probability * total);
        const auto index = std::min<std::ptrdiff_t>(
            place - until.begin(), static_cast<std::ptrdiff_t>(lengths.size()) - 1);
        return lengths[static_cast<std::size_t>(index)].tokens;
    };
    const double end = 0.5 / std::max(1.0, total);
    Points points{{0.0, at(end)}, {1.0, at(1.0 - end)}};
    std::vector<double> places(kTail.begin(), kTail.end());
    for (int i = 1; i < kPlaces; ++i) places.push_back(static_cast<double>(i) / kPlaces);
    while (points.size() < kMostPoints) {
        double worst = kCloseEnough;
        double where = 0.0;
        for (const double place : places) {
            // Where lengths jump, a line that passes between both sides is right.
            const double line = interpolated(points, place);
            const double band = std::min({kBand, kTailBand * place, kTailBand * (1.0 - place)});
            const double nearest = std::clamp(line, at(place - band), at(place + band));
            const double off = std::abs(std::log((nearest + kSoften) / (line + kSoften)));
            if (off > worst) {
                worst = off;
                where = place;
            }
        }
        if (where == 0.0) break;
        points.insert(std::upper_bound(points.begin(),
                                       points.end(),
                                       where,
                                       [](double p, const auto& point) { return p < point[0]; }),
                      {where, at(where)});
    }
    return points;
}

double normal_correlation(std::span<const double> x,
                          std::span<const double> y,
                          std::span<const double> weights) {
    PLIMSOLL_EXPECTS(x.size() == y.size() && x.size() == weights.size());
    const std::vector<double> a = normal_scores(x, weights);
    const std::vector<double> b = normal_scores(y, weights);
    double total = 0.0;
    double mean_a = 0.0;
    double mean_b = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        total += weights[i];
        mean_a += weights[i] * a[i];
        mean_b += weights[i] * b[i];
    }
    mean_a /= total;
    mean_b /= total;
    double aa = 0.0;
    double bb = 0.0;
    double ab = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        aa += weights[i] * (a[i] - mean_a) * (a[i] - mean_a);
        bb += weights[i] * (b[i] - mean_b) * (b[i] - mean_b);
        ab += weights[i] * (a[i] - mean_a) * (b[i] - mean_b);
    }
    return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

}  // namespace plimsoll
