#include "sim/io/world_tables.h"

#include "models/grid.h"
#include "models/network.h"

namespace plimsoll {

std::shared_ptr<const Table> network_table() {
    TableOf<AccessNetwork> table("access network");
    using N = AccessNetwork;
    const Dimension energy = Dimension::energy_per_bytes;
    table.field("name", &N::name, "name for people").needed();
    table.field("rtt_p50", &N::rtt_p50, Dimension::time, "round trip to the nearest edge, median")
        .in("ms")
        .above(0)
        .needed();
    table.field("rtt_p95", &N::rtt_p95, Dimension::time, "and its 95th percentile")
        .in("ms")
        .above(0);
    table.field("jitter", &N::jitter, Dimension::time, "change from packet to packet").in("ms");
    table.field("loss", &N::loss, "share of packets lost").at_most(1);
    table.field("up_p50", &N::up_p50, Dimension::bandwidth, "median uplink")
        .in("mbit_per_s")
        .above(0);
    table.field("down_p50", &N::down_p50, Dimension::bandwidth, "median downlink")
        .in("mbit_per_s")
        .above(0);
    table.field("energy_average", &N::energy_average, energy, "all energy over all traffic");
    table.field("energy_marginal", &N::energy_marginal, energy, "what one more byte adds");
    table.field("radio_power", &N::radio_power, Dimension::power, "of the user's radio");
    return table.build();
}

std::shared_ptr<const Table> region_table() {
    TableOf<RegionPair> pair("round trip");
    pair.field("from", &RegionPair::from, "region that measured").needed();
    pair.field("to", &RegionPair::to, "region that answered").needed();
    pair.field("round_trip", &RegionPair::round_trip, Dimension::time, "mean")
        .in("ms")
        .above(0)
        .needed();

    TableOf<RegionMatrix> table("regions");
    using M = RegionMatrix;
    table.field("name", &M::name, "name for people").needed();
    table.field("inside_zone", &M::inside_zone, Dimension::time, "round trip inside a zone")
        .in("ms");
    table.field("between_zones", &M::between_zones, Dimension::time, "between zones of a region")
        .in("ms");
    table.list("pairs", &M::pairs, pair.build(), "round trips, each direction").needed();
    return table.build();
}

std::shared_ptr<const Table> grid_table() {
    TableOf<Grid> table("grid");
    table.field("name", &Grid::name, "name for people").needed();
    table.field("carbon", &Grid::carbon, Dimension::carbon_per_energy, "CO2e of electricity");
    table.field("electricity", &Grid::electricity, Dimension::usd_per_energy, "price for industry");
    return table.build();
}

std::shared_ptr<const Table> facility_table() {
    TableOf<Building> table("facility");
    using F = Building;
    table.field("name", &F::name, "name for people").needed();
    table.field("pue", &F::pue, "facility power / IT power").at_least(1).needed();
    table.field("colocation",
                &F::colocation,
                Dimension::usd_per_power_month,
                "space, power and cooling, electricity included");
    table.field("water_litres_per_kwh", &F::water_litres_per_kwh, "litres for cooling");
    table.field("build", &F::build, Dimension::usd_per_power, "shell, power and cooling");
    return table.build();
}

}  // namespace plimsoll
