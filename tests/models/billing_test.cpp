#include "models/billing.h"

#include <cmath>

#include <doctest/doctest.h>

using namespace plimsoll;

namespace {

/// Four GPUs at $2.50 an hour over one hour: a quarter at prompts, half at output, a quarter idle.
PoolBill bill() {
    return {.site = "",
            .pool = "main",
            .gpus = 4.0,
            .split = {.prompt = 0.25 * hour, .output = 0.5 * hour, .idle = 0.25 * hour},
            .lines = {{.component = Component::rent, .per_gpu = 2.5 * usd / hour}},
            .idle_energy = 1.0 * kWh,
            .work_energy = 3.0 * kWh,
            .facility = {.pue = 1.2, .carbon = 0.5 * kilogram / kWh},
            .classes = {{.name = "chat",
                         .prompt_weight = 3.0,
                         .output_weight = 1.0,
                         .prompt_tokens = 2e6 * token,
                         .output_tokens = 1e6 * token},
                        {.name = "batch",
                         .prompt_weight = 1.0,
                         .output_weight = 1.0,
                         .prompt_tokens = 1e6 * token,
                         .output_tokens = 1e6 * token}}};
}

}  // namespace

TEST_CASE("billing: cost, time, energy and tokens are each posted once") {
    Ledger ledger;
    post_bill(ledger, bill());
    const Amounts total = ledger.total();
    CHECK(total.usd.in(usd) == doctest::Approx(10.0));
    CHECK(total.gpu_time.in(hour) == doctest::Approx(4.0));
    CHECK(total.energy.in(kWh) == doctest::Approx(4.8));
    CHECK(total.co2e.in(kilogram) == doctest::Approx(2.4));
    CHECK(total.tokens.in(Mtoken) == doctest::Approx(5.0));
    // $10 x (1/4, 1/2, 1/4); chat made three quarters of the prompt time, half of the output's.
    CHECK(ledger.total_of(LedgerKey::phase, "idle").usd.in(usd) == doctest::Approx(2.5));
    CHECK(ledger.total_of(LedgerKey::request_class, "chat").usd.in(usd) ==
          doctest::Approx(0.75 * 2.5 + 0.5 * 5.0));
    // A second component adds money only.
    PoolBill more = bill();
    more.lines.push_back({.component = Component::staff, .per_gpu = 0.5 * usd / hour});
    Ledger both;
    post_bill(both, more);
    CHECK(both.total().usd.in(usd) == doctest::Approx(12.0));
    CHECK(both.total().tokens == total.tokens);
    CHECK(both.total().energy.value() == doctest::Approx(total.energy.value()));
}

TEST_CASE("billing: figures state their basis") {
    Ledger ledger;
    post_bill(ledger, bill());
    const CostFigures f = cost_figures(ledger, 1000.0);
    // $10 / 2 Mtok output, / 5 Mtok, / 1,000 requests; $2.50 / 3 Mtok, $5 / 2 Mtok.
    CHECK(f.per_output_token.in(usd / Mtoken) == doctest::Approx(5.0));
    CHECK(f.per_token.in(usd / Mtoken) == doctest::Approx(2.0));
    CHECK(f.per_request.in(usd) == doctest::Approx(0.01));
    CHECK(f.attributed_per_prompt_token.in(usd / Mtoken) == doctest::Approx(2.5 / 3.0));
    CHECK(f.attributed_per_output_token.in(usd / Mtoken) == doctest::Approx(2.5));
    CHECK(f.idle_share == doctest::Approx(0.25));
}

TEST_CASE("billing: without a price time and energy are still posted, and an idle pool is idle") {
    PoolBill free = bill();
    free.lines.clear();
    Ledger ledger;
    post_bill(ledger, free);
    CHECK(ledger.total().usd.value() == 0.0);
    CHECK(ledger.total().gpu_time.in(hour) == doctest::Approx(4.0));
    PoolBill idle = bill();
    idle.split = {.prompt = {}, .output = {}, .idle = 1.0 * hour};
    idle.work_energy = {};
    for (ClassUse& use : idle.classes) use = {use.name, 0.0, 0.0, {}, {}};
    Ledger nothing;
    post_bill(nothing, idle);
    CHECK(cost_figures(nothing, 0.0).idle_share == 1.0);
    CHECK(std::isinf(cost_figures(nothing, 0.0).per_output_token.value()));
}
