#include "sim/metrics.h"

#include <doctest/doctest.h>

#include "models/contract.h"
#include "sim/random.h"

using namespace plimsoll;

namespace {

std::vector<RequestClass> one_class(std::vector<SloTerm> slo = {}) {
    RequestClass one;
    one.name = "chat";
    one.slo = std::move(slo);
    return {one};
}

/// Queues 0.1 s, first token 0.3 s after arrival, then 20 ms a token.
RequestRecord request_at(double arrival_s, std::int32_t output_tokens = 11) {
    RequestRecord record;
    record.prompt_tokens = 100;
    record.output_tokens = output_tokens;
    record.arrival_s = arrival_s;
    record.admitted_s = arrival_s + 0.1;
    record.first_token_s = arrival_s + 0.3;
    record.end_s = record.first_token_s + 0.02 * (output_tokens - 1);
    return record;
}

RunFacts ten_seconds() { return {.simulated_s = 10.0, .arrivals_end_s = 10.0, .pools = {}}; }

constexpr double kBucket = QuantileSketch::kRelativeError;

}  // namespace

TEST_CASE("metrics: latencies follow from the dates of a request") {
    MetricsCollector metrics(one_class(), Seconds(0.0));
    metrics.fold(request_at(1.0));
    const Summary summary = summarize(metrics, ten_seconds());
    CHECK(summary.latency.queue_s->mean == doctest::Approx(0.1));
    CHECK(summary.latency.ttft_s->mean == doctest::Approx(0.3));
    // 0.3 + 10 * 0.02.
    CHECK(summary.latency.e2e_s->mean == doctest::Approx(0.5));
    CHECK(summary.latency.tpot_s->mean == doctest::Approx(0.02));
    CHECK(summary.latency.tpot_s->p99 == doctest::Approx(0.02));
    CHECK_FALSE(summary.latency.itl_s.has_value());
    CHECK_FALSE(summary.latency.client_ttft_s.has_value());
    CHECK_FALSE(summary.slo.attainment.has_value());
    CHECK(summary.slo.terms.empty());
}

TEST_CASE("metrics: rates are counts over the time simulated") {
    MetricsCollector metrics(one_class(), Seconds(0.0));
    for (int i = 0; i < 20; ++i) metrics.fold(request_at(0.25 * i));
    const Summary summary =
        summarize(metrics, {.simulated_s = 10.0, .arrivals_end_s = 5.0, .pools = {}});
    CHECK(summary.rates.offered_rps == doctest::Approx(20 / 5.0));
    CHECK(summary.rates.completed_rps == doctest::Approx(20 / 10.0));
    CHECK(summary.rates.goodput_rps == doctest::Approx(20 / 10.0));
    CHECK(summary.rates.prompt_throughput_tok_s == doctest::Approx(20 * 100 / 10.0));
    CHECK(summary.rates.output_throughput_tok_s == doctest::Approx(20 * 11 / 10.0));
    CHECK(summary.rates.total_throughput_tok_s == doctest::Approx(20 * 111 / 10.0));
}

TEST_CASE("metrics: a one-token answer has no TPOT and cannot miss a TPOT limit") {
    MetricsCollector metrics(one_class({{SloMetric::tpot, 0.9, Seconds(1e-9)}}), Seconds(0.0));
    metrics.fold(request_at(0.0, 1));
    const Summary summary = summarize(metrics, ten_seconds());
    CHECK_FALSE(summary.latency.tpot_s.has_value());
    CHECK(summary.slo.attainment == 1.0);
    CHECK(summary.slo.terms[0].met);
    CHECK_FALSE(summary.slo.terms[0].value.has_value());
}

