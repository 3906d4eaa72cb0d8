#include "models/step.h"

#include <algorithm>
#include <cmath>

#include "models/collectives.h"
#include "models/contract.h"
#include "models/layer_ops.h"
#include "models/roofline.h"

namespace plimsoll {
namespace {

/// Vocabulary sort of top-p/top-k sampling, per entry, on 67 TFLOP/s of FP32. [Engine]
constexpr double kSortSecondsPerEntry = 136e-12;
constexpr double kSortReferenceFlops = 67e12;
/// Padded rows of a decode tile in fa2's mixed steps, and their share of peak. [Engine]
constexpr double kTileRows = 64.0;
constexpr double kTileEfficiency = 0.45;

Resource bound(const RooflineTime& t) {
    return t.compute_bound ? Resource::compute : Resource::memory;
}

/// Scores and values stay in 16 bit where the layers compute in less.
FlopsPerSecond attention_peak(const Deployment& d) {
    const bool wide = bytes_per_element(d.precisions.compute) > 2.0 * byte;
    const auto peak = compute_peak(d.gpu, wide ? d.precisions.compute : Precision::bf16);
    PLIMSOLL_EXPECTS(peak.has_value());
    return *peak;
}

RooflineTime expert_time(const Deployment& d, const ExpertGemm& e) {
    const auto peak = compute_peak(d.gpu, d.precisions.compute);
    PLIMSOLL_EXPECTS(peak.has_value());
    const Efficiencies& f = d.efficiencies;
    return smooth_roofline(flops(e) / (*peak * (f.moe_compute * f.gemm_compute_large)),
                           bytes(e, d.precisions.weights) / (d.gpu.hbm_bandwidth * f.moe_memory),
                           f.gemm_knee);
}

bool pads(const Deployment& d, const StepShape& shape) {
    return d.engine.pads_to_graphs && !shape.is_mixed();
}

double scheduled_tokens(const Deployment& d, const StepShape& shape) {
    if (!pads(d, shape)) return shape.tokens();
    return static_cast<double>(
        graph_batch(static_cast<std::int64_t>(std::ceil(shape.decode_sequences))));
}

/// Micro-batches that the decoding sequences form over the pipeline's stages.
double decode_micro_batches(const Deployment& d, double sequences) {
    return std::clamp(sequences, 1.0, static_cast<double>(d.parallelism.pp));
}

StepTime roofline_time(const Deployment& d, const StepShape& shape) {
    StepTime time = token_part(d, scheduled_tokens(d, shape));
    time += sampling_part(d, shape.sampled);
    time[Resource::host] += shape.decode_sequences * sequence_part(d);
    if (shape.is_mixed()) time += mixed_part(d);
    const auto decode = decode_attention_rates(d, shape.is_mixed());
    const auto prefill = prefill_attention_rates(d);
    const double micro = decode_micro_batches(d, shape.decode_sequences);
    for (std::size_t s = 0; s < kMaxSpans; ++s) {
        time[decode[s].bound] +=
            decode[s].seconds_per_context * shape.decode_context[s] / micro * second;
        time[Resource::compute] += prefill[s] * shape.prefill_pairs[s] / d.parallelism.pp * second;
    }
    return time;
}

StepTime rule_time(const Deployment& d, const StepShape& shape) {
    const Rule& rule = d.rule;
    StepTime time;
    if (rule.step_constant) {
        time[Resource::host] = *rule.step_constant;
        return time;
    }
    const double gpus = d.parallelism.gpus();
    if (rule.prefill_rate_per_gpu && rule.decode_rate_per_gpu) {
        time[Resource::compute] =
            shape.prefill_tokens * token / (*rule.prefill_rate_per_gpu * gpus) +
            shape.decode_sequences * token / (*rule.decode_rate_per_gpu * gpus);
    } else {
        const auto peak = compute_peak(d.gpu, d.precisions.compute);
        PLIMSOLL_EXPECTS(peak.has_value());
        const Flops per_token = 2.0 * active_parameters(d.llm) * flop;
        StepShape decode = shape;
        decode.prefill_tokens = 0.0;
        decode.prefill_pairs = {};
        decode.sampled = shape.decode_sequences;
        const Seconds prefill =
            shape.prefill_tokens * per_token / (*peak * (rule.prefill_mfu * gpus));
        const Seconds compute =
            shape.decode_sequences * per_token / (*peak * (rule.decode_mfu * gpus));
        const Seconds memory =
            shape.decode_sequences > 0.0
                ? step_work(d, decode).bytes / (d.gpu.hbm_bandwidth * rule.decode_mbu)
                : Seconds{};
        time[Resource::compute] = prefill;
        time[compute > memory ? Resource::compute : Resource::memory] += std::max(compute, memory);
    }
    const Seconds floor = step_floor(d, shape);
    if (time.total() < floor) time[Resource::compute] += floor - time.total();
    return time;
}

}  // namespace

std::string_view to_string(Resource resource) {
    constexpr std::array<std::string_view, kResources> kNames{
        "compute", "memory", "communication", "launch", "host"};
    return kNames[static_cast<std::size_t>(resource)];
}

Seconds StepTime::total() const {
    Seconds sum;
    for (Seconds part : parts) sum += part;
    return sum;
}

Resource StepTime::binding() const {
    const auto* const largest = std::max_element(parts.begin(), parts.end());
    return static_cast<Resource>(largest - parts.begin());
}

StepTime& StepTime::operator+=(const StepTime& other) {
    for (std::size_t i = 0; i < kResources; ++i) parts[i] += other.parts[i];
    return *this;
}

StepTime& StepTime::operator*=(double factor) {
    for (Seconds& part : parts) part *= factor;
    return *this;
}

Work& Work::operator+=(const Work& other) {
    flops += other.flops;
    bytes += other.bytes;
    sent += other.sent;
    return *this;
}

std::int64_t graph_batch(std::int64_t sequences) {
    const auto round_up = [&](std::int64_t to) { return (sequences + to - 1) / to * to; };
    if (sequences <= 2 || sequences > 512) return sequences;
    if (sequences <= 4) return 4;
    return sequences <= 256 ? round_up(8) : round_up(16);
}

StepTime token_part(const Deployment& d, double tokens) {
    StepTime time;
    if (tokens <= 0.0) return time;
    const Efficiencies& e = d.efficiencies;
    const BytesPerSecond stream = d.gpu.hbm_bandwidth * e.elementwise_memory;
    const Fabric& fabric = fabric_for(d.server, d.parallelism.tp);
    const Fabric& expert_fabric = fabric_for(d.server, d.parallelism.ep);
    for (const LayerOps& ops : layer_ops(d, tokens)) {
        StepTime layer;
        for (const Gemm& gemm : ops.gemms) {
            const RooflineTime t = gemm_time(d, gemm);
            layer[bound(t)] += t.time;
            layer[Resource::launch] += e.gemm_latency;
        }
        for (const ExpertGemm& experts : ops.experts) {
            const RooflineTime t = expert_time(d, experts);
            layer[bound(t)] += t.time;
            layer[Resource::launch] += 2.0 * e.gemm_latency + d.engine.moe_layer_overhead;
        }
        layer[Resource::memory] += ops.elementwise / stream;
        layer[Resource::launch] += d.engine.layer_overhead;
        layer[Resource::communication] +=
            static_cast<double>(ops.all_reduces) *
            all_reduce_time(fabric, ops.all_reduce_payload, d.parallelism.tp);
        if (ops.all_to_all.value() > 0.0) {
            layer[Resource::communication] +=
                2.0 * all_to_all_time(expert_fabric, 0.5 * ops.all_to_all, d.parallelism.ep);
        }
        layer *= ops.count;
        time += layer;
    }
    if (d.parallelism.pp > 1) {
        const Bytes payload =
            2.0 * micro_batch_tokens(d, tokens) / d.parallelism.dp * d.llm.hidden * byte;
        time[Resource::communication] +=
            static_cast<double>(d.parallelism.pp) *
            point_to_point_time(fabric_for(d.server, d.parallelism.gpus()), payload);
    }
    time[Resource::host] += d.engine.step_overhead;
    return time;
}

StepTime sampling_part(const Deployment& d, double rows) {
    StepTime time;
    if (rows <= 0.0) return time;
    const Gemm logits = output_projection(d, rows);
    const RooflineTime projection = gemm_time(d, logits);
    time[bound(projection)] += projection.time;
    time[Resource::launch] += d.efficiencies.gemm_latency;
    // Tensor-parallel ranks gather the logits, data-parallel ones keep to their own sequences.
    const double entries = logits.m * d.llm.vocab;
    time[Resource::memory] += 8.0 * entries * byte / d.gpu.hbm_bandwidth;
    if (d.engine.sampler == Sampler::sort) {
        const FlopsPerSecond vector = d.gpu.peak(Precision::fp32);
        const double slower = kSortReferenceFlops * (flop / second) / vector;
        time[Resource::compute] += entries * kSortSecondsPerEntry * slower * second;
    }
    return time;
}

std::array<AttentionRate, kMaxSpans> decode_attention_rates(const Deployment& d, bool mixed) {
    std::array<AttentionRate, kMaxSpans> rates{};
    const Efficiencies& e = d.efficiencies;
    const FlopsPerSecond peak = attention_peak(d);
    const auto add = [&](std::size_t span,
                         double layers,
                         double flops_per_token,
                         double bytes_per_token,
                         double tile_flops) {
        const Seconds compute = flops_per_token * flop / (peak * e.decode_attention_compute);
        const Seconds memory =
            bytes_per_token * byte / (d.gpu.hbm_bandwidth * e.decode_attention_memory);
        const Seconds tiles = tile_flops * flop / (peak * kTileEfficiency);
        const Seconds time = std::max({compute, memory, tiles});
        rates[span].seconds_per_context += layers * time.value();
        rates[span].bound = time > memory ? Resource::compute : Resource::memory;
    };
    for (const LayerGroup& group : d.llm.layer_groups) {
        const AttentionCost cost = attention_cost(d, group.attention);
        const bool tiled = mixed && d.gpu.attention_kernels == AttentionKernels::fa2;
        add(span_index(d.llm, group.attention),
            group.count,
            cost.decode_flops,
            cost.kv_bytes,
            tiled ? 4.0 * cost.tile_width * kTileRows : 0.0);
        if (cost.index_bytes > 0.0) add(0, group.count, cost.index_flops, cost.index_bytes, 0.0);
    }
    return rates;
}

std::array<double, kMaxSpans> prefill_attention_rates(const Deployment& d) {
    std::array<double, kMaxSpans> rates{};
    const FlopsPerSecond achieved = attention_peak(d) * d.efficiencies.prefill_attention_compute;
    for (const LayerGroup& group : d.llm.layer_groups) {
        const AttentionCost cost = attention_cost(d, group.attention);
        rates[span_index(d.llm, group.attention)] +=
            group.count * (cost.prefill_flops * flop / achieved).value();
        rates[0] += group.count * (cost.index_flops * flop / achieved).value();
    }
    return rates;
}

StepTime mixed_part(const Deployment& d) {
    StepTime time;
    time[Resource::launch] = static_cast<double>(layers(d.llm)) * d.engine.mixed_layer_overhead;
    return time;
}

Seconds sequence_part(const Deployment& d) {
    // Linear attention reads and writes its state for every decoding sequence.
    const Bytes state = 2.0 * state_bytes_per_sequence(d.llm) /
                        static_cast<double>(d.parallelism.tp * d.parallelism.dp);
    return d.engine.sequence_overhead / static_cast<double>(d.parallelism.dp) +
           state / (d.gpu.hbm_bandwidth * d.efficiencies.elementwise_memory);
}

Work step_work(const Deployment& d, const StepShape& shape) {
    Work work;
    const Fabric& fabric = fabric_for(d.server, d.parallelism.tp);
    const double pp = d.parallelism.pp;
    // Each token passes each layer once however the stages interleave their micro-batches; weights
    // are counted once although every micro-batch reads them.
    const double micro = micro_batch_tokens(d, shape.tokens());
    const double passes = micro > 0.0 ? shape.tokens() / micro : 0.0;
    for (const LayerOps& ops : layer_ops(d, shape.tokens())) {
        Work layer;
        for (const Gemm& gemm : ops.gemms) {
            layer.flops += passes * flops(gemm);
            layer.bytes += gemm.n * gemm.k * bytes_per_element(gemm.weights);
        }
        for (const ExpertGemm& experts : ops.experts) {
            layer.flops += passes * flops(experts);
            layer.bytes += weight_bytes(experts, d.precisions.weights);
        }
        layer.sent +=
            passes * (static_cast<double>(ops.all_reduces) *
                          all_reduce_floor_bytes(fabric, ops.all_reduce_payload, d.parallelism.tp) +
                      ops.all_to_all);
        work.flops += ops.count / pp * layer.flops;
        work.bytes += ops.count / pp * layer.bytes;
        work.sent += ops.count / pp * layer.sent;
    }
    if (shape.sampled > 0.0) {
        const Gemm projection = output_projection(d, shape.sampled);
        work.flops += flops(projection) / pp;
        work.bytes += projection.n * projection.k * bytes_per_element(projection.weights) / pp;
    }
    for (const LayerGroup& group : d.llm.layer_groups) {
        const AttentionCost cost = attention_cost(d, group.attention);
        const std::size_t s = span_index(d.llm, group.attention);
        const double n = group.count / pp;
        work.flops += n * flop *
                      (cost.decode_flops * shape.decode_context[s] +
                       cost.prefill_flops * shape.prefill_pairs[s] +
                       cost.index_flops * (shape.decode_context[0] + shape.prefill_pairs[0]));
        work.bytes +=
            n * byte *
            (cost.kv_bytes * shape.decode_context[s] + cost.index_bytes * shape.decode_context[0]);
    }
    work.bytes += 2.0 * shape.decode_sequences * state_bytes_per_sequence(d.llm) /
                  static_cast<double>(d.parallelism.gpus());
    return work;
}

FlopsPerSecond fastest_peak(const Deployment& d) {
    const auto layers_peak = compute_peak(d.gpu, d.precisions.compute);
    const auto projection_peak = compute_peak(d.gpu, output_projection(d, 1.0).compute);
    PLIMSOLL_EXPECTS(layers_peak.has_value() && projection_peak.has_value());
    return std::max({*layers_peak, *projection_peak, attention_peak(d)});
}

Seconds step_floor(const Deployment& d, const StepShape& shape) {
    const Work work = step_work(d, shape);
    const BytesPerSecond link =
        std::max(fabric_for(d.server, d.parallelism.tp).bandwidth_per_direction,
                 fabric_for(d.server, d.parallelism.ep).bandwidth_per_direction);
    return std::max(
        {work.flops / fastest_peak(d), work.bytes / d.gpu.hbm_bandwidth, work.sent / link});
}

StepTime step_time(const Deployment& deployment, const StepShape& shape) {
    return deployment.fidelity == Fidelity::rule ? rule_time(deployment, shape)
                                                 : roofline_time(deployment, shape);
}

}  // namespace plimsoll
