#include "sim/io/json_scan.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/core.h>

namespace plimsoll {
namespace {

constexpr int kDeepest = 100;

struct SyntaxError {
    std::size_t offset;
    std::string message;
};

class Scanner {
public:
    Scanner(std::string_view text,
            const std::shared_ptr<const SourceFile>& source,
            std::vector<ScannedPlace>& places,
            std::vector<ScenarioIssue>& issues)
        : text_(text), source_(source), places_(places), issues_(issues) {}

    bool scan() {
        if (text_.starts_with("\xEF\xBB\xBF")) line_start_ = at_ = 3;
        try {
            skip_blank();
            if (done()) throw SyntaxError{at_, "the text is empty; expected a JSON object"};
            value("", Place{}, 0);
            skip_blank();
            if (!done()) throw SyntaxError{at_, "text after the end of the value"};
        } catch (const SyntaxError& error) {
            report(place_of(error.offset), "", error.message);
            return false;
        }
        return true;
    }

private:
    [[nodiscard]] bool done() const { return at_ >= text_.size(); }
    [[nodiscard]] char peek() const { return done() ? '\0' : text_[at_]; }

    [[nodiscard]] Place here() const { return place_of(at_); }

    /// Columns count characters, not bytes.
    [[nodiscard]] Place place_of(std::size_t offset) const {
        const std::string_view line = text_.substr(line_start_, offset - line_start_);
        const auto characters = std::count_if(line.begin(), line.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        });
        return {source_, line_, static_cast<int>(characters) + 1};
    }

    void report(const Place& place, const std::string& path, std::string message) {
        issues_.push_back({.file = source_->name,
                           .line = place.line,
                           .column = place.column,
                           .path = path,
                           .message = std::move(message),
                           .allowed = {}});
    }

    void newline() {
        ++line_;
        line_start_ = at_ + 1;
    }

    void skip_blank() {
        while (!done()) {
            const char c = text_[at_];
            if (c == '\n') newline();
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                ++at_;
            } else if (text_.substr(at_, 2) == "//") {
                while (!done() && text_[at_] != '\n') ++at_;
            } else if (text_.substr(at_, 2) == "/*") {
                skip_block_comment();
            } else {
                return;
            }
        }
    }

    void skip_block_comment() {
        const Place start = here();
        at_ += 2;
        while (!done() && text_.substr(at_, 2) != "*/") {
            if (text_[at_] == '\n') newline();
            ++at_;
        }
        if (done()) {
            throw SyntaxError{at_,
                              fmt::format("the comment begun in line {} has no end", start.line)};
        }
        at_ += 2;
    }

    void value(const std::string& path, const Place& key, int depth) {
        if (depth > kDeepest) throw SyntaxError{at_, "nested too deep"};
        places_.push_back({key, here()});
        const char c = peek();
        if (c == '{') {
            object(path, depth);
        } else if (c == '[') {
            list(path, depth);
        } else if (c == '"') {
            static_cast<void>(text());
        } else {
            word();
        }
    }

    void object(const std::string& path, int depth) {
        std::set<std::string> keys;
        ++at_;
        skip_blank();
        while (peek() != '}') {
            const Place key_place = here();
            if (done()) throw SyntaxError{at_, "the file ends inside an object; expected \"}\""};
            if (peek() != '"') throw SyntaxError{at_, "expected a key in double quotes"};
            const std::string key = text();
            const std::string key_path = path.empty() ? key : path + "." + key;
            if (!keys.insert(key).second) {
                report(key_place, key_path, fmt::format("the key \"{}\" is given twice", key));
            }
            skip_blank();
            if (peek() != ':')
                throw SyntaxError{at_, fmt::format("expected \":\" after \"{}\"", key)};
            ++at_;
            skip_blank();
            if (done()) throw SyntaxError{at_, "the file ends where a value should stand"};
            value(key_path, key_place, depth + 1);
            separator('}', "object");
        }
        ++at_;
    }

    void list(const std::string& path, int depth) {
        ++at_;
        skip_blank();
        for (int index = 0; peek() != ']'; ++index) {
            if (done()) throw SyntaxError{at_, "the file ends inside a list; expected \"]\""};
            value(fmt::format("{}[{}]", path, index), Place{}, depth + 1);
            separator(']', "list");
        }
        ++at_;
    }

