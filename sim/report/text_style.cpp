#include "sim/report/text_style.h"

#include <algorithm>
#include <array>

#include "models/contract.h"

namespace plimsoll {
namespace {

constexpr std::array<std::string_view, 7> kCodes{
    "", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31;1m", "\x1b[33m", "\x1b[36m"};
constexpr std::string_view kEnd = "\x1b[0m";

}  // namespace

std::string TextStyle::paint(Ink ink, std::string_view text) const {
    if (!color || ink == Ink::plain || text.empty()) return std::string(text);
    std::string painted(kCodes[static_cast<std::size_t>(ink)]);
    painted += text;
    painted += kEnd;
    return painted;
}

std::size_t text_width(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b') {
            i = std::min(text.find('m', i), text.size());
        } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
            ++width;
        }
    }
    return width;
}

std::string left_aligned(std::string_view text, std::size_t width) {
    const std::size_t own = text_width(text);
    return std::string(text) + std::string(width > own ? width - own : 0, ' ');
}

std::string right_aligned(std::string_view text, std::size_t width) {
    const std::size_t own = text_width(text);
    return std::string(width > own ? width - own : 0, ' ') + std::string(text);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    std::string line;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.empty() && text_width(line) + 1 + text_width(word) > width) {
            lines.push_back(std::move(line));
            line.clear();
        }
        if (!line.empty()) line += ' ';
        line += word;
    }
    if (!line.empty()) lines.push_back(std::move(line));
    return lines;
}

std::vector<std::string> beside(const std::vector<std::string>& left,
                                const std::vector<std::string>& right,
                                std::size_t left_width,
                                std::size_t gap) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
        const std::string own = i < left.size() ? left[i] : "";
        const std::string other = i < right.size() ? right[i] : "";
        lines.push_back(other.empty() ? own : left_aligned(own, left_width + gap) + other);
    }
    return lines;
}

std::vector<std::string> in_columns(const std::vector<std::vector<std::string>>& rows,
                                    const std::vector<std::size_t>& left) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t c = 0; c < row.size(); ++c)
            widths[c] = std::max(widths[c], text_width(row[c]));
    }
    std::vector<std::string> lines;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t c = 0; c < row.size(); ++c) {
            const bool is_left = c == 0 || std::find(left.begin(), left.end(), c) != left.end();
            if (c > 0) line += "  ";
            line += is_left ? left_aligned(row[c], widths[c]) : right_aligned(row[c], widths[c]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace plimsoll
