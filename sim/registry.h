#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sim/params.h"
#include "sim/workload/arrival.h"
#include "sim/workload/length_moments.h"

namespace plimsoll {

/// A registered arrival process: what a scenario may name, and how to make it. One row an
/// extension; the functions stand in sim/workload/arrivals/.
struct ArrivalKind {
    PolicyInfo info;
    std::unique_ptr<ArrivalProcess> (*make)(const PolicySpec& spec, Stream stream, double load);
    ArrivalRate (*rate)(const PolicySpec& spec);
    /// What is wrong between options that are legal one by one; null: nothing can be.
    std::optional<std::string> (*problem)(const PolicySpec& spec) = nullptr;
    /// The lengths that come with its arrivals; null: the class draws them.
    RequestMoments (*lengths)(const PolicySpec& spec) = nullptr;
    /// The lengths of its requests where those of `turns` are only what each adds; null: all.
    RequestMoments (*grown)(const PolicySpec& spec, const RequestMoments& turns) = nullptr;
};

/// A registered length distribution; `trace` (lengths come with the arrivals) has no functions.
struct LengthKind {
    PolicyInfo info;
    std::unique_ptr<LengthDistribution> (*make)(const PolicySpec& spec);
    LengthMoments (*moments)(const PolicySpec& spec);
    /// What is wrong between options that are legal one by one.
    std::optional<std::string> (*problem)(const PolicySpec& spec);
};

/// Every arrival process and every length distribution, in the order in which they are listed.
[[nodiscard]] std::span<const ArrivalKind> arrival_registry();
[[nodiscard]] std::span<const LengthKind> length_registry();
/// The kinds that a part of a mixture may be of.
[[nodiscard]] std::span<const PolicyInfo> mixed_length_kinds();

/// What is wrong between the options of an arrival process, or nothing. Expects a registered kind.
[[nodiscard]] std::optional<std::string> arrival_problem(const PolicySpec& spec);
/// Whether the arrivals of `spec` come with their lengths. Expects a registered kind.
[[nodiscard]] bool brings_lengths(const PolicySpec& spec);
/// The row of `spec`. Expects a registered kind.
[[nodiscard]] const ArrivalKind& arrival_kind(const PolicySpec& spec);

/// What is wrong between the options of a length distribution (two scales given, points that do
/// not rise), or nothing. Expects a registered kind.
[[nodiscard]] std::optional<std::string> length_problem(const PolicySpec& spec);

}  // namespace plimsoll
