#include "models/energy.h"

#include <utility>

#include <doctest/doctest.h>

#include "models/contract.h"
#include "tests/support/llms.h"
#include "tests/support/property.h"

using namespace plimsoll;

TEST_CASE("energy: a GPU draws its idle power, and its share of TDP while it works") {
    const Gpu gpu = test::h100_sxm();
    CHECK(gpu_power(gpu, {}).in(watt) == 90.0);
    // 0.62 x 700 W, 0.92 x 700 W.
    CHECK(gpu_power(gpu, {.decode = 1.0}).in(watt) == doctest::Approx(434.0));
    CHECK(gpu_power(gpu, {.prefill = 1.0}).in(watt) == doctest::Approx(644.0));
    // 90 + 0.25 x (644 - 90) + 0.5 x (434 - 90).
    CHECK(gpu_power(gpu, {.prefill = 0.25, .decode = 0.5}).in(watt) == doctest::Approx(400.5));
    CHECK_THROWS_AS(static_cast<void>(gpu_power(gpu, {.prefill = 0.6, .decode = 0.5})),
                    ContractViolation);
}

TEST_CASE("energy: the host's power is shared by its GPUs and colocation bills all at TDP") {
    const Gpu gpu = test::h100_sxm();
    const Server server = test::hgx_h100();
    // 2,800 W / 8 = 350 W.
    CHECK(it_power_per_gpu(gpu, server, {.decode = 1.0}).in(watt) == doctest::Approx(784.0));
    CHECK(rated_power_per_gpu(gpu, server).in(watt) == doctest::Approx(1050.0));
    CHECK(rated_power_per_gpu(gpu, server, {.network = 0.1}).in(watt) == doctest::Approx(1155.0));
}

TEST_CASE("energy: joules per token and CO2e include the facility") {
    // 784 W x 1.2 / 2,000 tok/s = 0.4704 J.
    CHECK(joules_per_token(784.0 * watt, 1.2, 2000.0 * token / second).in(joule / token) ==
          doctest::Approx(0.4704));
    // 1 kWh x 1.25 at 400 g/kWh = 0.5 kg.
    const EnergyUse use = energy_use(1.0 * kWh, {.pue = 1.25, .carbon = 0.4 * kilogram / kWh});
    CHECK(use.facility.in(kWh) == doctest::Approx(1.25));
    CHECK(use.co2e.in(kilogram) == doctest::Approx(0.5));
    CHECK_THROWS_AS(static_cast<void>(energy_use(1.0 * kWh, {.pue = 0.9})), ContractViolation);
}

TEST_CASE("energy: more work never draws less, and nothing draws more than TDP") {
    const Gpu gpu = test::h100_sxm();
    const auto draw = [](test::Random& random) {
        const double prefill = random.uniform();
        const double decode = (1.0 - prefill) * random.uniform();
        return std::pair{prefill, decode};
    };
    test::for_all(3, 2000, draw, [&gpu](const auto& activity) {
        const auto [prefill, decode] = activity;
        const Watts power = gpu_power(gpu, {prefill, decode});
        return power >= gpu_power(gpu, {0.5 * prefill, 0.5 * decode}) && power >= gpu.idle &&
               power <= gpu.tdp;
    });
}