TEST_CASE("metrics: a joint SLO is judged request by request") {
    // Half the requests miss TTFT, the other half miss TPOT: each term holds for 50 %, both for
    // none.
    MetricsCollector metrics(
        one_class({{SloMetric::ttft, 0.5, Seconds(0.35)}, {SloMetric::tpot, 0.6, Seconds(0.025)}}),
        Seconds(0.0));
    for (int i = 0; i < 10; ++i) {
        RequestRecord record = request_at(0.1 * i);
        if (i % 2 == 0) {
            record.first_token_s += 0.2;
            record.end_s += 0.2;
        } else {
            record.end_s += 0.1;
        }
        metrics.fold(record);
    }
    const Summary summary = summarize(metrics, ten_seconds());
    CHECK(summary.slo.attainment == 0.0);
    CHECK(summary.rates.goodput_rps == 0.0);
    CHECK(summary.slo.terms[0].attainment == 0.5);
    CHECK(summary.slo.terms[0].met);
    CHECK_FALSE(summary.slo.terms[1].met);
    CHECK(summary.slo.terms[1].metric == "tpot");
    CHECK(summary.slo.terms[1].class_name == "chat");
    // The 60 % point of 0.02 (x5) and 0.03 (x5) is 0.03.
    CHECK(*summary.slo.terms[1].value == doctest::Approx(0.03).epsilon(kBucket));
}

TEST_CASE("metrics: rejected and timed-out requests miss every term and have no latency") {
    MetricsCollector metrics(one_class({{SloMetric::e2e, 0.9, Seconds(1.0)}}), Seconds(0.0));
    for (int i = 0; i < 8; ++i) metrics.fold(request_at(i));
    RequestRecord lost;
    lost.outcome = Outcome::rejected;
    metrics.fold(lost);
    lost.outcome = Outcome::timed_out;
    metrics.fold(lost);
    const Summary summary = summarize(metrics, ten_seconds());
    CHECK(summary.requests.arrived == 10.0);
    CHECK(summary.requests.completed == 8.0);
    CHECK(summary.requests.rejected == 1.0);
    CHECK(summary.requests.timed_out == 1.0);
    CHECK(summary.slo.attainment == 0.8);
    CHECK_FALSE(summary.slo.terms[0].met);
    CHECK(summary.latency.e2e_s->max == doctest::Approx(0.5));
    CHECK(summary.slo.attainment_interval->low < 0.8);
    CHECK(summary.slo.attainment_interval->high > 0.8);
}

TEST_CASE("metrics: warm-up requests are counted but not scored") {
    MetricsCollector metrics(one_class({{SloMetric::ttft, 0.9, Seconds(0.35)}}), Seconds(5.0));
    RequestRecord slow = request_at(1.0);
    slow.first_token_s += 2.0;
    slow.end_s += 2.0;
    metrics.fold(slow);
    metrics.fold(request_at(4.9));
    for (int i = 5; i < 9; ++i) metrics.fold(request_at(i));
    metrics.fold_itl({.class_index = 0, .date_s = 4.0, .gap_s = 9.0});
    metrics.fold_itl({.class_index = 0, .date_s = 6.0, .gap_s = 0.02});
    const Summary summary = summarize(metrics, ten_seconds());
    CHECK(summary.requests.arrived == 6.0);
    CHECK(summary.slo.attainment == 1.0);
    CHECK(summary.latency.ttft_s->max == doctest::Approx(0.3));
    CHECK(summary.latency.itl_s->max == 0.02);
    // 4 scored arrivals in 5 s; the request that arrived at 4.9 ended inside the window too.
    CHECK(summary.rates.offered_rps == doctest::Approx(4 / 5.0));
    CHECK(summary.rates.completed_rps == doctest::Approx(5 / 5.0));
}

