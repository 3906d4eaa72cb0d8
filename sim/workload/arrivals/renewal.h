#pragma once

#include "sim/params.h"
#include "sim/workload/arrival.h"
#include "sim/workload/gap_law.h"
#include "sim/workload/rate_function.h"

namespace plimsoll {

/// Options that several arrival processes share.
[[nodiscard]] constexpr ParamField rate_field(std::string_view help) {
    return {.stem = "rate",
            .dimension = Dimension::rate,
            .default_value = {},
            .minimum = 1e-9,
            .help = help,
            .required = true};
}
[[nodiscard]] constexpr ParamField gap_cv_field(std::string_view help) {
    return {.stem = "cv",
            .default_value = 1.0,
            .minimum = kMinGapCv,
            .maximum = kMaxGapCv,
            .help = help};
}

/// The law of `family`, exponential where its variation is 1 anyway.
[[nodiscard]] GapLaw gap_law(GapFamily family, double cv);

/// Arrivals along a rate curve: gaps of mean 1, spent on the area under it.
class ModulatedArrivals final : public ArrivalProcess {
public:
    ModulatedArrivals(RateClock clock, GapLaw law, Stream stream);

private:
    [[nodiscard]] double do_next_s() const override { return next_s_; }
    [[nodiscard]] ArrivalDraw do_take() override;

    Stream stream_;
    RateClock clock_;
    GapLaw law_;
    double next_s_;
};

}  // namespace plimsoll
