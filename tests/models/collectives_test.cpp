#include "models/collectives.h"

#include <doctest/doctest.h>

#include "tests/support/llms.h"

namespace plimsoll::test {

TEST_CASE("collectives: a ring all-reduce moves 2 (n-1)/n of its payload") {
    // 8 GPUs, 2 MB over NVLink 4 at 66.7 % of 450 GB/s: 3.6 us + 3 doublings x 0.8 us
    // + 2 x 7/8 x 2 MB / 300.15 GB/s = 6.0 + 11.661 us.
    CHECK(all_reduce_time(nvlink4(), 2.0 * MB, 8).in(microsecond) ==
          doctest::Approx(6.0 + 3.5e6 / 300.15e3));
    // 2 GPUs: 3.6 + 0.8 us + 1 x 2 MB / 300.15 GB/s.
    CHECK(all_reduce_time(nvlink4(), 2.0 * MB, 2).in(microsecond) ==
          doctest::Approx(4.4 + 2e6 / 300.15e3));
    CHECK(all_reduce_time(nvlink4(), 2.0 * MB, 1) == Seconds());
}

TEST_CASE("collectives: a reducing switch halves the floor, not the time") {
    Fabric plain = nvlink4();
    plain.in_switch_reduction = false;
    // Around a ring of 8 each GPU sends 1.75 of the payload; through the switch 1.
    CHECK(all_reduce_floor_bytes(plain, 8.0 * MB, 8).in(MB) == doctest::Approx(14.0));
    CHECK(all_reduce_floor_bytes(nvlink4(), 8.0 * MB, 8).in(MB) == doctest::Approx(8.0));
    CHECK(all_reduce_floor_bytes(nvlink4(), 8.0 * MB, 1) == Bytes());
    CHECK(all_reduce_time(plain, 8.0 * MB, 8) == all_reduce_time(nvlink4(), 8.0 * MB, 8));
}

TEST_CASE("collectives: all-to-all and point to point are latency plus bytes over bandwidth") {
    const Fabric fabric = infiniband_ndr400();
    // 10 us + 4 doublings x 5 us + 9 MB / (0.9 x 50 GB/s) = 30 + 200 us.
    CHECK(all_to_all_time(fabric, 9.0 * MB, 16).in(microsecond) == doctest::Approx(230.0));
    CHECK(all_to_all_time(fabric, 9.0 * MB, 1) == Seconds());
    // 10 + 200 us.
    CHECK(point_to_point_time(fabric, 9.0 * MB).in(microsecond) == doctest::Approx(210.0));
}

TEST_CASE("collectives: GPUs beyond the scale-up domain talk over the scale-out fabric") {
    const Server server = hgx_h100();
    CHECK(fabric_for(server, 8).name == server.scale_up.name);
    CHECK(fabric_for(server, 9).name == server.scale_out.name);
    Server unlimited = server;
    unlimited.scale_up.domain_gpus = 0;
    CHECK(fabric_for(unlimited, 1000).name == server.scale_up.name);
}

}  // namespace plimsoll::test
