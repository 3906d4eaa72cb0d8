#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
[[nodiscard]] int edit_distance(std::string_view a, std::string_view b);

/// The word of `known` nearest to `word`, case, '-' and '_' apart; empty when none is near.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// `unknown "possion"; did you mean "poisson"? known: gamma, poisson`, with `what` after
/// "unknown": `unknown field "x"`. Long lists are cut.
[[nodiscard]] std::string unknown_message(std::string_view what,
                                          std::string_view word,
                                          const std::vector<std::string>& known);

}  // namespace plimsoll
