#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"

namespace plimsoll::cli {

/// A command line understood: a command with its arguments, or a text that answers it (help,
/// version).
struct Parsed {
    const Command* command = nullptr;
    Arguments arguments;
    std::string answer;
};

/// Reads the command line. Throws UsageError, with the nearest known word where one was mistyped.
[[nodiscard]] Parsed parse(int argc, const char* const* argv, std::span<const Command> commands);

/// An option as a shell should offer it.
struct CompletedOption {
    std::string long_name;
    std::string short_name;
    std::string help;
    std::vector<std::string> words;
    bool takes_value = false;
};

/// A command as a shell should offer it.
struct CompletedCommand {
    std::string name;
    std::string help;
    std::vector<CompletedOption> options;
    /// Values of its first positional; empty: files.
    std::vector<std::string> words;
};

/// What there is to complete, as the parser itself sees it.
[[nodiscard]] std::vector<CompletedCommand> completions(std::span<const Command> commands);

}  // namespace plimsoll::cli
