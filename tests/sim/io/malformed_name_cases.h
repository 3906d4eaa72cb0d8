#pragma once

#include "tests/sim/io/malformed_case.h"

namespace plimsoll::test {

/// Names that are not known, things that are missing or do not go together.
inline constexpr MalformedCase kMalformedNames[] = {
    {"unknown top-level field",
     R"~("routing")~",
     R"~("ruoting")~",
     R"~(s.json:17:3: ruoting: unknown field "ruoting"; did you mean "routing"? known: $schema, format, name, as_of, seed, replications, horizon, max_requests, warm_up, fidelity, workload, pools, routing, prices
)~",
     2},
    {"unknown field of a pool",
     R"~("replicas": 1)~",
     R"~("replcas": 1)~",
     R"~(s.json:13:52: pools.main.replcas: unknown field "replcas"; did you mean "replicas"? known: model, gpu, server, precision, parallelism, replicas, engine, batching, rule, efficiencies
)~",
     2},
    {"unknown field far from all",
     R"~("replicas": 1)~",
     R"~("colour": "red")~",
     R"~(s.json:13:52: pools.main.colour: unknown field "colour"; known: model, gpu, server, precision, parallelism, replicas, engine, batching, rule, efficiencies
)~",
     2},
    {"unknown option of a policy",
     R"~("rate_per_s": 2)~",
     R"~("rate_per_s": 2, "burst": 3)~",
     R"~(s.json:6:53: workload.classes.chat.arrival.burst: unknown field "burst"; known: kind, rate
)~",
     2},
    {"no unit",
     R"~("horizon_s": 600)~",
     R"~("horizon": 600)~",
     R"~(s.json:4:3: horizon: the key needs a unit; allowed: horizon_s, horizon_ms, horizon_us, horizon_ns, horizon_min, horizon_h, horizon_days
)~",
     2},
    {"wrong unit",
     R"~("horizon_s": 600)~",
     R"~("horizon_gb": 600)~",
     R"~(s.json:4:3: horizon_gb: "gb" is no unit of horizon; allowed: horizon_s, horizon_ms, horizon_us, horizon_ns, horizon_min, horizon_h, horizon_days
)~",
     2},
    {"no such unit",
     R"~("ttft_p99_s": 1)~",
     R"~("ttft_p99_sec": 1)~",
     R"~(s.json:9:13: workload.classes.chat.slo.ttft_p99_sec: "sec" is no unit of ttft_p99; allowed: ttft_p99_s, ttft_p99_ms, ttft_p99_us, ttft_p99_ns, ttft_p99_min, ttft_p99_h, ttft_p99_days
)~",
     2},
    {"no such quantile",
     R"~("ttft_p99_s": 1)~",
     R"~("ttft_p98_s": 1)~",
     R"~(s.json:9:13: workload.classes.chat.slo.ttft_p98_s: unknown field "ttft_p98_s"; did you mean "ttft_p90_s"? known: ttft_p50, ttft_p90, ttft_p95, ttft_p99, tpot_p50, tpot_p90, tpot_p95, tpot_p99, e2e_p50, e2e_p90, e2e_p95, e2e_p99, queue_p50, queue_p90, queue_p95, queue_p99
)~",
     2},
    {"two units",
     R"~("horizon_s": 600)~",
     R"~("horizon_s": 600, "horizon_min": 10)~",
     R"~(s.json:4:21: horizon: given twice, as "horizon_s" and "horizon_min"
)~",
     2},
    {"unknown word",
     R"~("batching": "chunked_prefill")~",
     R"~("batching": "chunked_prefil")~",
     R"~(s.json:15:17: pools.main.batching: unknown "chunked_prefil"; did you mean "chunked_prefill"? known: continuous, chunked_prefill
)~",
     2},
    {"unknown policy",
     R"~("kind": "poisson")~",
     R"~("kind": "possion")~",
     R"~(s.json:6:25: workload.classes.chat.arrival: unknown "possion"; did you mean "poisson"? known: poisson, constant, gamma, weibull, mmpp, hawkes, diurnal, profile, clients, sessions, servegen, closed_loop, trace
)~",
     2},
    {"policy without kind",
     R"~("kind": "poisson", )~",
     "",
     R"~(s.json:6:16: workload.classes.chat.arrival: "kind" is required; known: poisson, constant, gamma, weibull, mmpp, hawkes, diurnal, profile, clients, sessions, servegen, closed_loop, trace
)~",
     2},
    {"kind of the wrong type",
     R"~("kind": "poisson")~",
     R"~("kind": 7)~",
     R"~(s.json:6:25: workload.classes.chat.arrival.kind: expected a string, got the number 7
)~",
     2},
    {"policy of the wrong type",
     R"~({"kind": "round_robin"})~",
     R"~(5)~",
     R"~(s.json:17:14: routing: expected an object, got the number 5
)~",
     2},
    {"unknown router as a word",
     R"~({"kind": "round_robin"})~",
     R"~("round_robbin")~",
     R"~(s.json:17:14: routing: unknown "round_robbin"; did you mean "round_robin"? known: least_loaded, round_robin, central_queue
)~",
     2},
    {"unknown precision",
     R"~("precision": "bf16")~",
     R"~("precision": "bf61")~",
     R"~(s.json:13:18: pools.main.precision: unknown "bf61"; did you mean "bf16"? known: fp32, tf32, fp16, bf16, fp8, int8, fp4, int4
)~",
     2},
    {"unknown precision of the cache",
     R"~("precision": "bf16")~",
     R"~("precision": {"weights": "bf16", "kv": "int3"})~",
     R"~(s.json:13:44: pools.main.precision.kv: unknown "int3"; did you mean "int8"? known: fp32, tf32, fp16, bf16, fp8, int8, fp4, int4
)~",
     2},
    {"unknown engine",
     R"~("preset": "vllm_v1_async")~",
     R"~("preset": "vllm_v1_asynch")~",
     R"~(s.json:14:26: pools.main.engine.preset: unknown "vllm_v1_asynch"; did you mean "vllm_v1_async"? known: vllm_v1_async, vllm_v1_sync, sglang, trtllm, ideal
)~",
     2},
    {"unknown engine as a word",
     R"~({"preset": "vllm_v1_async", "max_sequences": 64})~",
     R"~("vlm")~",
     R"~(s.json:14:15: pools.main.engine: unknown "vlm"; known: vllm_v1_async, vllm_v1_sync, sglang, trtllm, ideal
)~",
     2},
    {"unknown GPU",
     R"~("h100_sxm")~",
     R"~("H100-SMX")~",
     R"~(s.json:12:36: pools.main.gpu: unknown GPU "H100-SMX"; did you mean "h100_sxm"? (plimsoll list gpus)
)~",
     2},
    {"unknown model",
     R"~("llama3_1_8b")~",
     R"~("llama3_1_8B_instruct")~",
     R"~(s.json:12:14: pools.main.model: unknown model "llama3_1_8B_instruct" (plimsoll list llms)
)~",
     2},
    {"unknown server",
     R"~("hgx_h100")~",
     R"~("hgx_h1000")~",
     R"~(s.json:12:58: pools.main.server: unknown server "hgx_h1000"; did you mean "hgx_h100"? (plimsoll list servers)
)~",
     2},
    {"unknown price book",
     R"~("rental_2026")~",
     R"~("rental_2025")~",
     R"~(s.json:18:22: prices.book: unknown price book "rental_2025"; did you mean "rental_2026"? (plimsoll list prices)
)~",
     2},
    {"a path instead of a name",
     R"~("h100_sxm")~",
     R"~("../gpus/h100_sxm")~",
     R"~(s.json:12:36: pools.main.gpu: unknown GPU "../gpus/h100_sxm" (plimsoll list gpus)
)~",
     2},
    {"unknown field of a changed GPU",
     R"~("h100_sxm")~",
     R"~({"extends": "h100_sxm", "hbm_bandwith_tb_per_s": 4.8})~",
     R"~(s.json:12:60: pools.main.gpu.hbm_bandwith_tb_per_s: unknown field "hbm_bandwith_tb_per_s"; did you mean "hbm_bandwidth_tb_per_s"? known: extends, name, architecture, year, peak_dense, hbm_nominal, hbm_visible, hbm_bandwidth, scale_up_per_direction, pcie_per_direction, l2, tdp, idle, attention_kernels
)~",
     2},
    {"a GPU from nothing lacks fields",
     R"~("h100_sxm")~",
     R"~({"name": "X1"})~",
     R"~(s.json:12:36: pools.main.gpu: "peak_dense" is required: dense peak per precision
s.json:12:36: pools.main.gpu: "hbm_visible_gib" is required: memory that a process sees
s.json:12:36: pools.main.gpu: "hbm_bandwidth_gb_per_s" is required: memory bandwidth
)~",
     2},
    {"extends of the wrong type",
     R"~("h100_sxm")~",
     R"~({"extends": 3})~",
     R"~(s.json:12:48: pools.main.gpu.extends: expected a name of the catalog, got the number 3
)~",
     2},
    {"required field of a pool",
     R"~("gpu": "h100_sxm", )~",
     "",
     R"~(s.json:11:21: pools.main: "gpu" is required: what it runs on: a name of the catalog, or its fields
)~",
     2},
    {"required option",
     R"~("kind": "poisson", "rate_per_s": 2)~",
     R"~("kind": "poisson")~",
     R"~(s.json:6:16: workload.classes.chat.arrival: "rate_per_s" is required: mean arrivals per second
)~",
     2},
    {"lengths are required",
     R"~(    "prompt_tokens": {"kind": "fixed", "tokens": 512},
)~",
     "",
     R"~(s.json:5:36: workload.classes.chat: "prompt_tokens" is required: lengths in tokens
)~",
     2},
    {"options that exclude each other",
     R"~({"kind": "fixed", "tokens": 512})~",
     R"~({"kind": "lognormal", "mean": 100, "median": 90, "sigma": 1})~",
     R"~(s.json:7:22: workload.classes.chat.prompt_tokens: give either mean or median
)~",
     2},
    {"no pools",
     "",
     R"~({"workload": {"classes": {}}, "pools": {}})~",
     R"~(s.json:1:26: workload.classes: at least one is required
s.json:1:40: pools: at least one is required
)~",
     2},
    {"nothing at all",
     "",
     R"~({})~",
     R"~(s.json:1:1: "workload" is required: the traffic
s.json:1:1: "pools" is required: the fleet: pools of identical replicas by name
)~",
     2},
    {"name with a dot",
     R"~("chat": {)~",
     R"~("chat.eu": {)~",
     R"~(s.json:5:28: workload.classes.chat.eu: a name is made of letters, digits, "_" and "-"
)~",
     2},
    {"not yet supported",
     R"~("routing")~",
     R"~("autoscaling": {}, "routing")~",
     R"~(s.json:17:18: autoscaling: not supported in this version
)~",
     2},
    {"another format",
     R"~(plimsoll.scenario/1)~",
     R"~(plimsoll.scenario/2)~",
     R"~(s.json:2:13: format: unknown "plimsoll.scenario/2"; did you mean "plimsoll.scenario/1"? known: plimsoll.scenario/1
)~",
     2},
    {"pair of the wrong size",
     R"~({"kind": "fixed", "tokens": 512})~",
     R"~({"kind": "quantiles", "points": [[0, 1], [1]]})~",
     R"~(s.json:7:63: workload.classes.chat.prompt_tokens.points[1]: expected a pair of numbers, got a list
)~",
     2},
    {"warm-up after the horizon",
     R"~("horizon_s": 600)~",
     R"~("horizon_s": 600, "warm_up_s": 700)~",
     R"~(s.json:4:21: warm_up_s: the warm-up must end before the horizon
)~",
     2},
    {"a trace for lengths only",
     R"~({"kind": "fixed", "tokens": 512})~",
     R"~({"kind": "trace"})~",
     R"~(s.json:7:5: workload.classes.chat.prompt_tokens: lengths can come from a trace only where the arrivals do
)~",
     2},
    {"a missing trace",
     R"~({"kind": "poisson", "rate_per_s": 2})~",
     R"~({"kind": "trace", "path": "no.csv"})~",
     R"~(s.json:6:42: workload.classes.chat.arrival.path: no.csv: cannot be read: No such file or directory
)~",
     74},
    {"does not fit",
     R"~("llama3_1_8b")~",
     R"~("llama3_1_70b")~",
     R"~(s.json:11:13: pools.main: Llama 3.1 70B in bf16 needs 131.4 GiB of weights and 1.9 GiB of activations, logits and reserve on each of 1 x NVIDIA H100 SXM 80 GB, which offers 71.3 GiB (90 % of 79.2 GiB visible)
)~",
     1},
    {"illegal split",
     R"~("tp": 1)~",
     R"~("tp": 3)~",
     R"~(s.json:11:13: pools.main: 32 attention heads cannot be split over tp 3
)~",
     1},
    {"a base that is missing",
     R"~("name": "base")~",
     R"~("extends": "no_such.json")~",
     R"~(s.json:3:14: extends: no_such.json: cannot be read: No such file or directory
)~",
     74},
    {"a base that is no name",
     R"~("name": "base")~",
     R"~("extends": 5)~",
     R"~(s.json:3:14: extends: expected a file name or a list of them, got the number 5
)~",
     2},
};

}  // namespace plimsoll::test
