#pragma once

#include <stdexcept>
#include <string>

namespace plimsoll {

/// A file that is missing, unreadable, truncated (a compressed one) or cannot be written: exit
/// code 74. What the file says being wrong is another error.
class FileError : public std::runtime_error {
public:
    /// The message reads "path: what".
    FileError(const std::string& path, const std::string& what)
        : std::runtime_error(path + ": " + what), path_(path) {}

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace plimsoll
