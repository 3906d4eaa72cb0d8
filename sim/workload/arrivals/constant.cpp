#include <array>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"

namespace plimsoll {
namespace {

constexpr std::array<ParamField, 1> kFields{ParamField{.stem = "rate",
                                                       .dimension = Dimension::rate,
                                                       .default_value = {},
                                                       .minimum = 1e-9,
                                                       .help = "arrivals per second",
                                                       .required = true}};

/// Arrival k at k / rate.
class Constant final : public ArrivalProcess {
public:
    explicit Constant(double rate) : rate_(rate) {}

private:
    [[nodiscard]] double do_next_s() const override { return static_cast<double>(index_) / rate_; }
    [[nodiscard]] ArrivalDraw do_take() override {
        const ArrivalDraw draw{.date_s = do_next_s()};
        ++index_;
        return draw;
    }

    double rate_;
    std::int64_t index_ = 0;
};

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream /*stream*/, double load) {
    const double rate = spec.number("rate", 0.0) * load;
    PLIMSOLL_EXPECTS(rate > 0.0);
    return std::make_unique<Constant>(rate);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    return {.rate = PerSecond(spec.number("rate", 0.0)), .think_time = {}, .span = {}, .scv = 0.0};
}

}  // namespace

ArrivalKind constant_arrivals() {
    return {{"constant", "arrivals at equal distances, the first at 0", kFields}, make, rate_of};
}

}  // namespace plimsoll
