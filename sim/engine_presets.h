#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "models/deployment.h"

namespace plimsoll {

/// A named engine: the values of a serving system as a scenario's "engine" starts from them.
struct EnginePreset {
    std::string_view name;
    std::string_view help;
    Engine (*make)();
    /// Top-p and top-k, where a model's settings ask for them, sort the vocabulary.
    bool sorts_to_sample = false;
};

/// All presets, the default first. Values from models/README.md, serving engine; those that are
/// guesses say so in their help.
[[nodiscard]] std::span<const EnginePreset> engine_presets();

/// The preset `name`, or null.
[[nodiscard]] const EnginePreset* engine_preset(std::string_view name);
/// The engine of the preset `name`, if there is one.
[[nodiscard]] std::optional<Engine> engine_named(std::string_view name);

}  // namespace plimsoll
