#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace plimsoll::kernel {

/// What became of one piece of work in a child process.
struct ChildResult {
    enum class End : std::uint8_t {
        answered,  ///< `text` is what the work returned
        threw,     ///< `text` is the exception's message
        killed,    ///< `code` is the signal that ended the process
        exited,    ///< the process left without an answer; `code` is its exit code
    };

    End end = End::answered;
    std::string text;
    int code = 0;

    /// Whether `text` is the answer.
    [[nodiscard]] bool ok() const { return end == End::answered; }

    /// One sentence on what went wrong; empty when ok().
    [[nodiscard]] std::string problem() const;
};

/// How a pool of children ended.
struct PoolEnd {
    enum class Reason : std::uint8_t {
        finished,     ///< every result was delivered
        cancelled,    ///< the cancel flag was raised
        interrupted,  ///< SIGINT or SIGTERM arrived: `signal`
    };

    Reason reason = Reason::finished;
    int signal = 0;
    std::size_t delivered = 0;  ///< results delivered, indices 0 to delivered - 1
};

/// How to run many pieces of work.
struct PoolOptions {
    int jobs = 1;                                              ///< children at a time, at least 1
    const std::atomic<bool>* cancel = nullptr;                 ///< raise it to kill all children
    std::function<void(std::size_t, std::size_t)> progress{};  ///< children finished, of how many
};

/// Runs `work` in a forked child and returns what became of it. The child leaves by _exit, without
/// tearing anything down; it dies with this process. SIGINT and SIGTERM kill it and are then raised
/// again here. Throws std::system_error when no child can be made.
[[nodiscard]] ChildResult run_isolated(const std::function<std::string()>& work);

/// Calls `make(index)` for index 0 to count - 1, each in a forked child of its own, at most
/// `options.jobs` at a time, and hands the results to `on_result` in the order of the indices,
/// whatever the order of finishing. Memory holds at most a few times `jobs` undelivered results.
/// However it ends, no child is left. While it runs, SIGINT and SIGTERM of the calling thread end
/// it instead of the process. Throws what `on_result` and `progress` throw, and std::system_error
/// when no child can be made.
PoolEnd run_all(const PoolOptions& options,
                std::size_t count,
                const std::function<std::string(std::size_t)>& make,
                const std::function<void(std::size_t, ChildResult)>& on_result);

}  // namespace plimsoll::kernel
