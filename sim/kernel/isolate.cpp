#include "sim/kernel/isolate.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <map>
#include <optional>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/contract.h"

namespace plimsoll::kernel {
namespace {

constexpr char kAnswerTag = 'a';
constexpr char kErrorTag = 'e';
constexpr std::size_t kHeaderBytes = 1 + sizeof(std::uint64_t);
constexpr std::size_t kReadBytes = 1U << 18U;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// Calls a system function again while a signal interrupts it.
template <class Call>
auto retry(Call call) {
    auto result = call();
    while (result == -1 && errno == EINTR) result = call();
    return result;
}

/// Owns one file descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() { reset(); }

    void reset() {
        // not retried: Linux has closed it even when it says EINTR
        if (fd_ >= 0) close(std::exchange(fd_, -1));
    }
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_ = -1;
};

/// While it lives, SIGINT and SIGTERM wait to be read here instead of ending the process, and no
/// handler, hence no global, is needed.
class HeldSignals {
public:
    HeldSignals() {
        sigset_t held;
        sigemptyset(&held);
        sigaddset(&held, SIGINT);
        sigaddset(&held, SIGTERM);
        const int error = pthread_sigmask(SIG_BLOCK, &held, &before_);
        if (error != 0) throw std::system_error(error, std::generic_category(), "pthread_sigmask");
        descriptor_ = Descriptor(signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK));
        if (descriptor_.fd() < 0) {
            const int reason = errno;
            restore();
            throw std::system_error(reason, std::generic_category(), "signalfd");
        }
    }
    ~HeldSignals() { restore(); }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    /// Gives the process its signals back.
    void restore() const { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    /// Takes a signal that has arrived, 0 when none has.
    [[nodiscard]] int take() const {
        signalfd_siginfo info{};
        const ssize_t got = retry([&] { return read(descriptor_.fd(), &info, sizeof info); });
        return got == static_cast<ssize_t>(sizeof info) ? static_cast<int>(info.ssi_signo) : 0;
    }

    [[nodiscard]] int fd() const { return descriptor_.fd(); }
    void close_descriptor() { descriptor_.reset(); }

private:
    sigset_t before_{};
    Descriptor descriptor_;
};

void write_all(int fd, const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t written = retry([&] { return write(fd, data, size); });
        // nobody reads any more: there is nobody to tell
        if (written <= 0) _exit(1);
        data += written;
        size -= static_cast<std::size_t>(written);
    }
}

/// What a child does instead of returning.
[[noreturn]] void answer_and_leave(int fd, const std::function<std::string()>& work) {
    char tag = kAnswerTag;
    std::string text;
    try {
        text = work();
    } catch (const std::exception& error) {
        tag = kErrorTag;
        text = error.what();
    } catch (...) {
        tag = kErrorTag;
        text = "unknown exception";
    }
    std::array<char, kHeaderBytes> header{tag};
    const std::uint64_t size = text.size();
    std::memcpy(header.data() + 1, &size, sizeof size);
    write_all(fd, header.data(), header.size());
    write_all(fd, text.data(), text.size());
    std::fflush(nullptr);
    _exit(0);
}

/// One child, from fork to wait. Killed and reaped at the latest with this object.
class Child {
public:
    // NOLINTNEXTLINE(bugprone-easily-swappable-parameters): built in one place
    Child(std::size_t index, pid_t pid, Descriptor answers)
        : index_(index), pid_(pid), answers_(std::move(answers)) {}
    Child(Child&& other) noexcept
        : index_(other.index_),
          pid_(std::exchange(other.pid_, -1)),
          answers_(std::move(other.answers_)),
          header_(other.header_),
          header_size_(other.header_size_),
          text_(std::move(other.text_)),
          expected_(other.expected_) {}
    Child& operator=(Child&&) = delete;
    ~Child() {
        if (pid_ < 0) return;
        kill(pid_, SIGKILL);
        reap();
    }

    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] int fd() const { return answers_.fd(); }
    void close_descriptor() { answers_.reset(); }

    /// Reads what has come without waiting; returns whether nothing more will come.
    bool read_some() {
        if (header_size_ < kHeaderBytes) {
            const ssize_t got = retry([&] {
                return read(fd(), header_.data() + header_size_, kHeaderBytes - header_size_);
            });
            if (got <= 0) return got == 0 || errno != EAGAIN;
            header_size_ += static_cast<std::size_t>(got);
            if (header_size_ == kHeaderBytes)
                std::memcpy(&expected_, header_.data() + 1, sizeof expected_);
            return complete();
        }
        const std::size_t had = text_.size();
        const std::size_t wanted = std::min<std::size_t>(kReadBytes, expected_ - had);
        text_.resize(had + wanted);
        const ssize_t got = retry([&] { return read(fd(), text_.data() + had, wanted); });
        const int error = errno;
        text_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(0, got)));
        if (got <= 0) return got == 0 || error != EAGAIN;
        return complete();
    }

    /// Waits for the end of the process and says what became of it.
    ChildResult finish() {
        const int status = reap();
        if (WIFSIGNALED(status)) {
            return {.end = ChildResult::End::killed, .text = {}, .code = WTERMSIG(status)};
        }
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (!complete() || code != 0) {
            return {.end = ChildResult::End::exited, .text = {}, .code = code};
        }
        const bool answered = header_[0] == kAnswerTag;
        return {.end = answered ? ChildResult::End::answered : ChildResult::End::threw,
                .text = std::move(text_),
                .code = 0};
    }

