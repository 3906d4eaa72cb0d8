#include <string>

#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "sim/io/convert_trace.h"

namespace plimsoll::cli {
namespace {

struct SourceRow {
    const char* name;
    TraceSource source;
};
constexpr SourceRow kSources[] = {{"azure", TraceSource::azure},
                                  {"mooncake", TraceSource::mooncake},
                                  {"csv", TraceSource::csv},
                                  {"jsonl", TraceSource::jsonl}};

struct UnitRow {
    const char* name;
    TraceTime time;
};
constexpr UnitRow kUnits[] = {{"s", TraceTime::s},
                              {"ms", TraceTime::ms},
                              {"us", TraceTime::us},
                              {"ns", TraceTime::ns},
                              {"date", TraceTime::date}};

ConvertRequest request_of(const Arguments& arguments) {
    ConvertRequest request;
    for (const SourceRow& row : kSources)
        if (arguments.text("SOURCE") == row.name) request.source = row.source;
    request.input = arguments.text("IN");
    request.output = arguments.text("output");
    const bool has_columns =
        request.source == TraceSource::csv || request.source == TraceSource::jsonl;
    if (!has_columns && (arguments.has("columns") || arguments.has("unit")))
        throw UsageError("--columns and --unit are for csv and jsonl");
    if (request.source != TraceSource::mooncake && arguments.has("keep-quantised"))
        throw UsageError("--keep-quantised is for mooncake");
    if (arguments.has("columns")) request.columns = parse_columns(arguments.text("columns"));
    for (const UnitRow& row : kUnits)
        if (arguments.text("unit") == row.name) request.columns.time = row.time;
    if (arguments.has("keep-quantised")) request.quantum = QuantumRule::keep;
    return request;
}

int run(const Arguments& arguments) {
    const ConvertReport report = convert_trace(request_of(arguments));
    if (arguments.has("json")) {
        write_stdout(
            fmt::format("{{\"requests\":{},\"span_s\":{},\"mean_prompt_tokens\":{},"
                        "\"mean_output_tokens\":{}}}\n",
                        report.rows,
                        report.span_s,
                        report.mean_prompt_tokens,
                        report.mean_output_tokens));
        return 0;
    }
    write_stdout(
        fmt::format("{} requests in {:.1f} s; prompt {:.1f}, output {:.1f} tokens on average\n",
                    report.rows,
                    report.span_s,
                    report.mean_prompt_tokens,
                    report.mean_output_tokens));
    return 0;
}

}  // namespace

Command convert_command() {
    using Kind = OptionSpec::Kind;
    std::vector<std::string> sources;
    for (const SourceRow& row : kSources) sources.emplace_back(row.name);
    std::vector<std::string> units;
    for (const UnitRow& row : kUnits) units.emplace_back(row.name);
    const std::vector<OptionSpec> rows{
        {"SOURCE",
         "azure, mooncake, csv or jsonl (a JSON object a line)",
         Kind::text,
         "",
         true,
         sources},
        {"IN", "the trace to read, plain or .gz", Kind::text, "", true},
        {"-o,--output",
         "write our format to FILE, gzipped if it ends in .gz",
         Kind::text,
         "FILE",
         true},
        {"--columns",
         "csv, jsonl: names of the columns, as arrival=ts,prompt=in,output=out",
         Kind::text,
         "MAP"},
        {"--unit", "csv, jsonl: unit of the arrivals", Kind::text, "UNIT", false, units},
        {"--keep-quantised",
         "mooncake: keep arrivals in bursts every 3 s instead of spreading them"},
        {"--json", "say what was converted as JSON"}};
    return {"convert",
            "turn a recorded trace into ours (arrival_s,prompt_tokens,output_tokens)",
            rows,
            run};
}

}  // namespace plimsoll::cli
