#include "models/estimate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "models/contract.h"

namespace plimsoll {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Shares of a full batch at which steady states are tabulated.
constexpr std::array<double, 7> kGrid{0.0, 0.02, 0.08, 0.2, 0.45, 0.7, 1.0};

RequestMix mix_of(const std::vector<ClassDemand>& classes) {
    RequestMix mix = classes.front().lengths;
    double total = classes.front().share;
    for (std::size_t c = 1; c < classes.size(); ++c) {
        const ClassDemand& part = classes[c];
        // Classes of long prompts and long answers beside short ones correlate the lengths, too.
        const double share = part.share / (total + part.share);
        mix.covariance = (1.0 - share) * mix.covariance + share * part.lengths.covariance +
                         share * (1.0 - share) * (mix.prompt.mean - part.lengths.prompt.mean) *
                             (mix.output.mean - part.lengths.output.mean);
        mix.prompt = mixed_with(mix.prompt, total, part.lengths.prompt, part.share);
        mix.output = mixed_with(mix.output, total, part.lengths.output, part.share);
        total += part.share;
    }
    return mix;
}

ReplicaModel replica_of(const StepModel& model,
                        const MemoryPlan& memory,
                        const PoolDemand& demand) {
    PLIMSOLL_EXPECTS(!demand.classes.empty() && demand.replicas >= 1);
    const RequestMix mix = mix_of(demand.classes);
    return {
        .model = model, .mix = mix, .capacity = batch_capacity(model.deployment(), memory, mix)};
}

Seconds between(Seconds low, Seconds high, double fraction) {
    return low + fraction * (high - low);
}

Seconds root_of_squares(std::initializer_list<Seconds> terms) {
    double sum = 0.0;
    for (const Seconds term : terms) sum += term.value() * term.value();
    return Seconds(std::sqrt(sum));
}

}  // namespace

PoolCurve::PoolCurve(const StepModel& model, const MemoryPlan& memory, PoolDemand demand)
    : demand_(std::move(demand)), replica_(replica_of(model, memory, demand_)) {
    points_.reserve(kGrid.size());
    for (const double share : kGrid) {
        Point point;
        point.state = steady_state(replica_, share * replica_.capacity.sequences);
        point.phase_wait = plimsoll::phase_wait(replica_, point.state);
        for (const ClassDemand& each : demand_.classes) {
            const Lengths& prompt = each.lengths.prompt;
            const Seconds own = demand_.classes.size() == 1
                                    ? point.state.prompt_time
                                    : plimsoll::prompt_time(replica_, point.state, prompt);
            point.prompt_time.push_back(own);
            // Over the lengths above the mean, which make the tail.
            point.per_prompt_token.push_back(
                prompt.scv() > 0.0 ? (plimsoll::prompt_time(
                                          replica_, point.state, fixed_length(3.0 * prompt.mean)) -
                                      own) /
                                         (2.0 * prompt.mean)
                                   : Seconds());
        }
        points_.push_back(std::move(point));
    }
    for (std::size_t i = 0; i + 1 < points_.size(); ++i) {
        const SteadyState& low = points_[i].state;
        const SteadyState& high = points_[i + 1].state;
        const double slope =
            (high.residence - low.residence).value() / (high.running - low.running);
        pieces_.push_back({low.residence.value() - slope * low.running, slope});
    }
    const Seconds delivery =
        replica_.mix.output.mean * model.deployment().engine.frontend_per_token;
    PerSecond per_replica = points_.back().state.request_rate;
    if (delivery.value() > 0.0 && 1.0 / delivery < per_replica) {
        per_replica = 1.0 / delivery;
        frontend_binds_ = true;
    }
    capacity_ = static_cast<double>(demand_.replicas) * per_replica;
}

double PoolCurve::limit() const { return replica_.capacity.sequences; }

PoolCurve::Place PoolCurve::place(double running) const {
    std::size_t i = 0;
    while (i + 2 < points_.size() && points_[i + 1].state.running < running) ++i;
    const double low = points_[i].state.running;
    const double high = points_[i + 1].state.running;
    return {.i = i, .fraction = std::clamp((running - low) / (high - low), 0.0, 1.0)};
}

double PoolCurve::residence_s(double running) const {
    const Place at = place(running);
    return between(points_[at.i].state.residence, points_[at.i + 1].state.residence, at.fraction)
        .value();
}

Seconds PoolCurve::mean_step(double running) const {
    const Place at = place(running);
    return between(points_[at.i].state.mean_step, points_[at.i + 1].state.mean_step, at.fraction);
}

Seconds PoolCurve::prompt_time(double running, std::size_t c) const {
    const Place at = place(running);
    return between(points_[at.i].prompt_time[c], points_[at.i + 1].prompt_time[c], at.fraction);
}

