#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace plimsoll {

struct WeightedPolicy;

/// What a policy option holds: a number in base units, a word or path, a list of pairs (quantile
/// points) or triples (weighted pairs), or other policies with weights (the parts of a mixture).
using ParamValue = std::variant<double,
                                std::string,
                                std::vector<std::array<double, 2>>,
                                std::vector<std::array<double, 3>>,
                                std::vector<WeightedPolicy>>;

struct PolicyInfo;

/// The dimension of an option or scenario field, which decides the unit suffixes its key accepts.
enum class Dimension {
    none,
    time,
    bytes,
    bandwidth,
    flop_rate,
    power,
    rate,
    token_rate,
    usd_per_hour,
    usd_per_gpu_hour,
    usd_per_energy,
    usd_per_power_month,
    usd_per_power,
    usd_per_bytes,
    usd_per_token,
    money,
    energy,
    energy_per_bytes,
    energy_per_token,
    carbon_per_energy,
    percent,
    parameters,
};

/// One option that a policy takes: its stem (no unit), whether it must be given, and what for.
struct ParamField {
    std::string_view stem;
    enum class Kind { number, integer, text, path, pairs, triples, parts } kind = Kind::number;
    Dimension dimension = Dimension::none;
    std::optional<double> default_value;
    double minimum = 0.0;
    double maximum = 1e300;
    std::string_view help;
    /// For text: the words it may be, the default first; empty: any.
    std::span<const std::string_view> words{};
    /// Whether the option must be given.
    bool required = false;
    /// For parts: the kinds that one may be of.
    std::span<const PolicyInfo> (*part_kinds)() = nullptr;
};

/// A policy as a scenario names it: its kind and its options, by stem, in base units.
struct PolicySpec {
    std::string kind;
    std::vector<std::pair<std::string, ParamValue>> params;

    /// The number given for `stem`, or `fallback`.
    [[nodiscard]] double number(std::string_view stem, double fallback) const;
    /// The text given for `stem`, or an empty string.
    [[nodiscard]] std::string text(std::string_view stem) const;
    /// The pairs given for `stem`, or an empty list.
    [[nodiscard]] std::vector<std::array<double, 2>> pairs(std::string_view stem) const;
    /// The triples given for `stem`, or an empty list.
    [[nodiscard]] std::vector<std::array<double, 3>> triples(std::string_view stem) const;
    /// The parts given for `stem`, or an empty list.
    [[nodiscard]] std::vector<WeightedPolicy> parts(std::string_view stem) const;
    [[nodiscard]] bool has(std::string_view stem) const;
    void set(std::string_view stem, ParamValue value);
};

/// A part of a mixture.
struct WeightedPolicy {
    double weight = 1.0;
    PolicySpec policy;
};

/// A registered policy: what a scenario may name, with its options. Factories live in the engine.
struct PolicyInfo {
    std::string_view name;
    std::string_view help;
    std::span<const ParamField> fields;
};

}  // namespace plimsoll
