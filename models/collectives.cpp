#include "models/collectives.h"

#include <cmath>

namespace plimsoll {
namespace {

BytesPerSecond achieved(const Fabric& fabric) {
    return fabric.bandwidth_per_direction * fabric.efficiency;
}

Seconds latency(const Fabric& fabric, int gpus) {
    return fabric.latency + std::log2(gpus) * fabric.latency_per_doubling;
}

double ring_share(int gpus) { return 2.0 * (gpus - 1) / gpus; }

}  // namespace

const Fabric& fabric_for(const Server& server, int gpus) {
    const int domain = server.scale_up.domain_gpus;
    return domain == 0 || gpus <= domain ? server.scale_up : server.scale_out;
}

Bytes all_reduce_floor_bytes(const Fabric& fabric, Bytes payload, int gpus) {
    if (gpus < 2) return Bytes{};
    return fabric.in_switch_reduction ? payload : ring_share(gpus) * payload;
}

Seconds all_reduce_time(const Fabric& fabric, Bytes payload, int gpus) {
    if (gpus < 2) return Seconds{};
    return latency(fabric, gpus) + ring_share(gpus) * payload / achieved(fabric);
}

Seconds all_to_all_time(const Fabric& fabric, Bytes sent, int gpus) {
    if (gpus < 2) return Seconds{};
    return latency(fabric, gpus) + sent / achieved(fabric);
}

Seconds point_to_point_time(const Fabric& fabric, Bytes payload) {
    return fabric.latency + payload / achieved(fabric);
}

}  // namespace plimsoll
