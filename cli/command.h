#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace plimsoll::cli {

/// A command line that cannot be understood: exit code 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One option or positional argument of a command.
struct OptionSpec {
    /// "--set", "-o,--output"; without dashes a positional argument: "SCENARIO".
    std::string names;
    std::string help;
    enum class Kind { flag, text, integer, number, list } kind = Kind::flag;
    /// What stands for the value in the help: "PATH=VALUE".
    std::string value = {};
    bool required = false;
    /// The only values allowed, for the error and for completion; empty: any.
    std::vector<std::string> words = {};
    /// Understood, but neither in the help nor completed.
    bool hidden = false;
};

/// What the user gave, by the option's long name without dashes, or the positional's name.
class Arguments {
public:
    void add(const std::string& name, std::string value) {
        values_[name].push_back(std::move(value));
    }

    [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }
    /// The last value given, or an empty string.
    [[nodiscard]] std::string text(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> list(const std::string& name) const;
    /// Throw UsageError on what is no number.
    [[nodiscard]] std::optional<std::int64_t> integer(const std::string& name) const;
    [[nodiscard]] std::optional<double> number(const std::string& name) const;

    /// The path of the running program, and whether answers to people may be coloured.
    std::string program;
    bool color = false;

private:
    std::map<std::string, std::vector<std::string>> values_;
};

/// One row of the program's table of commands.
struct Command {
    std::string name;
    std::string help;
    std::vector<OptionSpec> options;
    /// The exit code. Mistakes are exceptions (main.cpp turns them into codes).
    int (*run)(const Arguments& arguments);
};

/// `rows` behind `options`.
[[nodiscard]] std::vector<OptionSpec> operator+(std::vector<OptionSpec> options,
                                                const std::vector<OptionSpec>& rows);

}  // namespace plimsoll::cli
