#include "sim/io/issue.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "models/contract.h"
#include "sim/io/json_text.h"

namespace plimsoll {
namespace {

std::vector<ScenarioIssue> sorted(std::vector<ScenarioIssue> issues) {
    PLIMSOLL_EXPECTS(!issues.empty());
    std::stable_sort(
        issues.begin(), issues.end(), [](const ScenarioIssue& a, const ScenarioIssue& b) {
            return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
        });
    return issues;
}

bool has(const std::vector<ScenarioIssue>& issues, ScenarioIssue::Kind kind) {
    return std::any_of(issues.begin(), issues.end(), [&](const ScenarioIssue& issue) {
        return issue.kind == kind;
    });
}

}  // namespace

std::string ScenarioIssue::to_string() const {
    std::string out = file;
    if (line > 0) out += fmt::format(":{}:{}", line, column);
    if (!path.empty()) out += (out.empty() ? "" : ": ") + path;
    return out.empty() ? message : out + ": " + message;
}

ScenarioErrors::ScenarioErrors(std::vector<ScenarioIssue> issues)
    : std::runtime_error(printed(issues)), issues_(sorted(std::move(issues))) {}

int ScenarioErrors::exit_code() const {
    if (has(issues_, ScenarioIssue::Kind::mistake)) return 2;
    return has(issues_, ScenarioIssue::Kind::file) ? 74 : 1;
}

std::string printed(const std::vector<ScenarioIssue>& issues) {
    std::string out;
    std::size_t count = 0;
    for (const ScenarioIssue& issue : sorted(issues)) {
        if (count++ == kIssuesPrinted) {
            return out + fmt::format("and {} more\n", issues.size() - kIssuesPrinted);
        }
        out += issue.to_string() + "\n";
    }
    return out;
}

std::string issues_json(const std::vector<ScenarioIssue>& issues) {
    Node list = Node::list();
    for (const ScenarioIssue& issue : issues) {
        Node entry = Node::object();
        entry.set("file", Node::of(issue.file));
        if (issue.line > 0) {
            entry.set("line", Node::of(std::int64_t{issue.line}));
            entry.set("column", Node::of(std::int64_t{issue.column}));
        }
        entry.set("path", Node::of(issue.path));
        entry.set("message", Node::of(issue.message));
        Node allowed = Node::list();
        for (const std::string& word : issue.allowed) allowed.items.push_back(Node::of(word));
        entry.set("allowed", std::move(allowed));
        list.items.push_back(std::move(entry));
    }
    Node root = Node::object();
    root.set("error", std::move(list));
    return json_text(root);
}

}  // namespace plimsoll
