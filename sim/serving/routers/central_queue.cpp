#include "sim/serving/routers/routers.h"

namespace plimsoll {
namespace {

class CentralQueue final : public Router {
public:
    [[nodiscard]] bool shares_queue() const override { return true; }

private:
    std::optional<std::int32_t> do_choose(const RequestView& /*request*/,
                                          const FleetView& fleet) override {
        std::optional<std::int32_t> best;
        std::int64_t least = 0;
        for (std::int32_t i = 0; i < fleet.replicas(); ++i) {
            if (!fleet.has_room(i)) continue;
            const std::int64_t load = fleet.outstanding(i);
            if (!best || load < least) {
                best = i;
                least = load;
            }
        }
        return best;
    }
};

}  // namespace

std::unique_ptr<Router> make_central_queue(const PolicySpec& /*spec*/) {
    return std::make_unique<CentralQueue>();
}

}  // namespace plimsoll
