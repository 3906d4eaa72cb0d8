#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// What a stretch of text means to the eye. A second hint only: words and marks say the same.
enum class Ink { plain, strong, faint, good, bad, caution, accent };

/// How text for a terminal is made.
struct TextStyle {
    bool color = false;
    /// Box drawing, braille and signs outside ASCII.
    bool utf8 = true;
    /// Characters a line may have.
    int width = 100;

    /// `text` in `ink`, where there is colour.
    [[nodiscard]] std::string paint(Ink ink, std::string_view text) const;
    /// The first where UTF-8 is understood, else the second.
    [[nodiscard]] std::string_view sign(std::string_view utf8_sign, std::string_view ascii) const {
        return utf8 ? utf8_sign : ascii;
    }
};

/// Characters of UTF-8 text as a terminal counts them (no wide ones), colour left out.
[[nodiscard]] std::size_t text_width(std::string_view text);

/// `text` filled up with blanks to `width`, on its right (left-aligned) or on its left.
[[nodiscard]] std::string left_aligned(std::string_view text, std::size_t width);
[[nodiscard]] std::string right_aligned(std::string_view text, std::size_t width);

/// `text` broken between words into lines of at most `width`; longer words stay whole.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// Two blocks of lines side by side, `gap` blanks between them.
[[nodiscard]] std::vector<std::string> beside(const std::vector<std::string>& left,
                                              const std::vector<std::string>& right,
                                              std::size_t left_width,
                                              std::size_t gap);

/// Cells in columns as wide as their widest; the first column is left-aligned, those in `left` too,
/// the others right-aligned. Two blanks between columns, none at line ends.
[[nodiscard]] std::vector<std::string> in_columns(const std::vector<std::vector<std::string>>& rows,
                                                  const std::vector<std::size_t>& left = {});

}  // namespace plimsoll
