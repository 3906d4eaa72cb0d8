#include "sim/io/estimate_json.h"

#include <cmath>
#include <utility>

#include "sim/io/json_text.h"

namespace plimsoll {
namespace {

Node number(double value) { return std::isfinite(value) ? Node::of(value) : Node(); }
Node text(std::string_view value) { return Node::of(std::string(value)); }
Node count(std::int64_t value) { return Node::of(value); }

using Members = std::initializer_list<std::pair<const char*, Node>>;

Node object(const Members& members) {
    Node node = Node::object();
    for (const auto& [key, value] : members) node.set(key, value);
    return node;
}

Node mean_and_p99(Seconds mean, Seconds p99) {
    return object({{"mean", number(mean.value())}, {"p99", number(p99.value())}});
}

Node class_node(const EstimatedClass& c) {
    return object({{"offered_rps", number(c.offered.value())},
                   {"latency",
                    object({{"ttft_s", mean_and_p99(c.mean.ttft, c.ttft_p99)},
                            {"tpot_s", mean_and_p99(c.mean.tpot, c.tpot_p99)},
                            {"e2e_s", mean_and_p99(c.mean.e2e, c.e2e_p99)},
                            {"queue_s", object({{"mean", number(c.mean.queue.value())}})}})},
                   {"idle_engine",
                    object({{"ttft_s", number(c.light.ttft.value())},
                            {"tpot_s", number(c.light.tpot.value())},
                            {"e2e_s", number(c.light.e2e.value())}})},
                   {"meets_slo", Node::of(c.meets_slo)}});
}

Node breakdown_node(const StepTime& step) {
    Node node = Node::object();
    for (std::size_t i = 0; i < kResources; ++i) {
        const auto resource = static_cast<Resource>(i);
        node.set(std::string(to_string(resource)) + "_s", number(step[resource].value()));
    }
    return node;
}

Node pool_node(const EstimatedPool& p) {
    return object({{"gpus", count(p.gpus)},
                   {"share", number(p.share)},
                   {"capacity_rps", number(p.capacity.value())},
                   {"binding", text(to_string(p.binding))},
                   {"utilization",
                    object({{"load", number(p.load.utilization)},
                            {"busy_fraction", number(p.load.busy)},
                            {"mean_batch", number(p.load.running)},
                            {"mfu", number(p.use.mfu)},
                            {"mbu", number(p.use.mbu)}})},
                   {"batch",
                    object({{"sequences", number(p.batch.sequences)},
                            {"limit", text(to_string(p.batch.limit))}})},
                   {"memory",
                    object({{"visible_bytes", number(p.memory.visible.value())},
                            {"weights_bytes", number(p.memory.weights.value())},
                            {"kv_pool_bytes", number(p.memory.kv_pool.value())},
                            {"kv_tokens", count(p.memory.kv_tokens())}})},
                   {"step_breakdown", breakdown_node(p.use.breakdown)},
                   {"it_power_w", number(p.it_power.value())},
                   {"usd_per_hour", number(p.cost.in(usd / hour))}});
}

Node ledger_node(const Ledger& ledger) {
    Node rows = Node::list();
    for (const LedgerRow& row : ledger.rows()) {
        rows.items.push_back(object({{"pool", text(row.account.pool)},
                                     {"component", text(to_string(row.account.component))},
                                     {"class", text(row.account.request_class)},
                                     {"phase", text(to_string(row.account.phase))},
                                     {"usd", number(row.amounts.usd.value())}}));
    }
    return rows;
}

Node cost_node(const Estimate& e) {
    if (!e.cost) return Node();
    const EstimatedCost& c = *e.cost;
    const CostFigures& f = c.figures;
    const UsdPerToken per_mtok = usd / Mtoken;
    return object(
        {{"usd_per_hour", number(c.rate.in(usd / hour))},
         {"usd_per_month", number(c.per_month.value())},
         {"usd_per_mtok_output", number(f.per_output_token.in(per_mtok))},
         {"usd_per_mtok_total", number(f.per_token.in(per_mtok))},
         {"attributed_usd_per_mtok_prompt", number(f.attributed_per_prompt_token.in(per_mtok))},
         {"attributed_usd_per_mtok_output", number(f.attributed_per_output_token.in(per_mtok))},
         {"usd_per_request", number(f.per_request.value())},
         {"idle_share", number(f.idle_share)},
         {"price_date", text(c.price_date)},
         {"ledger", ledger_node(e.ledger)}});
}

Node energy_node(const EstimatedEnergy& e) {
    return object(
        {{"facility_power_w", number(e.facility_power.value())},
         {"j_per_output_token", e.per_output_token ? number(e.per_output_token->value()) : Node()},
         {"kg_co2e_per_hour", e.co2e_per_hour ? number(e.co2e_per_hour->value()) : Node()}});
}

Node curve_node(const std::vector<EstimatePoint>& curve) {
    Node points = Node::list();
    for (const EstimatePoint& p : curve) {
        points.items.push_back(
            object({{"load_rps", number(p.load.value())},
                    {"utilization", number(p.utilization)},
                    {"usd_per_mtok_output", number(p.usd_per_output_token.in(usd / Mtoken))},
                    {"ttft_p99_s", number(p.ttft_p99.value())},
                    {"tpot_p99_s", number(p.tpot_p99.value())},
                    {"meets_slo", Node::of(p.meets_slo)}}));
    }
    return points;
}

}  // namespace

std::string estimate_json(const Scenario& scenario, const Estimate& e) {
    Node classes = Node::object();
    for (const EstimatedClass& c : e.classes) classes.set(c.name, class_node(c));
    Node pools = Node::object();
    for (const EstimatedPool& p : e.pools) pools.set(p.name, pool_node(p));
    const Node root = object(
        {{"format", text("plimsoll.estimate/1")},
         {"scenario", object({{"name", text(scenario.name)}, {"as_of", text(scenario.as_of)}})},
         {"infeasible", e.infeasible ? text(e.infeasible->reason) : Node()},
         {"saturated", Node::of(e.saturated)},
         {"answer",
          object({{"load_at_slo_rps", number(e.load_at_slo.value())},
                  {"headroom", number(e.headroom)},
                  {"meets_slo", Node::of(e.meets_slo)},
                  {"binding", text(to_string(e.binding))},
                  {"binding_pool", text(e.binding_pool)}})},
         {"rates",
          object({{"offered_rps", number(e.offered.value())},
                  {"served_rps", number(e.served.value())},
                  {"capacity_rps", number(e.capacity.value())}})},
         {"utilization", number(e.utilization)},
         {"classes", std::move(classes)},
         {"pools", std::move(pools)},
         {"cost", cost_node(e)},
         {"cost_absent", e.cost ? Node() : text(e.cost_absent)},
         {"energy", energy_node(e.energy)},
         {"curve", curve_node(e.curve)}});
    return json_text(root) + "\n";
}

}  // namespace plimsoll
