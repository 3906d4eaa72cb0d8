#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace plimsoll {

/// One thing wrong with a scenario or catalog file: where, what, and what was allowed.
struct ScenarioIssue {
    /// The file as the user named it, "<stdin>", "--set" or "--unset".
    std::string file;
    /// From 1; 0 where there is no position.
    int line = 0;
    int column = 0;
    /// "workload.classes.chat.arrival"; empty for the file as a whole.
    std::string path;
    std::string message;
    std::vector<std::string> allowed;
    /// A mistake (exit 2), a file that cannot be read (74), a question whose answer is no (1).
    enum class Kind { mistake, file, infeasible } kind = Kind::mistake;

    /// "file:line:column: path: message", without the parts that are unknown.
    [[nodiscard]] std::string to_string() const;
};

/// Everything found wrong with a scenario, sorted by file and line.
class ScenarioErrors : public std::runtime_error {
public:
    /// Expects at least one issue.
    explicit ScenarioErrors(std::vector<ScenarioIssue> issues);

    [[nodiscard]] const std::vector<ScenarioIssue>& issues() const { return issues_; }
    /// 2 if there is any mistake, else 74 if a file failed, else 1.
    [[nodiscard]] int exit_code() const;

private:
    std::vector<ScenarioIssue> issues_;
};

/// At most this many issues are printed; the last line counts the others.
inline constexpr std::size_t kIssuesPrinted = 20;

/// One line per issue, at most kIssuesPrinted.
[[nodiscard]] std::string printed(const std::vector<ScenarioIssue>& issues);

/// The issues as `{"error": [{path, line, column, file, message, allowed}]}`.
[[nodiscard]] std::string issues_json(const std::vector<ScenarioIssue>& issues);

}  // namespace plimsoll
