#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <fnmatch.h>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::test {

using Names = std::vector<std::string>;

struct Hit {
    std::size_t offset;
    std::string what;
};

/// One source three times, offset for offset: as written, without comments, and without strings
/// too.
struct Source {
    std::string path;
    std::string raw;
    std::string uncommented = raw;
    std::string code = raw;
};

inline bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

inline void blank(std::string& text, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < std::min(end, text.size()); ++i) {
        text[i] = text[i] == '\n' ? '\n' : ' ';
    }
}

/// The end of the string or character literal whose quote stands at `begin`.
inline std::size_t literal_end(const std::string& text, std::size_t begin) {
    if (text[begin] == '"' && begin > 0 && text[begin - 1] == 'R') {
        const std::size_t open = text.find('(', begin);
        const std::string close = ")" + text.substr(begin + 1, open - begin - 1) + "\"";
        return std::min(text.size(), text.find(close, open) + close.size());
    }
    std::size_t i = begin + 1;
    while (i < text.size() && text[i] != text[begin] && text[i] != '\n') {
        i += text[i] == '\\' ? 2U : 1U;
    }
    return i + 1;
}

inline Source read_text(std::string path, std::string raw) {
    Source source{.path = std::move(path), .raw = std::move(raw)};
    const std::string& text = source.raw;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i + 1;
        if (text.compare(i, 2, "//") == 0 || text.compare(i, 2, "/*") == 0) {
            end = text[i + 1] == '/' ? text.find('\n', i) : text.find("*/", i + 2);
            end = end == std::string::npos ? text.size() : end + (text[end] == '*' ? 2U : 0U);
            blank(source.uncommented, i, end);
            blank(source.code, i, end);
        } else if (text[i] == '"' || (text[i] == '\'' && (i == 0 || !is_word(text[i - 1])))) {
            end = literal_end(text, i);
            blank(source.code, i + 1, end - 1);
        }
        i = end;
    }
    return source;
}

inline bool matches_any(const std::string& text, const Names& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
    });
}

/// Includes as written, with their quotes or angles.
inline std::vector<Hit> includes_of(const Source& source) {
    std::vector<Hit> found;
    for (std::size_t begin = 0; begin < source.code.size();) {
        const std::size_t end = std::min(source.code.find('\n', begin), source.code.size());
        const std::size_t first = source.code.find_first_not_of(" \t", begin);
        const std::size_t open = source.code.find_first_of("<\"", begin);
        if (first < end && source.code[first] == '#' && open < end &&
            source.code.substr(first, open - first).find("include") != std::string::npos) {
            const std::size_t close = source.uncommented.find_first_of(">\"", open + 1);
            found.push_back({open, source.uncommented.substr(open, close - open + 1)});
        }
        begin = end + 1;
    }
    return found;
}

using Finder = std::function<std::vector<Hit>(const Source&)>;

inline Finder includes(Names patterns) {
    return [=](const Source& source) {
        std::vector<Hit> found = includes_of(source);
        std::erase_if(found, [&](const Hit& hit) { return !matches_any(hit.what, patterns); });
        return found;
    };
}

inline Finder includes_other_than(Names patterns) {
    return [=](const Source& source) {
        std::vector<Hit> found = includes_of(source);
        std::erase_if(found, [&](const Hit& hit) {
            const bool standard =
                hit.what.front() == '<' && hit.what.find_first_of("./") == std::string::npos &&
                std::none_of(hit.what.begin(), hit.what.end(), [](unsigned char c) {
                    return std::isupper(c) != 0;
                });
            return standard || matches_any(hit.what, patterns);
        });
        return found;
    };
}

/// The end of `pattern` at `at`, where a star stands for any identifier characters; 0 where it does
/// not match.
inline std::size_t match_token(std::string_view code, std::size_t at, std::string_view pattern) {
    if (pattern.empty()) {
        return at;
    }
    if (pattern.front() == '*') {
        std::size_t end = 0;
        for (std::size_t i = at; end == 0 && i <= code.size(); ++i) {
            end = match_token(code, i, pattern.substr(1));
            if (i == code.size() || !is_word(code[i])) {
                break;
            }
        }
        return end;
    }
    return at < code.size() && code[at] == pattern.front()
               ? match_token(code, at + 1, pattern.substr(1))
               : 0;
}

/// Whole tokens only: "rand(" is not in "strand(".
inline Finder tokens(Names patterns) {
    return [=](const Source& source) {
        std::vector<Hit> found;
        for (const std::string& pattern : patterns) {
            for (std::size_t i = source.code.find(pattern.front()); i != std::string::npos;
                 i = source.code.find(pattern.front(), i + 1)) {
                const std::size_t end = match_token(source.code, i, pattern);
                const bool inside = (i > 0 && is_word(source.code[i - 1])) ||
                                    (end > 0 && is_word(source.code[end - 1]) &&
                                     end < source.code.size() && is_word(source.code[end]));
                if (end > 0 && !inside) {
                    found.push_back({i, source.code.substr(i, end - i)});
                }
            }
        }
        return found;
    };
}

inline Names words_of(std::string_view text) {
    Names words;
    bool inside = false;
    for (const char c : text) {
        if (is_word(c)) {
            if (!inside) {
                words.emplace_back();
            }
            words.back() += c;
        }
        inside = is_word(c);
    }
    return words;
}

inline bool has_any(const Names& words, std::initializer_list<const char*> some) {
    return std::find_first_of(words.begin(), words.end(), some.begin(), some.end()) != words.end();
}

/// Does this statement, cut before its initialiser, define state that outlives a call?
inline bool is_mutable_static(std::string_view statement, bool at_namespace_scope) {
    const Names words = words_of(statement.substr(0, statement.find('=')));
    const bool function =
        statement.substr(0, statement.find('=')).find('(') != std::string_view::npos;
    if (has_any(words, {"thread_local"})) {
        return true;
    }
    if (words.size() < 2 || function || has_any(words, {"const", "constexpr", "operator"})) {
        return false;
    }
    if (has_any(words, {"static"})) {
        return true;
    }
    return at_namespace_scope && !has_any({words.front()},
                                          {"using",
                                           "template",
                                           "typedef",
                                           "struct",
                                           "class",
                                           "enum",
                                           "union",
                                           "extern",
                                           "friend",
                                           "namespace"});
}

inline std::vector<Hit> mutable_statics(const Source& source) {
    std::vector<Hit> found;
    std::string code = source.code;
    for (std::size_t i = code.find('#'); i != std::string::npos; i = code.find('#', i + 1)) {
        std::size_t end = code.find('\n', i);
        while (end != std::string::npos && end > 0 && code[end - 1] == '\\') {
            end = code.find('\n', end + 1);
        }
        blank(code, i, end);
    }
    std::vector<bool> is_namespace;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] != ';' && code[i] != '{' && code[i] != '}') {
            continue;
        }
        const std::string statement = code.substr(begin, i - begin);
        const bool outside =
            std::find(is_namespace.begin(), is_namespace.end(), false) == is_namespace.end();
        if (code[i] != '}' && is_mutable_static(statement, outside)) {
            found.push_back({code.find_first_not_of(" \n", begin), "mutable static"});
        }
        if (code[i] == '{') {
            is_namespace.push_back(outside && has_any(words_of(statement), {"namespace"}));
        } else if (code[i] == '}' && !is_namespace.empty()) {
            is_namespace.pop_back();
        }
        begin = i + 1;
    }
    return found;
}

}  // namespace plimsoll::test
