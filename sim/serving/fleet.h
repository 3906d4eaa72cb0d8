#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "sim/kernel/event_core.h"
#include "sim/metrics.h"
#include "sim/saturation.h"
#include "sim/scenario.h"
#include "sim/serving/replica.h"
#include "sim/serving/router.h"
#include "sim/workload/arrival.h"

namespace plimsoll {

/// Takes every request that leaves, besides the sketches.
class RecordSink {
public:
    virtual ~RecordSink() = default;
    virtual void take(const RequestRecord& record) = 0;
};

/// What distinguishes the runs of one scenario.
struct FleetOptions {
    std::uint64_t replication = 0;
    /// Multiplies arrival rates, compresses trace time, multiplies closed-loop users.
    double load = 1.0;
    /// Sees every record when set.
    RecordSink* records = nullptr;
};

/// The replicas of a scenario's pools, the sources of its requests and the router between them,
/// as components of an event core. Requests stream: they are drawn when due and folded when done.
class Fleet final : public FleetView {
public:
    /// Expects a scenario without problems(). The core must outlive the fleet.
    Fleet(const Scenario& scenario, const FleetOptions& options, kernel::EventCore& core);
    ~Fleet() override;

    /// Folds what is still inside and adds up what the replicas did; call once, after the run.
    [[nodiscard]] RunFacts finish();
    [[nodiscard]] const MetricsCollector& metrics() const { return metrics_; }

    [[nodiscard]] std::int32_t replicas() const override;
    [[nodiscard]] std::int64_t outstanding(std::int32_t index) const override;
    [[nodiscard]] bool has_room(std::int32_t index) const override;

private:
    class Source;
    class Node;
    class Stop;
    struct PoolModel;

    void arrive(const Request& drawn, double now_s);
    void left(const RequestRecord& record);
    [[nodiscard]] bool accepts_arrivals() const;
    [[nodiscard]] PoolFacts pool_facts(const PoolModel& pool, double end_s) const;

    const Scenario& scenario_;
    FleetOptions options_;
    kernel::EventCore& core_;
    MetricsCollector metrics_;
    BacklogMonitor backlog_;
    std::unique_ptr<Router> router_;
    std::vector<std::unique_ptr<PoolModel>> pools_;
    std::vector<std::unique_ptr<Source>> sources_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::unique_ptr<Stop> stop_;
    /// Requests that no replica had room for, where the router shares a queue.
    std::deque<Request> shared_;
    std::int64_t arrived_ = 0;
    std::int64_t gone_ = 0;
    double last_arrival_s_ = 0.0;
    double last_end_s_ = 0.0;
};

}  // namespace plimsoll
