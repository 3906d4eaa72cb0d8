#include "sim/io/convert_trace.h"

#include <doctest/doctest.h>

#include "tests/support/measured_data.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using plimsoll::test::bytes_of;
using plimsoll::test::measured_data;
using plimsoll::test::TemporaryFolder;

namespace {

constexpr const char* kAzure =
    "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
    "2023-12-31 23:59:59.9000001,374,44\r\n"
    "2024-01-01 00:00:00.1000001,396,109\r\n"
    "2024-01-01 01:00:01.1000001+01:00,7,8";

/// What reading `text` complains of, without the path.
std::string complaint(ConvertRequest request, const std::string& text) {
    const TemporaryFolder folder;
    request.input = folder.write("in", text);
    try {
        static_cast<void>(read_foreign_trace(request));
    } catch (const TraceError& error) {
        return std::string(error.what()).substr(request.input.size() + 1);
    }
    return "";
}

ConvertRequest from(TraceSource source) {
    ConvertRequest request;
    request.source = source;
    return request;
}

}  // namespace

TEST_CASE("convert_trace: azure dates become seconds from the first, over midnight and zones") {
    const TemporaryFolder folder;
    ConvertRequest request = from(TraceSource::azure);
    request.input = folder.write("azure.csv", kAzure);
    request.output = folder.file("out.csv");
    const ConvertReport report = convert_trace(request);
    CHECK(report.rows == 3);
    CHECK(report.span_s == 1.2);
    CHECK(report.mean_output_tokens == doctest::Approx(161.0 / 3.0));
    CHECK(bytes_of(request.output) ==
          "arrival_s,prompt_tokens,output_tokens\n0,374,44\n0.2,396,109\n1.2,7,8\n");
}

TEST_CASE("convert_trace: mooncake requests are spread inside their 3 s, or kept") {
    // Three at 0, two at 3 s whose next date is 1 s later, one at 4 s, two at the end.
    std::string text;
    for (const int ms : {0, 0, 0, 3000, 3000, 4000, 9000, 9000})
        text += "{\"timestamp\": " + std::to_string(ms) +
                ", \"input_length\": 600, \"output_length\": 5, \"hash_ids\": [1, 2]}\n";
    const TemporaryFolder folder;
    ConvertRequest request = from(TraceSource::mooncake);
    request.input = folder.write("m.jsonl", text);
    const double wanted[] = {0.0, 1.0, 2.0, 3.0, 3.5, 4.0, 9.0, 10.5};
    const std::vector<TraceRow> rows = read_foreign_trace(request);
    REQUIRE(rows.size() == 8);
    for (std::size_t i = 0; i < 8; ++i) CHECK(rows[i].arrival_s == wanted[i]);
    CHECK(rows[0].prompt_tokens == 600);
    request.quantum = QuantumRule::keep;
    CHECK(read_foreign_trace(request)[2].arrival_s == 0.0);
    CHECK(read_foreign_trace(request)[7].arrival_s == 9.0);
}

TEST_CASE("convert_trace: any CSV can be read by naming its columns and unit") {
    const TemporaryFolder folder;
    ConvertRequest request = from(TraceSource::csv);
    request.input = folder.write("in.csv", "id,out,\"in\",ts\n1,20,10,5000\n2,40,30,6500\n");
    request.columns = parse_columns("arrival=ts,prompt=in,output=out");
    request.columns.time = TraceTime::ms;
    const std::vector<TraceRow> rows = read_foreign_trace(request);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].arrival_s == 0.0);
    CHECK(rows[1].arrival_s == 1.5);
    CHECK(rows[1].prompt_tokens == 30);
    CHECK(rows[1].output_tokens == 40);
    request.columns.time = TraceTime::us;
    CHECK(read_foreign_trace(request)[1].arrival_s == 0.0015);
}

TEST_CASE("convert_trace: converting our own format changes nothing") {
    const TemporaryFolder folder;
    ConvertRequest request = from(TraceSource::csv);
    const std::string text = "arrival_s,prompt_tokens,output_tokens\n0,1,2\n0.1,3,4\n";

    request.input = folder.write("in.csv", text);
    request.output = folder.file("out.csv");
    convert_trace(request);
    CHECK(bytes_of(request.output) == text);
}

