#pragma once

#include <string>
#include <vector>

namespace plimsoll {

/// A client of a service as ServeGen publishes it: how it sent, and how long its requests were.
/// [ServeGen]
struct ServegenClient {
    /// One stretch of time, up to the next one.
    struct Window {
        double start_s = 0.0;
        /// Requests per second.
        double rate = 0.0;
        /// Coefficient of variation of the gaps; 0: too few requests to tell.
        double cv = 0.0;
        /// The density fitted to the gaps is a Weibull's, not a gamma's.
        bool is_weibull = false;
    };
    /// Length and probability.
    using Histogram = std::vector<std::pair<double, double>>;
    /// The lengths from `start_s` on, up to the next ones; prompts and outputs are independent.
    struct Lengths {
        double start_s = 0.0;
        Histogram prompt;
        Histogram output;
    };

    std::string name;
    std::vector<Window> windows;
    /// Of equal width; the last window ends one width after its start.
    double window_s = 0.0;
    std::vector<Lengths> lengths;

    [[nodiscard]] double end_s() const { return windows.back().start_s + window_s; }
};

/// The clients of a folder of chunk-N-trace.csv and chunk-N-dataset.json, either plain or .gz, in
/// the order of their numbers: those that `names` lists ("12,14"), or all. Throws FileError where
/// one is missing and TraceError "file:line:column: what" where one is malformed.
[[nodiscard]] std::vector<ServegenClient> read_servegen(const std::string& folder,
                                                        const std::string& names);

}  // namespace plimsoll
