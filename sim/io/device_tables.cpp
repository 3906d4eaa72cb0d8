#include "sim/io/device_tables.h"

#include "models/device.h"
#include "sim/io/provenance.h"

namespace plimsoll {
namespace {

std::shared_ptr<const Table> speed_table() {
    TableOf<DeviceSpeed> table("measured speed");
    using S = DeviceSpeed;
    table.field("model", &S::model, "name in the catalog where it has one").needed();
    table.field("quantisation", &S::quantisation, "format of the weights").needed();
    table.field("runtime", &S::runtime, "program and unit it ran on").needed();
    table.field("prefill", &S::prefill, Dimension::token_rate, "prompt tokens").above(0);
    table.field("decode", &S::decode, Dimension::token_rate, "output tokens, cool").above(0);
    table.field("decode_hot", &S::decode_hot, Dimension::token_rate, "after minutes").above(0);
    table.field("ttft", &S::ttft, Dimension::time, "first token").above(0);
    table.field("memory", &S::memory, Dimension::bytes, "of the process").in("mb").above(0);
    table.field("power", &S::power, Dimension::power, "while it runs").above(0);
    table.field("energy", &S::energy, Dimension::energy_per_token, "of an output token").above(0);
    add_row_sources(table);
    return table.build();
}

}  // namespace

std::shared_ptr<const Table> device_table() {
    TableOf<Device> table("device");
    using D = Device;
    table.field("name", &D::name, "name for people").needed();
    table.field("soc", &D::soc, "chip that computes");
    table
        .word("kind",
              &D::kind,
              Words<DeviceKind>{{DeviceKind::phone, "phone"},
                                {DeviceKind::laptop, "laptop"},
                                {DeviceKind::desktop, "desktop"},
                                {DeviceKind::board, "board"},
                                {DeviceKind::car, "car"}},
              "what it is")
        .needed();
    table.field("year", &D::year, "of its first sale").needed();
    table
        .field("npu_peak",
               &D::npu_peak,
               Dimension::flop_rate,
               "neural engine as its maker prints it, low precision, often sparse")
        .in("tops")
        .above(0);
    table.field("gpu_fp16_peak", &D::gpu_fp16_peak, Dimension::flop_rate, "dense peak of its GPU")
        .above(0);
    table.field("memory", &D::memory, Dimension::bytes, "of the whole device").in("gb").above(0);
    table
        .field("memory_bandwidth", &D::memory_bandwidth, Dimension::bandwidth, "of its main memory")
        .above(0);
    table.field("battery", &D::battery, Dimension::energy, "absent: mains").above(0);
    table
        .field("sustained_power",
               &D::sustained_power,
               Dimension::power,
               "what it can give off as heat for long")
        .above(0);
    table.field("peak_power", &D::peak_power, Dimension::power, "for seconds").above(0);
    table.field("hot_share", &D::hot_share, "decode rate when hot, as a share of cool")
        .above(0)
        .at_most(1);
    table.field("heat_time", &D::heat_time, Dimension::time, "time constant of throttling")
        .above(0);
    table
        .field("recovery_time", &D::recovery_time, Dimension::time, "time constant of cooling down")
        .above(0);
    table.field("price", &D::price, Dimension::money, "list price").above(0);
    table.list("speeds", &D::speeds, speed_table(), "measured speeds of models");
    return table.build();
}

}  // namespace plimsoll
