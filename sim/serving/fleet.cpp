#include "sim/serving/fleet.h"

#include <algorithm>
#include <variant>

#include "models/contract.h"
#include "models/roofline.h"
#include "sim/workload/request_lengths.h"

namespace plimsoll {
namespace {

/// At one date arrivals come first, then replicas, then the end of the run.
constexpr kernel::Kind kArrival = 0;
constexpr kernel::Kind kReplica = 1;
constexpr kernel::Kind kStop = 2;

}  // namespace

/// A pool's deployment, compiled once for all its replicas.
struct Fleet::PoolModel {
    const Pool& pool;
    StepModel model;
    MemoryPlan memory;
    std::vector<Node*> nodes;

    explicit PoolModel(const Pool& p)
        : pool(p), model(p.deployment), memory(std::get<MemoryPlan>(plan_memory(p.deployment))) {}
};

/// Draws the requests of one class and hands them to the router.
class Fleet::Source final : public kernel::Component {
public:
    Source(Fleet& fleet,
           std::int32_t index,
           const RequestClass& requests,
           const FleetOptions& options)
        : fleet_(fleet),
          index_(index),
          lengths_(fleet.scenario_.seed, options.replication, requests.name + "/lengths"),
          arrivals_(make_arrival(
              requests.arrival,
              Stream(fleet.scenario_.seed, options.replication, requests.name + "/arrivals"),
              options.load)),
          both_(requests) {
        slot_ = fleet.core_.add(*this, kArrival);
        arm();
    }

    void on_date(double now_s) override {
        // Another class may have had the last one.
        if (!fleet_.accepts_arrivals()) return;
        const ArrivalDraw draw = arrivals_->take();
        Request request;
        request.class_index = index_;
        request.arrival_s = now_s;
        const LengthPair lengths = both_.draw(draw, lengths_);
        request.prompt_tokens = lengths.prompt;
        request.output_tokens = lengths.output;
        request.session = draw.session;
        fleet_.arrive(request, now_s);
        arm();
    }
    void on_message(double /*now_s*/, const kernel::Message& /*message*/) override {}

    void on_end(const RequestRecord& record) {
        // A replica learns of a client that gave up when it next looks.
        arrivals_->on_end(std::max(record.end_s, fleet_.core_.now()),
                          {.session = record.session,
                           .prompt_tokens = record.prompt_tokens,
                           .output_tokens = record.output_tokens,
                           .completed = record.outcome == Outcome::completed});
        arm();
    }

private:
    void arm() {
        const double date_s = arrivals_->next_s();
        if (date_s < kNever && fleet_.accepts_arrivals()) {
            fleet_.core_.arm(slot_, date_s);
        } else {
            fleet_.core_.disarm(slot_);
        }
    }

    Fleet& fleet_;
    std::int32_t index_;
    Stream lengths_;
    std::unique_ptr<ArrivalProcess> arrivals_;
    RequestLengths both_;
    kernel::SlotId slot_ = 0;
};

/// A replica with its slot in the event core.
class Fleet::Node final : public kernel::Component, public ReplicaSink {
public:
    Node(Fleet& fleet, const PoolModel& pool, const Replica::Identity& identity)
        : fleet_(fleet),
          slot_(fleet.core_.add(*this, kReplica)),
          replica_(pool.model, pool.memory, *this, identity) {}

    [[nodiscard]] const Replica& replica() const { return replica_; }

    void submit(const Request& request, double now_s) {
        replica_.submit(request, now_s);
        arm();
    }
    void look_at_shared_queue() {
        replica_.look_at_shared_queue();
        arm();
    }
    void settle(double now_s) { replica_.settle(now_s); }

    void on_date(double now_s) override {
        replica_.on_date(now_s);
        arm();
    }
    void on_message(double /*now_s*/, const kernel::Message& /*message*/) override {}

