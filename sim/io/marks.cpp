#include "sim/io/marks.h"

#include <array>

namespace plimsoll {
namespace {

constexpr std::array<Mark, 4> kMarks{Mark::r, Mark::r2, Mark::d, Mark::m};

}  // namespace

std::optional<Mark> mark_named(std::string_view name) {
    for (const Mark mark : kMarks) {
        if (to_string(mark) == name) return mark;
    }
    return std::nullopt;
}

std::vector<std::string> mark_words() {
    std::vector<std::string> words;
    for (const Mark mark : kMarks) words.emplace_back(to_string(mark));
    return words;
}

}  // namespace plimsoll
