#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/params.h"

namespace plimsoll {

/// What a router may know of a request: nothing of its output.
struct RequestView {
    std::int32_t class_index = 0;
    std::int32_t prompt_tokens = 0;
};

/// What a router may know of the replicas, at the date of the request.
class FleetView {
public:
    virtual ~FleetView() = default;
    [[nodiscard]] virtual std::int32_t replicas() const = 0;
    /// Requests running and waiting in replica `index`.
    [[nodiscard]] virtual std::int64_t outstanding(std::int32_t index) const = 0;
    /// Replica `index` could take a request into its next step.
    [[nodiscard]] virtual bool has_room(std::int32_t index) const = 0;
};

/// Chooses the replica of each request.
class Router {
public:
    virtual ~Router() = default;
    /// The replica for `request`, or nothing: it waits in the queue that all replicas share, from
    /// which they help themselves in order of arrival. Ensures the index is valid.
    [[nodiscard]] std::optional<std::int32_t> choose(const RequestView& request,
                                                     const FleetView& fleet);
    /// This router may leave requests in the shared queue.
    [[nodiscard]] virtual bool shares_queue() const { return false; }

private:
    [[nodiscard]] virtual std::optional<std::int32_t> do_choose(const RequestView& request,
                                                                const FleetView& fleet) = 0;
};

/// The router that `spec` names. Expects a registered kind (router_kinds()).
[[nodiscard]] std::unique_ptr<Router> make_router(const PolicySpec& spec);

}  // namespace plimsoll
