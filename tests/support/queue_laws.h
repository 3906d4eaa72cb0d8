#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "models/queueing.h"
#include "sim/random.h"
#include "sim/serving/replica.h"
#include "sim/serving/router.h"
#include "tests/support/fleets.h"

// Queues of the textbook made of replicas: one request at a time, one token a second.
namespace plimsoll::test {

/// How a queue is fed and served.
struct QueueCase {
    std::string law{};
    /// Load per server.
    double load = 0.5;
    int servers = 1;
    /// Geometric lengths of this mean, or fixed ones.
    double mean_tokens = 1000.0;
    bool is_fixed = false;
    std::string router = "central_queue";
    std::int64_t requests = 0;
};

/// Means over one run, by batches.
struct QueueRun {
    std::vector<double> wait_batches;
    double mean_wait = 0.0;
    /// Requests that wait, averaged over time.
    double waiting = 0.0;
    double arrival_rate = 0.0;
    /// The largest distance of any wait from the recursion's, seconds.
    double worst_error = 0.0;
};

/// Replicas, a router and a Poisson source, in a loop of their own.
class QueueModel final : public FleetView {
public:
    explicit QueueModel(const QueueCase& c) : case_(c), deployment_(one_at_a_time(1.0 * second)) {
        model_.emplace(deployment_);
        memory_ = std::get<MemoryPlan>(plan_memory(deployment_));
        router_ = make_router(spec(c.router));
        for (int i = 0; i < c.servers; ++i) {
            servers_.push_back(std::make_unique<Server>(*this, i));
        }
    }

    QueueRun run() {
        Stream arrivals(1, 0, case_.law + "/arrivals");
        Stream lengths(1, 0, case_.law + "/lengths");
        const double rate = case_.load * case_.servers / case_.mean_tokens;
        const std::int64_t warm_up = case_.requests / 50;
        const std::int64_t scored = case_.requests - warm_up;
        batch_size_ = scored / kBatches;
        first_scored_ = warm_up;
        sums_.assign(kBatches, 0.0);
        double date = 0.0;
        for (std::int64_t id = 0; id < case_.requests; ++id) {
            date += arrivals.exponential() / rate;
            const double tokens =
                case_.is_fixed ? case_.mean_tokens : lengths.geometric(1.0 / case_.mean_tokens);
            advance(date);
            if (id == warm_up) {
                start_s_ = date;
                waiting_s_ = 0.0;
            }
            expected_[slot(id)] = recursion(date, tokens);
            arrive({.id = id,
                    .prompt_tokens = 1,
                    .output_tokens = static_cast<std::int32_t>(tokens),
                    .arrival_s = date});
        }
        const double end_s = date;
        const double waiting_s = waiting_s_;
        advance(std::numeric_limits<double>::max());
        QueueRun result;
        const double batch = static_cast<double>(batch_size_);
        for (double sum : sums_) result.wait_batches.push_back(sum / batch);
        for (double wait : result.wait_batches) result.mean_wait += wait / kBatches;
        result.arrival_rate = static_cast<double>(scored) / (end_s - start_s_);
        result.waiting = waiting_s / (end_s - start_s_);
        result.worst_error = worst_error_;
        return result;
    }

    [[nodiscard]] std::int32_t replicas() const override { return case_.servers; }
    [[nodiscard]] std::int64_t outstanding(std::int32_t i) const override {
        return at(i).replica.outstanding(now_);
    }
    [[nodiscard]] bool has_room(std::int32_t i) const override {
        return at(i).replica.has_room(now_);
    }

