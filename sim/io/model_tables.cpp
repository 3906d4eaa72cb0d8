#include "sim/io/model_tables.h"

#include "models/hardware.h"
#include "models/llm.h"
#include "sim/io/reference.h"

namespace plimsoll {
namespace {

using Peaks = std::array<FlopsPerSecond, kPrecisions>;

std::shared_ptr<const Table> peaks_table() {
    TableOf<Peaks> table("dense peaks");
    for (const Precision precision : all_precisions()) {
        const auto index = static_cast<std::size_t>(precision);
        Field f;
        f.stem = to_string(precision);
        f.dimension = Dimension::flop_rate;
        f.help = "dense peak, no sparsity, in " + f.stem;
        f.range.minimum = 0.0;
        f.set = [index](void* peaks, const FieldValue& value) {
            (*static_cast<Peaks*>(peaks))[index] = FlopsPerSecond(std::get<double>(value));
        };
        f.get = [index](const void* peaks) {
            const double peak = (*static_cast<const Peaks*>(peaks))[index].value();
            return peak > 0.0 ? FieldValue(peak) : FieldValue();
        };
        table.add(std::move(f));
    }
    return table.build();
}

std::shared_ptr<const Table> attention_table() {
    TableOf<Attention> table("attention");
    using A = Attention;
    table.word("kind",
               &A::kind,
               Words<AttentionKind>{{AttentionKind::grouped, "grouped"},
                                    {AttentionKind::latent, "latent"},
                                    {AttentionKind::linear, "linear"}},
               "grouped (MHA, GQA, MQA), latent (MLA) or linear");
    table.field("heads", &A::heads, "query heads");
    table.field("kv_heads", &A::kv_heads, "key-value heads");
    table.field("head_dim", &A::head_dim, "width of a head");
    table.field("window", &A::window, "sliding window, tokens; 0 attends to everything");
    table.field("top_k", &A::top_k, "sparse attention: tokens picked; 0 attends to everything");
    table.field("index_heads", &A::index_heads, "heads of the sparse indexer");
    table.field("index_dim", &A::index_dim, "width of the sparse indexer");
    table.field("q_rank", &A::q_rank, "latent attention: rank of the queries");
    table.field("kv_rank", &A::kv_rank, "latent attention: rank of the KV cache");
    table.field("nope_dim", &A::nope_dim, "latent attention: head width without position");
    table.field("rope_dim", &A::rope_dim, "latent attention: head width with position");
    table.field("v_dim", &A::v_dim, "latent attention: width of a value head");
    table.field("key_heads", &A::key_heads, "linear attention: key heads");
    table.field("value_heads", &A::value_heads, "linear attention: value heads");
    return table.build();
}

std::shared_ptr<const Table> ffn_table() {
    TableOf<Ffn> table("feed-forward network");
    table.field("width", &Ffn::width, "width of a dense layer");
    table.field("gated", &Ffn::gated, "three matrices rather than two");
    table.field("experts", &Ffn::experts, "experts; 0 is dense");
    table.field("top_k", &Ffn::top_k, "experts that each token passes");
    table.field("expert_width", &Ffn::expert_width, "width of an expert");
    table.field("shared_width", &Ffn::shared_width, "width of the shared experts together");
    return table.build();
}

std::shared_ptr<const Table> layer_group_table() {
    TableOf<LayerGroup> table("layer group");
    table.field("count", &LayerGroup::count, "identical layers").at_least(1).needed();
    table.object("attention", &LayerGroup::attention, attention_table(), "one layer's attention")
        .needed();
    table.object("ffn", &LayerGroup::ffn, ffn_table(), "one layer's feed-forward network").needed();
    return table.build();
}

}  // namespace

std::shared_ptr<const Table> gpu_table() {
    TableOf<Gpu> table("GPU");
    table.field("name", &Gpu::name, "name for people").needed();
    table.field("architecture", &Gpu::architecture, "family, such as \"hopper\"");
    table.field("year", &Gpu::year, "of its first delivery; 0 is unknown");
    table.object("peak_dense", &Gpu::peak_dense, peaks_table(), "dense peak per precision")
        .needed();
    table.field(
        "hbm_nominal", &Gpu::hbm_nominal, Dimension::bytes, "memory as the sheet prints it");
    table.field("hbm_visible", &Gpu::hbm_visible, Dimension::bytes, "memory that a process sees")
        .above(0)
        .needed();
    table.field("hbm_bandwidth", &Gpu::hbm_bandwidth, Dimension::bandwidth, "memory bandwidth")
        .above(0)
        .needed();
    table.field("scale_up_per_direction",
                &Gpu::scale_up_per_direction,
                Dimension::bandwidth,
                "all scale-up links together, one direction");
    table.field("pcie_per_direction",
                &Gpu::pcie_per_direction,
                Dimension::bandwidth,
                "PCIe, one direction");
    table.field("l2", &Gpu::l2, Dimension::bytes, "second-level cache").in("mb");
    table.field("tdp", &Gpu::tdp, Dimension::power, "power limit");
    table.field("idle", &Gpu::idle, Dimension::power, "power when idle");
    table.word(
        "attention_kernels",
        &Gpu::attention_kernels,
        Words<AttentionKernels>{{AttentionKernels::fa2, "fa2"}, {AttentionKernels::fa3, "fa3"}},
        "generation of attention kernels");
    return table.build();
}

std::shared_ptr<const Table> fabric_table() {
    TableOf<Fabric> table("fabric");
    table.field("name", &Fabric::name, "name for people").needed();
    table
        .field("bandwidth_per_direction",
               &Fabric::bandwidth_per_direction,
               Dimension::bandwidth,
               "per GPU, one direction")
        .above(0)
        .needed();
    table
        .field("latency",
               &Fabric::latency,
               Dimension::time,
               "fixed part of a collective between two GPUs")
        .in("us");
    table
        .field("latency_per_doubling",
               &Fabric::latency_per_doubling,
               Dimension::time,
               "more for each doubling of the GPUs")
        .in("us");
    table.field("efficiency", &Fabric::efficiency, "share of the bandwidth in a large all-reduce")
        .above(0)
        .at_most(1);
    table.field("domain_gpus",
                &Fabric::domain_gpus,
                "GPUs that reach one another through it; 0 is any number");
    table.field("in_switch_reduction", &Fabric::in_switch_reduction, "the switch reduces");
    return table.build();
}

std::shared_ptr<const Table> server_table() {
    TableOf<Server> table("server");
    const Reference<Fabric> fabric{"fabrics", &Catalog::fabric, fabric_table()};
    table.field("name", &Server::name, "name for people").needed();
    table.field("gpus", &Server::gpus, "GPUs in the chassis").at_least(1).needed();
    table
        .add(reference_field<Server>("scale_up",
                                     &Server::scale_up,
                                     no_id<Server>(),
                                     fabric,
                                     "what joins the GPUs of the chassis or rack"))
        .needed();
    table
        .add(reference_field<Server>(
            "scale_out", &Server::scale_out, no_id<Server>(), fabric, "what joins servers"))
        .needed();
    table.field("host_power",
                &Server::host_power,
                Dimension::power,
                "everything but the GPUs, for the whole chassis, under load");
    return table.build();
}

std::shared_ptr<const Table> llm_table() {
    TableOf<Llm> table("model");
    table.field("name", &Llm::name, "name for people").needed();
    table.field("hidden", &Llm::hidden, "model width").at_least(1).needed();
    table.field("vocab", &Llm::vocab, "vocabulary").at_least(1).needed();
    table.field("tied_embeddings", &Llm::tied_embeddings, "the output projection is the embedding");
    table.field("learned_positions", &Llm::learned_positions, "learned position embeddings");
    table.field("max_context", &Llm::max_context, "longest sequence, tokens").at_least(1).needed();
    table.list("layer_groups", &Llm::layer_groups, layer_group_table(), "groups of equal layers")
        .needed();
    table.field("samples_with_sort",
                &Llm::samples_with_sort,
                "its usual generation settings sort the vocabulary (top-p, top-k)");
    table.field("published_total_parameters",
                &Llm::published_total_parameters,
                Dimension::parameters,
                "as its authors print them; 0 if unknown");
    table.field("published_active_parameters",
                &Llm::published_active_parameters,
                Dimension::parameters,
                "as its authors print them; 0 if unknown");
    return table.build();
}

}  // namespace plimsoll
