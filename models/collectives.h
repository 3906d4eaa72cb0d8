#pragma once

#include "models/hardware.h"

namespace plimsoll {

/// The fabric that `gpus` GPUs of `server` talk through: scale-up where its domain holds them all.
[[nodiscard]] const Fabric& fabric_for(const Server& server, int gpus);

/// Bytes that each GPU must at least send to all-reduce `payload` over `gpus`: 2 (n-1)/n of it
/// around a ring, once where the switch reduces. [Thakur05]
[[nodiscard]] Bytes all_reduce_floor_bytes(const Fabric& fabric, Bytes payload, int gpus);

/// Ring all-reduce: latency, its growth with log2 n, and 2 (n-1)/n of the payload at the achieved
/// bandwidth. Zero for one GPU. [Thakur05]
[[nodiscard]] Seconds all_reduce_time(const Fabric& fabric, Bytes payload, int gpus);

/// All-to-all of `sent` bytes leaving each GPU.
[[nodiscard]] Seconds all_to_all_time(const Fabric& fabric, Bytes sent, int gpus);

/// One message between two GPUs.
[[nodiscard]] Seconds point_to_point_time(const Fabric& fabric, Bytes payload);

}  // namespace plimsoll