    static constexpr int kBatches = 64;

private:
    struct Server final : ReplicaSink {
        Server(QueueModel& of, std::int32_t index)
            : queue(of), replica(*of.model_, of.memory_, *this, {.index = index}) {}
        void finished(const RequestRecord& record) override { queue.finished(record); }
        void token_gaps(const GapLine&, const std::vector<std::int64_t>&) override {}
        bool others_due(double) override { return false; }
        std::optional<Request> pull(double) override {
            if (queue.shared_.empty()) return std::nullopt;
            const Request request = queue.shared_.front();
            queue.shared_.pop_front();
            return request;
        }
        [[nodiscard]] bool has_shared_queue() const override {
            return queue.router_->shares_queue();
        }
        QueueModel& queue;
        Replica replica;
    };

    /// More requests than ever wait at a time.
    static constexpr std::size_t kWindow = 1U << 16U;
    [[nodiscard]] static std::size_t slot(std::int64_t id) {
        return static_cast<std::size_t>(id) % kWindow;
    }
    [[nodiscard]] const Server& at(std::int32_t i) const {
        return *servers_[static_cast<std::size_t>(i)];
    }

    void advance(double date_s) {
        while (true) {
            Server* next = servers_.front().get();
            for (const auto& server : servers_) {
                if (server->replica.next_s() < next->replica.next_s()) next = server.get();
            }
            if (next->replica.next_s() >= date_s) break;
            pass_to(next->replica.next_s());
            next->replica.on_date(now_);
        }
        pass_to(date_s);
    }

    void pass_to(double date_s) {
        auto waiting = static_cast<double>(shared_.size());
        for (const auto& server : servers_) {
            waiting += static_cast<double>(server->replica.waiting());
        }
        if (waiting > 0.0) waiting_s_ += waiting * (date_s - now_);
        now_ = date_s;
    }

    void arrive(const Request& request) {
        if (shared_.empty()) {
            if (const auto chosen = router_->choose({}, *this)) {
                servers_[static_cast<std::size_t>(*chosen)]->replica.submit(request, now_);
                return;
            }
        }
        shared_.push_back(request);
        if (shared_.size() > 1) return;
        for (const auto& server : servers_) server->replica.look_at_shared_queue();
    }

    /// When one queue's next customer starts, by its own account: at the earliest free server.
    /// [Kiefer-Wolfowitz55]
    double recursion(double date_s, double service_s) {
        if (free_at_.empty()) {
            for (int i = 0; i < case_.servers; ++i) free_at_.push(0.0);
        }
        const double start_s = std::max(date_s, free_at_.top());
        free_at_.pop();
        free_at_.push(start_s + service_s);
        return start_s - date_s;
    }

    void finished(const RequestRecord& record) {
        const double wait_s = record.admitted_s - record.arrival_s;
        const double error = std::abs(wait_s - expected_[slot(record.id)]);
        worst_error_ = std::max(worst_error_, error / std::max(1.0, record.admitted_s));
        if (record.id < first_scored_) return;
        const std::int64_t batch = (record.id - first_scored_) / batch_size_;
        if (batch < kBatches) sums_[static_cast<std::size_t>(batch)] += wait_s;
    }

