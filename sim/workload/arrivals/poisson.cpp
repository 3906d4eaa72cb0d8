#include <array>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"

namespace plimsoll {
namespace {

constexpr std::array<ParamField, 1> kFields{ParamField{.stem = "rate",
                                                       .dimension = Dimension::rate,
                                                       .default_value = {},
                                                       .minimum = 1e-9,
                                                       .help = "mean arrivals per second",
                                                       .required = true}};

/// Exponential gaps.
class Poisson final : public ArrivalProcess {
public:
    Poisson(double rate, Stream stream) : stream_(stream), mean_gap_s_(1.0 / rate) { advance(); }

private:
    [[nodiscard]] double do_next_s() const override { return next_s_; }
    [[nodiscard]] ArrivalDraw do_take() override {
        const ArrivalDraw draw{.date_s = next_s_};
        advance();
        return draw;
    }
    void advance() { next_s_ += mean_gap_s_ * stream_.exponential(); }

    Stream stream_;
    double mean_gap_s_;
    double next_s_ = 0.0;
};

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    const double rate = spec.number("rate", 0.0) * load;
    PLIMSOLL_EXPECTS(rate > 0.0);
    return std::make_unique<Poisson>(rate, stream);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    return {.rate = PerSecond(spec.number("rate", 0.0)), .think_time = {}, .span = {}};
}

}  // namespace

ArrivalKind poisson_arrivals() {
    return {{"poisson", "independent arrivals at a constant mean rate", kFields}, make, rate_of};
}

}  // namespace plimsoll