Seconds PoolCurve::per_prompt_token(double running, std::size_t c) const {
    const Place at = place(running);
    return between(
        points_[at.i].per_prompt_token[c], points_[at.i + 1].per_prompt_token[c], at.fraction);
}

PerSecond PoolCurve::request_rate(double running) const {
    return PerSecond(running / residence_s(running));
}

Seconds PoolCurve::prompt_time(const PoolLoad& load, std::size_t c) const {
    PLIMSOLL_EXPECTS(c < demand_.classes.size());
    return prompt_time(load.running, c);
}

double PoolCurve::running_at(double rate) const {
    for (std::size_t i = 0; i + 1 < points_.size(); ++i) {
        const SteadyState& low = points_[i].state;
        const SteadyState& high = points_[i + 1].state;
        if (high.request_rate.value() < rate && i + 2 < points_.size()) continue;
        // Little's law with a residence that is linear in the number running.
        const double running =
            rate * pieces_[i].start_s / std::max(1e-300, 1.0 - rate * pieces_[i].slope_s);
        return std::clamp(running, low.running, high.running);
    }
    return replica_.capacity.sequences;
}

WaitTail PoolCurve::wait(PerSecond offered) const {
    const bool pooled = demand_.sharing == Sharing::to_least_loaded;
    const double replicas = static_cast<double>(demand_.replicas);
    const double together = pooled ? replicas : 1.0;
    const double places = together * replica_.capacity.sequences;
    const PerSecond rate = pooled ? offered : offered / replicas;
    // Asked from the full batch down, so the piece of the table only ever moves down.
    std::size_t i = points_.size() - 2;
    const auto completion_rate = [&](std::int64_t k) {
        const double running = static_cast<double>(k) / together;
        while (i > 0 && points_[i].state.running > running) --i;
        return static_cast<double>(k) / (pieces_[i].start_s + pieces_[i].slope_s * running);
    };
    WaitTail tail = batch_wait(rate, static_cast<std::int64_t>(places), completion_rate);
    const double arrival_scv = pooled ? demand_.arrival_scv : replica_scv();
    tail.mean_of_waiting *= 0.5 * (arrival_scv + replica_.mix.output.scv());
    return tail;
}

double PoolCurve::replica_scv() const {
    // Every K-th arrival of a regular stream is more regular still.
    return demand_.sharing == Sharing::in_turn
               ? demand_.arrival_scv / static_cast<double>(demand_.replicas)
               : demand_.arrival_scv;
}

WaitTail PoolCurve::prompt_wait(const PoolLoad& load, PerSecond rate) const {
    const Engine& engine = replica_.model.deployment().engine;
    const RequestMix& mix = replica_.mix;
    const double decoding = 1.0 + load.running * (1.0 - 1.0 / limit());
    const double room = std::max(1.0, static_cast<double>(engine.max_batch_tokens) - decoding);
    Seconds own;
    for (std::size_t c = 0; c < demand_.classes.size(); ++c) {
        own += demand_.classes[c].share * prompt_time(load.running, c);
    }
    // Prompts that fit into one step together are computed together.
    const Seconds service = own * std::min(1.0, mix.prompt.mean / room);
    const double busy = std::min(0.999, rate * service);
    const Seconds mean = 0.5 * (replica_scv() + mix.prompt.scv()) * service / (1.0 - busy);
    // Behind the prompt being computed a request waits for a step anyway; this is the queue
    // behind that one.
    return {.share_that_waits = busy * busy, .mean_of_waiting = mean};
}

Seconds PoolCurve::phase_deviation(const PoolLoad& load, double q, double z) const {
    const double m = load.mixed_share;
    const double pure = load.decode_step.value();
    const double mixed = load.mixed_step.value();
    const double mean = load.mean_step.value();
    const double spread = load.mixed_step_variance_s2;
    const double square = (1.0 - m) * pure * pure + m * (mixed * mixed + spread);
    const double cube = (1.0 - m) * pure * pure * pure + m * mixed * (mixed * mixed + 3.0 * spread);
    const double residual = 0.5 * square / mean;
    double variance = cube / (3.0 * mean) - residual * residual - pure * pure / 12.0;
    if (replica_.model.deployment().engine.pipeline_depth > 1) variance += square - mean * mean;
    // Prompts that arrive in the same step make it longer.
    const double excess = std::max(0.0, mixed - pure);
    const double together =
        load.served.value() / static_cast<double>(demand_.replicas) * 2.0 * residual;
    variance += together * excess * excess * (1.0 + replica_.mix.prompt.scv());
    variance *= std::min(1.0, replica_scv());
    // Prompts of unequal length make the tail exponential rather than normal.
    const double skew = std::min(1.0, replica_.mix.prompt.scv());
    const double tail = q > 0.5 ? z + skew * std::max(0.0, -std::log1p(-q) - 1.0 - z) : z;
    // Between decode steps of equal length the phase is uniform.
    return load.busy * root_of_squares({Seconds((q - 0.5) * pure),
                                        Seconds(tail * std::sqrt(std::max(0.0, variance)))});
}

