#include "sim/registry.h"

#include <array>

#include "models/contract.h"
#include "sim/scenario.h"
#include "sim/workload/arrivals/arrivals.h"
#include "sim/workload/joint_lengths.h"
#include "sim/workload/lengths.h"

namespace plimsoll {
namespace {

template <class Rows>
auto infos_of(const Rows& rows) {
    std::array<PolicyInfo, std::tuple_size_v<Rows>> infos{};
    for (std::size_t i = 0; i < rows.size(); ++i) infos[i] = rows[i].info;
    return infos;
}

const auto& arrival_rows() {
    static const std::array rows{poisson_arrivals(),
                                 constant_arrivals(),
                                 gamma_arrivals(),
                                 weibull_arrivals(),
                                 mmpp_arrivals(),
                                 hawkes_arrivals(),
                                 diurnal_arrivals(),
                                 profile_arrivals(),
                                 clients_arrivals(),
                                 sessions_arrivals(),
                                 servegen_arrivals(),
                                 closed_loop_arrivals(),
                                 trace_arrivals()};
    return rows;
}

const auto& length_rows() {
    static const std::array rows{fixed_lengths(),
                                 geometric_lengths(),
                                 exponential_lengths(),
                                 lognormal_lengths(),
                                 pareto_lengths(),
                                 quantile_lengths(),
                                 mixture_lengths(),
                                 trace_lengths()};
    return rows;
}

const LengthKind& length_row(const PolicySpec& spec) {
    for (const LengthKind& kind : length_rows())
        if (kind.info.name == spec.kind) return kind;
    contract_failed("expects", "a registered length kind", __FILE__, __LINE__);
}

}  // namespace

std::span<const ArrivalKind> arrival_registry() { return arrival_rows(); }
std::span<const LengthKind> length_registry() { return length_rows(); }

const ArrivalKind& arrival_kind(const PolicySpec& spec) {
    for (const ArrivalKind& kind : arrival_rows())
        if (kind.info.name == spec.kind) return kind;
    contract_failed("expects", "a registered arrival kind", __FILE__, __LINE__);
}

std::span<const PolicyInfo> arrival_kinds() {
    static const auto infos = infos_of(arrival_rows());
    return infos;
}

std::span<const PolicyInfo> length_kinds() {
    static const auto infos = infos_of(length_rows());
    return infos;
}

std::span<const PolicyInfo> mixed_length_kinds() {
    // All but mixtures and traces, which stand last.
    return length_kinds().first(length_kinds().size() - 2);
}

std::optional<std::string> arrival_problem(const PolicySpec& spec) {
    const ArrivalKind& row = arrival_kind(spec);
    return row.problem == nullptr ? std::nullopt : row.problem(spec);
}

bool brings_lengths(const PolicySpec& spec) { return arrival_kind(spec).lengths != nullptr; }

std::span<const PolicyInfo> joint_length_kinds() {
    static const std::array infos{joint_lengths_info()};
    return infos;
}

std::optional<std::string> length_problem(const PolicySpec& spec) {
    const LengthKind& row = length_row(spec);
    return row.problem == nullptr ? std::nullopt : row.problem(spec);
}

LengthMoments length_moments(const PolicySpec& spec) {
    const LengthKind& row = length_row(spec);
    PLIMSOLL_EXPECTS(row.moments != nullptr);
    return row.moments(spec);
}

}  // namespace plimsoll
