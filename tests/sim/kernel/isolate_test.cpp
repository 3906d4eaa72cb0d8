#include "sim/kernel/isolate.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace plimsoll::kernel;

namespace {

using namespace std::chrono_literals;

/// No child is left, neither running nor as a zombie.
bool childless() {
    errno = 0;
    return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

std::size_t open_descriptors() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

}  // namespace

TEST_CASE("isolate: the bytes a child returns come back whole, zeros included") {
    const std::string bytes("a\0b\n", 4);
    const ChildResult result = run_isolated([&] { return bytes; });
    CHECK(result.ok());
    CHECK(result.text == bytes);
    CHECK(result.problem().empty());
    CHECK(run_isolated([] { return std::string(); }).ok());
    CHECK(childless());
}

TEST_CASE("isolate: what a child does to its memory stays there") {
    int here = 1;
    const ChildResult result = run_isolated([&] {
        here = 2;
        return std::to_string(here);
    });
    CHECK(result.text == "2");
    CHECK(here == 1);
}

TEST_CASE("isolate: an exception in the child becomes its message") {
    const ChildResult result =
        run_isolated([]() -> std::string { throw std::runtime_error("the KV cache is full"); });
    CHECK(result.end == ChildResult::End::threw);
    CHECK_FALSE(result.ok());
    CHECK(result.problem() == "the KV cache is full");
    const ChildResult odd = run_isolated([]() -> std::string { throw 42; });
    CHECK(odd.end == ChildResult::End::threw);
    CHECK(odd.text == "unknown exception");
}

TEST_CASE("isolate: a child that is killed is reported with its signal") {
    for (const int signal : {SIGKILL, SIGSEGV, SIGABRT, SIGTERM}) {
        const ChildResult result = run_isolated([signal]() -> std::string {
            kill(getpid(), signal);
            pause();
            return {};
        });
        CHECK(result.end == ChildResult::End::killed);
        CHECK(result.code == signal);
    }
    const ChildResult aborted = run_isolated([]() -> std::string { std::abort(); });
    CHECK(aborted.problem() == "the simulation's process was killed by SIGABRT");
    CHECK(childless());
}

TEST_CASE("isolate: a child that leaves without answering is reported with its code, even 0") {
    for (const int code : {0, 3}) {
        const ChildResult result = run_isolated([code]() -> std::string { _exit(code); });
        CHECK(result.end == ChildResult::End::exited);
        CHECK(result.code == code);
    }
}

TEST_CASE("isolate: results come in the order of the indices whatever the order of finishing") {
    std::vector<std::string> results;
    std::vector<std::size_t> finished;
    PoolOptions options;
    options.jobs = 3;
    options.progress = [&](std::size_t done, std::size_t total) {
        CHECK(total == 9);
        finished.push_back(done);
    };
    const PoolEnd end = run_all(
        options,
        9,
        [](std::size_t index) -> std::string {
            // the first of each three is the slowest
            std::this_thread::sleep_for(30ms * (2 - index % 3));
            if (index == 4) throw std::runtime_error("four");
            if (index == 5) kill(getpid(), SIGKILL);
            return std::to_string(index);
        },
        [&](std::size_t index, ChildResult result) {
            CHECK(index == results.size());
            results.push_back(result.ok() ? result.text : result.problem());
        });
    CHECK(end.reason == PoolEnd::Reason::finished);
    CHECK(end.delivered == 9);
    CHECK(results == std::vector<std::string>{"0",
                                              "1",
                                              "2",
                                              "3",
                                              "four",
                                              "the simulation's process was killed by SIGKILL",
                                              "6",
                                              "7",
                                              "8"});
    CHECK(finished == std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(childless());
}

TEST_CASE("isolate: payloads of 100 MB arrive whole, several at a time") {
    constexpr std::size_t kBytes = 100'000'000;
    std::size_t delivered = 0;
    PoolOptions options;
    options.jobs = 2;
    run_all(
        options,
        2,
        [](std::size_t index) {
            std::string bytes(kBytes, static_cast<char>('a' + index));
            bytes.back() = '!';
            return bytes;
        },
        [&](std::size_t index, ChildResult result) {
            REQUIRE(result.ok());
            REQUIRE(result.text.size() == kBytes);
            CHECK(result.text.find_first_not_of(static_cast<char>('a' + index)) == kBytes - 1);
            ++delivered;
        });
    CHECK(delivered == 2);
}

TEST_CASE("isolate: a child killed in the middle of its answer has given none") {
    // A pipe holds 64 kB: while the receiver of the first result keeps the parent from reading, the
    // second child is stuck in writing a megabyte, and is killed there.
    std::array<int, 2> go{};
    std::array<int, 2> ready{};
    REQUIRE(pipe(go.data()) == 0);
    REQUIRE(pipe(ready.data()) == 0);
    std::vector<ChildResult> results;
    PoolOptions options;
    options.jobs = 2;
    run_all(
        options,
        2,
        [&](std::size_t index) -> std::string {
            if (index == 0) return "first";
            char byte = 0;
            const pid_t self = getpid();
            if (read(go[0], &byte, 1) != 1) return "no go";
            if (write(ready[1], &self, sizeof self) != sizeof self) return "not ready";
            return std::string(1'000'000, 'x');
        },
        [&](std::size_t index, ChildResult result) {
            results.push_back(std::move(result));
            if (index > 0) return;
            pid_t second = 0;
            REQUIRE(write(go[1], "g", 1) == 1);
            REQUIRE(read(ready[0], &second, sizeof second) == sizeof second);
            std::this_thread::sleep_for(30ms);
            kill(second, SIGKILL);
        });
    for (const int fd : {go[0], go[1], ready[0], ready[1]}) close(fd);
    REQUIRE(results.size() == 2);
    CHECK(results[0].text == "first");
    CHECK(results[1].end == ChildResult::End::killed);
    CHECK(results[1].code == SIGKILL);
    CHECK(results[1].text.empty());
}

TEST_CASE("isolate: raising the flag ends the run, and no process and no descriptor is left") {
    const std::size_t descriptors = open_descriptors();
    std::atomic<bool> cancel{false};
    PoolOptions options;
    options.jobs = 4;
    options.cancel = &cancel;
    std::size_t delivered = 0;
    const auto begin = std::chrono::steady_clock::now();
    const PoolEnd end = run_all(
        options,
        100,
        [](std::size_t index) -> std::string {
            if (index > 0) std::this_thread::sleep_for(60s);
            return "quick";
        },
        [&](std::size_t, ChildResult) {
            ++delivered;
            cancel = true;
        });
    CHECK(end.reason == PoolEnd::Reason::cancelled);
    CHECK(end.delivered == 1);
    CHECK(delivered == 1);
    CHECK(childless());
    CHECK(open_descriptors() == descriptors);
    CHECK(std::chrono::steady_clock::now() - begin < 30s);
}

TEST_CASE("isolate: an exception from the receiver of results leaves no process behind") {
    PoolOptions options;
    options.jobs = 3;
    const auto run = [&] {
        run_all(
            options,
            50,
            [](std::size_t index) -> std::string {
                if (index > 0) std::this_thread::sleep_for(60s);
                return {};
            },
            [](std::size_t, const ChildResult&) { throw std::runtime_error("disk full"); });
    };
    CHECK_THROWS_WITH_AS(run(), "disk full", std::runtime_error);
    CHECK(childless());
}

TEST_CASE("isolate: SIGINT and SIGTERM end the run with their name, and no process is left") {
    for (const int signal : {SIGINT, SIGTERM}) {
        PoolOptions options;
        options.jobs = 2;
        const PoolEnd end = run_all(
            options,
            10,
            [signal](std::size_t index) -> std::string {
                if (index == 0) kill(getppid(), signal);
                std::this_thread::sleep_for(60s);
                return {};
            },
            [](std::size_t, const ChildResult&) { FAIL("nothing can have ended"); });
        CHECK(end.reason == PoolEnd::Reason::interrupted);
        CHECK(end.signal == signal);
        CHECK(childless());
    }
}

TEST_CASE("isolate: an interruption of a single run reaches the process once its child is gone") {
    // one level down, so that the signal ends that process and not the tests
    const ChildResult result = run_isolated([]() -> std::string {
        std::signal(SIGINT, SIG_DFL);
        static_cast<void>(run_isolated([]() -> std::string {
            kill(getppid(), SIGINT);
            std::this_thread::sleep_for(60s);
            return {};
        }));
        return "survived";
    });
    CHECK(result.end == ChildResult::End::killed);
    CHECK(result.code == SIGINT);
}

TEST_CASE("isolate: a child holds no descriptor of its siblings") {
    const std::size_t here = open_descriptors();
    PoolOptions options;
    options.jobs = 6;
    run_all(
        options,
        6,
        [](std::size_t) {
            const std::string open = std::to_string(open_descriptors());
            std::this_thread::sleep_for(50ms);
            return open;
        },
        [&](std::size_t, ChildResult result) {
            // what the parent had, and the pipe to answer through
            CHECK(result.text == std::to_string(here + 1));
        });
}

TEST_CASE("isolate: no work is no child") {
    const PoolEnd end = run_all(
        {},
        0,
        [](std::size_t) { return std::string(); },
        [](std::size_t, const ChildResult&) { FAIL("a result"); });
    CHECK(end.reason == PoolEnd::Reason::finished);
    CHECK(end.delivered == 0);
}