PoolLoad PoolCurve::at(PerSecond offered) const {
    PLIMSOLL_EXPECTS(offered.value() >= 0.0);
    const PerSecond served = std::min(offered, capacity_);
    PoolLoad load = at_running(running_at(served.value() / static_cast<double>(demand_.replicas)));
    load.offered = offered;
    load.served = served;
    load.utilization = offered / capacity_;
    load.saturated = offered >= capacity_;
    load.wait = load.saturated
                    ? WaitTail{.share_that_waits = 1.0, .mean_of_waiting = Seconds(kInfinity)}
                    : wait(offered);
    load.prompt_wait = prompt_wait(load, served / static_cast<double>(demand_.replicas));
    return load;
}

PoolLoad PoolCurve::at_concurrency(double users, Seconds think_time) const {
    PLIMSOLL_EXPECTS(users >= 0.0 && think_time.value() >= 0.0);
    const double replicas = static_cast<double>(demand_.replicas);
    const auto loaded = [&](double running) {
        PoolLoad load = at_running(running);
        load.served = std::min(capacity_, replicas * PerSecond(running / residence_s(running)));
        return load;
    };
    const auto users_of = [&](const PoolLoad& load) {
        Seconds cycle = think_time;
        for (std::size_t c = 0; c < demand_.classes.size(); ++c) {
            cycle += demand_.classes[c].share * means(load, c).e2e;
        }
        return load.served * cycle;
    };
    double low = 0.0;
    double high = limit();
    PoolLoad load = loaded(high);
    if (users >= users_of(load)) {
        // All wait, and no longer for a step that happens to run.
        load.wait.share_that_waits = 1.0;
        load.wait.mean_of_waiting = std::max(0.0, users - users_of(load)) / load.served;
    } else {
        for (int i = 0; i < 30; ++i) {
            const double middle = 0.5 * (low + high);
            load = loaded(middle);
            (users_of(load) < users ? low : high) = middle;
        }
    }
    load.offered = load.served;
    load.utilization = load.served / capacity_;
    return load;
}

PoolLoad PoolCurve::at_running(double running) const {
    PoolLoad load;
    load.running = running;
    const Place at = place(load.running);
    const SteadyState& low = points_[at.i].state;
    const SteadyState& high = points_[at.i + 1].state;
    const auto linear = [&](double SteadyState::*member) {
        return low.*member + at.fraction * (high.*member - low.*member);
    };
    load.mixed_share = linear(&SteadyState::mixed_share);
    load.decode_step = between(low.decode_step, high.decode_step, at.fraction);
    load.mixed_step = between(low.mixed_step, high.mixed_step, at.fraction);
    load.mean_step = between(low.mean_step, high.mean_step, at.fraction);
    SteadyState here = low;
    here.running = running;
    here.residence = Seconds(residence_s(running));
    here.request_rate = running / here.residence;
    here.decode_step = load.decode_step;
    here.mixed_step = load.mixed_step;
    here.mean_step = load.mean_step;
    here.mixed_share = load.mixed_share;
    here.admissions_per_step = linear(&SteadyState::admissions_per_step);
    const EngineActivity activity = engine_activity(replica_, here);
    load.busy = activity.busy;
    load.prompt_share = activity.prompt_share;
    load.mixed_step_variance_s2 = plimsoll::mixed_step_variance_s2(replica_, here);
    load.phase_wait = between(points_[at.i].phase_wait, points_[at.i + 1].phase_wait, at.fraction);
    return load;
}

ClassLatency PoolCurve::means(const PoolLoad& load, std::size_t c) const {
    PLIMSOLL_EXPECTS(c < demand_.classes.size());
    const Engine& engine = replica_.model.deployment().engine;
    const Seconds own = prompt_time(load.running, c);
    const Seconds gap = host_gap(engine, 1.0 + load.running * (1.0 - 1.0 / limit()));
    // Who waits for a place enters when a step ends; who finds one waits for the running step.
    const double waits = load.wait.share_that_waits;
    const double finds_it_running = std::max(0.0, load.busy - waits);
    const double gap_shows =
        engine.pipeline_depth > 1 ? 1.0 - std::max(load.busy, waits) : 1.0 - finds_it_running;
    ClassLatency latency;
    latency.queue = engine.frontend_in + load.wait.mean() + load.prompt_wait.mean() +
                    finds_it_running * load.phase_wait + gap_shows * gap;
    latency.ttft =
        latency.queue + own + engine.frontend_out + load.running * engine.frontend_per_token;
    const double decodes = demand_.classes[c].lengths.output.mean - 1.0;
    latency.tpot = load.mean_step;
    latency.e2e = latency.ttft + decodes * latency.tpot;
    return latency;
}

