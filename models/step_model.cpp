#include "models/step_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/contract.h"
#include "models/roofline.h"

namespace plimsoll {
namespace {

using Context = std::array<std::int64_t, kMaxSpans>;

double to_double(std::int64_t n) { return static_cast<double>(n); }

std::size_t index(std::int64_t n) { return static_cast<std::size_t>(n); }

void count(std::vector<std::int64_t>& histogram, std::int64_t at, std::int64_t times) {
    if (index(at) >= histogram.size()) histogram.resize(index(at) + 1, 0);
    histogram[index(at)] += times;
}

void add_histogram(std::vector<std::int64_t>& into, const std::vector<std::int64_t>& from) {
    if (into.size() < from.size()) into.resize(from.size(), 0);
    for (std::size_t i = 0; i < from.size(); ++i) into[i] += from[i];
}

/// Grows `table` so that `at` exists, new entries marked as not asked for.
double& entry(std::vector<double>& table, std::int64_t at) {
    if (index(at) >= table.size()) table.resize(std::max(index(at) + 1, table.size() * 2), -1.0);
    return table[index(at)];
}

}  // namespace

StepShape shape_of(const StepCounts& counts) {
    StepShape shape;
    shape.prefill_tokens = to_double(counts.prefill_tokens);
    shape.decode_sequences = to_double(counts.decode_sequences);
    shape.sampled = to_double(counts.sampled);
    for (std::size_t s = 0; s < kMaxSpans; ++s) {
        shape.prefill_pairs[s] = to_double(counts.prefill_pairs[s]);
        shape.decode_context[s] = to_double(counts.decode_context[s]);
    }
    return shape;
}

StepTally::StepTally(const Sizes& sizes)
    : mixed_by_tokens_(index(sizes.tokens) + 1, 0),
      decode_by_tokens_(index(sizes.rows) + 1, 0),
      by_rows_(index(sizes.rows) + 1, 0),
      stages_(sizes.stages) {}

double StepTally::thin(std::int64_t batch) const {
    return batch > 0 && batch < stages_ ? 1.0 / to_double(batch) - 1.0 / stages_ : 0.0;
}

void StepTally::add_step(const StepCounts& c, double seconds) {
    const bool mixed = c.prefill_tokens > 0;
    count(mixed ? mixed_by_tokens_ : decode_by_tokens_, c.tokens(), 1);
    count(by_rows_, c.sampled, 1);
    auto& context = mixed ? mixed_context_ : decode_context_;
    auto& thin_context = mixed ? mixed_thin_ : decode_thin_;
    const double share = thin(c.decode_sequences);
    for (std::size_t s = 0; s < kMaxSpans; ++s) {
        context[s] += to_double(c.decode_context[s]);
        thin_context[s] += share * to_double(c.decode_context[s]);
        pairs_[s] += to_double(c.prefill_pairs[s]);
    }
    seconds_ += seconds;
    steps_ += 1.0;
    if (mixed) {
        mixed_steps_ += 1.0;
        mixed_sequences_ += to_double(c.decode_sequences);
    }
    prefill_tokens_ += to_double(c.prefill_tokens);
    sequences_ += to_double(c.decode_sequences);
    sampled_ += to_double(c.sampled);
}

void StepTally::add_decode(std::int64_t batch,
                           const Context& context,
                           const Context& growing,
                           std::int64_t steps,
                           double seconds) {
    count(decode_by_tokens_, batch, steps);
    count(by_rows_, batch, steps);
    const double n = to_double(steps);
    const double ramp = 0.5 * n * (n - 1.0);
    const double share = thin(batch);
    for (std::size_t s = 0; s < kMaxSpans; ++s) {
        const double sum = n * to_double(context[s]) + ramp * to_double(growing[s]);
        decode_context_[s] += sum;
        decode_thin_[s] += share * sum;
    }
    seconds_ += seconds;
    steps_ += n;
    sequences_ += n * to_double(batch);
    sampled_ += n * to_double(batch);
}

void StepTally::merge(const StepTally& o) {
    add_histogram(mixed_by_tokens_, o.mixed_by_tokens_);
    add_histogram(decode_by_tokens_, o.decode_by_tokens_);
    add_histogram(by_rows_, o.by_rows_);
    for (std::size_t s = 0; s < kMaxSpans; ++s) {
        mixed_context_[s] += o.mixed_context_[s];
        decode_context_[s] += o.decode_context_[s];
        mixed_thin_[s] += o.mixed_thin_[s];
        decode_thin_[s] += o.decode_thin_[s];
        pairs_[s] += o.pairs_[s];
    }
    seconds_ += o.seconds_;
    steps_ += o.steps_;
    mixed_steps_ += o.mixed_steps_;
    prefill_tokens_ += o.prefill_tokens_;
    sequences_ += o.sequences_;
    mixed_sequences_ += o.mixed_sequences_;
    sampled_ += o.sampled_;
}

StepModel::StepModel(const Deployment& deployment)
    : deployment_(deployment),
      limits_(span_limits(deployment.llm)),
      spans_(limits_.size()),
      rule_(deployment.fidelity == Fidelity::rule) {
    PLIMSOLL_EXPECTS(spans_ <= kMaxSpans);
    if (rule_) return;
    const auto pure = decode_attention_rates(deployment_, false);
    const auto mixed = decode_attention_rates(deployment_, true);
    prefill_rate_ = prefill_attention_rates(deployment_);
    for (std::size_t s = 0; s < spans_; ++s) {
        decode_rate_[s] = pure[s].seconds_per_context;
        mixed_rate_[s] = mixed[s].seconds_per_context;
        prefill_rate_[s] /= deployment_.parallelism.pp;
    }
    mixed_s_ = mixed_part(deployment_).total().value();
    sequence_s_ = sequence_part(deployment_).value();
}

StepTally StepModel::make_tally() const {
    return StepTally({.tokens = deployment_.engine.max_batch_tokens,
                      .rows = deployment_.engine.max_sequences,
                      .stages = deployment_.parallelism.pp});
}

double StepModel::tokens_s(std::int64_t tokens) const {
    double& known = entry(tokens_s_, tokens);
    if (known < 0.0) known = token_part(deployment_, to_double(tokens)).total().value();
    return known;
}

double StepModel::rows_s(std::int64_t rows) const {
    double& known = entry(rows_s_, rows);
    if (known < 0.0) known = sampling_part(deployment_, to_double(rows)).total().value();
    return known;
}

double StepModel::decode_constant_s(std::int64_t batch) const {
    const std::int64_t padded = deployment_.engine.pads_to_graphs ? graph_batch(batch) : batch;
    return tokens_s(padded) + rows_s(batch) + sequence_s_ * to_double(batch);
}

double StepModel::pipeline_share(std::int64_t batch) const {
    const auto stages = static_cast<std::int64_t>(deployment_.parallelism.pp);
    return stages == 1 ? 1.0 : 1.0 / to_double(std::clamp<std::int64_t>(batch, 1, stages));
}

double StepModel::step_s(const StepCounts& c) const {
    if (c.prefill_tokens == 0)
        return decode_segment(c.decode_sequences, c.decode_context, {}).first_s;
    if (rule_) return step_time(deployment_, shape_of(c)).total().value();
    double sum = tokens_s(c.tokens()) + rows_s(c.sampled) + mixed_s_ +
                 sequence_s_ * to_double(c.decode_sequences);
    const double share = pipeline_share(c.decode_sequences);
    for (std::size_t s = 0; s < spans_; ++s) {
        sum += mixed_rate_[s] * share * to_double(c.decode_context[s]) +
               prefill_rate_[s] * to_double(c.prefill_pairs[s]);
    }
    return sum;
}

DecodeSegment StepModel::decode_segment(std::int64_t batch,
                                        const Context& context,
                                        const Context& growing) const {
    if (rule_) return rule_segment(batch, context, growing);
    DecodeSegment segment{.first_s = decode_constant_s(batch),
                          .steps = std::numeric_limits<std::int64_t>::max()};
    const double share = pipeline_share(batch);
    for (std::size_t s = 0; s < spans_; ++s) {
        segment.first_s += decode_rate_[s] * share * to_double(context[s]);
        segment.slope_s += decode_rate_[s] * share * to_double(growing[s]);
    }
    return segment;
}

const std::array<StepModel::Line, StepModel::kLines>& StepModel::rule_lines(
    std::int64_t batch) const {
    // A batch of none never decodes, so an empty first entry means "not asked for".
    if (index(batch) >= rule_lines_.size()) rule_lines_.resize(index(batch) + 1);
    auto& lines = rule_lines_[index(batch)];
    if (lines[0].constant_s > 0.0) return lines;

    const Rule& rule = deployment_.rule;
    if (rule.step_constant) {
        lines[0].constant_s = rule.step_constant->value();
        return lines;
    }
    StepShape shape{.decode_sequences = to_double(batch), .sampled = to_double(batch)};
    const auto peak = compute_peak(deployment_.gpu, deployment_.precisions.compute);
    PLIMSOLL_EXPECTS(peak.has_value());
    const BytesPerSecond memory = deployment_.gpu.hbm_bandwidth;
    const Work base = step_work(deployment_, shape);
    const bool declared = rule.prefill_rate_per_gpu && rule.decode_rate_per_gpu;
    const double gpus = deployment_.parallelism.gpus();
    lines[0].constant_s = declared ? to_double(batch) / (rule.decode_rate_per_gpu->value() * gpus)
                                   : to_double(batch) * 2.0 * active_parameters(deployment_.llm) /
                                         (peak->value() * rule.decode_mfu * gpus);
    const double mbu = declared ? 1.0 : rule.decode_mbu;
    lines[1].constant_s = base.bytes.value() / (memory.value() * mbu);
    const double floor_peak = fastest_peak(deployment_).value();
    lines[2].constant_s = base.flops.value() / floor_peak;
    lines[3].constant_s = base.bytes.value() / memory.value();
    lines[4].constant_s = step_floor(deployment_, shape).value();
    for (std::size_t s = 0; s < spans_; ++s) {
        StepShape unit = shape;
        // Work is linear in the context sums; a large unit keeps the difference exact enough.
        constexpr double kUnit = 1e6;
        unit.decode_context[s] = kUnit;
        const Work more = step_work(deployment_, unit);
        const double bytes = (more.bytes - base.bytes).value() / kUnit;
        const double flops = (more.flops - base.flops).value() / kUnit;
        lines[1].per_context_s[s] = bytes / (memory.value() * mbu);
        lines[2].per_context_s[s] = flops / floor_peak;
        lines[3].per_context_s[s] = bytes / memory.value();
    }
    return lines;
}

DecodeSegment StepModel::rule_segment(std::int64_t batch,
                                      const Context& context,
                                      const Context& growing) const {
    const auto& lines = rule_lines(batch);
    std::array<DecodeSegment, kLines> at{};
    std::size_t top = 0;
    for (std::size_t l = 0; l < kLines; ++l) {
        at[l].first_s = lines[l].constant_s;
        for (std::size_t s = 0; s < spans_; ++s) {
            at[l].first_s += lines[l].per_context_s[s] * to_double(context[s]);
            at[l].slope_s += lines[l].per_context_s[s] * to_double(growing[s]);
        }
        const bool higher = at[l].first_s > at[top].first_s ||
                            (at[l].first_s == at[top].first_s && at[l].slope_s > at[top].slope_s);
        if (higher) top = l;
    }
    double until = std::numeric_limits<double>::infinity();
    for (const DecodeSegment& line : at) {
        if (line.slope_s <= at[top].slope_s) continue;
        until =
            std::min(until, (at[top].first_s - line.first_s) / (line.slope_s - at[top].slope_s));
    }
    at[top].steps = until < 1e15 ? static_cast<std::int64_t>(until) + 1
                                 : std::numeric_limits<std::int64_t>::max();
    return at[top];
}

StepTime StepModel::breakdown(const StepTally& t) const {
    StepTime time;
    if (rule_) {
        // The rule has no parts to tabulate: its resources at the mean step of each kind.
        const double decode_steps = t.steps_ - t.mixed_steps_;
        const auto add = [&](double steps,
                             double sequences,
                             double prefill,
                             const std::array<double, kMaxSpans>& context,
                             bool mixed) {
            if (steps <= 0.0) return;
            StepShape mean{.prefill_tokens = prefill / steps,
                           .decode_sequences = sequences / steps,
                           .sampled = sequences / steps};
            for (std::size_t s = 0; s < kMaxSpans; ++s) {
                mean.decode_context[s] = context[s] / steps;
                if (mixed) mean.prefill_pairs[s] = t.pairs_[s] / steps;
            }
            StepTime part = step_time(deployment_, mean);
            part *= steps;
            time += part;
        };
        add(t.mixed_steps_, t.mixed_sequences_, t.prefill_tokens_, t.mixed_context_, true);
        add(decode_steps, t.sequences_ - t.mixed_sequences_, 0.0, t.decode_context_, false);
        if (time.total().value() > 0.0) time *= t.seconds_ / time.total().value();
        return time;
    }
    const auto add_table = [&](const std::vector<std::int64_t>& histogram, bool pads, auto part) {
        for (std::size_t n = 0; n < histogram.size(); ++n) {
            if (histogram[n] == 0) continue;
            const auto size = static_cast<std::int64_t>(n);
            StepTime each = part(deployment_, to_double(pads ? graph_batch(size) : size));
            each *= to_double(histogram[n]);
            time += each;
        }
    };
    add_table(t.mixed_by_tokens_, false, token_part);
    add_table(t.decode_by_tokens_, deployment_.engine.pads_to_graphs, token_part);
    add_table(t.by_rows_, false, sampling_part);
    StepTime mixed = mixed_part(deployment_);
    mixed *= t.mixed_steps_;
    time += mixed;
    time[Resource::host] += t.sequences_ * sequence_part(deployment_);
    const auto pure_rates = decode_attention_rates(deployment_, false);
    const auto mixed_rates = decode_attention_rates(deployment_, true);
    const double share = 1.0 / deployment_.parallelism.pp;
    for (std::size_t s = 0; s < spans_; ++s) {
        time[pure_rates[s].bound] +=
            decode_rate_[s] * (share * t.decode_context_[s] + t.decode_thin_[s]) * second;
        time[mixed_rates[s].bound] +=
            mixed_rate_[s] * (share * t.mixed_context_[s] + t.mixed_thin_[s]) * second;
        time[Resource::compute] += prefill_rate_[s] * t.pairs_[s] * second;
    }
    return time;
}

Work StepModel::work(const StepTally& t) const {
    Work work;
    const auto add = [&](const std::vector<std::int64_t>& histogram) {
        for (std::size_t n = 0; n < histogram.size(); ++n) {
            if (histogram[n] == 0) continue;
            const Work each =
                step_work(deployment_, {.prefill_tokens = to_double(static_cast<std::int64_t>(n))});
            const double times = to_double(histogram[n]);
            work += {.flops = times * each.flops,
                     .bytes = times * each.bytes,
                     .sent = times * each.sent};
        }
    };
    add(t.mixed_by_tokens_);
    add(t.decode_by_tokens_);
    // The rest is linear in the sums, but for the output projection's weights, which every step
    // that samples reads again.
    StepShape sums{.decode_sequences = t.sequences_, .sampled = t.sampled_};
    for (std::size_t s = 0; s < kMaxSpans; ++s) {
        sums.decode_context[s] = t.mixed_context_[s] + t.decode_context_[s];
        sums.prefill_pairs[s] = t.pairs_[s];
    }
    const Work all = step_work(deployment_, sums);
    const Work tokens = step_work(deployment_, {.prefill_tokens = t.sequences_});
    work.flops += all.flops - tokens.flops;
    work.bytes += all.bytes - tokens.bytes;
    const double sampling_steps = t.steps_ - to_double(t.by_rows_.empty() ? 0 : t.by_rows_[0]);
    if (sampling_steps > 1.0) {
        const Work none = step_work(deployment_, {});
        const Work one = step_work(deployment_, {.sampled = 1.0});
        work.bytes += (sampling_steps - 1.0) * (one.bytes - none.bytes);
    }
    return work;
}

}  // namespace plimsoll