    QueueCase case_;
    Deployment deployment_;
    std::optional<StepModel> model_;
    MemoryPlan memory_;
    std::unique_ptr<Router> router_;
    std::vector<std::unique_ptr<Server>> servers_;
    std::deque<Request> shared_;
    std::priority_queue<double, std::vector<double>, std::greater<>> free_at_;
    std::vector<double> expected_ = std::vector<double>(kWindow);
    std::vector<double> sums_;
    std::int64_t batch_size_ = 1;
    std::int64_t first_scored_ = 0;
    double start_s_ = 0.0;
    double waiting_s_ = 0.0;
    double worst_error_ = 0.0;
    double now_ = 0.0;
};

/// The mean of batches with the half-width of its confidence interval.
struct BatchMean {
    double mean = 0.0;
    double half_width = 0.0;
};
inline BatchMean batch_mean(const std::vector<double>& batches, double confidence) {
    const auto n = static_cast<double>(batches.size());
    BatchMean result;
    for (double x : batches) result.mean += x / n;
    double squares = 0.0;
    for (double x : batches) squares += (x - result.mean) * (x - result.mean);
    const double z = standard_normal_quantile(0.5 + 0.5 * confidence);
    // Student's t to first order. [Hill70]
    const double t = z + (z * z * z + z) / (4.0 * (n - 1.0));
    result.half_width = t * std::sqrt(squares / (n - 1.0) / n);
    return result;
}

/// What theory says of the mean wait, seconds: Pollaczek-Khinchine of the discrete lengths, Erlang
/// C of exponential ones.
inline double theoretical_wait(const QueueCase& c) {
    const PerSecond rate(c.load * c.servers / c.mean_tokens);
    const Seconds service(c.mean_tokens);
    if (c.servers > 1) {
        return mmc({.arrival_rate = rate, .mean_service = service, .servers = c.servers})
            .wait.value();
    }
    // Geometric lengths: c^2 = 1 - 1/mean.
    return mg1({.arrival_rate = rate, .mean_service = service},
               c.is_fixed ? 0.0 : 1.0 - 1.0 / c.mean_tokens)
        .wait.value();
}

/// The laws to check, with the requests that bring the 95 % half-width of the mean wait to 3 %.
inline std::vector<QueueCase> queue_cases() {
    struct Row {
        double load;
        std::int64_t mm1;
        std::int64_t md1;
        std::int64_t mm8;
    };
    constexpr std::int64_t kThousand = 1000;
    constexpr Row kRows[] = {{0.3, 80, 50, 13000},
                             {0.5, 100, 60, 1600},
                             {0.7, 270, 110, 1000},
                             {0.8, 500, 250, 1200},
                             {0.9, 1700, 900, 2700},
                             {0.95, 6500, 3000, 8000}};
    std::vector<QueueCase> cases;
    for (const Row& row : kRows) {
        const QueueCase base{.load = row.load};
        QueueCase c = base;
        c.law = fmt::format("M/M/1 at {}", row.load);
        c.requests = row.mm1 * kThousand;
        cases.push_back(c);
        c.law = fmt::format("M/D/1 at {}", row.load);
        c.is_fixed = true;
        c.requests = row.md1 * kThousand;
        cases.push_back(c);
        c = base;
        c.law = fmt::format("M/M/8 at {}", row.load);
        c.servers = 8;
        // The rarer the wait, the closer to exponential it must be.
        c.mean_tokens = 10000.0;
        c.requests = row.mm8 * kThousand;
        cases.push_back(c);
    }
    return cases;
}

/// Checks every law at `effort` times those requests, jointly at 99.9 %; returns the widest
/// interval, relative.
inline double check_queue_laws(double effort, const std::string& only = {}) {
    const std::vector<QueueCase> cases = queue_cases();
    // Bonferroni over the waits.
    const double confidence = 1.0 - 0.001 / static_cast<double>(cases.size());
    double widest = 0.0;
    for (QueueCase c : cases) {
        if (c.law.find(only) == std::string::npos) continue;
        c.requests = static_cast<std::int64_t>(effort * static_cast<double>(c.requests));
        const QueueRun run = QueueModel(c).run();
        const double theory = theoretical_wait(c);
        const BatchMean mean = batch_mean(run.wait_batches, confidence);
        INFO(c.law,
             ": mean wait ",
             mean.mean,
             " +- ",
             mean.half_width,
             " s, theory ",
             theory,
             ", ",
             c.requests,
             " requests");
        CHECK(std::abs(mean.mean - theory) <= mean.half_width);
        widest = std::max(widest, mean.half_width / theory);
        // Every single wait is that of the recursion W' = max(0, W + S - A), or of its form for
        // several servers.
        CHECK(run.worst_error <= 1e-9);
        // Little's law: an identity but for those that wait when the count begins and ends.
        CHECK(run.waiting == doctest::Approx(run.arrival_rate * run.mean_wait).epsilon(2e-3));
    }
    return widest;
}

}  // namespace plimsoll::test
