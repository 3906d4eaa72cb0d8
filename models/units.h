#pragma once

#include <compare>

namespace plimsoll {

/// Exponents of the base dimensions of a quantity: seconds, bytes, floating-point operations,
/// joules, US dollars, tokens, kilograms of CO2e.
template <int S, int B, int F, int J, int U, int K, int G>
struct Dim {
    template <class Other>
    using Times = typename Other::template Added<S, B, F, J, U, K, G>;
    template <int S2, int B2, int F2, int J2, int U2, int K2, int G2>
    using Added = Dim<S + S2, B + B2, F + F2, J + J2, U + U2, K + K2, G + G2>;
    using Inverse = Dim<-S, -B, -F, -J, -U, -K, -G>;
};

/// A double in base units (s, B, FLOP, J, USD, token, kg) whose dimension is part of its type.
/// Mixing dimensions does not compile; a dimensionless result is a plain double.
template <class D>
class Quantity {
public:
    constexpr Quantity() = default;
    constexpr explicit Quantity(double base) : base_(base) {}

    /// The number in base units; for Eigen, SimGrid, charts and records.
    [[nodiscard]] constexpr double value() const { return base_; }
    /// The number in `unit`: `cost.in(usd / Mtoken)`.
    [[nodiscard]] constexpr double in(Quantity unit) const { return base_ / unit.base_; }

    constexpr auto operator<=>(const Quantity&) const = default;
    constexpr Quantity operator-() const { return Quantity(-base_); }
    constexpr Quantity& operator+=(Quantity o) {
        base_ += o.base_;
        return *this;
    }
    constexpr Quantity& operator-=(Quantity o) {
        base_ -= o.base_;
        return *this;
    }
    constexpr Quantity& operator*=(double f) {
        base_ *= f;
        return *this;
    }
    friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
    friend constexpr Quantity operator*(Quantity a, double f) { return Quantity(a.base_ * f); }
    friend constexpr Quantity operator*(double f, Quantity a) { return Quantity(f * a.base_); }
    friend constexpr Quantity operator/(Quantity a, double f) { return Quantity(a.base_ / f); }

private:
    double base_ = 0.0;
};

using Dimensionless = Dim<0, 0, 0, 0, 0, 0, 0>;

namespace units_detail {
template <class D>
struct Wrap {
    using type = Quantity<D>;
    static constexpr type make(double v) { return type(v); }
};
template <>
struct Wrap<Dimensionless> {
    using type = double;
    static constexpr type make(double v) { return v; }
};
}  // namespace units_detail

template <class A, class B>
constexpr auto operator*(Quantity<A> a, Quantity<B> b) {
    return units_detail::Wrap<typename A::template Times<B>>::make(a.value() * b.value());
}
template <class A, class B>
constexpr auto operator/(Quantity<A> a, Quantity<B> b) {
    using R = typename A::template Times<typename B::Inverse>;
    return units_detail::Wrap<R>::make(a.value() / b.value());
}
template <class A>
constexpr auto operator/(double f, Quantity<A> a) {
    return Quantity<typename A::Inverse>(f / a.value());
}

using Seconds = Quantity<Dim<1, 0, 0, 0, 0, 0, 0>>;
using Bytes = Quantity<Dim<0, 1, 0, 0, 0, 0, 0>>;
using Flops = Quantity<Dim<0, 0, 1, 0, 0, 0, 0>>;
using Joules = Quantity<Dim<0, 0, 0, 1, 0, 0, 0>>;
using Usd = Quantity<Dim<0, 0, 0, 0, 1, 0, 0>>;
using Tokens = Quantity<Dim<0, 0, 0, 0, 0, 1, 0>>;
using KgCo2e = Quantity<Dim<0, 0, 0, 0, 0, 0, 1>>;

using PerSecond = decltype(1.0 / Seconds());
using BytesPerSecond = decltype(Bytes() / Seconds(1));
using FlopsPerSecond = decltype(Flops() / Seconds(1));
using Watts = decltype(Joules() / Seconds(1));
using UsdPerSecond = decltype(Usd() / Seconds(1));
using UsdPerToken = decltype(Usd() / Tokens(1));
using UsdPerJoule = decltype(Usd() / Joules(1));
using TokensPerSecond = decltype(Tokens() / Seconds(1));
using JoulesPerToken = decltype(Joules() / Tokens(1));
using KgPerJoule = decltype(KgCo2e() / Joules(1));
using BytesPerToken = decltype(Bytes() / Tokens(1));

inline constexpr Seconds second{1.0};
inline constexpr Seconds millisecond{1e-3};
inline constexpr Seconds microsecond{1e-6};
inline constexpr Seconds hour{3600.0};
inline constexpr Seconds day{86400.0};
/// 8760 h, the year of every rate in this project.
inline constexpr Seconds year{8760.0 * 3600.0};
/// A twelfth of `year`: 730 h.
inline constexpr Seconds month{730.0 * 3600.0};
inline constexpr Bytes byte{1.0};
inline constexpr Bytes KB{1e3};
inline constexpr Bytes MB{1e6};
inline constexpr Bytes GB{1e9};
inline constexpr Bytes TB{1e12};
inline constexpr Bytes GiB{1073741824.0};
inline constexpr Flops flop{1.0};
inline constexpr Flops GFLOP{1e9};
inline constexpr Flops TFLOP{1e12};
inline constexpr Joules joule{1.0};
inline constexpr Joules kWh{3.6e6};
inline constexpr Watts watt{1.0};
inline constexpr Usd usd{1.0};
inline constexpr Tokens token{1.0};
inline constexpr Tokens Mtoken{1e6};
inline constexpr KgCo2e kilogram{1.0};

}  // namespace plimsoll
