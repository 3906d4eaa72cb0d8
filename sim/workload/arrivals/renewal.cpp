#include "sim/workload/arrivals/renewal.h"

#include <array>
#include <utility>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"

namespace plimsoll {
namespace {

constexpr std::array<ParamField, 2> kFields{
    rate_field("mean arrivals per second"),
    ParamField{.stem = "cv",
               .default_value = {},
               .minimum = kMinGapCv,
               .maximum = kMaxGapCv,
               .help = "coefficient of variation of the times between arrivals",
               .required = true}};

/// Independent gaps at a constant mean rate.
class RenewalArrivals final : public ArrivalProcess {
public:
    RenewalArrivals(double rate, GapLaw law, Stream stream)
        : stream_(stream), law_(law), mean_gap_s_(1.0 / rate) {
        next_s_ = mean_gap_s_ * law_.first(stream_);
    }

private:
    [[nodiscard]] double do_next_s() const override { return next_s_; }
    [[nodiscard]] ArrivalDraw do_take() override {
        const ArrivalDraw draw{.date_s = next_s_};
        next_s_ += mean_gap_s_ * law_.draw(stream_);
        return draw;
    }

    Stream stream_;
    GapLaw law_;
    double mean_gap_s_;
    double next_s_ = 0.0;
};

template <GapFamily family>
std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    const double rate = spec.number("rate", 0.0) * load;
    PLIMSOLL_EXPECTS(rate > 0.0);
    return std::make_unique<RenewalArrivals>(rate, GapLaw(family, spec.number("cv", 1.0)), stream);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    const double cv = spec.number("cv", 1.0);
    return {
        .rate = PerSecond(spec.number("rate", 0.0)), .think_time = {}, .span = {}, .scv = cv * cv};
}

}  // namespace

GapLaw gap_law(GapFamily family, double cv) { return cv == 1.0 ? GapLaw() : GapLaw(family, cv); }

ModulatedArrivals::ModulatedArrivals(RateClock clock, GapLaw law, Stream stream)
    : stream_(stream), clock_(std::move(clock)), law_(law) {
    next_s_ = clock_.advance(law_.first(stream_));
}

ArrivalDraw ModulatedArrivals::do_take() {
    const ArrivalDraw draw{.date_s = next_s_};
    next_s_ = clock_.advance(law_.draw(stream_));
    return draw;
}

ArrivalKind gamma_arrivals() {
    return {.info = {"gamma", "independent gaps of a gamma density", kFields},
            .make = make<GapFamily::gamma>,
            .rate = rate_of};
}

ArrivalKind weibull_arrivals() {
    return {.info = {"weibull", "independent gaps of a Weibull density", kFields},
            .make = make<GapFamily::weibull>,
            .rate = rate_of};
}

}  // namespace plimsoll
