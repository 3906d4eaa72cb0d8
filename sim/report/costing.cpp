#include "sim/report/costing.h"

#include <cmath>
#include <optional>
#include <string>

#include "models/billing.h"
#include "sim/pricing.h"

namespace plimsoll {
namespace {

double prompt_s(const PoolFacts& facts) {
    double sum = 0.0;
    for (const auto& c : facts.by_class) sum += c.prompt_s;
    return sum;
}

double output_s(const PoolFacts& facts) {
    double sum = 0.0;
    for (const auto& c : facts.by_class) sum += c.output_s;
    return sum;
}

/// Gaps between the steps of a busy engine count with the steps; the rest of the time is idle.
TimeSplit split_of(const PoolFacts& facts) {
    const double replicas = facts.replicas;
    const double busy_s = facts.busy_s + facts.breakdown.gap_s;
    const double share = facts.busy_s > 0.0 ? busy_s / facts.busy_s : 0.0;
    return {.prompt = prompt_s(facts) * share / replicas * second,
            .output = output_s(facts) * share / replicas * second,
            .idle = std::max(0.0, facts.replica_s - busy_s) / replicas * second};
}

PoolBill bill_of(const Scenario& scenario, const Pool& pool, const PoolFacts& work) {
    const Deployment& d = pool.deployment;
    PoolBill bill;
    bill.pool = pool.name;
    bill.gpus = static_cast<double>(pool.gpus());
    bill.split = split_of(work);
    bill.facility = facility_of(scenario);
    const Seconds total = bill.split.total();
    const Activity activity{.prefill = total.value() > 0.0 ? bill.split.prompt / total : 0.0,
                            .decode = total.value() > 0.0 ? bill.split.output / total : 0.0};
    const Watts mean = it_power_per_gpu(d.gpu, d.server, activity);
    const Watts idle = it_power_per_gpu(d.gpu, d.server, {});
    bill.idle_energy = bill.gpus * idle * bill.split.idle;
    bill.work_energy = bill.gpus * mean * total - bill.idle_energy;
    auto cost = pool_gpu_cost(scenario, pool, mean);
    if (auto* priced = std::get_if<GpuCost>(&cost)) bill.lines = std::move(priced->lines);

    for (std::size_t c = 0; c < work.by_class.size(); ++c) {
        const ClassShare& own = work.by_class[c];
        bill.classes.push_back({.name = scenario.workload.classes[c].name,
                                .prompt_weight = own.prompt_s,
                                .output_weight = own.output_s,
                                .prompt_tokens = own.prompt_tokens * token,
                                .output_tokens = own.output_tokens * token});
    }
    return bill;
}

std::optional<double> finite(double value) {
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Cost cost_of(const Ledger& ledger, double requests, Seconds span) {
    const CostFigures figures = cost_figures(ledger, requests);
    Cost cost;
    cost.usd_total = figures.total.in(usd);
    cost.usd_per_hour = (figures.total / span).in(usd / hour);
    cost.usd_per_month = (figures.total / span).in(usd / month);
    cost.usd_per_mtok_output = finite(figures.per_output_token.in(usd / Mtoken));
    cost.usd_per_mtok_total = finite(figures.per_token.in(usd / Mtoken));
    cost.attributed_usd_per_mtok_prompt =
        finite(figures.attributed_per_prompt_token.in(usd / Mtoken));
    cost.attributed_usd_per_mtok_output =
        finite(figures.attributed_per_output_token.in(usd / Mtoken));
    cost.usd_per_request = finite(figures.per_request.in(usd));
    cost.idle_share = finite(figures.idle_share);
    for (const LedgerRow& row : ledger.rows()) {
        cost.ledger.push_back({.site = row.account.site,
                               .pool = row.account.pool,
                               .component = std::string(to_string(row.account.component)),
                               .class_name = row.account.request_class,
                               .phase = std::string(to_string(row.account.phase)),
                               .usd = row.amounts.usd.in(usd),
                               .kwh = row.amounts.energy.in(kWh),
                               .kg_co2e = row.amounts.co2e.in(kilogram),
                               .gpu_hours = row.amounts.gpu_time.in(hour),
                               .tokens = row.amounts.tokens.in(token)});
    }
    return cost;
}

/// The part of a ledger that one class caused.
Ledger part_of_class(const Ledger& ledger, const std::string& name) {
    Ledger part;
    for (const LedgerRow& row : ledger.rows()) {
        if (row.account.request_class == name) part.post(row.account, row.amounts);
    }
    return part;
}

}  // namespace

void add_costs(Summary& summary, const Scenario& scenario, const RunFacts& facts) {
    const Seconds span = facts.simulated_s * second;
    if (span.value() <= 0.0) return;
    Ledger all;
    bool is_priced = true;
    for (std::size_t p = 0; p < scenario.pools.size(); ++p) {
        const PoolBill bill = bill_of(scenario, scenario.pools[p], facts.pools[p]);
        Ledger own;
        post_bill(own, bill);
        if (bill.lines.empty()) {
            is_priced = false;
        } else {
            summary.pools[p].second.cost = cost_of(own, summary.requests.completed, span);
        }
        all.merge(own);
    }
    const Amounts total = all.total();
    Energy energy;
    energy.kwh = total.energy.in(kWh);
    double output_tokens = 0.0;
    for (const PoolFacts& pool : facts.pools) output_tokens += pool.output_tokens;
    if (output_tokens > 0.0) energy.j_per_output_token = total.energy.in(joule) / output_tokens;
    if (carbon_on(scenario.prices.book, scenario.as_of)) {
        energy.kg_co2e = total.co2e.in(kilogram);
    }
    summary.energy = energy;
    if (!is_priced) return;
    summary.cost = cost_of(all, summary.requests.completed, span);
    for (auto& [name, part] : summary.classes) {
        part.cost = cost_of(part_of_class(all, name), part.requests.completed, span);
    }
}

}  // namespace plimsoll
