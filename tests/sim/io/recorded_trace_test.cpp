#include "sim/io/recorded_trace.h"

#include <doctest/doctest.h>

#include "tests/support/measured_data.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using plimsoll::test::measured_data;
using plimsoll::test::TemporaryFolder;

namespace {

/// What reading `text` complains of, without the path.
std::string complaint(const std::string& text) {
    const TemporaryFolder folder;
    const std::string path = folder.write("in", text);
    try {
        static_cast<void>(read_recorded_trace(path));
    } catch (const TraceError& error) {
        return std::string(error.what()).substr(path.size() + 1);
    }
    return "";
}

}  // namespace

TEST_CASE("recorded_trace: the first line tells the format") {
    const TemporaryFolder folder;
    const auto ours = read_recorded_trace(
        folder.write("a", "arrival_s,prompt_tokens,output_tokens\n5,10,20\n7,11,21\n"));
    CHECK(ours.format == RecordedTrace::Format::ours);
    CHECK(ours.rows[0].arrival_s == 0.0);
    CHECK(ours.rows[1].arrival_s == 2.0);
    const auto azure = read_recorded_trace(
        folder.write("b",
                     "TIMESTAMP,ContextTokens,GeneratedTokens\n2024-01-01 00:00:00,1,2\n"
                     "2024-01-01 00:00:01.5,3,4\n"));
    CHECK(azure.format == RecordedTrace::Format::azure);
    CHECK(azure.rows[1].arrival_s == 1.5);
}

TEST_CASE("recorded_trace: prefixes seen before count from the start of the prompt, by hand") {
    const TemporaryFolder folder;
    const auto trace = read_recorded_trace(folder.write(
        "in",
        R"({"timestamp": 0, "input_length": 1200, "output_length": 5, "hash_ids": [1, 2, 3]}
{"timestamp": 1000, "input_length": 1200, "output_length": 5, "hash_ids": [1, 2, 4]}
{"timestamp": 2000, "input_length": 600, "output_length": 5, "hash_ids": [9, 1]}
{"timestamp": 4000, "input_length": 100, "output_length": 5, "hash_ids": [3]}
)"));
    CHECK(trace.format == RecordedTrace::Format::mooncake);
    REQUIRE(trace.prefix);
    // Blocks 1, 2, 3, 4, 9. The second request finds 2 x 512 tokens, the third nothing, for its
    // known block follows a new one, the fourth its 100: 1124 of 3100.
    CHECK(trace.prefix->distinct_blocks == 5);
    CHECK(trace.prefix->token_share == doctest::Approx(1124.0 / 3100.0));
}

TEST_CASE("recorded_trace: mistakes are told with their place") {
    CHECK(complaint("") == "1:1: empty; a trace is expected");
    CHECK(complaint("arrival_s,prompt_tokens,output_tokens\n") == "1:1: no rows after the header");
    CHECK(complaint("arrival_s,prompt_tokens,output_tokens\n3,10,20\n") ==
          "2:1: one request: a trace needs two dates to have a rate");
    CHECK(complaint("arrival_s,prompt_tokens,output_tokens\n3,10,20\n3,10,20\n") ==
          "2:1: all 2 requests have one date: a trace needs two dates to have a rate");
    CHECK(complaint("arrival_s,prompt_tokens,output_tokens\n2,10,10\n1,10,10\n") ==
          "3:1: arrival_s is earlier than in the row before");
    CHECK(complaint("arrival_s,prompt_tokens,output_tokens\n2,ten,10\n") ==
          "2:3: prompt_tokens: \"ten\" is not a number");
    CHECK(complaint(R"({"timestamp": 0, "input_length": 9, "output_length": 5, "hash_ids": 3}
{"timestamp": 1, "input_length": 9, "output_length": 5})") == "1:1: hash_ids: a list is expected");
    CHECK_THROWS_AS(static_cast<void>(read_recorded_trace("/nowhere/trace.csv")), FileError);
}

TEST_CASE("recorded_trace: the Mooncake trace has steps of 3 s and the prefixes that are known") {
    const auto path = measured_data("mooncake/conversation_trace.jsonl.gz");
    if (!path) return;
    const auto trace = read_recorded_trace(*path);
    REQUIRE(trace.quantum);
    CHECK(trace.quantum->quantum_s == 3.0);
    CHECK(trace.quantum->dates == 1180);
    CHECK_FALSE(trace.quantum->spread);
    CHECK(trace.prefix->distinct_blocks == 182'790);
    CHECK(trace.prefix->token_share == doctest::Approx(0.3736).epsilon(1e-3));
}
