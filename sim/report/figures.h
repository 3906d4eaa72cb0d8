#pragma once

#include <string>
#include <string_view>

#include "sim/report/text_style.h"
#include "sim/scenario.h"

namespace plimsoll {

// How page one and its like write numbers and names.

/// `digits` significant digits, thousands grouped: "5.5", "1,159", "3,046".
[[nodiscard]] std::string figure(double value, int digits = 3);
/// "$17,228", "$5.65", "$0.0012"; with at least `digits` significant digits.
[[nodiscard]] std::string dollars(double value, int digits = 3);
/// "57 %", "4.1 %", "<0.1 %"; rounded down from 90 % on, so that 99.97 % is not all.
[[nodiscard]] std::string percent(double share);
/// "439 ms", "1 s".
[[nodiscard]] std::string seconds(double value);
/// "1 replica", "2 replicas".
[[nodiscard]] std::string counted(double count, std::string_view noun);
/// "KV memory" for "kv_memory", "chat p99 TTFT" for "chat.ttft_p99": what binds, in words.
[[nodiscard]] std::string binding_words(std::string_view binding);
/// "8 x NVIDIA H100 SXM 80 GB".
[[nodiscard]] std::string hardware_of(const Pool& pool);
/// "2 replicas of TP4, fp8".
[[nodiscard]] std::string layout_of(const Pool& pool);
/// Why a scenario has no cost, given the closed form's reason.
[[nodiscard]] std::string why_no_price(const Scenario& scenario, std::string_view reason);
/// A heading over a block: the title and a rule to `width`.
[[nodiscard]] std::string heading(std::string_view title, int width, const TextStyle& style);

}  // namespace plimsoll