Seconds PoolCurve::quantile(const PoolLoad& load,
                            std::size_t c,
                            LatencyMetric metric,
                            double q) const {
    PLIMSOLL_EXPECTS(q > 0.0 && q < 1.0);
    const ClassLatency mean = means(load, c);
    if (load.saturated && metric != LatencyMetric::tpot) return Seconds(kInfinity);
    const ClassDemand& each = demand_.classes[c];
    const double z = standard_normal_quantile(q);

    const Seconds wait = std::max(Seconds(), load.wait.quantile(q) - load.wait.mean());
    const Seconds prompts =
        std::max(Seconds(), load.prompt_wait.quantile(q) - load.prompt_wait.mean());
    const Seconds queue = root_of_squares({wait, prompts, phase_deviation(load, q, z)});
    if (metric == LatencyMetric::queue) return mean.queue + (q > 0.5 ? queue : -queue);

    const double longer = length_at(each.lengths.prompt, z) - each.lengths.prompt.mean;
    const Seconds prompt = longer * per_prompt_token(load.running, c);
    const Seconds ttft = root_of_squares({queue, prompt});
    if (metric == LatencyMetric::ttft) return mean.ttft + (q > 0.5 ? ttft : -ttft);

    // The number running wanders as in M/G/infinity; a request averages it over its life, which
    // leaves 2/e of the variance.
    const double replicas = static_cast<double>(demand_.replicas);
    const bool pooled = demand_.sharing == Sharing::to_least_loaded;
    const double variance = load.running * 0.5 * (1.0 + replica_scv()) * (2.0 / std::numbers::e) /
                            (pooled ? replicas : 1.0);
    const double crowd = std::clamp(load.running + z * std::sqrt(variance), 0.0, limit());
    const Seconds crowding = mean_step(crowd) - mean_step(load.running);
    // Prompts that interrupt it arrive as they please, and the longer it takes the more do.
    const double decodes = std::max(1.0, each.lengths.output.mean - 1.0);
    const Seconds excess = std::max(Seconds(), load.mixed_step - load.decode_step);
    const double prompts_per_second = load.served.value() / replicas;
    const double during = prompts_per_second * decodes * mean.tpot.value() *
                          (replica_scv() + replica_.mix.prompt.scv());
    const double again = 1.0 - std::min(0.9, prompts_per_second * excess.value());
    const Seconds interruptions = z * std::sqrt(during) / (decodes * again) * excess;
    // Hardly any request fares worse than in a full batch.
    const SteadyState& full = points_.back().state;
    const Seconds worst =
        std::max(1.25 * full.mean_step,
                 full.mean_step + 3.0 / std::sqrt(decodes) * (full.mixed_step - full.mean_step)) -
        mean.tpot;
    const Seconds tpot = std::min(root_of_squares({crowding, interruptions}), worst);
    if (metric == LatencyMetric::tpot) return mean.tpot + (q > 0.5 ? tpot : -tpot);

    const double more = length_at(each.lengths.output, z) - each.lengths.output.mean;
    const Seconds e2e = root_of_squares({ttft, more * mean.tpot, decodes * tpot});
    return mean.e2e + (q > 0.5 ? e2e : -e2e);
}

bool PoolCurve::meets_limits(const PoolLoad& load) const {
    for (std::size_t c = 0; c < demand_.classes.size(); ++c) {
        for (const LatencyLimit& limit : demand_.classes[c].limits) {
            if (quantile(load, c, limit.metric, limit.quantile) > limit.limit) return false;
        }
    }
    return true;
}

PerSecond PoolCurve::load_at_limits() const {
    const bool limited = std::any_of(demand_.classes.begin(),
                                     demand_.classes.end(),
                                     [](const ClassDemand& c) { return !c.limits.empty(); });
    if (!limited) return capacity_;
    if (!meets_limits(at(PerSecond()))) return {};
    double low = 0.0;
    double high = 1.0;
    for (int i = 0; i < 12; ++i) {
        const double middle = 0.5 * (low + high);
        (meets_limits(at(middle * capacity_)) ? low : high) = middle;
    }
    return low * capacity_;
}

SteadyState PoolCurve::state(const PoolLoad& load) const {
    return steady_state(replica_, load.running);
}

}  // namespace plimsoll
