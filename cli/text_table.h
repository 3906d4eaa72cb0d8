#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::cli {

/// How a column stands.
enum class Align { left, right };

/// Text in columns, as wide as the widest cell.
class TextTable {
public:
    struct Column {
        std::string title;
        Align align = Align::left;
    };

    explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// Expects as many cells as there are columns.
    void add(std::vector<std::string> cells);

    /// The table with its titles if there are any, each line ended, no blanks at line ends.
    [[nodiscard]] std::string to_string() const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Characters of UTF-8 text as a terminal counts them (no wide ones).
[[nodiscard]] std::size_t width_of(std::string_view text);

}  // namespace plimsoll::cli
