#include "cli/command.h"

#include <charconv>
#include <cmath>

#include <fmt/core.h>

namespace plimsoll::cli {
namespace {

template <class T>
std::optional<T> parsed(const Arguments& arguments, const std::string& name, const char* expected) {
    if (!arguments.has(name)) return std::nullopt;
    const std::string text = arguments.text(name);
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw UsageError(fmt::format("--{}: expected {}, got \"{}\"", name, expected, text));
    }
    return value;
}

}  // namespace

std::string Arguments::text(const std::string& name) const {
    const auto at = values_.find(name);
    return at == values_.end() || at->second.empty() ? std::string() : at->second.back();
}

std::vector<std::string> Arguments::list(const std::string& name) const {
    const auto at = values_.find(name);
    return at == values_.end() ? std::vector<std::string>() : at->second;
}

std::optional<std::int64_t> Arguments::integer(const std::string& name) const {
    return parsed<std::int64_t>(*this, name, "a whole number");
}

std::optional<double> Arguments::number(const std::string& name) const {
    const auto value = parsed<double>(*this, name, "a number");
    if (value && !std::isfinite(*value)) {
        throw UsageError(fmt::format("--{}: expected a number, got \"{}\"", name, text(name)));
    }
    return value;
}

std::vector<OptionSpec> operator+(std::vector<OptionSpec> options,
                                  const std::vector<OptionSpec>& rows) {
    options.insert(options.end(), rows.begin(), rows.end());
    return options;
}

}  // namespace plimsoll::cli
