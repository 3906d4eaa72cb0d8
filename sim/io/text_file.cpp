#include "sim/io/text_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <system_error>
#include <unistd.h>

#include <fmt/core.h>

#include "sim/io/file_error.h"

namespace plimsoll {
namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string read_all(std::FILE* file, const std::string& name) {
    std::string text;
    char buffer[65536];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) {
        text.append(buffer, count);
    }
    if (std::ferror(file) != 0) {
        throw FileError(name, "cannot be read: " + system_message(errno));
    }
    return text;
}

}  // namespace

std::string system_message(int error_number) {
    return std::generic_category().message(error_number);
}

std::string read_text_file(const std::string& path) {
    if (path == "-") return read_all(stdin, "<stdin>");
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    if (!file) throw FileError(path, "cannot be read: " + system_message(errno));
    return read_all(file.get(), path);
}

void write_text_file(const std::string& path, const std::string& text) {
    const std::string part = fmt::format("{}.{}.part", path, ::getpid());
    std::unique_ptr<std::FILE, Close> file(std::fopen(part.c_str(), "wbx"));
    if (!file) throw FileError(path, "cannot be written: " + system_message(errno));
    const auto fail = [&](int error) {
        std::remove(part.c_str());
        throw FileError(path, "cannot be written: " + system_message(error));
    };
    if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) fail(errno);
    // A full disk shows when the last buffer goes out.
    if (std::fflush(file.get()) != 0 || ::fsync(::fileno(file.get())) != 0) fail(errno);
    file.reset();
    if (std::rename(part.c_str(), path.c_str()) != 0) fail(errno);
}

}  // namespace plimsoll