    void separator(char close, std::string_view what) {
        skip_blank();
        if (peek() == close) return;
        if (done()) {
            throw SyntaxError{
                at_,
                fmt::format("the file ends inside an {}; expected \",\" or \"{}\"", what, close)};
        }
        if (peek() != ',') {
            throw SyntaxError{at_, fmt::format("expected \",\" or \"{}\"", close)};
        }
        const Place comma_place = here();
        ++at_;
        skip_blank();
        if (peek() == close) {
            report(comma_place, "", fmt::format("a comma before \"{}\" is not allowed", close));
        }
    }

    /// The characters between the quotes; escapes are kept but for \" and \\.
    std::string text() {
        const std::size_t start = at_;
        std::string out;
        for (++at_; !done(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return out;
            }
            if (c == '\n') break;
            if (static_cast<unsigned char>(c) < 0x20) {
                throw SyntaxError{at_, "a control character inside a string must be escaped"};
            }
            if (c == '\\') {
                ++at_;
                escape(out);
            } else {
                out += c;
            }
        }
        throw SyntaxError{start, "the string has no end"};
    }

    void escape(std::string& out) {
        const char c = peek();
        if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos || done()) {
            if (c != 'u') throw SyntaxError{at_ - 1, "unknown escape in a string"};
            const std::string_view digits = text_.substr(at_ + 1, 4);
            if (digits.size() < 4 ||
                digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
                throw SyntaxError{at_ - 1, "\\u needs four hexadecimal digits"};
            }
            out += "\\u";
            return;
        }
        if (c != '"' && c != '\\' && c != '/') out += '\\';
        out += c;
    }

    void word() {
        const std::size_t start = at_;
        while (!done() &&
               std::string_view(" \t\r\n,:]}[{\"/").find(text_[at_]) == std::string_view::npos) {
            ++at_;
        }
        const std::string_view token = text_.substr(start, at_ - start);
        if (token == "true" || token == "false" || token == "null") return;
        if (token.empty()) throw SyntaxError{start, "expected a value"};
        check_number(token, start);
    }

    static void check_number(std::string_view token, std::size_t start) {
        const bool not_a_number = token == "NaN" || token == "nan" || token == "Infinity" ||
                                  token == "-Infinity" || token == "inf" || token == "-inf";
        if (not_a_number) {
            throw SyntaxError{start, fmt::format("{} is no number that a file may hold", token)};
        }
        if (!is_json_number(token)) {
            throw SyntaxError{start,
                              fmt::format("\"{}\" is neither a number, a string in double "
                                          "quotes, true, false nor null",
                                          token)};
        }
        double number = 0.0;
        const auto result = std::from_chars(token.data(), token.data() + token.size(), number);
        const bool tiny = token.find("e-") != std::string_view::npos ||
                          token.find("E-") != std::string_view::npos;
        if (result.ec == std::errc::result_out_of_range && !tiny) {
            throw SyntaxError{start, fmt::format("the number {} is too large", token)};
        }
    }

    static bool is_json_number(std::string_view token) {
        const auto digits = [&] {
            const std::size_t count = std::min(token.find_first_not_of("0123456789"), token.size());
            token.remove_prefix(count);
            return count;
        };
        if (token.starts_with('-')) token.remove_prefix(1);
        const bool leads_with_zero = token.starts_with('0');
        const std::size_t whole = digits();
        if (whole == 0 || (leads_with_zero && whole > 1)) return false;
        if (token.starts_with('.')) {
            token.remove_prefix(1);
            if (digits() == 0) return false;
        }
        if (token.starts_with('e') || token.starts_with('E')) {
            token.remove_prefix(1);
            if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
            if (digits() == 0) return false;
        }
        return token.empty();
    }

    std::string_view text_;
    const std::shared_ptr<const SourceFile>& source_;
    std::vector<ScannedPlace>& places_;
    std::vector<ScenarioIssue>& issues_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::size_t line_start_ = 0;
};

}  // namespace

bool scan_json(std::string_view text,
               const std::shared_ptr<const SourceFile>& source,
               std::vector<ScannedPlace>& places,
               std::vector<ScenarioIssue>& issues) {
    const std::size_t before = issues.size();
    return Scanner(text, source, places, issues).scan() && issues.size() == before;
}

}  // namespace plimsoll