    void finished(const RequestRecord& record) override { fleet_.left(record); }
    void token_gaps(const GapLine& line, const std::vector<std::int64_t>& by_class) override {
        fleet_.metrics_.fold_itl_line({.date_s = line.date_s,
                                       .first_s = line.first_s,
                                       .slope_s = line.slope_s,
                                       .count = line.count},
                                      by_class);
    }
    bool others_due(double now_s) override { return fleet_.core_.next_date() <= now_s; }
    std::optional<Request> pull(double /*now_s*/) override {
        if (fleet_.shared_.empty()) return std::nullopt;
        const Request request = fleet_.shared_.front();
        fleet_.shared_.pop_front();
        return request;
    }
    [[nodiscard]] bool has_shared_queue() const override { return fleet_.router_->shares_queue(); }

private:
    void arm() {
        if (replica_.next_s() < kNever) {
            fleet_.core_.arm(slot_, replica_.next_s());
        } else {
            fleet_.core_.disarm(slot_);
        }
    }

    Fleet& fleet_;
    kernel::SlotId slot_;
    Replica replica_;
};

/// Ends the run at the horizon.
class Fleet::Stop final : public kernel::Component {
public:
    Stop(kernel::EventCore& core, double date_s) : core_(core) {
        core.arm(core.add(*this, kStop), date_s);
    }
    void on_date(double /*now_s*/) override { core_.stop(); }
    void on_message(double /*now_s*/, const kernel::Message& /*message*/) override {}

private:
    kernel::EventCore& core_;
};

Fleet::Fleet(const Scenario& scenario, const FleetOptions& options, kernel::EventCore& core)
    : scenario_(scenario),
      options_(options),
      core_(core),
      metrics_(scenario.workload.classes, scenario.warm_up),
      router_(make_router(scenario.routing)) {
    const std::size_t classes = scenario.workload.classes.size();
    for (std::size_t c = 0; c < classes; ++c) {
        sources_.push_back(std::make_unique<Source>(
            *this, static_cast<std::int32_t>(c), scenario.workload.classes[c], options));
    }
    std::int32_t pool_index = 0;
    for (const Pool& pool : scenario.pools) {
        pools_.push_back(std::make_unique<PoolModel>(pool));
        PoolModel& compiled = *pools_.back();
        for (std::int64_t r = 0; r < pool.replicas; ++r) {
            const auto index = static_cast<std::int32_t>(nodes_.size());
            nodes_.push_back(std::make_unique<Node>(
                *this,
                compiled,
                Replica::Identity{.pool = pool_index, .index = index, .classes = classes}));
            compiled.nodes.push_back(nodes_.back().get());
        }
        ++pool_index;
    }
    if (scenario.horizon.value() > 0.0) {
        stop_ = std::make_unique<Stop>(core, scenario.horizon.value());
    }
}

Fleet::~Fleet() = default;

bool Fleet::accepts_arrivals() const {
    return scenario_.max_requests == 0 || arrived_ < scenario_.max_requests;
}

void Fleet::arrive(const Request& drawn, double now_s) {
    Request request = drawn;
    request.id = arrived_++;
    last_arrival_s_ = now_s;
    backlog_.add(arrived_ - gone_);
    // Nobody overtakes those who wait for a replica that has room and is about to look.
    if (shared_.empty()) {
        const auto chosen = router_->choose(
            {.class_index = request.class_index, .prompt_tokens = request.prompt_tokens}, *this);
        if (chosen) {
            nodes_[static_cast<std::size_t>(*chosen)]->submit(request, now_s);
            return;
        }
    }
    shared_.push_back(request);
    if (shared_.size() == 1) {
        for (const auto& node : nodes_) node->look_at_shared_queue();
    }
}

void Fleet::left(const RequestRecord& record) {
    ++gone_;
    last_end_s_ = std::max(last_end_s_, record.end_s);
    metrics_.fold(record);
    if (options_.records != nullptr) options_.records->take(record);
    sources_[static_cast<std::size_t>(record.class_index)]->on_end(record);
}

std::int32_t Fleet::replicas() const { return static_cast<std::int32_t>(nodes_.size()); }

std::int64_t Fleet::outstanding(std::int32_t index) const {
    return nodes_[static_cast<std::size_t>(index)]->replica().outstanding(core_.now());
}

bool Fleet::has_room(std::int32_t index) const {
    return nodes_[static_cast<std::size_t>(index)]->replica().has_room(core_.now());
}

RunFacts Fleet::finish() {
    RunFacts facts;
    const double horizon_s = scenario_.horizon.value();
    facts.simulated_s = core_.stopped() ? horizon_s : std::max(core_.now(), last_end_s_);
    facts.arrivals_end_s = core_.stopped() ? horizon_s : last_arrival_s_;
    if (core_.stopped()) {
        for (const auto& node : nodes_) node->settle(horizon_s);
    }
    const auto fold = [&](const Sequence& s) {
        metrics_.fold_unfinished({.class_index = s.request.class_index,
                                  .output_tokens = s.request.output_tokens,
                                  .preemptions = s.preemptions,
                                  .arrival_s = s.request.arrival_s,
                                  .admitted_s = s.admitted_s,
                                  .first_token_s = s.produced > 0 ? s.first_token_s : -1.0},
                                 facts.simulated_s);
    };
    for (const auto& node : nodes_) node->replica().for_each_inside(fold);
    for (const Request& request : shared_) {
        metrics_.fold_unfinished({.class_index = request.class_index,
                                  .output_tokens = request.output_tokens,
                                  .arrival_s = request.arrival_s},
                                 facts.simulated_s);
    }
    const BacklogTrend trend = backlog_.verdict().trend;
    facts.saturated = trend == BacklogTrend::saturated;
    facts.peak_overload = trend == BacklogTrend::peak_overload;
    for (const auto& pool : pools_) facts.pools.push_back(pool_facts(*pool, facts.simulated_s));
    return facts;
}

PoolFacts Fleet::pool_facts(const PoolModel& pool, double end_s) const {
    const Deployment& deployment = pool.pool.deployment;
    PoolFacts facts;
    facts.name = pool.pool.name;
    facts.replicas = static_cast<double>(pool.nodes.size());
    facts.gpus_per_replica = deployment.parallelism.gpus();
    facts.replica_s = facts.replicas * end_s;
    facts.by_class.resize(scenario_.workload.classes.size());
    StepTally tally = pool.model.make_tally();
    for (const Node* node : pool.nodes) {
        const ReplicaTotals& totals = node->replica().totals();
        tally.merge(totals.tally);
        facts.busy_s += totals.busy_s;
        facts.breakdown.gap_s += totals.gap_s;
        facts.sequence_s += totals.sequence_s;
        const auto blocks = static_cast<double>(pool.memory.kv_blocks);
        facts.kv_fraction_s += totals.kv_block_s / blocks;
        facts.kv_peak_fraction =
            std::max(facts.kv_peak_fraction, static_cast<double>(totals.kv_peak_blocks) / blocks);
        for (std::size_t c = 0; c < facts.by_class.size(); ++c) {
            const ClassShare& own = totals.by_class[c];
            facts.by_class[c].prompt_s += own.prompt_s;
            facts.by_class[c].output_s += own.output_s;
            facts.by_class[c].prompt_tokens += own.prompt_tokens;
            facts.by_class[c].output_tokens += own.output_tokens;
            facts.prompt_tokens += own.prompt_tokens;
            facts.output_tokens += own.output_tokens;
        }
    }
    facts.steps = tally.steps();
    const Work work = pool.model.work(tally);
    facts.flops_per_gpu = work.flops.value();
    facts.bytes_per_gpu = work.bytes.value();
    facts.peak_bytes_per_s = deployment.gpu.hbm_bandwidth.value();
    const auto peak = compute_peak(deployment.gpu, deployment.precisions.compute);
    PLIMSOLL_ENSURES(peak.has_value());
    facts.peak_flops_per_s = peak->value();
    const StepTime time = pool.model.breakdown(tally);
    StepBreakdown& breakdown = facts.breakdown;
    breakdown.compute_s = time[Resource::compute].value();
    breakdown.memory_s = time[Resource::memory].value();
    breakdown.communication_s = time[Resource::communication].value();
    breakdown.launch_s = time[Resource::launch].value();
    breakdown.host_s = time[Resource::host].value();
    breakdown.idle_s = std::max(0.0, facts.replica_s - facts.busy_s - breakdown.gap_s);
    breakdown.steps = facts.steps;
    return facts;
}

}  // namespace plimsoll
