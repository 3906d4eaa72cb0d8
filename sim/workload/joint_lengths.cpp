#include "sim/workload/joint_lengths.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/contract.h"
#include "sim/io/trace_csv.h"
#include "sim/portable_math.h"
#include "sim/workload/arrival.h"

namespace plimsoll {
namespace {

using Points = std::vector<std::array<double, 3>>;

constexpr std::array<ParamField, 3> kFields{
    ParamField{.stem = "points",
               .kind = ParamField::Kind::triples,
               .default_value = {},
               .help = "[prompt tokens, output tokens, weight]: a two-dimensional histogram"},
    ParamField{.stem = "path",
               .kind = ParamField::Kind::path,
               .default_value = {},
               .help = "or a CSV file with prompt_tokens and output_tokens, a row a request; .gz "
                       "is read too"},
    ParamField{.stem = "cell",
               .default_value = 1.0,
               .minimum = 1.0,
               .maximum = 100.0,
               .help = "ratio of a histogram cell's edges: lengths are spread evenly in the "
                       "logarithm from x / sqrt(cell) to x * sqrt(cell)"}};

Points points_of(const PolicySpec& spec) {
    if (spec.has("points")) return spec.triples("points");
    Points points;
    for (const LengthPair& row : read_length_pairs(spec.text("path"))) {
        points.push_back({static_cast<double>(row.prompt), static_cast<double>(row.output), 1.0});
    }
    return points;
}

std::vector<double> weights_of(const Points& points) {
    std::vector<double> weights;
    weights.reserve(points.size());
    for (const auto& point : points) weights.push_back(point[2]);
    return weights;
}

std::int32_t tokens_of(double x) {
    return static_cast<std::int32_t>(std::clamp(std::floor(x + 0.5), 1.0, kMaxTokens));
}

}  // namespace

JointLengths::JointLengths(const PolicySpec& spec) : table_({1.0}) {
    PLIMSOLL_EXPECTS(!joint_problem(spec));
    const Points points = points_of(spec);
    table_ = AliasTable(weights_of(points));
    points_.reserve(points.size());
    for (const auto& [prompt, output, weight] : points)
        points_.push_back({tokens_of(prompt), tokens_of(output)});
    log_cell_ = portable_log(spec.number("cell", 1.0));
}

LengthPair JointLengths::draw(Stream& stream) const {
    const LengthPair& point = points_[table_.draw(stream)];
    if (log_cell_ == 0.0) return point;
    const double up = stream.uniform() - 0.5;
    const double right = stream.uniform() - 0.5;
    return {tokens_of(point.prompt * portable_exp(log_cell_ * up)),
            tokens_of(point.output * portable_exp(log_cell_ * right))};
}

PolicyInfo joint_lengths_info() {
    return {"joint", "prompt and output together, from a two-dimensional histogram", kFields};
}

RequestMoments joint_moments(const PolicySpec& spec) {
    const Points points = points_of(spec);
    const double cell = spec.number("cell", 1.0);
    const double log_cell = std::log(cell);
    // E[e^(k u)] for u even in +-log(cell) / 2.
    const auto spread = [&](double k) {
        return cell > 1.0 ? 2.0 * std::sinh(0.5 * k * log_cell) / (k * log_cell) : 1.0;
    };
    RequestMoments sum;
    double total = 0.0;
    for (const auto& [given_prompt, given_output, weight] : points) {
        const double prompt = tokens_of(given_prompt);
        const double output = tokens_of(given_output);
        total += weight;
        sum.prompt.mean += weight * prompt;
        sum.prompt.second_moment += weight * prompt * prompt;
        sum.prompt.longest = std::max(sum.prompt.longest, prompt * std::sqrt(cell));
        sum.output.mean += weight * output;
        sum.output.second_moment += weight * output * output;
        sum.output.longest = std::max(sum.output.longest, output * std::sqrt(cell));
        sum.mean_product += weight * prompt * output;
    }
    for (LengthMoments* moments : {&sum.prompt, &sum.output}) {
        moments->mean *= spread(1.0) / total;
        moments->second_moment *= spread(2.0) / total;
    }
    sum.mean_product *= spread(1.0) * spread(1.0) / total;
    return sum;
}

std::optional<std::string> joint_problem(const PolicySpec& spec) {
    if (spec.has("points") == spec.has("path")) return "give either points or path";
    if (!spec.has("points")) return std::nullopt;
    double total = 0.0;
    for (const auto& [prompt, output, weight] : spec.triples("points")) {
        for (const double tokens : {prompt, output}) {
            if (!(tokens >= 1.0 && tokens <= kMaxTokens))
                return "tokens must lie between 1 and 1e9";
        }
        if (!(weight >= 0.0)) return "weights must not be negative";
        total += weight;
    }
    if (!(total > 0.0)) return "some weight must be above 0";
    return std::nullopt;
}

}  // namespace plimsoll
