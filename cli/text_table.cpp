#include "cli/text_table.h"

#include <algorithm>

#include "models/contract.h"

namespace plimsoll::cli {
namespace {

void append_line(std::string& out,
                 const std::vector<std::string>& cells,
                 const std::vector<TextTable::Column>& columns,
                 const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string padding(widths[i] - width_of(cells[i]), ' ');
        if (i > 0) line += "  ";
        line += columns[i].align == Align::right ? padding + cells[i] : cells[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
}

}  // namespace

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

void TextTable::add(std::vector<std::string> cells) {
    PLIMSOLL_EXPECTS(cells.size() == columns_.size());
    rows_.push_back(std::move(cells));
}

std::string TextTable::to_string() const {
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    std::vector<std::size_t> widths;
    for (const std::string& title : titles) widths.push_back(width_of(title));
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string out;
    const bool titled = std::any_of(
        titles.begin(), titles.end(), [](const std::string& title) { return !title.empty(); });
    if (titled) append_line(out, titles, columns_, widths);
    for (const auto& row : rows_) append_line(out, row, columns_, widths);
    return out;
}

}  // namespace plimsoll::cli
