#include "sim/workload/arrival.h"

#include <algorithm>
#include <cmath>

#include "models/contract.h"
#include "sim/registry.h"

namespace plimsoll {

ArrivalDraw ArrivalProcess::take() {
    PLIMSOLL_EXPECTS(next_s() < kNever);
    const ArrivalDraw draw = do_take();
    PLIMSOLL_ENSURES(draw.date_s >= last_s_);
    last_s_ = draw.date_s;
    return draw;
}

void ArrivalProcess::do_on_end(double /*date_s*/, const RequestEnd& /*end*/) {}

std::int32_t LengthDistribution::draw(Stream& stream) const {
    const double tokens = do_draw(stream);
    PLIMSOLL_ENSURES(tokens >= 1.0 && tokens <= kMaxTokens);
    return static_cast<std::int32_t>(tokens);
}

std::int32_t LengthDistribution::draw_at(double z, Stream& stream) const {
    const double tokens = do_draw_at(z, stream);
    PLIMSOLL_ENSURES(tokens >= 1.0 && tokens <= kMaxTokens);
    return static_cast<std::int32_t>(tokens);
}

std::unique_ptr<ArrivalProcess> make_arrival(const PolicySpec& spec, Stream stream, double load) {
    PLIMSOLL_EXPECTS(load > 0.0);
    return arrival_kind(spec).make(spec, stream, load);
}

std::unique_ptr<LengthDistribution> make_lengths(const PolicySpec& spec) {
    for (const LengthKind& kind : length_registry())
        if (kind.info.name == spec.kind && kind.make != nullptr) return kind.make(spec);
    contract_failed("expects", "a registered length kind other than trace", __FILE__, __LINE__);
}

ArrivalRate arrival_rate(const PolicySpec& spec) { return arrival_kind(spec).rate(spec); }

}  // namespace plimsoll
