#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/units.h"

namespace plimsoll {

/// What a user's hardware is; decides how it is cooled, carried and charged.
enum class DeviceKind { phone, laptop, desktop, board, car };

/// A measured speed of one model on a device. What was not measured is absent.
struct DeviceSpeed {
    /// Name in the catalog of models where it has one.
    std::string model;
    /// Format of the weights ("w4a16", "Q4_0").
    std::string quantisation;
    /// Program and unit it ran on ("llama.cpp, GPU").
    std::string runtime;
    std::optional<TokensPerSecond> prefill;
    /// At the start, while the device is cool.
    std::optional<TokensPerSecond> decode;
    /// After minutes of work.
    std::optional<TokensPerSecond> decode_hot;
    std::optional<Seconds> ttft;
    /// Weights, cache and buffers of the process.
    std::optional<Bytes> memory;
    std::optional<Watts> power;
    std::optional<JoulesPerToken> energy;
};

/// A phone, laptop, desktop, board or car that can run a model. What its maker does not say is
/// absent.
struct Device {
    std::string name;
    /// System on a chip, or the graphics card that computes.
    std::string soc;
    DeviceKind kind = DeviceKind::phone;
    int year = 0;
    /// Neural engine as its maker prints it: low precision, often sparse.
    std::optional<FlopsPerSecond> npu_peak;
    std::optional<FlopsPerSecond> gpu_fp16_peak;
    /// Of the whole device; the system and other programs hold a part of it.
    std::optional<Bytes> memory;
    std::optional<BytesPerSecond> memory_bandwidth;
    /// Absent where it lives on mains.
    std::optional<Joules> battery;
    /// What it can give off as heat for long.
    std::optional<Watts> sustained_power;
    /// For seconds.
    std::optional<Watts> peak_power;
    /// Decode rate when hot / when cool: decode(t) = hot + (cool - hot) exp(-t / heat_time).
    std::optional<double> hot_share;
    std::optional<Seconds> heat_time;
    std::optional<Seconds> recovery_time;
    std::optional<Usd> price;
    std::vector<DeviceSpeed> speeds;
};

}  // namespace plimsoll
