#include "sim/estimate.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/scenario_options.h"
#include "cli/text_table.h"
#include "models/units_format.h"
#include "sim/io/estimate_json.h"

namespace plimsoll::cli {
namespace {

/// A quantity, or a dash where there is none.
template <class D>
std::string shown(Quantity<D> value) {
    return std::isfinite(value.value()) ? fmt::format("{}", value) : "-";
}

std::string percent(double share) { return fmt::format("{:.0f} %", 100.0 * share); }

std::string rate(PerSecond value) { return fmt::format("{:.4g} requests/s", value.value()); }

std::string classes_table(const Estimate& estimate) {
    const auto column = [](std::string title) {
        return TextTable::Column{std::move(title), Align::right};
    };
    TextTable table({{"class", Align::left},
                     column("requests/s"),
                     column("TTFT mean"),
                     column("p99"),
                     column("TPOT mean"),
                     column("p99"),
                     column("E2E mean"),
                     column("p99"),
                     {"SLO", Align::left}});
    for (const EstimatedClass& c : estimate.classes) {
        table.add({c.name,
                   fmt::format("{:.4g}", c.offered.value()),
                   shown(c.mean.ttft),
                   shown(c.ttft_p99),
                   shown(c.mean.tpot),
                   shown(c.tpot_p99),
                   shown(c.mean.e2e),
                   shown(c.e2e_p99),
                   c.meets_slo ? "met" : "missed"});
    }
    return table.to_string();
}

std::string pools_table(const Estimate& estimate) {
    const auto column = [](std::string title) {
        return TextTable::Column{std::move(title), Align::right};
    };
    TextTable table({{"pool", Align::left},
                     column("GPUs"),
                     column("capacity/s"),
                     column("load"),
                     column("batch"),
                     column("most"),
                     column("KV tokens"),
                     column("MFU"),
                     column("MBU"),
                     {"bound by", Align::left}});
    for (const EstimatedPool& p : estimate.pools) {
        table.add({p.name,
                   fmt::format("{}", p.gpus),
                   fmt::format("{:.4g}", p.capacity.value()),
                   percent(p.load.utilization),
                   fmt::format("{:.1f}", p.load.running),
                   fmt::format("{:.0f}", p.batch.sequences),
                   fmt::format("{}", p.memory.kv_tokens()),
                   percent(p.use.mfu),
                   percent(p.use.mbu),
                   std::string(to_string(p.binding))});
    }
    return table.to_string();
}

std::string headline(const Scenario& scenario, const Estimate& e) {
    std::string out = scenario.name + ": ";
    if (e.saturated) {
        out += fmt::format(
            "saturated. {} offered, {} is the most it serves", rate(e.offered), rate(e.capacity));
    } else {
        out += fmt::format("{} offered, {} of capacity", rate(e.offered), percent(e.utilization));
    }
    out += e.meets_slo ? "; the SLO is met" : "; the SLO is missed";
    const double most = e.load_at_slo.value();
    if (most > 0.0) {
        out += fmt::format(" up to {} (headroom {})", rate(e.load_at_slo), percent(e.headroom));
    }
    return out + fmt::format(", bound by {} in {}.\n", to_string(e.binding), e.binding_pool);
}

std::string money(const Estimate& e) {
    if (!e.cost) return fmt::format("Cost: none, {}.\n", e.cost_absent);
    const EstimatedCost& c = *e.cost;
    return fmt::format("Cost: {} = {} a month; {} output, {} all tokens; idle {}; prices of {}.\n",
                       shown(c.rate),
                       shown(c.per_month),
                       shown(c.figures.per_output_token),
                       shown(c.figures.per_token),
                       percent(c.figures.idle_share),
                       c.price_date);
}

std::string energy(const EstimatedEnergy& e) {
    std::string out = fmt::format("Energy: {} at the meter", shown(e.facility_power));
    if (e.per_output_token) out += fmt::format(", {} output", shown(*e.per_output_token));
    if (e.co2e_per_hour) out += fmt::format(", {} an hour", shown(*e.co2e_per_hour));
    return out + ".\n";
}

std::string unverified(const Scenario& scenario) {
    const auto count = std::count_if(scenario.provenance.begin(),
                                     scenario.provenance.end(),
                                     [](const Provenance& p) { return p.mark == Mark::m; });
    return fmt::format(
        "Inputs from the catalog: {}, unverified (M): {}.\n", scenario.provenance.size(), count);
}

int run(const Arguments& arguments) {
    const Scenario scenario = scenario_of(arguments);
    const Estimate answer = estimate(scenario);
    if (arguments.has("json")) {
        deliver(arguments, estimate_json(scenario, answer));
    } else if (answer.infeasible) {
        deliver(arguments, fmt::format("{}: no: {}\n", scenario.name, answer.infeasible->reason));
    } else {
        deliver(arguments,
                headline(scenario, answer) + "\n" + classes_table(answer) + "\n" +
                    pools_table(answer) + "\n" + money(answer) + energy(answer.energy) +
                    unverified(scenario));
    }
    const bool is_no = answer.infeasible || (arguments.has("require-slo") && !answer.meets_slo);
    return is_no ? 1 : 0;
}

}  // namespace

Command estimate_command() {
    return {"estimate",
            "answer a scenario in closed form, in a millisecond",
            scenario_options() +
                std::vector<OptionSpec>{{"--require-slo", "a missed SLO is exit code 1"}} +
                output_options(),
            run};
}

}  // namespace plimsoll::cli
