#pragma once

#include "tests/sim/io/malformed_case.h"

namespace plimsoll::test {

/// Values of the wrong type or size.
inline constexpr MalformedCase kMalformedValues[] = {
    {"wrong type: string for a number",
     R"~("horizon_s": 600)~",
     R"~("horizon_s": "600")~",
     R"~(s.json:4:16: horizon_s: expected a number, got the string "600"
)~",
     2},
    {"wrong type: number with unit",
     R"~("horizon_s": 600)~",
     R"~("horizon_s": "600 s")~",
     R"~(s.json:4:16: horizon_s: expected a number, got the string "600 s"; the key names the unit
)~",
     2},
    {"wrong type: number for a string",
     R"~("name": "base")~",
     R"~("name": 3)~",
     R"~(s.json:3:11: name: expected a string, got the number 3
)~",
     2},
    {"wrong type: fraction for a count",
     R"~("replicas": 1)~",
     R"~("replicas": 1.5)~",
     R"~(s.json:13:64: pools.main.replicas: expected a whole number, got the number 1.5
)~",
     2},
    {"wrong type: string for a count",
     R"~("replicas": 1)~",
     R"~("replicas": "two")~",
     R"~(s.json:13:64: pools.main.replicas: expected a whole number, got the string "two"
)~",
     2},
    {"wrong type: object for a number",
     R"~("horizon_s": 600)~",
     R"~("horizon_s": {"s": 600})~",
     R"~(s.json:4:16: horizon_s: expected a number, got an object
)~",
     2},
    {"wrong type: list for an object",
     R"~("parallelism": {"tp": 1})~",
     R"~("parallelism": [1, 1])~",
     R"~(s.json:13:41: pools.main.parallelism: expected an object, got a list
)~",
     2},
    {"wrong type: number for a flag",
     R"~("max_sequences": 64)~",
     R"~("pads_to_graphs": 1)~",
     R"~(s.json:14:61: pools.main.engine.pads_to_graphs: expected true or false, got the number 1
)~",
     2},
    {"null is absent",
     R"~("kind": "poisson", )~",
     R"~("kind": null, )~",
     R"~(s.json:6:16: workload.classes.chat.arrival: "kind" is required; known: poisson, constant, gamma, weibull, mmpp, hawkes, diurnal, profile, clients, sessions, servegen, closed_loop, trace
)~",
     2},
    {"not a date",
     R"~("name": "base")~",
     R"~("as_of": "1.5.2026")~",
     R"~(s.json:3:12: as_of: expected a date ("2026-05-01"), got "1.5.2026"
)~",
     2},
    {"no such day",
     R"~("name": "base")~",
     R"~("as_of": "2026-02-30")~",
     R"~(s.json:3:12: as_of: expected a date ("2026-05-01"), got "2026-02-30"
)~",
     2},
    {"out of range: zero rate",
     R"~("rate_per_s": 2)~",
     R"~("rate_per_s": 0)~",
     R"~(s.json:6:50: workload.classes.chat.arrival.rate_per_s: 0 /s is out of range; allowed: at least 1e-09 /s
)~",
     2},
    {"out of range: negative time",
     R"~("horizon_s": 600)~",
     R"~("horizon_s": -1)~",
     R"~(s.json:4:16: horizon_s: -1 s is out of range; allowed: at least 0 s
)~",
     2},
    {"out of range: in the key's unit",
     R"~("ttft_p99_s": 1)~",
     R"~("ttft_p99_ms": 0)~",
     R"~(s.json:9:28: workload.classes.chat.slo.ttft_p99_ms: 0 ms is out of range; allowed: more than 0 ms
)~",
     2},
    {"out of range: count",
     R"~("replicas": 1)~",
     R"~("replicas": 0)~",
     R"~(s.json:13:64: pools.main.replicas: 0 is out of range; allowed: between 1 and 1000000000
)~",
     2},
    {"out of range: share",
     R"~("max_sequences": 64)~",
     R"~("memory_utilization": 1.2)~",
     R"~(s.json:14:65: pools.main.engine.memory_utilization: 1.2 is out of range; allowed: more than 0, at most 1
)~",
     2},
    {"out of range: negative seed",
     R"~("name": "base")~",
     R"~("seed": -1)~",
     R"~(s.json:3:11: seed: -1 is out of range; allowed: at least 0
)~",
     2},
    {"out of range: huge count",
     R"~("tp": 1)~",
     R"~("tp": 3000000000)~",
     R"~(s.json:13:48: pools.main.parallelism.tp: 3000000000 is out of range; allowed: between 1 and 2147483647
)~",
     2},
    {"triples: not three numbers",
     R"~("prompt_tokens": {"kind": "fixed", "tokens": 512},
    "output_tokens": {"kind": "fixed", "tokens": 128},)~",
     R"~("lengths": {"kind": "joint", "points": [[10, 20, 1], [10, 20]]},)~",
     R"~(s.json:7:58: workload.classes.chat.lengths.points[1]: expected three numbers, got a list
)~",
     2},
    {"pairs: not a pair",
     R"~({"kind": "poisson", "rate_per_s": 2})~",
     R"~({"kind": "profile", "points": [[0, 1], 5]})~",
     R"~(s.json:6:55: workload.classes.chat.arrival.points[1]: expected a pair of numbers, got the number 5
)~",
     2},
    {"arrivals: options that make no sense together",
     R"~({"kind": "poisson", "rate_per_s": 2})~",
     R"~({"kind": "profile", "points": [[9, 1], [5, 1]]})~",
     R"~(s.json:6:16: workload.classes.chat.arrival: times must not fall
)~",
     2},
    {"arrivals: a required option is missing",
     R"~({"kind": "poisson", "rate_per_s": 2})~",
     R"~({"kind": "gamma", "rate_per_s": 2})~",
     R"~(s.json:6:16: workload.classes.chat.arrival: "cv" is required: coefficient of variation of the times between arrivals
)~",
     2},
    {"arrivals: out of range",
     R"~({"kind": "poisson", "rate_per_s": 2})~",
     R"~({"kind": "hawkes", "base_rate_per_s": 2, "branching": 1, "decay_s": 1})~",
     R"~(s.json:6:70: workload.classes.chat.arrival.branching: 1 is out of range; allowed: between 0 and 0.99
)~",
     2},
    {"arrivals: unknown option",
     R"~({"kind": "poisson", "rate_per_s": 2})~",
     R"~({"kind": "sessions", "rate_per_s": 2, "turn": 3, "think_time_s": 9})~",
     R"~(s.json:6:54: workload.classes.chat.arrival.turn: unknown field "turn"; did you mean "turns"? known: kind, rate, turns, turn_points, think_time, think_distribution, think_sigma, system_tokens, history_limit, curve, week, start, utc_offset
)~",
     2},
    {"arrivals: no such folder",
     R"~({"kind": "poisson", "rate_per_s": 2})~",
     R"~({"kind": "servegen", "path": "/nowhere"})~",
     R"~(s.json:6:45: workload.classes.chat.arrival.path: /nowhere: cannot be read: No such file or directory
)~",
     74},
    {"trace: columns of a format that has none",
     R"~({"kind": "poisson", "rate_per_s": 2})~",
     R"~({"kind": "trace", "path": "/dev/null", "columns": "arrival=t"})~",
     R"~(s.json:6:16: workload.classes.chat.arrival: columns and unit are for the formats csv and jsonl
)~",
     2},
    {"lengths: said twice",
     R"~("output_tokens": {"kind": "fixed", "tokens": 128},)~",
     R"~("lengths": {"kind": "joint", "points": [[10, 20, 1]]},)~",
     R"~(s.json:7:5: workload.classes.chat.prompt_tokens: "lengths" says both lengths already
)~",
     2},
    {"lengths: neither points nor path",
     R"~("prompt_tokens": {"kind": "fixed", "tokens": 512},
    "output_tokens": {"kind": "fixed", "tokens": 128},)~",
     R"~("lengths": "joint",)~",
     R"~(s.json:7:16: workload.classes.chat.lengths: give either points or path
)~",
     2},
    {"lengths: correlation out of range",
     R"~("slo": {"ttft_p99_s": 1})~",
     R"~("length_correlation": 1.5)~",
     R"~(s.json:9:27: workload.classes.chat.length_correlation: 1.5 is out of range; allowed: between -1 and 1
)~",
     2},
    {"mixture: a part without a weight",
     R"~({"kind": "fixed", "tokens": 512})~",
     R"~({"kind": "mixture", "parts": [{"kind": "fixed", "tokens": 512}]})~",
     R"~(s.json:7:52: workload.classes.chat.prompt_tokens.parts[0]: "weight" is required
)~",
     2},
    {"mixture: an unknown kind",
     R"~({"kind": "fixed", "tokens": 512})~",
     R"~({"kind": "mixture", "parts": [{"weight": 1, "kind": "mixture", "parts": []}]})~",
     R"~(s.json:7:74: workload.classes.chat.prompt_tokens.parts[0]: unknown "mixture"; known: fixed, geometric, exponential, lognormal, pareto, quantiles
)~",
     2},
    {"mixture: a mistake inside a part",
     R"~({"kind": "fixed", "tokens": 512})~",
     R"~({"kind": "mixture", "parts": [{"weight": 1, "kind": "lognormal", "mean": 5}]})~",
     R"~(s.json:7:22: workload.classes.chat.prompt_tokens: parts[0]: give either sigma or p90
)~",
     2},
    {"lengths: a tail without an end",
     R"~({"kind": "fixed", "tokens": 512})~",
     R"~({"kind": "pareto", "minimum": 10, "alpha": 1.5})~",
     R"~(s.json:7:22: workload.classes.chat.prompt_tokens: an alpha of 2 or less needs a maximum: its variance has no bound
)~",
     2},
};

}  // namespace plimsoll::test
