#include <csignal>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>

#include <fmt/core.h>

#include "cli/args.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "sim/io/file_error.h"
#include "sim/io/issue.h"
#include "sim/io/trace_csv.h"

namespace plimsoll::cli {

std::vector<Command> all_commands() {
    return {run_command(),
            estimate_command(),
            load_command(),
            sweep_command(),
            resolve_command(),
            init_command(),
            list_command(),
            show_command(),
            schema_command(),
            convert_command(),
            fit_command(),
            completion_command()};
}

namespace {

constexpr int kUsage = 2;
constexpr int kInternal = 70;
constexpr int kFile = 74;
constexpr int kBrokenPipe = 141;

/// How mistakes are told: lines for people, or JSON, on stderr.
class Complaints {
public:
    Complaints(int argc, const char* const* argv) {
        std::string_view color = "auto";
        for (const char* argument : std::span(argv, static_cast<std::size_t>(argc))) {
            const std::string_view text = argument;
            if (text == "--json") as_json_ = true;
            if (text == "--color=always" || text == "--color=never") color = text.substr(8);
        }
        color_ = use_color(color, STDERR_FILENO);
    }

    int tell(const ScenarioErrors& errors) const {
        if (as_json_) {
            say(issues_json(errors.issues()));
            return errors.exit_code();
        }
        std::string text = printed(errors.issues());
        if (!text.empty()) text.pop_back();
        say(text);
        return errors.exit_code();
    }

    int tell(std::string_view what, int code) const {
        if (as_json_) {
            say(issues_json(
                {{.file = "", .path = "", .message = std::string(what), .allowed = {}}}));
        } else if (color_) {
            say(fmt::format("\x1b[1mplimsoll:\x1b[0m {}", what));
        } else {
            say(fmt::format("plimsoll: {}", what));
        }
        return code;
    }

private:
    bool as_json_ = false;
    bool color_ = false;
};

int run(int argc, const char* const* argv) {
    const std::vector<Command> commands = all_commands();
    Parsed parsed = parse(argc, argv, commands);
    if (parsed.command == nullptr) {
        write_stdout(parsed.answer);
        return 0;
    }
    parsed.arguments.color = use_color(parsed.arguments.text("color"), STDOUT_FILENO);
    return parsed.command->run(parsed.arguments);
}

int guarded(int argc, const char* const* argv) {
    const Complaints complaints(argc, argv);
    try {
        return run(argc, argv);
    } catch (const BrokenPipe&) {
        return kBrokenPipe;
    } catch (const UsageError& error) {
        return complaints.tell(error.what(), kUsage);
    } catch (const ScenarioErrors& errors) {
        return complaints.tell(errors);
    } catch (const TraceError& error) {
        return complaints.tell(error.what(), kUsage);
    } catch (const FileError& error) {
        return complaints.tell(error.what(), kFile);
    } catch (const std::exception& error) {
        return complaints.tell(fmt::format("internal error: {}", error.what()), kInternal);
    }
}

}  // namespace
}  // namespace plimsoll::cli

int main(int argc, char** argv) {
    // A reader that leaves early shows as EPIPE where we write, and ends us quietly.
    std::signal(SIGPIPE, SIG_IGN);
    return plimsoll::cli::guarded(argc, argv);
}
