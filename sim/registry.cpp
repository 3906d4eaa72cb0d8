#include "sim/registry.h"

#include <array>

#include "models/contract.h"
#include "sim/scenario.h"
#include "sim/workload/arrivals/arrivals.h"
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
                                 diurnal_arrivals(),
                                 profile_arrivals(),
                                 closed_loop_arrivals(),
                                 trace_arrivals()};
    return rows;
}

const auto& length_rows() {
    static const std::array rows{fixed_lengths(),
                                 geometric_lengths(),
                                 exponential_lengths(),
                                 lognormal_lengths(),
                                 quantile_lengths(),
                                 trace_lengths()};
    return rows;
}

const ArrivalKind& arrival_row(const PolicySpec& spec) {
    for (const ArrivalKind& kind : arrival_rows())
        if (kind.info.name == spec.kind) return kind;
    contract_failed("expects", "a registered arrival kind", __FILE__, __LINE__);
}

const LengthKind& length_row(const PolicySpec& spec) {
    for (const LengthKind& kind : length_rows())
        if (kind.info.name == spec.kind) return kind;
    contract_failed("expects", "a registered length kind", __FILE__, __LINE__);
}

}  // namespace

std::span<const ArrivalKind> arrival_registry() { return arrival_rows(); }
std::span<const LengthKind> length_registry() { return length_rows(); }

std::span<const PolicyInfo> arrival_kinds() {
    static const auto infos = infos_of(arrival_rows());
    return infos;
}

std::span<const PolicyInfo> length_kinds() {
    static const auto infos = infos_of(length_rows());
    return infos;
}

std::optional<std::string> arrival_problem(const PolicySpec& spec) {
    const ArrivalKind& row = arrival_row(spec);
    return row.problem == nullptr ? std::nullopt : row.problem(spec);
}

bool brings_lengths(const PolicySpec& spec) { return arrival_row(spec).brings_lengths; }

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
