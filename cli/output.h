#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace plimsoll::cli {

/// The reader of stdout has gone: exit code 141, nothing said.
class BrokenPipe : public std::runtime_error {
public:
    BrokenPipe() : std::runtime_error("broken pipe") {}
};

/// --json, -o and --color, as every command that answers takes them.
[[nodiscard]] std::vector<OptionSpec> output_options();

/// Whether text on stream `descriptor` may be coloured: --color, NO_COLOR, CLICOLOR_FORCE, TERM,
/// and whether a terminal reads it.
[[nodiscard]] bool use_color(std::string_view option, int descriptor);

/// Writes the answer to stdout, or whole or not at all to the file that -o names. Throws
/// BrokenPipe and FileError.
void deliver(const Arguments& arguments, std::string_view text);

/// Writes to stdout. Throws BrokenPipe and FileError.
void write_stdout(std::string_view text);

/// Says a line on stderr.
void say(std::string_view text);

}  // namespace plimsoll::cli
