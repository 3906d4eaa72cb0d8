#pragma once

#include <string>

namespace plimsoll {

/// The whole content of a file; "-" is standard input. Throws FileError.
[[nodiscard]] std::string read_text_file(const std::string& path);

/// Writes `text` beside `path` and renames it onto it, so that no reader sees half of it. Throws
/// FileError.
void write_text_file(const std::string& path, const std::string& text);

/// What the operating system says about the last failure.
[[nodiscard]] std::string system_message(int error_number);

}  // namespace plimsoll
