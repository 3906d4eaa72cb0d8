#pragma once

#include <string>
#include <vector>

namespace plimsoll {

/// What made a result and may differ between equal results.
struct RunProvenance {
    std::string version;
    std::string compiler;
    std::string host;
    /// Cores of the machine, and simulations at a time.
    int cores = 0;
    int jobs = 0;
    /// UTC, ISO 8601.
    std::string started;
    double wall_s = 0.0;
    std::vector<std::string> command_line;
    /// Of the scenario answered, to find the result again.
    std::string scenario_sha256;
};

/// The content of --provenance FILE, as JSON. Ends with a newline.
[[nodiscard]] std::string provenance_json(const RunProvenance& provenance);

}  // namespace plimsoll
