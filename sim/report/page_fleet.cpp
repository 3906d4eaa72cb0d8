#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "models/units_format.h"
#include "sim/report/figures.h"
#include "sim/report/page_sections.h"

namespace plimsoll {
namespace {

using Lines = std::vector<std::string>;
using Row = std::vector<std::string>;

/// "label   value  what it rests on".
class Figures {
public:
    void add(std::string label, std::string value, std::string basis) {
        rows_.push_back({std::move(label), std::move(value), std::move(basis)});
    }
    [[nodiscard]] Lines lines(const TextStyle& style) {
        for (Row& row : rows_) row[2] = style.paint(Ink::faint, row[2]);
        return in_columns(rows_, {2});
    }

private:
    std::vector<Row> rows_;
};

std::string tenure_words(const Scenario& scenario) {
    std::string words(to_string(scenario.prices.tenure));
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

/// Tokens that the KV cache of the smallest replica holds.
std::string kv_basis(const Estimate& estimate) {
    if (estimate.pools.empty()) return "of each replica's";
    std::int64_t tokens = estimate.pools.front().memory.kv_tokens();
    for (const EstimatedPool& pool : estimate.pools)
        tokens = std::min(tokens, pool.memory.kv_tokens());
    return fmt::format("of {} per replica", to_string(Tokens(static_cast<double>(tokens))));
}

struct StepPart {
    const char* name;
    double StepBreakdown::*member;
    const char* fill;
    const char* ascii;
    Ink ink;
};
constexpr std::array<StepPart, 7> kStepParts{{
    {"compute", &StepBreakdown::compute_s, "█", "#", Ink::accent},
    {"memory", &StepBreakdown::memory_s, "▓", "=", Ink::good},
    {"communication", &StepBreakdown::communication_s, "▒", "%", Ink::caution},
    {"launch", &StepBreakdown::launch_s, "▚", "+", Ink::plain},
    {"host", &StepBreakdown::host_s, "▞", "h", Ink::plain},
    {"gap", &StepBreakdown::gap_s, "░", ":", Ink::faint},
    {"idle", &StepBreakdown::idle_s, "·", ".", Ink::faint},
}};

double total_of(const StepBreakdown& breakdown) {
    double total = 0.0;
    for (const StepPart& part : kStepParts) total += breakdown.*part.member;
    return total;
}

std::string bar_of(const StepBreakdown& breakdown, int width, const TextStyle& style) {
    const double total = total_of(breakdown);
    std::string bar;
    double sum = 0.0;
    int drawn = 0;
    for (const StepPart& part : kStepParts) {
        sum += breakdown.*part.member;
        const int end = static_cast<int>(std::lround(sum / total * width));
        std::string piece;
        for (; drawn < end; ++drawn) piece += style.sign(part.fill, part.ascii);
        bar += style.paint(part.ink, piece);
    }
    return bar;
}

std::string shares_of(const StepBreakdown& breakdown, const TextStyle& style) {
    const double total = total_of(breakdown);
    std::string text;
    for (const StepPart& part : kStepParts) {
        const double own = breakdown.*part.member;
        if (own < 0.0005 * total) continue;
        text += fmt::format("{}{} {} {}",
                            text.empty() ? "" : "  ",
                            style.paint(part.ink, style.sign(part.fill, part.ascii)),
                            part.name,
                            percent(own / total));
    }
    return text;
}

/// What takes most of the time of a step.
std::string binder_of(const StepBreakdown& breakdown) {
    const auto part = std::max_element(kStepParts.begin(),
                                       std::prev(kStepParts.end(), 2),
                                       [&](const StepPart& a, const StepPart& b) {
                                           return breakdown.*a.member < breakdown.*b.member;
                                       });
    const double steps = total_of(breakdown) - breakdown.gap_s - breakdown.idle_s;
    if (steps <= 0.0) return "no step was run";
    return fmt::format("{} binds: {} of the time in steps",
                       binding_words(part->name),
                       percent(breakdown.*part->member / steps));
}

}  // namespace

Lines money_block(const PageInput& input, const TextStyle& style) {
    const std::optional<Cost>& cost = input.result.mean.cost;
    if (!cost) {
        return wrapped(
            fmt::format("no price: {}", why_no_price(input.scenario, input.estimate.cost_absent)),
            static_cast<std::size_t>(style.width) / 2);
    }
    const auto each = [](const std::optional<double>& value) {
        return value ? dollars(*value) : std::string("-");
    };
    Figures figures;
    figures.add(
        "a month",
        dollars(cost->usd_per_month),
        fmt::format(
            "{}, {}", counted(input.result.mean.fleet.gpus, "GPU"), tenure_words(input.scenario)));
    figures.add("M output tokens", each(cost->usd_per_mtok_output), "all cost over them");
    figures.add("M tokens", each(cost->usd_per_mtok_total), "prompt and output");
    figures.add("a request", each(cost->usd_per_request), "completed");
    figures.add("of it prompts", each(cost->attributed_usd_per_mtok_prompt), "per M prompt tokens");
    figures.add("of it output", each(cost->attributed_usd_per_mtok_output), "per M output tokens");
    if (cost->idle_share) figures.add("of it idle", percent(*cost->idle_share), "paid and unused");
    const std::optional<Energy>& energy = input.result.mean.energy;
    if (energy && energy->j_per_output_token)
        figures.add("energy", to_string(Joules(*energy->j_per_output_token)), "per output token");
    return figures.lines(style);
}

Lines capacity_block(const PageInput& input, const TextStyle& style) {
    const Summary& mean = input.result.mean;
    const Estimate& e = input.estimate;
    Figures figures;
    const bool has_slo = !mean.slo.terms.empty();
    const char* label = has_slo ? "SLO holds to" : "keeps up to";
    const auto rate = [](double value) { return figure(value) + " req/s"; };
    const double load = load_rps(input.scenario, input.load, mean);
    if (input.curve != nullptr && input.curve->answer) {
        figures.add(label,
                    rate(input.curve->answer->load_at_slo_rps),
                    fmt::format("simulated, {} runs", input.curve->simulations));
        figures.add("headroom", percent(input.curve->answer->headroom), "of that load is free");
        figures.add("closed form",
                    rate(e.load_at_slo.value()),
                    fmt::format("full at {}", rate(e.capacity.value())));
    } else {
        figures.add(label, rate(e.load_at_slo.value()), "closed form");
        figures.add(
            "headroom",
            percent(e.load_at_slo.value() > 0.0 ? 1.0 - load / e.load_at_slo.value() : -1.0),
            fmt::format("of that at {}", rate(load)));
        figures.add("full at",
                    rate(e.capacity.value()),
                    fmt::format("closed form: {}", binding_words(to_string(e.binding))));
    }
    const std::vector<Pool>& pools = input.scenario.pools;
    figures.add(
        "GPUs",
        figure(mean.fleet.gpus),
        pools.size() == 1 ? layout_of(pools.front()) : fmt::format("in {} pools", pools.size()));
    const Utilization& u = mean.utilization;
    figures.add("busy", percent(u.busy_fraction), "of the time in a step");
    figures.add("batch", figure(u.mean_batch), "per step and replica");
    figures.add("KV mean, peak",
                fmt::format("{}, {}", percent(u.kv_mean_fraction), percent(u.kv_peak_fraction)),
                kv_basis(e));
    figures.add(
        "MFU, MBU", fmt::format("{}, {}", percent(u.mfu), percent(u.mbu)), "per GPU, while busy");
    return figures.lines(style);
}

Lines step_block(const PageInput& input, const TextStyle& style) {
    Lines lines;
    const auto& pools = input.result.mean.pools;
    for (const auto& [name, pool] : pools) {
        if (total_of(pool.step_breakdown) <= 0.0) continue;
        if (pools.size() > 1) lines.push_back(name);
        lines.push_back(bar_of(pool.step_breakdown, style.width, style));
        for (std::string& line :
             wrapped(shares_of(pool.step_breakdown, style), static_cast<std::size_t>(style.width)))
            lines.push_back(std::move(line));
        lines.push_back(style.paint(Ink::faint,
                                    fmt::format("of {} of replica time; {}",
                                                to_string(Seconds(total_of(pool.step_breakdown))),
                                                binder_of(pool.step_breakdown))));
    }
    return lines;
}

Lines parts_block(const PageInput& input, const TextStyle& style) {
    const Summary& mean = input.result.mean;
    Lines lines;
    const auto append = [&](const std::vector<Row>& rows) {
        Lines own = in_columns(rows);
        own.front() = style.paint(Ink::faint, own.front());
        lines.insert(lines.end(), own.begin(), own.end());
    };
    if (mean.classes.size() > 1) {
        std::vector<Row> rows{{"class",
                               "completed",
                               "p99 TTFT",
                               "p99 TPOT",
                               "p99 E2E",
                               "within SLO",
                               "$/M output tok"}};
        const auto p99 = [](const std::optional<Distribution>& values) {
            return values ? seconds(values->p99) : std::string("-");
        };
        for (const auto& [name, part] : mean.classes) {
            rows.push_back({name,
                            figure(part.rates.completed_rps) + " req/s",
                            p99(part.latency.ttft_s),
                            p99(part.latency.tpot_s),
                            p99(part.latency.e2e_s),
                            part.slo.attainment ? percent(*part.slo.attainment) : "-",
                            part.cost && part.cost->usd_per_mtok_output
                                ? dollars(*part.cost->usd_per_mtok_output) + " (idle apart)"
                                : "-"});
        }
        append(rows);
    }
    if (mean.pools.size() > 1) {
        std::vector<Row> rows{{"pool", "GPUs", "replicas", "busy", "batch", "KV peak", "$/month"}};
        for (const auto& [name, pool] : mean.pools) {
            rows.push_back({name,
                            figure(pool.fleet.gpus),
                            figure(pool.fleet.replicas),
                            percent(pool.utilization.busy_fraction),
                            figure(pool.utilization.mean_batch),
                            percent(pool.utilization.kv_peak_fraction),
                            pool.cost ? dollars(pool.cost->usd_per_month) : "-"});
        }
        append(rows);
    }
    return lines;
}

Lines requests_block(const PageInput& input, const TextStyle& style) {
    const RequestCounts& r = input.result.mean.requests;
    const auto whole = [](double value) { return figure(value, value < 1e15 ? 15 : 3); };
    const auto count = [&](double value) {
        return value == std::floor(value) ? whole(value) : figure(value, 5);
    };
    std::string text = fmt::format(
        "{} arrived = {} completed + {} queued + {} running + {} rejected + {} timed out",
        count(r.arrived),
        count(r.completed),
        count(r.queued),
        count(r.running),
        count(r.rejected),
        count(r.timed_out));
    if (r.preemptions > 0.0) text += fmt::format("; {} preemptions", count(r.preemptions));
    if (input.result.intervals)
        text += fmt::format(" (mean of {} runs)", input.result.mean.made_by.replications);
    Lines lines = wrapped(text, static_cast<std::size_t>(style.width));
    const Rates& rates = input.result.mean.rates;
    lines.push_back(style.paint(
        Ink::faint,
        fmt::format("{} simulated; scored: {} req/s in, {} req/s out, {} prompt tok/s, {} output "
                    "tok/s",
                    to_string(Seconds(input.result.mean.simulated_s)),
                    figure(rates.offered_rps),
                    figure(rates.completed_rps),
                    figure(rates.prompt_throughput_tok_s),
                    figure(rates.output_throughput_tok_s))));
    return lines;
}

Lines footer_block(const PageInput& input, const TextStyle& style) {
    const Summary& mean = input.result.mean;
    const Scenario& scenario = input.scenario;
    const auto width = static_cast<std::size_t>(style.width);
    const std::string runs = counted(static_cast<double>(mean.made_by.replications), "replication");
    const bool is_priced = input.estimate.cost && !input.estimate.cost->price_date.empty();
    std::string prices = "no prices";
    if (is_priced) {
        prices = fmt::format(
            "prices of {}{}",
            input.estimate.cost->price_date,
            scenario.prices.book_id.empty() ? "" : fmt::format(" ({})", scenario.prices.book_id));
    }
    const auto unverified = std::count_if(scenario.provenance.begin(),
                                          scenario.provenance.end(),
                                          [](const Provenance& p) { return p.mark == Mark::m; });
    Lines lines;
    for (const std::string& text :
         {fmt::format("scenario \"{}\", SHA-256 {}; seed {} x {}",
                      mean.scenario.name,
                      mean.scenario.sha256.substr(0, 12),
                      mean.made_by.seed,
                      runs),
          fmt::format("plimsoll {}, model revision {}, fidelity {}",
                      mean.made_by.version,
                      mean.made_by.model_revision,
                      mean.made_by.fidelity),
          fmt::format("{}, read as of {}; {} of {} inputs unverified (mark M)",
                      prices,
                      scenario.as_of,
                      unverified,
                      scenario.provenance.size())}) {
        for (std::string& line : wrapped(text, width)) lines.push_back(std::move(line));
    }
    for (std::string& line : lines) line = style.paint(Ink::faint, line);
    if (is_priced && days_from_epoch(scenario.as_of)) {
        const auto age = price_age_days(input.estimate.cost->price_date, scenario.as_of);
        if (age > 180)
            lines.push_back(style.paint(
                Ink::caution,
                fmt::format("warning: prices are {} days older than the scenario's date {}",
                            age,
                            scenario.as_of)));
    }
    return lines;
}

}  // namespace plimsoll
