#include "cli/simulation.h"

#include <algorithm>
#include <cstdlib>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include "cli/output.h"
#include "sim/io/issue.h"
#include "sim/io/run_provenance.h"
#include "sim/io/text_file.h"
#include "sim/workload/arrival.h"

namespace plimsoll::cli {
namespace {

constexpr int kPageWidth = 100;
constexpr int kLeastWidth = 60;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// What the locale says; where nothing is set at all, terminals understand UTF-8.
bool is_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        std::string value = variable(name);
        if (value.empty()) continue;
        std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) {
            return static_cast<char>(std::tolower(c));
        });
        return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
    }
    return variable("TERM") != "linux";
}

int terminal_width() {
    winsize size{};
    if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
        size.ws_col == 0) {
        return kPageWidth;
    }
    return std::clamp(static_cast<int>(size.ws_col), kLeastWidth, kPageWidth);
}

std::vector<std::string> own_command_line() {
    std::vector<std::string> words;
    std::string word;
    for (const char c : read_text_file("/proc/self/cmdline")) {
        if (c != '\0') {
            word += c;
            continue;
        }
        words.push_back(std::move(word));
        word.clear();
    }
    return words;
}

std::string compiler() {
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "g++ " __VERSION__;
#else
    return "unknown";
#endif
}

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "unknown";
}

int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace

std::vector<OptionSpec> simulation_options() {
    using Kind = OptionSpec::Kind;
    return {{"--jobs",
             "simulations at a time; by default the number of processors",
             Kind::integer,
             "N"},
            {"--require-slo", "a missed SLO or saturation is exit code 1"},
            {"--provenance",
             "write what is machine dependent (compiler, host, wall time) to FILE",
             Kind::text,
             "FILE"},
            {.names = "--no-lookahead",
             .help = "step our clock and SimGrid's together; the answer is the same",
             .hidden = true}};
}

std::vector<OptionSpec> load_option() {
    return {{"--load",
             "multiply arrival rates, compress traces, multiply users by F",
             OptionSpec::Kind::number,
             "F"}};
}

RunOptions run_options(const Arguments& arguments) {
    RunOptions options;
    const std::int64_t jobs = arguments.integer("jobs").value_or(cores());
    if (jobs < 1 || jobs > 4096) throw UsageError("--jobs: expected a number from 1 to 4096");
    options.jobs = static_cast<int>(jobs);
    options.load = arguments.number("load").value_or(1.0);
    if (options.load <= 0.0 || options.load > 1e6)
        throw UsageError("--load: expected a number above 0, at most 1000000");
    options.lookahead = !arguments.has("no-lookahead");
    options.requests_csv = arguments.text("requests");
    return options;
}

bool wants_json(const Arguments& arguments) {
    return arguments.has("json") || arguments.text("output").ends_with(".json");
}

TextStyle text_style(const Arguments& arguments) {
    const std::string path = arguments.text("output");
    const bool to_file = !path.empty() && path != "-";
    const bool forced = arguments.text("color") == "always";
    return {.color = arguments.color && (!to_file || forced),
            .utf8 = is_utf8(),
            .width = to_file ? kPageWidth : terminal_width()};
}

Progress::Progress() : is_on_(::isatty(STDERR_FILENO) != 0 && variable("CI").empty()) {}

Progress::~Progress() { clear(); }

void Progress::show(std::string_view text) {
    using std::chrono::steady_clock;
    if (!is_on_) return;
    const auto now = steady_clock::now();
    if (is_shown_ && now - last_ < std::chrono::milliseconds(50)) return;
    last_ = now;
    is_shown_ = true;
    const std::string line = fmt::format("\r\x1b[K{}", text);
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

void Progress::clear() {
    if (!is_shown_) return;
    is_shown_ = false;
    constexpr std::string_view kClear = "\r\x1b[K";
    static_cast<void>(!::write(STDERR_FILENO, kClear.data(), kClear.size()));
}

int tell(const RunFailure& failure, const Arguments& arguments) {
    const auto say_it = [&](const std::string& what) {
        if (arguments.has("json")) {
            ScenarioIssue issue;
            issue.message = what;
            say(issues_json({issue}));
        } else {
            say("plimsoll: " + what);
        }
    };
    switch (failure.why) {
        case RunFailure::Why::interrupted:
            say_it("interrupted");
            return 130;
        case RunFailure::Why::file:
            say_it(failure.message);
            return 74;
        case RunFailure::Why::trace:
            say_it(failure.message);
            return 2;
        case RunFailure::Why::internal:
            break;
    }
    say_it("internal error: " + failure.message);
    return 70;
}

ProvenanceWriter::ProvenanceWriter(const Arguments& arguments)
    : path_(arguments.text("provenance")),
      started_(std::chrono::system_clock::now()),
      clock_(std::chrono::steady_clock::now()) {}

void ProvenanceWriter::write(const std::string& scenario_sha256, int jobs) const {
    if (path_.empty()) return;
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - clock_;
    const auto started = std::chrono::system_clock::to_time_t(started_);
    write_text_file(
        path_,
        provenance_json({.version = PLIMSOLL_VERSION,
                         .compiler = compiler(),
                         .host = host_name(),
                         .cores = cores(),
                         .jobs = jobs,
                         .started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(started)),
                         .wall_s = wall.count(),
                         .command_line = own_command_line(),
                         .scenario_sha256 = scenario_sha256}));
}

void check_traces(const Scenario& scenario) {
    for (const RequestClass& each : scenario.workload.classes)
        static_cast<void>(arrival_rate(each.arrival));
}

}  // namespace plimsoll::cli
