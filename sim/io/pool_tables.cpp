#include "sim/io/pool_tables.h"

#include <fmt/core.h>

#include "sim/engine_presets.h"
#include "sim/io/decoder.h"
#include "sim/io/did_you_mean.h"
#include "sim/io/model_tables.h"
#include "sim/io/reference.h"
#include "sim/scenario.h"

namespace plimsoll {
namespace {

Words<Precision> precision_words() {
    Words<Precision> words;
    for (const Precision precision : all_precisions()) {
        words.emplace_back(precision, to_string(precision));
    }
    return words;
}

std::shared_ptr<const Table> precision_table() {
    TableOf<Precisions> table("precision");
    table.word("weights", &Precisions::weights, precision_words(), "of the weights").needed();
    table.word(
        "compute", &Precisions::compute, precision_words(), "in which matrices are multiplied");
    table.word("kv", &Precisions::kv, precision_words(), "of the KV cache");
    return table.build();
}

std::shared_ptr<const Table> parallelism_table() {
    TableOf<Parallelism> table("parallelism");
    using P = Parallelism;
    table.field("tp", &P::tp, "tensor-parallel ranks").at_least(1);
    table.field("pp", &P::pp, "pipeline stages").at_least(1);
    table.field("ep", &P::ep, "expert-parallel ranks: 1, or tp x dp").at_least(1);
    table.field("dp", &P::dp, "data-parallel attention ranks").at_least(1);
    return table.build();
}

std::shared_ptr<const Table> rule_table() {
    TableOf<Rule> table("rule");
    table
        .field("step_constant",
               &Rule::step_constant,
               Dimension::time,
               "every step takes this long, whatever its batch")
        .above(0);
    table
        .field("prefill_per_gpu",
               &Rule::prefill_rate_per_gpu,
               Dimension::token_rate,
               "uncached prompt tokens that a GPU sustains")
        .above(0);
    table
        .field("decode_per_gpu",
               &Rule::decode_rate_per_gpu,
               Dimension::token_rate,
               "output tokens that a GPU sustains")
        .above(0);
    table.field("prefill_mfu", &Rule::prefill_mfu, "share of the dense peak that prefill reaches")
        .above(0)
        .at_most(1);
    table.field("decode_mfu", &Rule::decode_mfu, "share of the dense peak that decode reaches")
        .above(0)
        .at_most(1);
    table
        .field("decode_mbu", &Rule::decode_mbu, "share of the memory bandwidth that decode reaches")
        .above(0)
        .at_most(1);
    return table.build();
}

std::shared_ptr<const Table> efficiencies_table() {
    TableOf<Efficiencies> table("efficiencies");
    using E = Efficiencies;
    const auto share = [&](std::string stem, double E::*member, std::string help) {
        table.field(std::move(stem), member, std::move(help)).above(0).at_most(1);
    };
    share("gemm_compute_small", &E::gemm_compute_small, "GEMM compute with few tokens");
    share("gemm_compute_large", &E::gemm_compute_large, "GEMM compute with many tokens");
    share("gemm_memory", &E::gemm_memory, "GEMM memory bandwidth");
    table.field("gemm_knee", &E::gemm_knee, "sharpness of the knee between the two").at_least(1);
    table.field("gemm_latency", &E::gemm_latency, Dimension::time, "least time of a GEMM").in("us");
    share("decode_attention_memory", &E::decode_attention_memory, "reading the KV cache");
    share("decode_attention_compute", &E::decode_attention_compute, "decode attention's compute");
    share("prefill_attention_compute", &E::prefill_attention_compute, "prompt attention's compute");
    share("elementwise_memory", &E::elementwise_memory, "element-wise operations");
    share("moe_memory", &E::moe_memory, "reading expert weights");
    share("moe_compute", &E::moe_compute, "extra factor on the compute of expert GEMMs");
    return table.build();
}

/// Weights say what compute and KV usually are; the fields then change it.
Field precision_field() {
    Field f;
    f.stem = "precision";
    f.kind = FieldKind::object;
    f.help = "a number format, or weights, compute and kv apart";
    f.shorthand = "weights";
    const auto table = precision_table();
    f.table = table;
    f.decode =
        [table](DecodeContext& context, const Node& node, const std::string& path, void* object) {
            Precisions& precisions = static_cast<Pool*>(object)->deployment.precisions;
            const Node::Member* member = node.find("weights");
            const Node& weights = member == nullptr ? node : member->value;
            if (weights.is_text()) {
                if (const auto named = precision_named(weights.text)) {
                    precisions = precisions_for(*named);
                } else if (member == nullptr) {
                    const std::vector<std::string>& words = table->fields.front().words;
                    context.error(node.place, path, unknown_message("", node.text, words), words);
                }
            }
            if (!node.is_text()) decode_object(context, *table, node, path, &precisions, false);
        };
    f.encode = [table](const void* object) {
        return encode_object(*table, &static_cast<const Pool*>(object)->deployment.precisions);
    };
    return f;
}

/// A preset, then changes to it.
Field engine_field() {
    Field f;
    f.stem = "engine";
    f.kind = FieldKind::object;
    f.help = "a preset, or its fields";
    f.shorthand = "preset";
    Table with_preset = *engine_table();
    Field preset;
    preset.stem = "preset";
    preset.kind = FieldKind::word;
    preset.help = "serving system that the other fields change";
    for (const EnginePreset& row : engine_presets()) preset.words.emplace_back(row.name);
    preset.set = [](void* object, const FieldValue& value) {
        *static_cast<Engine*>(object) = *engine_named(std::get<std::string>(value));
    };
    preset.get = [](const void* object) {
        return FieldValue(static_cast<const Engine*>(object)->name);
    };
    // First, so that the other fields are laid over it.
    with_preset.fields.insert(with_preset.fields.begin(), std::move(preset));
    const auto table = std::make_shared<const Table>(std::move(with_preset));
    f.table = table;
    f.decode =
        [table](DecodeContext& context, const Node& node, const std::string& path, void* object) {
            Engine& engine = static_cast<Pool*>(object)->deployment.engine;
            if (!node.is_text()) {
                decode_object(context, *table, node, path, &engine, false);
            } else if (const auto value =
                           decode_scalar(context, table->fields.front(), nullptr, node, path)) {
                table->fields.front().set(&engine, *value);
            }
        };
    f.encode = [table](const void* object) {
        return encode_object(*table, &static_cast<const Pool*>(object)->deployment.engine);
    };
    return f;
}

/// The member of a pool's deployment.
template <class T>
auto of(T Deployment::*member) {
    return [member](Pool& pool) -> T& { return pool.deployment.*member; };
}

}  // namespace

std::shared_ptr<const Table> engine_table() {
    TableOf<Engine> table("engine");
    using E = Engine;
    const Dimension time = Dimension::time;
    table.field("max_batch_tokens", &E::max_batch_tokens, "tokens scheduled in one step at most")
        .at_least(1);
    table.field("max_sequences", &E::max_sequences, "sequences running at once at most")
        .at_least(1);
    table.field("max_context_tokens",
                &E::max_context_tokens,
                "longest request, prompt + output; 0: the model's context");
    table.field("pipeline_depth", &E::pipeline_depth, "steps in flight").at_least(1).at_most(2);
    table.field("host_gap", &E::host_gap, time, "host work per step").in("ms");
    table
        .field("host_gap_per_sequence",
               &E::host_gap_per_sequence,
               time,
               "host work per step and sequence")
        .in("us");
    table.field("frontend_in", &E::frontend_in, time, "from the router to the scheduler's queue")
        .in("ms");
    table.field("frontend_out", &E::frontend_out, time, "from a step's end to the client").in("ms");
    table
        .field("frontend_per_token",
               &E::frontend_per_token,
               time,
               "the serial frontend's time per token")
        .in("us");
    table
        .field("memory_utilization",
               &E::memory_utilization,
               "share of the visible memory that the engine may fill")
        .above(0)
        .at_most(1);
    table.field("block_tokens", &E::block_tokens, "tokens in a KV block").at_least(1);
    table.field("memory_reserve", &E::memory_reserve, Dimension::bytes, "kept for the runtime");
    table.field("memory_reserve_multi_gpu",
                &E::memory_reserve_multi_gpu,
                Dimension::bytes,
                "kept besides with several GPUs");
    table.field("graph_reserve", &E::graph_reserve, Dimension::bytes, "kept for captured graphs");
    table.field("kv_blocks", &E::kv_blocks, "recorded KV blocks per replica, not computed ones")
        .at_least(1);
    table.field("pads_to_graphs", &E::pads_to_graphs, "decode batches are padded to graph sizes");
    table.word("sampler",
               &E::sampler,
               Words<Sampler>{{Sampler::greedy, "greedy"}, {Sampler::sort, "sort"}},
               "how tokens are chosen; by default as the model's settings say");
    table
        .field("layer_overhead",
               &E::layer_overhead,
               time,
               "per layer, neither GEMM, KV traffic nor collective")
        .in("us");
    table
        .field("mixed_layer_overhead",
               &E::mixed_layer_overhead,
               time,
               "more per layer in a step with prompts")
        .in("us");
    table.field("moe_layer_overhead", &E::moe_layer_overhead, time, "more per layer with experts")
        .in("us");
    table.field("step_overhead", &E::step_overhead, time, "per step").in("us");
    table.field("sequence_overhead", &E::sequence_overhead, time, "per step and decoding sequence")
        .in("us");
    table.field("timeout", &E::timeout, time, "after which a client gives up; 0: never");
    table.field("max_waiting", &E::max_waiting, "requests that wait in a replica; 0: no limit");
    return table.build();
}

std::shared_ptr<const Table> pool_table() {
    TableOf<Pool> table("pool");
    table
        .add(reference_field<Pool>("model",
                                   of(&Deployment::llm),
                                   id_in(&Pool::model_id),
                                   Reference<Llm>{"llms", &Catalog::llm, llm_table()},
                                   "what is served: a name of the catalog, or its fields"))
        .needed();
    table
        .add(reference_field<Pool>("gpu",
                                   of(&Deployment::gpu),
                                   id_in(&Pool::gpu_id),
                                   Reference<Gpu>{"gpus", &Catalog::gpu, gpu_table()},
                                   "what it runs on: a name of the catalog, or its fields"))
        .needed();
    table
        .add(reference_field<Pool>("server",
                                   of(&Deployment::server),
                                   id_in(&Pool::server_id),
                                   Reference<Server>{"servers", &Catalog::server, server_table()},
                                   "the chassis: a name of the catalog, or its fields"))
        .needed();
    table.add(precision_field());
    table.object("parallelism",
                 of(&Deployment::parallelism),
                 parallelism_table(),
                 "how a replica is spread over GPUs");
    table.field("replicas", &Pool::replicas, "identical replicas").at_least(1).at_most(1e9);
    table.add(engine_field());
    table.word(
        "batching",
        [](Pool& pool) -> Batching& { return pool.deployment.engine.batching; },
        Words<Batching>{{Batching::continuous, "continuous"},
                        {Batching::chunked_prefill, "chunked_prefill"}},
        "which requests may share a step");
    table.object("rule", of(&Deployment::rule), rule_table(), "the numbers of fidelity \"rule\"");
    table.object("efficiencies",
                 of(&Deployment::efficiencies),
                 efficiencies_table(),
                 "shares of the peaks that fidelity \"roofline\" assumes");
    return table.build();
}

}  // namespace plimsoll