private:
    [[nodiscard]] bool complete() const {
        return header_size_ == kHeaderBytes && text_.size() == expected_;
    }

    int reap() {
        int status = 0;
        const pid_t pid = std::exchange(pid_, -1);
        retry([&] { return waitpid(pid, &status, 0); });
        return status;
    }

    std::size_t index_;
    pid_t pid_;
    Descriptor answers_;
    std::array<char, kHeaderBytes> header_{};
    std::size_t header_size_ = 0;
    std::string text_;
    std::uint64_t expected_ = 0;
};

/// Children in flight and results that wait for their turn.
class Pool {
public:
    Pool(const PoolOptions& options,
         std::size_t count,
         const std::function<std::string(std::size_t)>& make,
         const std::function<void(std::size_t, ChildResult)>& on_result)
        : options_(options), count_(count), make_(make), on_result_(on_result) {}

    PoolEnd run() {
        while (end_.delivered < count_) {
            if (ended_early()) return end_;
            launch();
            wait();
            if (ended_early()) return end_;
            collect();
            deliver();
        }
        return end_;
    }

private:
    bool ended_early() {
        const int signal = signals_.take();
        if (signal != 0) {
            end_.reason = PoolEnd::Reason::interrupted;
            end_.signal = signal;
            return true;
        }
        if (cancelled()) {
            end_.reason = PoolEnd::Reason::cancelled;
            return true;
        }
        return false;
    }

    [[nodiscard]] bool cancelled() const { return options_.cancel != nullptr && *options_.cancel; }

    void launch() {
        const auto jobs = static_cast<std::size_t>(options_.jobs);
        // results that come early wait in memory: not too many of them
        const std::size_t last = end_.delivered + 4 * jobs + 16;
        while (children_.size() < jobs && launched_ < std::min(count_, last)) {
            if (!spawn(launched_)) return;
            ++launched_;
        }
    }

    bool spawn(std::size_t index) {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
        Descriptor from_child(ends[0]);
        Descriptor to_parent(ends[1]);
        if (fcntl(from_child.fd(), F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
        children_.reserve(children_.size() + 1);
        // what is buffered would be written by both
        std::fflush(nullptr);
        const pid_t parent = getpid();
        const pid_t pid = fork();
        if (pid < 0) {
            if (errno == EAGAIN && !children_.empty()) return false;
            fail("fork");
        }
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != parent) _exit(1);
            from_child.reset();
            become_child();
            answer_and_leave(to_parent.fd(), [&] { return make_(index); });
        }
        children_.emplace_back(index, pid, std::move(from_child));
        return true;
    }

    void become_child() {
        for (Child& sibling : children_) sibling.close_descriptor();
        signals_.close_descriptor();
        // a test framework's or SimGrid's handlers would hide what ends this process
        for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGPIPE}) {
            std::signal(signal, SIG_DFL);
        }
        // the terminal sends it to the whole group; the parent decides
        std::signal(SIGINT, SIG_IGN);
        signals_.restore();
    }

    void wait() {
        polled_.clear();
        polled_.push_back({signals_.fd(), POLLIN, 0});
        for (const Child& child : children_) polled_.push_back({child.fd(), POLLIN, 0});
        const int timeout_ms = options_.cancel != nullptr ? 20 : -1;
        if (poll(polled_.data(), polled_.size(), timeout_ms) < 0) {
            if (errno != EINTR) fail("poll");
            for (pollfd& p : polled_) p.revents = 0;
        }
    }

    void collect() {
        std::vector<Child> left;
        for (std::size_t i = 0; i < children_.size(); ++i) {
            Child& child = children_[i];
            if (polled_[i + 1].revents != 0 && child.read_some()) {
                waiting_.emplace(child.index(), child.finish());
                ++finished_;
                if (options_.progress) options_.progress(finished_, count_);
            } else {
                left.push_back(std::move(child));
            }
        }
        children_.swap(left);
    }

    void deliver() {
        while (!waiting_.empty() && waiting_.begin()->first == end_.delivered && !cancelled()) {
            ChildResult result = std::move(waiting_.begin()->second);
            waiting_.erase(waiting_.begin());
            on_result_(end_.delivered++, std::move(result));
        }
    }

    const PoolOptions& options_;
    std::size_t count_;
    const std::function<std::string(std::size_t)>& make_;
    const std::function<void(std::size_t, ChildResult)>& on_result_;
    HeldSignals signals_;
    std::vector<Child> children_;
    std::vector<pollfd> polled_;
    std::map<std::size_t, ChildResult> waiting_;
    std::size_t launched_ = 0;
    std::size_t finished_ = 0;
    PoolEnd end_;
};

}  // namespace

std::string ChildResult::problem() const {
    switch (end) {
        case End::answered:
            return {};
        case End::threw:
            return text;
        case End::killed: {
            const char* name = sigabbrev_np(code);
            return fmt::format("the simulation's process was killed by SIG{}",
                               name != nullptr ? name : "?");
        }
        case End::exited:
            return fmt::format("the simulation's process left with code {} and no answer", code);
    }
    return {};
}

PoolEnd run_all(const PoolOptions& options,
                std::size_t count,
                const std::function<std::string(std::size_t)>& make,
                const std::function<void(std::size_t, ChildResult)>& on_result) {
    PLIMSOLL_EXPECTS(options.jobs >= 1);
    return Pool(options, count, make, on_result).run();
}

ChildResult run_isolated(const std::function<std::string()>& work) {
    std::optional<ChildResult> result;
    const PoolEnd end = run_all(
        {},
        1,
        [&](std::size_t) { return work(); },
        [&](std::size_t, ChildResult r) { result = std::move(r); });
    if (end.reason == PoolEnd::Reason::interrupted) {
        std::raise(end.signal);
        return {.end = ChildResult::End::killed, .text = {}, .code = end.signal};
    }
    PLIMSOLL_ENSURES(result.has_value());
    return std::move(*result);
}

}  // namespace plimsoll::kernel
