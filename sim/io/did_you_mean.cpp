#include "sim/io/did_you_mean.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <fmt/core.h>

namespace plimsoll {
namespace {

constexpr std::size_t kKnownPrinted = 40;

std::string folded(std::string_view word) {
    std::string out;
    for (const char c : word) {
        out += c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
    const std::size_t columns = b.size() + 1;
    std::vector<int> before(columns), last(columns), row(columns);
    for (std::size_t j = 0; j < columns; ++j) last[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = static_cast<int>(i);
        for (std::size_t j = 1; j < columns; ++j) {
            const int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[columns - 1];
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
    const std::string from = folded(word);
    std::string best;
    // A third of the letters may differ; "x" must not become "tp".
    int best_distance = static_cast<int>(std::max<std::size_t>(1, from.size() / 3)) + 1;
    for (const std::string& candidate : known) {
        const std::string to = folded(candidate);
        const int distance = edit_distance(from, to);
        if (distance < best_distance && distance < static_cast<int>(to.size())) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string unknown_message(std::string_view what,
                            std::string_view word,
                            const std::vector<std::string>& known) {
    std::string message = fmt::format("unknown {}{}\"{}\"", what, what.empty() ? "" : " ", word);
    if (const std::string near = nearest(word, known); !near.empty()) {
        message += fmt::format("; did you mean \"{}\"?", near);
    } else if (!known.empty()) {
        message += ";";
    }
    if (known.empty()) return message;
    message += " known: ";
    for (std::size_t i = 0; i < known.size() && i < kKnownPrinted; ++i) {
        message += (i == 0 ? "" : ", ") + known[i];
    }
    if (known.size() > kKnownPrinted) {
        message += fmt::format(" and {} more", known.size() - kKnownPrinted);
    }
    return message;
}

}  // namespace plimsoll
