#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/params.h"
#include "sim/scenario.h"

namespace plimsoll {

/// One adjustable number of every scenario of a kind: a slider, or an axis of a sweep. "*" in the
/// path stands for the name of a pool or class.
struct Knob {
    /// As --set takes it, without a unit: "pools.*.gpu.hbm_bandwidth".
    std::string_view path;
    std::string_view label;
    Dimension dimension = Dimension::none;
    /// Suffix of the unit in which it is shown; empty: the dimension's first, or none.
    std::string_view unit;
    /// A sensible span, in base units.
    double low = 0.0;
    double high = 0.0;
    enum class Kind { number, whole } kind = Kind::number;
    enum class Scale { linear, logarithmic } scale = Scale::linear;
    /// In base units, of the pool or class `index`.
    double (*get)(const Scenario& scenario, std::size_t index);
    void (*set)(Scenario& scenario, std::size_t index, double value);
};

/// All knobs, in the order of a panel.
[[nodiscard]] std::span<const Knob> knobs();

/// A knob of one scenario, for one of its pools or classes.
struct BoundKnob {
    const Knob* knob = nullptr;
    std::size_t index = 0;
    /// "pools.chat.replicas".
    std::string path;
};

/// The knobs that `scenario` has: one per pool or class where the path has a "*", and only those
/// whose thing the scenario names (an arrival rate needs arrivals with a rate).
[[nodiscard]] std::vector<BoundKnob> bound_knobs(const Scenario& scenario);

}  // namespace plimsoll
