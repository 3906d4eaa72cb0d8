#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/params.h"

namespace plimsoll {

/// A unit of one dimension: as the end of a JSON key ("gb_per_s"), as people write it ("GB/s"), and
/// how many base units it holds.
struct Unit {
    std::string_view suffix;
    std::string_view symbol;
    double scale = 1.0;
};

/// The units of `dimension`, the canonical one first; empty for Dimension::none. One of them has
/// scale 1.
[[nodiscard]] std::span<const Unit> units_of(Dimension dimension);

/// The unit of `dimension` whose suffix is `suffix`, or null.
[[nodiscard]] const Unit* unit_with_suffix(Dimension dimension, std::string_view suffix);

/// Whether `suffix` belongs to any dimension.
[[nodiscard]] bool is_unit(std::string_view suffix);

/// The key of a field: the stem alone, or "stem_suffix".
[[nodiscard]] std::string key_of(std::string_view stem, const Unit* unit);

/// Every key that `stem` may have in `dimension`.
[[nodiscard]] std::vector<std::string> keys_of(std::string_view stem, Dimension dimension);

/// A number to print, with its unit.
struct PrintedNumber {
    double number = 0.0;
    const Unit* unit = nullptr;
};

/// `base` in the unit of `suffix` (the canonical one if empty) where some double gives exactly
/// `base` back, else in base units.
[[nodiscard]] PrintedNumber printed_number(double base,
                                           Dimension dimension,
                                           std::string_view suffix = {});

/// "300 ms", "3.35TB/s", "80 GiB", "2 per_min" in `dimension`: the number as written and its unit;
/// absent when the text is no number with a unit of that dimension.
[[nodiscard]] std::optional<PrintedNumber> number_with_unit(std::string_view text,
                                                            Dimension dimension);

}  // namespace plimsoll
