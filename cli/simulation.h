#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "sim/report/text_style.h"
#include "sim/run.h"

namespace plimsoll::cli {

/// --jobs, --require-slo, --provenance and the hidden --no-lookahead, as every command that
/// simulates takes them.
[[nodiscard]] std::vector<OptionSpec> simulation_options();
/// --load.
[[nodiscard]] std::vector<OptionSpec> load_option();

/// What those options ask for. Throws UsageError.
[[nodiscard]] RunOptions run_options(const Arguments& arguments);

/// Whether the answer is to be JSON: --json, or -o FILE.json.
[[nodiscard]] bool wants_json(const Arguments& arguments);

/// How text answers look: colour, character set and width of the terminal, or of a page of 100
/// columns where none reads them.
[[nodiscard]] TextStyle text_style(const Arguments& arguments);

/// One line on stderr that is written over; silent where stderr is no terminal, or in CI.
class Progress {
public:
    Progress();
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(std::string_view text);
    void clear();

private:
    bool is_on_;
    bool is_shown_ = false;
    std::chrono::steady_clock::time_point last_;
};

/// Says what went wrong and returns the exit code: 130 interrupted, 74 file, 2 trace,
/// 70 internal.
[[nodiscard]] int tell(const RunFailure& failure, const Arguments& arguments);

/// Writes --provenance FILE where it is asked for.
class ProvenanceWriter {
public:
    explicit ProvenanceWriter(const Arguments& arguments);
    /// Throws FileError.
    void write(const std::string& scenario_sha256, int jobs) const;

private:
    std::string path_;
    std::chrono::system_clock::time_point started_;
    std::chrono::steady_clock::time_point clock_;
};

/// Reads the traces that the scenario names, so that what is wrong with them is said before any
/// simulation starts. Throws FileError and TraceError.
void check_traces(const Scenario& scenario);

}  // namespace plimsoll::cli
