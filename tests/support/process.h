#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace plimsoll::test {

/// What a finished program said; a program killed by a signal has exit_code 128 + signal, as in a
/// shell.
struct ProcessResult {
    int exit_code = 0;
    std::string out;
    std::string err;
};

/// How to start a program; `arguments[0]` is found on PATH when it has no slash.
struct Process {
    std::vector<std::string> arguments;
    std::string in = {};
    /// "NAME=value", on top of this program's own environment.
    std::vector<std::string> environment = {};
    std::string directory = {};
    std::chrono::seconds limit = std::chrono::seconds(120);
};

namespace process_detail {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

/// Nameless files instead of pipes: neither side can block or break the other.
class Scratch {
public:
    explicit Scratch(std::string_view content = "") : file_(std::tmpfile()) {
        if (!file_ ||
            std::fwrite(content.data(), 1, content.size(), file_.get()) != content.size()) {
            throw std::runtime_error("process: no temporary file");
        }
        std::rewind(file_.get());
    }

    [[nodiscard]] int descriptor() const { return ::fileno(file_.get()); }

    [[nodiscard]] std::string content() const {
        std::string text(static_cast<std::size_t>(::lseek(descriptor(), 0, SEEK_END)), '\0');
        if (::pread(descriptor(), text.data(), text.size(), 0) !=
            static_cast<ssize_t>(text.size())) {
            throw std::runtime_error("process: cannot read the output");
        }
        return text;
    }

private:
    std::unique_ptr<std::FILE, Close> file_;
};

[[nodiscard]] inline std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) {
        all.push_back(text.data());
    }
    all.push_back(nullptr);
    return all;
}

/// `ours` before this program's environment, less what ours replaces.
[[nodiscard]] inline std::vector<char*> merged(std::vector<std::string>& ours) {
    std::vector<char*> all = pointers(ours);
    all.pop_back();
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::string_view assignment = text.substr(0, text.find('=') + 1);
        const bool replaced = std::any_of(ours.begin(), ours.end(), [&](const std::string& own) {
            return own.starts_with(assignment);
        });
        if (!replaced) {
            all.push_back(*variable);
        }
    }
    all.push_back(nullptr);
    return all;
}

/// Waits for the child, or kills it when `limit` has passed.
[[nodiscard]] inline int wait_for(pid_t child, std::chrono::seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > deadline) {
            ::kill(child, SIGKILL);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace process_detail

/// Runs a program to its end and returns what it said.
[[nodiscard]] inline ProcessResult run_process(Process process) {
    const process_detail::Scratch in(process.in);
    const process_detail::Scratch out;
    const process_detail::Scratch err;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.descriptor(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.descriptor(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.descriptor(), STDERR_FILENO);
    if (!process.directory.empty()) {
        posix_spawn_file_actions_addchdir_np(&actions, process.directory.c_str());
    }
    const std::vector<char*> environment = process_detail::merged(process.environment);
    const std::vector<char*> arguments = process_detail::pointers(process.arguments);
    pid_t child = 0;
    const int error = ::posix_spawnp(
        &child, arguments[0], &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), process.arguments[0]);
    }
    const int exit_code = process_detail::wait_for(child, process.limit);
    return {.exit_code = exit_code, .out = out.content(), .err = err.content()};
}

/// Runs build/…/bin/plimsoll with these arguments.
[[nodiscard]] inline ProcessResult run_plimsoll(std::vector<std::string> arguments,
                                                std::string in = {}) {
    arguments.insert(arguments.begin(), PLIMSOLL_BIN_DIR "/plimsoll");
    return run_process({.arguments = std::move(arguments), .in = std::move(in)});
}

}  // namespace plimsoll::test
