#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace plimsoll::test {

namespace golden_detail {

struct Word {
    std::string_view text;
    int line;
};

/// Cuts JSON or a text table into words; a run of [A-Za-z0-9_.+-] is one, so "h100" and
/// "2025-01-31" are not numbers.
class Words {
public:
    explicit Words(std::string_view text) : rest_(text) {}

    /// The next word, empty at the end; white space only separates, for columns follow the width of
    /// numbers.
    [[nodiscard]] Word next() {
        while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) {
            line_ += rest_.front() == '\n' ? 1 : 0;
            rest_.remove_prefix(1);
        }
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' ||
                   c == '+' || c == '-';
        });
        const auto length = std::max<std::size_t>(static_cast<std::size_t>(end - rest_.begin()),
                                                  rest_.empty() ? 0 : 1);
        const Word word{rest_.substr(0, length), line_};
        rest_.remove_prefix(length);
        return word;
    }

private:
    std::string_view rest_;
    int line_ = 1;
};

[[nodiscard]] inline std::optional<double> number(std::string_view text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

}  // namespace golden_detail

/// The first difference between two texts whose numbers may differ by `tolerance`, relative; empty
/// when there is none.
[[nodiscard]] inline std::string golden_difference(std::string_view expected,
                                                   std::string_view actual,
                                                   double tolerance = 1e-9) {
    golden_detail::Words left(expected);
    golden_detail::Words right(actual);
    while (true) {
        const auto want = left.next();
        const auto have = right.next();
        if (want.text != have.text) {
            const auto a = golden_detail::number(want.text);
            const auto b = golden_detail::number(have.text);
            const bool close =
                a && b && std::abs(*a - *b) <= tolerance * std::max(std::abs(*a), std::abs(*b));
            if (!close) {
                return fmt::format("line {}: expected \"{}\", line {} of the answer has \"{}\"",
                                   want.line,
                                   want.text,
                                   have.line,
                                   have.text);
            }
        }
        if (want.text.empty()) {
            return {};
        }
    }
}

/// Compares `actual`, JSON or text, with tests/golden/<name> as numbers (1e-9);
/// PLIMSOLL_UPDATE_GOLDEN=1 rewrites it.
inline void check_golden(std::string_view name, std::string_view actual) {
    const auto file = std::filesystem::path(PLIMSOLL_SOURCE_DIR) / "tests" / "golden" / name;
    const char* update = std::getenv("PLIMSOLL_UPDATE_GOLDEN");
    if (update != nullptr && std::string_view(update) == "1") {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << actual;
        MESSAGE("rewrote " << file.string());
        return;
    }
    std::ifstream in(file, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "no " << file.string() << "; PLIMSOLL_UPDATE_GOLDEN=1 writes it");
    const std::string expected{std::istreambuf_iterator<char>(in), {}};
    const std::string difference = golden_difference(expected, actual);
    CHECK_MESSAGE(difference.empty(), "tests/golden/" << name << ", " << difference);
}

}  // namespace plimsoll::test
