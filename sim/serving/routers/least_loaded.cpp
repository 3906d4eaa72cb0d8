#include "sim/serving/routers/routers.h"

namespace plimsoll {
namespace {

class LeastLoaded final : public Router {
private:
    std::optional<std::int32_t> do_choose(const RequestView& /*request*/,
                                          const FleetView& fleet) override {
        std::int32_t best = 0;
        std::int64_t least = fleet.outstanding(0);
        for (std::int32_t i = 1; i < fleet.replicas() && least > 0; ++i) {
            const std::int64_t load = fleet.outstanding(i);
            if (load < least) {
                least = load;
                best = i;
            }
        }
        return best;
    }
};

}  // namespace

std::unique_ptr<Router> make_least_loaded(const PolicySpec& /*spec*/) {
    return std::make_unique<LeastLoaded>();
}

}  // namespace plimsoll
