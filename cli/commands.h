#pragma once

#include "cli/command.h"

namespace plimsoll::cli {

// One function per command; main.cpp lists them in the order of the help.

[[nodiscard]] Command run_command();
[[nodiscard]] Command estimate_command();
[[nodiscard]] Command load_command();
[[nodiscard]] Command sweep_command();
[[nodiscard]] Command resolve_command();
[[nodiscard]] Command init_command();
[[nodiscard]] Command list_command();
[[nodiscard]] Command show_command();
[[nodiscard]] Command schema_command();
[[nodiscard]] Command convert_command();
[[nodiscard]] Command fit_command();
[[nodiscard]] Command completion_command();

/// The whole table.
[[nodiscard]] std::vector<Command> all_commands();

}  // namespace plimsoll::cli