TEST_CASE("metrics: an unfinished request misses an SLO only when already past its limit") {
    const auto attainment = [](SloTerm term, UnfinishedRequest request) {
        MetricsCollector metrics(one_class({term}), Seconds(0.0));
        metrics.fold_unfinished(request, 10.0);
        return summarize(metrics, ten_seconds()).slo.attainment;
    };
    const UnfinishedRequest queued{.output_tokens = 101, .arrival_s = 9.0};
    const UnfinishedRequest decoding{
        .output_tokens = 101, .arrival_s = 7.0, .admitted_s = 7.5, .first_token_s = 8.0};
    // Waiting for 1 s: past a limit of 0.5 s, undecided against 2 s.
    CHECK(attainment({SloMetric::ttft, 0.9, Seconds(0.5)}, queued) == 0.0);
    CHECK_FALSE(attainment({SloMetric::ttft, 0.9, Seconds(2.0)}, queued).has_value());
    CHECK(attainment({SloMetric::queue, 0.9, Seconds(0.5)}, queued) == 0.0);
    CHECK_FALSE(attainment({SloMetric::tpot, 0.9, Seconds(1e-9)}, queued).has_value());
    // Its first token took 1 s: settled. Its end is open until 3 s have passed.
    CHECK(attainment({SloMetric::ttft, 0.9, Seconds(1.5)}, decoding) == 1.0);
    CHECK(attainment({SloMetric::ttft, 0.9, Seconds(0.5)}, decoding) == 0.0);
    CHECK(attainment({SloMetric::queue, 0.9, Seconds(0.6)}, decoding) == 1.0);
    CHECK(attainment({SloMetric::e2e, 0.9, Seconds(2.9)}, decoding) == 0.0);
    CHECK_FALSE(attainment({SloMetric::e2e, 0.9, Seconds(3.1)}, decoding).has_value());
    // 2 s since the first token for 100 gaps: at least 20 ms a gap, whatever comes.
    CHECK(attainment({SloMetric::tpot, 0.9, Seconds(0.019)}, decoding) == 0.0);
    CHECK_FALSE(attainment({SloMetric::tpot, 0.9, Seconds(0.021)}, decoding).has_value());
}

TEST_CASE("metrics: arrived = completed + rejected + timed out + queued + running") {
    MetricsCollector metrics(one_class(), Seconds(3.0));
    Stream s(1, 0, "fate");
    constexpr int kRequests = 5000;
    for (int i = 0; i < kRequests; ++i) {
        const std::uint64_t fate = s.below(5);
        RequestRecord record = request_at(0.001 * i);
        if (fate == 1) record.outcome = Outcome::rejected;
        if (fate == 2) record.outcome = Outcome::timed_out;
        if (fate <= 2) metrics.fold(record);
        if (fate == 3) metrics.fold_unfinished({.arrival_s = 0.001 * i}, 10.0);
        if (fate == 4) metrics.fold_unfinished({.arrival_s = 0.001 * i, .admitted_s = 6.0}, 10.0);
    }
    const RequestCounts counts = summarize(metrics, ten_seconds()).requests;
    CHECK(counts.arrived == kRequests);
    CHECK(counts.arrived ==
          counts.completed + counts.rejected + counts.timed_out + counts.queued + counts.running);
    CHECK(counts.queued > 900.0);
    CHECK(counts.running > 900.0);
    CHECK(metrics.folded() == kRequests);
}

TEST_CASE("metrics: gaps between tokens count once for every sequence that saw them") {
    std::vector<RequestClass> classes = one_class();
    classes.push_back(classes[0]);
    classes[1].name = "batch";
    MetricsCollector metrics(classes, Seconds(0.0));
    const std::int64_t weights[] = {3, 1};
    // 0.010, 0.011, ..., 0.019 for three chats and one batch request.
    metrics.fold_itl_line({.first_s = 0.010, .slope_s = 0.001, .count = 10}, weights);
    metrics.fold_itl({.class_index = 1, .date_s = 0.0, .gap_s = 1.0});
    const Summary summary = summarize(metrics, ten_seconds());
    CHECK(summary.classes[0].second.latency.itl_s->mean == doctest::Approx(0.0145));
    CHECK(summary.classes[1].second.latency.itl_s->max == 1.0);
    // (40 * 0.0145 + 1) / 41.
    CHECK(summary.latency.itl_s->mean == doctest::Approx(1.58 / 41.0));
}

TEST_CASE("metrics: a class without an SLO does not dilute the attainment of the others") {
    std::vector<RequestClass> classes = one_class({{SloMetric::ttft, 0.9, Seconds(0.1)}});
    classes.push_back({});
    classes[1].name = "batch";
    MetricsCollector metrics(classes, Seconds(0.0));
    metrics.fold(request_at(0.0));
    RequestRecord batch = request_at(0.0);
    batch.class_index = 1;
    for (int i = 0; i < 9; ++i) metrics.fold(batch);
    const Summary summary = summarize(metrics, ten_seconds());
    CHECK(summary.slo.attainment == 0.0);
    CHECK_FALSE(summary.classes[1].second.slo.attainment.has_value());
    CHECK(summary.requests.completed == 10.0);
}

