#include "sim/serving/router.h"

#include <array>
#include <string_view>

#include "models/contract.h"
#include "sim/serving/routers/routers.h"

namespace plimsoll {
namespace {

struct Row {
    std::string_view name;
    std::unique_ptr<Router> (*make)(const PolicySpec& spec);
};

constexpr std::array<Row, 3> kRouters{{
    {"round_robin", make_round_robin},
    {"least_loaded", make_least_loaded},
    {"central_queue", make_central_queue},
}};

}  // namespace

std::optional<std::int32_t> Router::choose(const RequestView& request, const FleetView& fleet) {
    const auto index = do_choose(request, fleet);
    PLIMSOLL_ENSURES(!index || (*index >= 0 && *index < fleet.replicas()));
    PLIMSOLL_ENSURES(index || shares_queue());
    return index;
}

std::unique_ptr<Router> make_router(const PolicySpec& spec) {
    for (const Row& row : kRouters) {
        if (row.name == spec.kind) return row.make(spec);
    }
    contract_failed("expects", "a registered router", __FILE__, __LINE__);
}

}  // namespace plimsoll
