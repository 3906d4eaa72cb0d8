#include "sim/serving/routers/routers.h"

namespace plimsoll {
namespace {

class RoundRobin final : public Router {
private:
    std::optional<std::int32_t> do_choose(const RequestView& /*request*/,
                                          const FleetView& fleet) override {
        const std::int32_t index = next_;
        next_ = (next_ + 1) % fleet.replicas();
        return index;
    }

    std::int32_t next_ = 0;
};

}  // namespace

std::unique_ptr<Router> make_round_robin(const PolicySpec& /*spec*/) {
    return std::make_unique<RoundRobin>();
}

}  // namespace plimsoll