TEST_CASE("metrics: parts of a run merge to the whole") {
    const auto classes = one_class({{SloMetric::ttft, 0.99, Seconds(0.4)}});
    MetricsCollector whole(classes, Seconds(1.0));
    MetricsCollector part(classes, Seconds(1.0));
    MetricsCollector rest(classes, Seconds(1.0));
    Stream s(4, 0, "parts");
    for (int i = 0; i < 2000; ++i) {
        RequestRecord record = request_at(0.004 * i);
        const double delay = 0.1 * s.exponential();
        record.first_token_s += delay;
        record.end_s += delay;
        whole.fold(record);
        (i % 3 == 0 ? part : rest).fold(record);
    }
    part.merge(rest);
    const Summary a = summarize(whole, ten_seconds());
    const Summary b = summarize(part, ten_seconds());
    CHECK(a.requests.completed == b.requests.completed);
    CHECK(a.latency.ttft_s->p99 == b.latency.ttft_s->p99);
    CHECK(a.latency.ttft_s->mean == doctest::Approx(b.latency.ttft_s->mean).epsilon(1e-14));
    CHECK(a.slo.attainment == b.slo.attainment);
    CHECK(a.slo.terms[0].attainment == b.slo.terms[0].attainment);
}

TEST_CASE("metrics: utilization relates work to what the busy GPUs could have done") {
    PoolFacts small{.name = "small",
                    .replicas = 2.0,
                    .gpus_per_replica = 1.0,
                    .replica_s = 20.0,
                    .busy_s = 10.0,
                    .steps = 100.0,
                    .prompt_tokens = 1000.0,
                    .cached_prompt_tokens = 250.0,
                    .flops_per_gpu = 3e15,
                    .bytes_per_gpu = 5e12,
                    .peak_flops_per_s = 1e15,
                    .peak_bytes_per_s = 1e12,
                    .kv_fraction_s = 4.0,
                    .kv_peak_fraction = 0.7,
                    .sequence_s = 80.0,
                    .by_class = {},
                    .breakdown = {}};
    PoolFacts big = small;
    big.name = "big";
    big.replicas = 1.0;
    big.gpus_per_replica = 8.0;
    big.replica_s = 10.0;
    big.flops_per_gpu = 6e15;
    MetricsCollector metrics(one_class(), Seconds(0.0));
    const Summary summary =
        summarize(metrics, {.simulated_s = 10.0, .arrivals_end_s = 10.0, .pools = {small, big}});
    const Utilization& use = summary.pools[0].second.utilization;
    CHECK(use.busy_fraction == 0.5);
    CHECK(use.mfu == doctest::Approx(3e15 / (10.0 * 1e15)));
    CHECK(use.mbu == doctest::Approx(5e12 / (10.0 * 1e12)));
    CHECK(use.kv_mean_fraction == doctest::Approx(4.0 / 20.0));
    CHECK(use.mean_batch == doctest::Approx(8.0));
    CHECK(use.prefix_hit_fraction == 0.25);
    CHECK(summary.pools[0].second.step_breakdown.idle_s == doctest::Approx(10.0));
    // (3e15 * 1 + 6e15 * 8) / ((10 * 1 + 10 * 8) * 1e15).
    CHECK(summary.utilization.mfu == doctest::Approx(51.0 / 90.0));
    CHECK(summary.utilization.busy_fraction == doctest::Approx(20.0 / 30.0));
    CHECK(summary.fleet.gpus == 10.0);
    CHECK(summary.fleet.gpu_hours == doctest::Approx((20.0 + 80.0) / 3600.0));
}

TEST_CASE("metrics: dates out of order are a broken contract") {
    MetricsCollector metrics(one_class(), Seconds(0.0));
    RequestRecord record = request_at(1.0);
    record.first_token_s = 0.5;
    CHECK_THROWS_AS(metrics.fold(record), ContractViolation);
}
