#include "models/ledger.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/property.h"

using namespace plimsoll;

namespace {

struct Posting {
    Account account;
    Amounts amounts;
};

std::vector<Posting> random_postings(test::Random& random) {
    const std::array<std::string, 3> names{"", "chat", "batch"};
    std::vector<Posting> postings(random.between(std::size_t{1}, std::size_t{300}));
    for (Posting& p : postings) {
        p.account.site = random.pick(names);
        p.account.pool = random.pick(names);
        p.account.component = static_cast<Component>(random.between(0, 12));
        p.account.request_class = random.pick(names);
        p.account.phase = static_cast<LedgerPhase>(random.between(0, 3));
        const double sign = random.chance(0.1) ? -1.0 : 1.0;
        p.amounts = {.usd = sign * random.log_between(1e-7, 1e8) * usd,
                     .energy = random.log_between(1.0, 1e12) * joule,
                     .co2e = random.uniform() * kilogram,
                     .gpu_time = random.log_between(1.0, 1e9) * second,
                     .tokens = random.log_between(1.0, 1e12) * token};
    }
    return postings;
}

Ledger posted(const std::vector<Posting>& postings) {
    Ledger ledger;
    for (const Posting& p : postings) ledger.post(p.account, p.amounts);
    return ledger;
}

}  // namespace

TEST_CASE("ledger: every breakdown adds up to the total to a hundredth of a cent") {
    test::for_all(1, 300, random_postings, [](const std::vector<Posting>& postings) {
        const Ledger ledger = posted(postings);
        for (const LedgerKey key : {LedgerKey::site,
                                    LedgerKey::pool,
                                    LedgerKey::component,
                                    LedgerKey::request_class,
                                    LedgerKey::phase}) {
            CompensatedSum sum;
            for (const LedgerSum& part : ledger.sums_by(key)) {
                sum.add(part.amounts.usd.value());
                CHECK(ledger.total_of(key, part.key) == part.amounts);
            }
            if (std::abs(sum.value() - ledger.total().usd.value()) > 1e-4) return false;
        }
        return true;
    });
}

TEST_CASE("ledger: the order of postings changes neither rows nor cents") {
    test::for_all(2, 300, random_postings, [](std::vector<Posting> postings) {
        const Ledger forward = posted(postings);
        std::reverse(postings.begin(), postings.end());
        const Ledger backward = posted(postings);
        const auto a = forward.rows();
        const auto b = backward.rows();
        REQUIRE(a.size() == b.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
            REQUIRE(a[i].account == b[i].account);
            if (i > 0) REQUIRE(a[i - 1].account < a[i].account);
            REQUIRE(std::abs((a[i].amounts.usd - b[i].amounts.usd).value()) < 1e-6);
        }
    });
}

TEST_CASE("ledger: ten million small postings lose nothing") {
    CompensatedSum sum;
    sum.add(1e9);
    for (int i = 0; i < 10'000'000; ++i) sum.add(1e-7);
    // A plain double would still read 1e9: its spacing there is 1.2e-7.
    CHECK(sum.value() == doctest::Approx(1e9 + 1.0).epsilon(1e-16));
}

TEST_CASE("ledger: merging two ledgers is posting both") {
    test::for_all(3, 100, random_postings, [](const std::vector<Posting>& postings) {
        const auto middle = postings.begin() + static_cast<std::ptrdiff_t>(postings.size() / 2);
        Ledger first = posted({postings.begin(), middle});
        first.merge(posted({middle, postings.end()}));
        const Ledger all = posted(postings);
        return std::abs((first.total().usd - all.total().usd).value()) < 1e-6 &&
               first.rows().size() == all.rows().size();
    });
}

TEST_CASE("ledger: sums come in the order of components and phases, names by their characters") {
    Ledger ledger;
    const auto post = [&ledger](Component component, LedgerPhase phase, const char* pool) {
        ledger.post(
            {.site = "", .pool = pool, .component = component, .request_class = "", .phase = phase},
            {.usd = 1.0 * usd, .energy = {}, .co2e = {}, .gpu_time = {}, .tokens = {}});
    };
    post(Component::staff, LedgerPhase::idle, "b");
    post(Component::rent, LedgerPhase::output, "a");
    post(Component::owned_capital, LedgerPhase::prompt, "c");
    const auto components = ledger.sums_by(LedgerKey::component);
    REQUIRE(components.size() == 3);
    CHECK(components[0].key == "owned_capital");
    CHECK(components[1].key == "rent");
    CHECK(components[2].key == "staff");
    CHECK(ledger.sums_by(LedgerKey::phase)[0].key == "prompt");
    CHECK(ledger.sums_by(LedgerKey::pool)[0].key == "a");
    CHECK(Ledger().sums_by(LedgerKey::pool).empty());
}

TEST_CASE("ledger: rounded cents add up to the rounded sum") {
    // Thirds of a dollar: 33.33 + 33.33 + 33.33 would lose a cent.
    const std::vector<Usd> thirds(3, Usd(100.0 / 3.0));
    const auto cents = cents_that_add_up(thirds);
    CHECK(cents == std::vector<std::int64_t>{3334, 3333, 3333});
    const auto draw = [](test::Random& random) {
        std::vector<Usd> amounts(random.between(std::size_t{1}, std::size_t{40}));
        for (Usd& a : amounts) a = random.between(-1e6, 1e6) * usd;
        return amounts;
    };
    test::for_all(4, 500, draw, [](const std::vector<Usd>& amounts) {
        const auto rounded = cents_that_add_up(amounts);
        double sum = 0.0;
        for (std::size_t i = 0; i < amounts.size(); ++i) {
            sum += amounts[i].value();
            if (std::abs(static_cast<double>(rounded[i]) - 100.0 * amounts[i].value()) >= 1.0001) {
                return false;
            }
        }
        const auto total = std::accumulate(rounded.begin(), rounded.end(), std::int64_t{0});
        return std::abs(static_cast<double>(total) - 100.0 * sum) < 0.501;
    });
}

TEST_CASE("ledger: a cost follows step time, idle apart, and its parts add up to it") {
    // 6 h of a day at prompts, 12 h at output, 6 h idle: $240 is 60 + 120 + 60.
    const Attribution a =
        attribute(240.0 * usd, {.prompt = 6.0 * hour, .output = 12.0 * hour, .idle = 6.0 * hour});
    CHECK(a.prompt.in(usd) == doctest::Approx(60.0));
    CHECK(a.output.in(usd) == doctest::Approx(120.0));
    CHECK(a.idle.in(usd) == doctest::Approx(60.0));
    CHECK(attribute(5.0 * usd, {}).idle == 5.0 * usd);
    const auto draw = [](test::Random& random) {
        const auto time = [&random] { return random.chance(0.2) ? 0.0 : random.uniform(); };
        const double prompt = time();
        const double output = time();
        return std::array<double, 4>{random.log_between(1e-6, 1e9), prompt, output, time()};
    };
    test::for_all(5, 2000, draw, [](const std::array<double, 4>& c) {
        const Attribution parts = attribute(
            c[0] * usd, {.prompt = c[1] * hour, .output = c[2] * hour, .idle = c[3] * hour});
        const double sum = (parts.prompt + parts.output + parts.idle).value();
        return std::abs(sum - c[0]) <= 1e-15 * c[0] * 4.0 && parts.idle.value() >= -1e-9 * c[0];
    });
}
