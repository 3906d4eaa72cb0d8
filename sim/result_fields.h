#pragma once

#include <tuple>
#include <type_traits>

#include "sim/result.h"

namespace plimsoll {

/// What a number may be: decides where an interval around it must end.
enum class FieldRole { amount, share, number, label };

/// One member of a result: its name in JSON and where it is.
template <class T, class M>
struct ResultField {
    const char* name;
    M T::*member;
    FieldRole role;
};

/// The members of T in the order of the JSON. The only place that names them: writing, reading and
/// averaging walk these tables.
template <class T>
inline constexpr auto kFieldsOf = nullptr;

/// A struct described by a table.
template <class T>
concept Described = requires {
    std::tuple_size<decltype(kFieldsOf<T>)>::value;
};

/// Calls `visit(field)` for every member of T, in order.
template <Described T, class Visit>
constexpr void for_each_field(Visit&& visit) {
    std::apply([&](const auto&... field) { (visit(field), ...); },
               kFieldsOf<std::remove_const_t<T>>);
}

namespace result_detail {
template <class T, class M>
constexpr ResultField<T, M> amount(const char* name, M T::*member) {
    return {name, member, FieldRole::amount};
}
template <class T, class M>
constexpr ResultField<T, M> share(const char* name, M T::*member) {
    return {name, member, FieldRole::share};
}
template <class T, class M>
constexpr ResultField<T, M> number(const char* name, M T::*member) {
    return {name, member, FieldRole::number};
}
/// Not averaged: the same in every replication.
template <class T, class M>
constexpr ResultField<T, M> label(const char* name, M T::*member) {
    return {name, member, FieldRole::label};
}
}  // namespace result_detail

template <>
inline constexpr auto kFieldsOf<MadeBy> =
    std::tuple{result_detail::label("version", &MadeBy::version),
               result_detail::label("model_revision", &MadeBy::model_revision),
               result_detail::label("fidelity", &MadeBy::fidelity),
               result_detail::label("seed", &MadeBy::seed),
               result_detail::label("replications", &MadeBy::replications)};

template <>
inline constexpr auto kFieldsOf<ScenarioId> =
    std::tuple{result_detail::label("name", &ScenarioId::name),
               result_detail::label("as_of", &ScenarioId::as_of),
               result_detail::label("sha256", &ScenarioId::sha256),
               result_detail::label("catalog_sha256", &ScenarioId::catalog_sha256),
               result_detail::label("trace_sha256", &ScenarioId::trace_sha256)};

template <>
inline constexpr auto kFieldsOf<LoadAnswer> =
    std::tuple{result_detail::amount("load_at_slo_rps", &LoadAnswer::load_at_slo_rps),
               result_detail::number("headroom", &LoadAnswer::headroom),
               result_detail::label("binding", &LoadAnswer::binding)};

template <>
inline constexpr auto kFieldsOf<RequestCounts> =
    std::tuple{result_detail::amount("arrived", &RequestCounts::arrived),
               result_detail::amount("completed", &RequestCounts::completed),
               result_detail::amount("rejected", &RequestCounts::rejected),
               result_detail::amount("timed_out", &RequestCounts::timed_out),
               result_detail::amount("queued", &RequestCounts::queued),
               result_detail::amount("running", &RequestCounts::running),
               result_detail::amount("preemptions", &RequestCounts::preemptions)};

template <>
inline constexpr auto kFieldsOf<Distribution> =
    std::tuple{result_detail::amount("mean", &Distribution::mean),
               result_detail::amount("p50", &Distribution::p50),
               result_detail::amount("p90", &Distribution::p90),
               result_detail::amount("p95", &Distribution::p95),
               result_detail::amount("p99", &Distribution::p99),
               result_detail::amount("max", &Distribution::max)};

template <>
inline constexpr auto kFieldsOf<Latency> =
    std::tuple{result_detail::amount("ttft_s", &Latency::ttft_s),
               result_detail::amount("tpot_s", &Latency::tpot_s),
               result_detail::amount("itl_s", &Latency::itl_s),
               result_detail::amount("e2e_s", &Latency::e2e_s),
               result_detail::amount("queue_s", &Latency::queue_s),
               result_detail::amount("client_ttft_s", &Latency::client_ttft_s),
               result_detail::amount("first_audio_s", &Latency::first_audio_s),
               result_detail::amount("real_time_factor", &Latency::real_time_factor)};

template <>
inline constexpr auto kFieldsOf<Rates> =
    std::tuple{result_detail::amount("offered_rps", &Rates::offered_rps),
               result_detail::amount("completed_rps", &Rates::completed_rps),
               result_detail::amount("goodput_rps", &Rates::goodput_rps),
               result_detail::amount("prompt_throughput_tok_s", &Rates::prompt_throughput_tok_s),
               result_detail::amount("output_throughput_tok_s", &Rates::output_throughput_tok_s),
               result_detail::amount("total_throughput_tok_s", &Rates::total_throughput_tok_s)};

template <>
inline constexpr auto kFieldsOf<SloVerdict> =
    std::tuple{result_detail::label("class", &SloVerdict::class_name),
               result_detail::label("metric", &SloVerdict::metric),
               result_detail::label("quantile", &SloVerdict::quantile),
               result_detail::label("limit", &SloVerdict::limit),
               result_detail::amount("value", &SloVerdict::value),
               result_detail::share("attainment", &SloVerdict::attainment),
               result_detail::share("met", &SloVerdict::met)};

template <>
inline constexpr auto kFieldsOf<Interval> = std::tuple{
    result_detail::number("low", &Interval::low), result_detail::number("high", &Interval::high)};

template <>
inline constexpr auto kFieldsOf<SloSummary> =
    std::tuple{result_detail::share("attainment", &SloSummary::attainment),
               result_detail::number("attainment_interval", &SloSummary::attainment_interval),
               result_detail::number("terms", &SloSummary::terms)};

template <>
inline constexpr auto kFieldsOf<Utilization> =
    std::tuple{result_detail::share("busy_fraction", &Utilization::busy_fraction),
               result_detail::share("mfu", &Utilization::mfu),
               result_detail::share("mbu", &Utilization::mbu),
               result_detail::share("kv_mean_fraction", &Utilization::kv_mean_fraction),
               result_detail::share("kv_peak_fraction", &Utilization::kv_peak_fraction),
               result_detail::amount("mean_batch", &Utilization::mean_batch),
               result_detail::share("prefix_hit_fraction", &Utilization::prefix_hit_fraction)};

template <>
inline constexpr auto kFieldsOf<FleetSize> =
    std::tuple{result_detail::amount("gpus", &FleetSize::gpus),
               result_detail::amount("replicas", &FleetSize::replicas),
               result_detail::amount("gpu_hours", &FleetSize::gpu_hours)};

template <>
inline constexpr auto kFieldsOf<Energy> =
    std::tuple{result_detail::amount("kwh", &Energy::kwh),
               result_detail::amount("j_per_output_token", &Energy::j_per_output_token),
               result_detail::amount("kg_co2e", &Energy::kg_co2e)};

template <>
inline constexpr auto kFieldsOf<LedgerLine> =
    std::tuple{result_detail::label("site", &LedgerLine::site),
               result_detail::label("pool", &LedgerLine::pool),
               result_detail::label("component", &LedgerLine::component),
               result_detail::label("class", &LedgerLine::class_name),
               result_detail::label("phase", &LedgerLine::phase),
               result_detail::number("usd", &LedgerLine::usd),
               result_detail::amount("kwh", &LedgerLine::kwh),
               result_detail::amount("kg_co2e", &LedgerLine::kg_co2e),
               result_detail::amount("gpu_hours", &LedgerLine::gpu_hours),
               result_detail::amount("tokens", &LedgerLine::tokens)};

template <>
inline constexpr auto kFieldsOf<Cost> = std::tuple{
    result_detail::number("usd_total", &Cost::usd_total),
    result_detail::number("usd_per_hour", &Cost::usd_per_hour),
    result_detail::number("usd_per_month", &Cost::usd_per_month),
    result_detail::number("usd_per_mtok_output", &Cost::usd_per_mtok_output),
    result_detail::number("usd_per_mtok_total", &Cost::usd_per_mtok_total),
    result_detail::number("attributed_usd_per_mtok_prompt", &Cost::attributed_usd_per_mtok_prompt),
    result_detail::number("attributed_usd_per_mtok_output", &Cost::attributed_usd_per_mtok_output),
    result_detail::number("usd_per_request", &Cost::usd_per_request),
    result_detail::share("idle_share", &Cost::idle_share),
    result_detail::number("ledger", &Cost::ledger)};

template <>
inline constexpr auto kFieldsOf<StepBreakdown> =
    std::tuple{result_detail::amount("compute_s", &StepBreakdown::compute_s),
               result_detail::amount("memory_s", &StepBreakdown::memory_s),
               result_detail::amount("communication_s", &StepBreakdown::communication_s),
               result_detail::amount("launch_s", &StepBreakdown::launch_s),
               result_detail::amount("host_s", &StepBreakdown::host_s),
               result_detail::amount("gap_s", &StepBreakdown::gap_s),
               result_detail::amount("idle_s", &StepBreakdown::idle_s),
               result_detail::amount("steps", &StepBreakdown::steps)};

template <>
inline constexpr auto kFieldsOf<ClassSummary> =
    std::tuple{result_detail::number("requests", &ClassSummary::requests),
               result_detail::number("latency", &ClassSummary::latency),
               result_detail::number("rates", &ClassSummary::rates),
               result_detail::number("slo", &ClassSummary::slo),
               result_detail::number("cost", &ClassSummary::cost)};

template <>
inline constexpr auto kFieldsOf<PoolSummary> =
    std::tuple{result_detail::number("fleet", &PoolSummary::fleet),
               result_detail::number("utilization", &PoolSummary::utilization),
               result_detail::number("cost", &PoolSummary::cost),
               result_detail::number("step_breakdown", &PoolSummary::step_breakdown)};

template <>
inline constexpr auto kFieldsOf<PlaceSummary> =
    std::tuple{result_detail::number("requests", &PlaceSummary::requests),
               result_detail::number("energy", &PlaceSummary::energy),
               result_detail::number("cost", &PlaceSummary::cost)};

template <>
inline constexpr auto kFieldsOf<Summary> =
    std::tuple{result_detail::label("format", &Summary::format),
               result_detail::label("made_by", &Summary::made_by),
               result_detail::label("scenario", &Summary::scenario),
               result_detail::amount("simulated_s", &Summary::simulated_s),
               result_detail::share("saturated", &Summary::saturated),
               result_detail::share("peak_overload", &Summary::peak_overload),
               result_detail::number("answer", &Summary::answer),
               result_detail::number("requests", &Summary::requests),
               result_detail::number("latency", &Summary::latency),
               result_detail::number("rates", &Summary::rates),
               result_detail::number("slo", &Summary::slo),
               result_detail::number("utilization", &Summary::utilization),
               result_detail::number("fleet", &Summary::fleet),
               result_detail::number("energy", &Summary::energy),
               result_detail::number("cost", &Summary::cost),
               result_detail::number("classes", &Summary::classes),
               result_detail::number("pools", &Summary::pools),
               result_detail::number("sites", &Summary::sites),
               result_detail::number("devices", &Summary::devices)};

}  // namespace plimsoll
