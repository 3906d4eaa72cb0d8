#include "cli/output.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <unistd.h>

#include "sim/io/file_error.h"
#include "sim/io/text_file.h"

namespace plimsoll::cli {
namespace {

bool is_set(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

/// 0, or the error number.
int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return 0;
}

}  // namespace

std::vector<OptionSpec> output_options() {
    using Kind = OptionSpec::Kind;
    return {{"--json", "answer as JSON", Kind::flag},
            {"-o,--output", "write the answer to FILE", Kind::text, "FILE"},
            {"--color",
             "colour on terminals: auto, always, never",
             Kind::text,
             "WHEN",
             false,
             {"auto", "always", "never"}}};
}

bool use_color(std::string_view option, int descriptor) {
    if (option == "always") return true;
    if (option == "never" || is_set("NO_COLOR")) return false;
    if (is_set("CLICOLOR_FORCE")) return true;
    const char* terminal = std::getenv("TERM");
    const bool is_dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
    return !is_dumb && ::isatty(descriptor) != 0;
}

void write_stdout(std::string_view text) {
    const int error = write_all(STDOUT_FILENO, text);
    if (error == EPIPE) throw BrokenPipe();
    if (error != 0) throw FileError("<stdout>", "cannot be written: " + system_message(error));
}

void deliver(const Arguments& arguments, std::string_view text) {
    const std::string path = arguments.text("output");
    if (path.empty() || path == "-") {
        write_stdout(text);
    } else {
        write_text_file(path, std::string(text));
    }
}

void say(std::string_view text) {
    // There is nowhere left to complain to.
    static_cast<void>(write_all(STDERR_FILENO, std::string(text) + "\n"));
}

}  // namespace plimsoll::cli
