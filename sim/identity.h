#pragma once

#include <string>
#include <string_view>

#include "sim/result.h"
#include "sim/scenario.h"

namespace plimsoll {

/// Changes when the models or the simulation may answer differently for the same input.
inline constexpr std::string_view kModelRevision = "1";

/// The SHA-256 of `bytes` in hexadecimal.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// Says in the summary which question this answers and what made it: name, date, seed, fidelity,
/// and the hashes of the resolved scenario, of the catalog values it uses and of its traces. Reads
/// the traces; throws FileError.
void identify(Summary& summary, const Scenario& scenario);

}  // namespace plimsoll
