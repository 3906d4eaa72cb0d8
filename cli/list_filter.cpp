#include "cli/list_filter.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include <fmt/core.h>

#include "cli/command.h"
#include "sim/io/did_you_mean.h"

namespace plimsoll::cli {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return text;
}

std::size_t column_of(const CatalogListing& listing, const std::string& name) {
    const auto at = std::find(listing.columns.begin(), listing.columns.end(), name);
    if (at == listing.columns.end()) {
        throw UsageError(listing.kind + ": " + unknown_message("column", name, listing.columns));
    }
    return static_cast<std::size_t>(at - listing.columns.begin());
}

std::optional<double> number_of(const std::string& text) {
    double number = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? std::optional<double>(number) : std::nullopt;
}

template <class T>
bool compares(const T& left, const std::string& comparison, const T& right) {
    if (comparison == ">") return left > right;
    if (comparison == ">=") return left >= right;
    if (comparison == "<") return left < right;
    if (comparison == "<=") return left <= right;
    return (left == right) == (comparison == "=");
}

bool has_text(const std::vector<ListCell>& row, const std::string& wanted) {
    return std::any_of(row.begin(), row.end(), [&](const ListCell& cell) {
        const auto* text = std::get_if<std::string>(&cell);
        return text != nullptr && lower(*text).find(wanted) != std::string::npos;
    });
}

}  // namespace

void keep_matching(CatalogListing& listing, const std::string& filter) {
    const std::size_t at = filter.find_first_of("<>=!");
    if (at == std::string::npos) {
        const std::string wanted = lower(filter);
        std::erase_if(listing.rows, [&](const auto& row) { return !has_text(row, wanted); });
        return;
    }
    const std::size_t end = filter.find_first_not_of("<>=!", at);
    const std::string comparison = filter.substr(at, end == std::string::npos ? end : end - at);
    const std::string value = end == std::string::npos ? "" : filter.substr(end);
    const std::vector<std::string> known{">", ">=", "<", "<=", "=", "!="};
    const bool understood = std::find(known.begin(), known.end(), comparison) != known.end();
    if (!understood || at == 0 || value.empty()) {
        throw UsageError(fmt::format(
            "\"{}\" is no filter; expected a text or COLUMN>VALUE (> >= < <= = !=)", filter));
    }
    const std::size_t column = column_of(listing, filter.substr(0, at));
    const std::optional<double> number = number_of(value);
    std::erase_if(listing.rows, [&](const std::vector<ListCell>& row) {
        if (const auto* cell = std::get_if<double>(&row[column])) {
            return !number || !compares(*cell, comparison, *number);
        }
        if (const auto* cell = std::get_if<std::string>(&row[column])) {
            return !compares(lower(*cell), comparison, lower(value));
        }
        return true;
    });
}

void sort_by(CatalogListing& listing, const std::string& column) {
    const std::size_t at = column_of(listing, column);
    std::stable_sort(
        listing.rows.begin(), listing.rows.end(), [at](const auto& left, const auto& right) {
            const auto* first = std::get_if<double>(&left[at]);
            const auto* second = std::get_if<double>(&right[at]);
            if (first != nullptr && second != nullptr) return *first > *second;
            if (left[at].index() != right[at].index()) return left[at].index() > right[at].index();
            return left[at] < right[at];
        });
}

}  // namespace plimsoll::cli
