#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace plimsoll::test {

/// The path of a file of measured data (PLIMSOLL_DATA, else data/ in the source tree), or nothing,
/// with a message, where it is missing.
[[nodiscard]] inline std::optional<std::string> measured_data(std::string_view file) {
    const char* const folder = std::getenv("PLIMSOLL_DATA");
#ifdef PLIMSOLL_SOURCE_DIR
    const std::filesystem::path fallback = std::filesystem::path(PLIMSOLL_SOURCE_DIR) / "data";
#else
    const std::filesystem::path fallback = "data";
#endif
    const std::filesystem::path path =
        (folder != nullptr ? std::filesystem::path(folder) : fallback) / file;
    if (std::filesystem::exists(path)) return path.string();
    MESSAGE("skipped: no " << path.string() << " (PLIMSOLL_DATA)");
    return std::nullopt;
}

}  // namespace plimsoll::test
