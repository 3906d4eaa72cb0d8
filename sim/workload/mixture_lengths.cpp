#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/contract.h"
#include "sim/workload/lengths.h"

namespace plimsoll {
namespace {

constexpr std::array<ParamField, 1> kFields{
    ParamField{.stem = "parts",
               .kind = ParamField::Kind::parts,
               .default_value = {},
               .help = "distributions, each an object with its kind, its options and a weight",
               .required = true,
               .part_kinds = mixed_length_kinds}};

double total_weight(const std::vector<WeightedPolicy>& parts) {
    double total = 0.0;
    for (const WeightedPolicy& part : parts) total += part.weight;
    return total;
}

/// The parts' shares of all draws.
class Mixture final : public LengthDistribution {
public:
    explicit Mixture(const std::vector<WeightedPolicy>& parts) {
        const double total = total_weight(parts);
        double share = 0.0;
        for (const WeightedPolicy& part : parts) {
            share += part.weight / total;
            parts_.push_back({share, make_lengths(part.policy)});
        }
    }

private:
    struct Part {
        /// Of this one and those before it.
        double share;
        std::unique_ptr<LengthDistribution> lengths;
    };

    [[nodiscard]] const LengthDistribution& part(Stream& stream) const {
        const double at = stream.uniform();
        std::size_t i = 0;
        while (i + 1 < parts_.size() && at >= parts_[i].share) ++i;
        return *parts_[i].lengths;
    }
    [[nodiscard]] double do_draw(Stream& stream) const override {
        return part(stream).draw(stream);
    }
    [[nodiscard]] double do_draw_at(double z, Stream& stream) const override {
        return part(stream).draw_at(z, stream);
    }

    std::vector<Part> parts_;
};

std::unique_ptr<LengthDistribution> make(const PolicySpec& spec) {
    PLIMSOLL_EXPECTS(!length_problem(spec));
    return std::make_unique<Mixture>(spec.parts("parts"));
}

LengthMoments moments(const PolicySpec& spec) {
    const std::vector<WeightedPolicy> parts = spec.parts("parts");
    const double total = total_weight(parts);
    LengthMoments sum;
    for (const WeightedPolicy& part : parts) {
        const LengthMoments own = length_moments(part.policy);
        sum.mean += part.weight / total * own.mean;
        sum.second_moment += part.weight / total * own.second_moment;
        sum.longest = std::max(sum.longest, own.longest);
    }
    return sum;
}

std::optional<std::string> problem(const PolicySpec& spec) {
    const std::vector<WeightedPolicy> parts = spec.parts("parts");
    if (parts.empty()) return "at least one part is needed";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (auto why = length_problem(parts[i].policy))
            return fmt::format("parts[{}]: {}", i, *why);
    }
    return std::nullopt;
}

}  // namespace

LengthKind mixture_lengths() {
    return {{"mixture", "one of several distributions, each with a weight", kFields},
            make,
            moments,
            problem};
}

}  // namespace plimsoll
