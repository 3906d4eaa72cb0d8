#include "models/price.h"

#include <algorithm>

#include <fmt/core.h>

namespace plimsoll {
namespace {

constexpr std::array<std::string_view, kTenures> kTenureNames{
    "on_demand", "reserved", "spot", "owned"};

/// ISO dates order as text, so no calendar is needed to find the latest one.
template <class Value>
const Dated<Value>* latest(const std::vector<Dated<Value>>& points, std::string_view as_of) {
    const Dated<Value>* found = nullptr;
    for (const Dated<Value>& point : points) {
        if (point.date > as_of) continue;
        if (found == nullptr || point.date >= found->date) found = &point;
    }
    return found;
}

template <class Value>
std::string first_date(const std::vector<Dated<Value>>& points) {
    const auto first = std::min_element(
        points.begin(), points.end(), [](const Dated<Value>& a, const Dated<Value>& b) {
            return a.date < b.date;
        });
    return first == points.end() ? std::string("never") : first->date;
}

template <class Value>
std::optional<Dated<Value>> copy_of(const Dated<Value>* point) {
    if (point == nullptr) return std::nullopt;
    return *point;
}

std::optional<int> digits(std::string_view text) {
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return number;
}

bool is_leap(int y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; }

}  // namespace

std::string_view to_string(Tenure tenure) { return kTenureNames[static_cast<std::size_t>(tenure)]; }

std::optional<Tenure> tenure_named(std::string_view name) {
    for (const Tenure tenure : all_tenures()) {
        if (to_string(tenure) == name) return tenure;
    }
    return std::nullopt;
}

std::array<Tenure, kTenures> all_tenures() {
    return {Tenure::on_demand, Tenure::reserved, Tenure::spot, Tenure::owned};
}

std::variant<Dated<UsdPerSecond>, Infeasible> price_on(const PriceBook& book,
                                                       std::string_view gpu,
                                                       Tenure tenure,
                                                       std::string_view as_of) {
    if (tenure == Tenure::owned) {
        return Infeasible{"owned GPUs have no rent; their hour follows from the server's price"};
    }
    const auto series =
        std::find_if(book.rents.begin(), book.rents.end(), [&](const RentSeries& rent) {
            return rent.tenure == tenure && rent.gpu == gpu;
        });
    if (series == book.rents.end()) {
        return Infeasible{fmt::format(
            "price book '{}' has no {} price of {}", book.name, to_string(tenure), gpu)};
    }
    if (const auto* point = latest(series->points, as_of)) return *point;
    return Infeasible{fmt::format("the first {} price of {} in '{}' is of {}, after {}",
                                  to_string(tenure),
                                  gpu,
                                  book.name,
                                  first_date(series->points),
                                  as_of)};
}

std::variant<Dated<Usd>, Infeasible> server_price_on(const PriceBook& book,
                                                     std::string_view server,
                                                     std::string_view as_of) {
    const auto series = std::find_if(book.servers.begin(),
                                     book.servers.end(),
                                     [&](const ServerSeries& s) { return s.server == server; });
    if (series == book.servers.end()) {
        return Infeasible{
            fmt::format("price book '{}' has no purchase price of {}", book.name, server)};
    }
    if (const auto* point = latest(series->points, as_of)) return *point;
    return Infeasible{fmt::format("the first purchase price of {} in '{}' is of {}, after {}",
                                  server,
                                  book.name,
                                  first_date(series->points),
                                  as_of)};
}

std::optional<Dated<UsdPerJoule>> electricity_on(const PriceBook& book, std::string_view as_of) {
    return copy_of(latest(book.electricity, as_of));
}

std::optional<Dated<double>> pue_on(const PriceBook& book, std::string_view as_of) {
    return copy_of(latest(book.pue, as_of));
}

std::optional<Dated<KgPerJoule>> carbon_on(const PriceBook& book, std::string_view as_of) {
    return copy_of(latest(book.carbon, as_of));
}

std::optional<std::int64_t> days_from_epoch(std::string_view iso_date) {
    if (iso_date.size() != 10 || iso_date[4] != '-' || iso_date[7] != '-') return std::nullopt;
    const auto y = digits(iso_date.substr(0, 4));
    const auto m = digits(iso_date.substr(5, 2));
    const auto d = digits(iso_date.substr(8, 2));
    if (!y || !m || !d || *y < 1 || *m < 1 || *m > 12 || *d < 1) return std::nullopt;
    constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    constexpr std::array<int, 12> kBefore{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const auto month_index = static_cast<std::size_t>(*m - 1);
    const int leap_day = is_leap(*y) ? 1 : 0;
    if (*d > kDays[month_index] + (*m == 2 ? leap_day : 0)) return std::nullopt;
    const std::int64_t years = *y - 1;
    const std::int64_t before_year = years * 365 + years / 4 - years / 100 + years / 400;
    const std::int64_t in_year = kBefore[month_index] + (*m > 2 ? leap_day : 0) + *d - 1;
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    return before_year + in_year - 719162;
}

std::int64_t price_age_days(std::string_view price_date, std::string_view as_of) {
    const auto from = days_from_epoch(price_date);
    const auto to = days_from_epoch(as_of);
    PLIMSOLL_EXPECTS(from.has_value() && to.has_value());
    return *to - *from;
}

}  // namespace plimsoll
