#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/report/figures.h"
#include "sim/report/page_one.h"

namespace plimsoll {
namespace {

constexpr double kHoursPerMonth = 730.0;
constexpr double kMegasecondsPerMonth = 2.628;

std::string fleet_of(const Scenario& scenario) {
    std::vector<std::string> parts;
    for (const Pool& pool : scenario.pools)
        parts.push_back(fmt::format("{} ({})", hardware_of(pool), layout_of(pool)));
    return fmt::format("{}", fmt::join(parts, " + "));
}

std::string models_of(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const Pool& pool : scenario.pools) {
        const std::string& name = pool.deployment.llm.name;
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return fmt::format("{}", fmt::join(names, " and "));
}

std::string classes_of(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const RequestClass& each : scenario.workload.classes) names.push_back(each.name);
    return fmt::format("{}", fmt::join(names, " and "));
}

std::string slo_words(const PageInput& input) {
    const Summary& mean = input.result.mean;
    const bool several = mean.classes.size() > 1;
    const SloVerdict* term = tightest(mean.slo.terms);
    if (term == nullptr) {
        if (!mean.latency.ttft_s) return "";
        return fmt::format(" with p99 TTFT {} (no SLO)", seconds(mean.latency.ttft_s->p99));
    }
    const std::string name = term_name(*term, several);
    const std::string limit = seconds(term->limit);
    if (!term->value) return fmt::format(" but complete nothing to measure {} on", name);
    const bool within = *term->value <= term->limit;
    if (term->met)
        return fmt::format(
            " with {} {} {} {}", name, seconds(*term->value), within ? "<=" : ">", limit);
    if (within)
        return fmt::format(" but miss the SLO: only {} of the requests have {} within {}",
                           percent(term->attainment.value_or(0.0)),
                           term->metric,
                           limit);
    return fmt::format(" but miss the SLO: {} {} > {}", name, seconds(*term->value), limit);
}

std::string money_words(const PageInput& input) {
    const Summary& mean = input.result.mean;
    if (!mean.cost) {
        return fmt::format("no price ({})",
                           why_no_price(input.scenario, input.estimate.cost_absent));
    }
    std::string words = fmt::format("{} a month", dollars(mean.cost->usd_per_month));
    if (mean.cost->usd_per_mtok_output)
        words += fmt::format(", {} per M output tokens", dollars(*mean.cost->usd_per_mtok_output));
    return words;
}

std::string limit_words(const PageInput& input) {
    const Estimate& e = input.estimate;
    const bool has_slo = !input.result.mean.slo.terms.empty();
    const char* what = has_slo ? "the SLO holds" : "the queue stays bounded";
    if (input.curve != nullptr) {
        switch (input.curve->end) {
            case LoadEnd::found:
                return fmt::format("{} to {} req/s, limited by {}",
                                   what,
                                   figure(input.curve->answer->load_at_slo_rps),
                                   binding_words(input.curve->answer->binding));
            case LoadEnd::missed_at_every_load:
                return "the SLO is missed at any load";
            case LoadEnd::met_at_every_load:
                return fmt::format("{} at every load tried, to {} req/s",
                                   what,
                                   figure(input.curve->points.back().load_rps));
        }
    }
    if (e.infeasible) return e.infeasible->reason;
    const std::string capacity = figure(e.capacity.value());
    const std::string binding = binding_words(to_string(e.binding));
    if (!has_slo || e.load_at_slo >= 0.995 * e.capacity)
        return fmt::format("{} to about {} req/s, where {} binds", what, capacity, binding);
    const std::string full =
        fmt::format("{} req/s fill the engine, where {} binds", capacity, binding);
    if (e.load_at_slo.value() <= 0.0)
        return fmt::format("by the closed form the SLO is out of reach at any load; {}", full);
    const std::string most = figure(e.load_at_slo.value());
    // The simulation has just shown otherwise.
    if (!holds(input.result.mean) && e.offered <= e.load_at_slo)
        return fmt::format("the closed form had it hold to about {} req/s; {}", most, full);
    return fmt::format("{} to about {} req/s; {}", what, most, full);
}

/// Rounded as figure() prints it, so that products of printed numbers hold.
double printed_value(double value, int digits) {
    const double unit =
        std::pow(10.0, std::floor(std::log10(std::abs(value)) + 1e-12) - (digits - 1));
    return unit < 1.0 ? std::round(value / unit) * unit : std::round(value);
}

}  // namespace

std::string answer_sentence(const PageInput& input) {
    const Summary& mean = input.result.mean;
    const double load = load_rps(input.scenario, input.load, mean);
    const std::string work = fmt::format(
        "{} of {} on {}", "{} req/s", classes_of(input.scenario), models_of(input.scenario));
    const auto at_rate = [&](double rate) {
        std::string text = work;
        return text.replace(text.find("{}"), 2, figure(rate));
    };
    const std::string fleet = fleet_of(input.scenario);
    if (mean.saturated) {
        return fmt::format(
            "SATURATED: {} cannot keep up with {}: the queue grows for as long as the load lasts, "
            "and "
            "{} req/s complete{}. {}; {}.",
            fleet,
            at_rate(load),
            figure(mean.rates.completed_rps),
            mean.slo.attainment
                ? fmt::format(", {} of all requests within the SLO", percent(*mean.slo.attainment))
                : "",
            money_words(input),
            limit_words(input));
    }
    const char* verb = mean.fleet.gpus == 1.0 ? "serves" : "serve";
    std::string text = fmt::format("{} {} {}{}: {}; {}.",
                                   fleet,
                                   verb,
                                   at_rate(load),
                                   slo_words(input),
                                   money_words(input),
                                   limit_words(input));
    if (mean.peak_overload)
        text += " Overloaded for a while: the backlog grew at a peak and drained again.";
    return text;
}

std::vector<std::string> money_arithmetic(const PageInput& input) {
    const std::optional<Cost>& cost = input.result.mean.cost;
    if (!cost || cost->usd_per_month <= 0.0) return {};
    const double gpus = input.result.mean.fleet.gpus;
    std::vector<std::string> lines;
    lines.push_back(fmt::format("{} x {}/GPU-h x 730 h = {} a month",
                                counted(gpus, "GPU"),
                                dollars(cost->usd_per_month / kHoursPerMonth / gpus, 5),
                                dollars(cost->usd_per_month)));
    if (cost->usd_per_mtok_output && *cost->usd_per_mtok_output > 0.0) {
        const double mtok = cost->usd_per_month / *cost->usd_per_mtok_output;
        const double rate = printed_value(mtok / kMegasecondsPerMonth, 5);
        lines.push_back(fmt::format("{} output tok/s x 2.628 Ms = {} M a month; {} / {} M = {}",
                                    figure(rate, 5),
                                    figure(mtok, 5),
                                    dollars(cost->usd_per_month),
                                    figure(mtok, 5),
                                    dollars(*cost->usd_per_mtok_output)));
    }
    return lines;
}

}  // namespace plimsoll
