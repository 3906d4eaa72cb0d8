#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/io/file_error.h"

namespace plimsoll {

/// Reads a text file line by line, gzipped or plain by its content, in constant memory.
class TextReader {
public:
    /// Throws FileError where the file cannot be opened.
    explicit TextReader(std::string path);
    ~TextReader();
    TextReader(const TextReader&) = delete;
    TextReader& operator=(const TextReader&) = delete;

    /// Puts the next line, without its end (LF or CRLF), into `line`, which stays valid until the
    /// next call; false at the end. Throws FileError where reading fails, a compressed stream ends
    /// early or is damaged, or a line is longer than 64 MiB.
    [[nodiscard]] bool next(std::string_view& line);
    /// The number of the line that next() gave last, from 1.
    [[nodiscard]] std::size_t line_number() const { return line_; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    void fill();

    std::string path_;
    struct Handle;
    std::unique_ptr<Handle> handle_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t line_ = 0;
    bool at_end_ = false;
};

/// Writes a file that appears whole or not at all: to a temporary neighbour that commit() renames.
/// Gzipped where the path ends in .gz, without date or name, so that equal content gives equal
/// bytes.
class TextWriter {
public:
    /// Throws FileError where the file cannot be created.
    explicit TextWriter(std::string path);
    /// Removes the temporary file unless commit() was called.
    ~TextWriter();
    TextWriter(const TextWriter&) = delete;
    TextWriter& operator=(const TextWriter&) = delete;

    /// Throws FileError where writing fails.
    void write(std::string_view text);
    /// Finishes the file and gives it its name. Throws FileError.
    void commit();

private:
    void flush(bool last);
    void put(const char* data, std::size_t size);

    std::string path_;
    std::string temporary_;
    struct Handle;
    std::unique_ptr<Handle> handle_;
    std::string pending_;
};

}  // namespace plimsoll