TEST_CASE("convert_trace: mistakes are told with line and column") {
    const ConvertRequest azure = from(TraceSource::azure);
    const std::string header = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
    CHECK(complaint(azure, "TIMESTAMP,ContextTokens\n") ==
          "1:1: no column \"GeneratedTokens\"; there are: TIMESTAMP, ContextTokens");
    CHECK(complaint(azure, header + "2023-02-30 00:00:00,1,1\n") ==
          "2:1: TIMESTAMP: \"2023-02-30 00:00:00\" is not a date");
    CHECK(complaint(azure, header + "2023-02-03 00:00:00.,1,1\n") ==
          "2:1: TIMESTAMP: \"2023-02-03 00:00:00.\" is not a date");
    CHECK(complaint(azure, header + "2023-01-01 00:00:01,1,1\n2023-01-01 00:00:00,1,1\n") ==
          "3:1: TIMESTAMP is earlier than in the row before: sort the trace");
    CHECK(complaint(azure, header + "2023-01-01 00:00:01,1,-4\n") ==
          "2:23: GeneratedTokens: -4 tokens; at least 1 is needed");
    CHECK(complaint(azure, header + "2023-01-01 00:00:01,1\n") ==
          "2:22: 3 columns expected, 2 found");
    CHECK(complaint(azure, header) == "1:1: no requests");
    CHECK(complaint(azure, "") == "1:1: empty; the header is missing");
    const ConvertRequest mooncake = from(TraceSource::mooncake);
    CHECK(complaint(mooncake, "{\"timestamp\": 1, \"input_length\": 2}\n") ==
          "1:1: no \"output_length\"");
    CHECK(complaint(mooncake, "{\"timestamp\": \"x\"}\n") ==
          "1:1: timestamp: \"x\" is not a number");
    CHECK(complaint(mooncake, "{\n") == "1:1: not a JSON object");
    CHECK_THROWS_AS(static_cast<void>(parse_columns("arival=ts")), TraceError);
    CHECK_THROWS_AS(static_cast<void>(parse_columns("arrival=")), TraceError);
}

TEST_CASE("convert_trace: the Azure conversation trace has its published totals") {
    const auto path = measured_data("azure_llm_2023/AzureLLMInferenceTrace_conv.csv");
    if (!path) return;
    const TemporaryFolder folder;
    ConvertRequest request = from(TraceSource::azure);
    request.input = *path;
    request.output = folder.file("azure.csv.gz");
    const ConvertReport report = convert_trace(request);
    CHECK(report.rows == 19'366);
    CHECK(report.mean_prompt_tokens == doctest::Approx(1154.7).epsilon(1e-5));
    CHECK(report.mean_output_tokens == doctest::Approx(211.126).epsilon(1e-5));
    // 18:15:46.6805900 to 19:14:08.4025270.
    CHECK(report.span_s == doctest::Approx(3501.721937).epsilon(1e-12));
    CHECK(read_trace(request.output).size() == 19'366);
}

TEST_CASE("convert_trace: the Mooncake conversation trace has its published totals") {
    const auto path = measured_data("mooncake/conversation_trace.jsonl.gz");
    if (!path) return;
    ConvertRequest request = from(TraceSource::mooncake);
    request.input = *path;
    const std::vector<TraceRow> rows = read_foreign_trace(request);
    CHECK(rows.size() == 12'031);
    double prompt = 0.0;
    double output = 0.0;
    for (const TraceRow& row : rows) {
        prompt += row.prompt_tokens;
        output += row.output_tokens;
    }
    CHECK(prompt / 12'031 == doctest::Approx(12'035).epsilon(1e-4));
    CHECK(output / 12'031 == doctest::Approx(343).epsilon(1e-2));
    // The last quantum starts at 3,536.999 s.
    CHECK(rows.back().arrival_s > 3536.999);
    CHECK(rows.back().arrival_s < 3540.0);
}
