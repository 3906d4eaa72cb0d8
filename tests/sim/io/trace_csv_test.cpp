#include "sim/io/trace_csv.h"

#include <filesystem>
#include <limits>

#include <doctest/doctest.h>

#include "sim/random.h"
#include "sim/workload/length_moments.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using plimsoll::test::bytes_of;
using plimsoll::test::TemporaryFolder;

namespace {

constexpr const char* kHeader = "arrival_s,prompt_tokens,output_tokens\n";

std::vector<TraceRow> many_rows(int count) {
    Stream s(1, 0, "rows");
    std::vector<TraceRow> rows;
    double date_s = 0.0;
    for (int i = 0; i < count; ++i) {
        TraceRow& row = rows.emplace_back();
        row.arrival_s = date_s;
        row.prompt_tokens = static_cast<std::int32_t>(1 + s.below(100'000));
        row.output_tokens = static_cast<std::int32_t>(1 + s.below(2'000));
        date_s += 0.01 * s.exponential();
    }
    return rows;
}

/// What reading `content` after our header complains of, without the path.
std::string complaint(const std::string& content, const std::string& header = kHeader) {
    const TemporaryFolder folder;
    const std::string path = folder.write("t.csv", header + content);
    try {
        static_cast<void>(read_trace(path));
    } catch (const TraceError& error) {
        const std::string what = error.what();
        CHECK(what.starts_with(path + ":"));
        return what.substr(path.size() + 1);
    }
    return "";
}

}  // namespace

TEST_CASE("trace_csv: what is written is read back to the last bit, plain and gzipped") {
    const TemporaryFolder folder;
    const std::vector<TraceRow> rows = many_rows(50'000);
    for (const char* name : {"t.csv", "t.csv.gz"}) {
        CAPTURE(name);
        const std::string path = folder.file(name);
        write_trace(path, rows);
        const std::vector<TraceRow> back = read_trace(path);
        REQUIRE(back.size() == rows.size());
        bool same = true;
        for (std::size_t i = 0; i < rows.size(); ++i)
            same = same && back[i].arrival_s == rows[i].arrival_s &&
                   back[i].prompt_tokens == rows[i].prompt_tokens &&
                   back[i].output_tokens == rows[i].output_tokens;
        CHECK(same);
    }
    CHECK(std::filesystem::file_size(folder.file("t.csv.gz")) <
          std::filesystem::file_size(folder.file("t.csv")));
    // No temporary file is left.
    CHECK(folder.files() == 2);
}

TEST_CASE("trace_csv: equal rows give equal gzip bytes, without a date") {
    const TemporaryFolder folder;
    write_trace(folder.file("a.gz"), many_rows(1000));
    write_trace(folder.file("b.gz"), many_rows(1000));
    const std::string a = bytes_of(folder.file("a.gz"));
    CHECK(a == bytes_of(folder.file("b.gz")));
    // Bytes 4 to 7 of a gzip header are the date, byte 3 would announce a name.
    CHECK(a.substr(3, 5) == std::string(5, '\0'));
}

TEST_CASE("trace_csv: CRLF, a byte order mark, blanks and a missing last newline are accepted") {
    const TemporaryFolder folder;
    const std::string path =
        folder.write("t.csv",
                     "\xef\xbb\xbf"
                     "arrival_s,prompt_tokens,output_tokens\r\n0, 10 ,20\r\n1.5,30,40.0");
    const std::vector<TraceRow> rows = read_trace(path);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].prompt_tokens == 10);
    CHECK(rows[1].arrival_s == 1.5);
    CHECK(rows[1].output_tokens == 40);
}

TEST_CASE("trace_csv: a mistake is told with line and column") {
    CHECK(complaint("0,10,20\n1,x,30\n") == "3:3: prompt_tokens: \"x\" is not a number");
    CHECK(complaint("0,10,20\n1,10,-3\n") == "3:6: output_tokens: -3 tokens; at least 1 is needed");
    CHECK(complaint("0,10,0\n") == "2:6: output_tokens: 0 tokens; at least 1 is needed");
    CHECK(complaint("0,10.5,20\n") == "2:3: prompt_tokens: 10.5 is not a number of tokens");
    CHECK(complaint("0,10,9999999999\n") ==
          "2:6: output_tokens: 9999999999 is not a number of tokens");
    CHECK(complaint("1,10,20\n0.5,10,20\n") == "3:1: arrival_s is earlier than in the row before");
    CHECK(complaint("-1,10,20\n") == "2:1: arrival_s is negative");
    CHECK(complaint("nan,10,20\n") == "2:1: arrival_s: \"nan\" is not a number");
    CHECK(complaint("0,10\n") == "2:1: 3 columns expected, 2 found");
    CHECK(complaint("0,10,20\n\n1,2,3\n") == "3:1: 3 columns expected, 1 found");
    CHECK(complaint("") == "1:1: no rows after the header");
    CHECK(complaint("", "") == "1:1: empty; the header is missing");
    CHECK(complaint("0,10,20\n", "a,b,c\n").starts_with("1:1: the header must be arrival_s,"));
}

TEST_CASE("trace_csv: missing, unreadable and truncated files are file errors with their name") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH_AS(static_cast<void>(read_trace(folder.file("none.csv"))),
                         (folder.file("none.csv") + ": No such file or directory").c_str(),
                         FileError);
    CHECK_THROWS_AS(static_cast<void>(read_trace(folder.file(""))), FileError);
    write_trace(folder.file("t.gz"), many_rows(20'000));
    const std::string whole = bytes_of(folder.file("t.gz"));
    for (const std::size_t cut : {whole.size() - 1, whole.size() - 8, whole.size() / 2}) {
        CAPTURE(cut);
        const std::string path = folder.write("cut.gz", whole.substr(0, cut));
        CHECK_THROWS_WITH_AS(static_cast<void>(read_trace(path)),
                             (path + ": compressed stream ends early").c_str(),
                             FileError);
    }
    std::string damaged = whole;
    damaged[whole.size() / 2] = static_cast<char>(damaged[whole.size() / 2] ^ 0x55);
    CHECK_THROWS(static_cast<void>(read_trace(folder.write("damaged.gz", damaged))));
}

TEST_CASE("trace_csv: writing into a missing folder is a file error and leaves nothing") {
    const TemporaryFolder folder;
    CHECK_THROWS_AS(write_trace(folder.file("no/such/t.csv"), many_rows(1)), FileError);
    CHECK(folder.files() == 0);
}

TEST_CASE("trace_csv: moments of a trace are those of its columns") {
    const TemporaryFolder folder;
    const std::string path = folder.file("t.csv");
    write_trace(path, {{0.0, 10, 1}, {1.0, 20, 3}});
    const RequestMoments moments = trace_moments(path);
    CHECK(moments.prompt.mean == 15.0);
    CHECK(moments.prompt.second_moment == 250.0);
    CHECK(moments.prompt.longest == 20.0);
    CHECK(moments.output.mean == 2.0);
    // (10 * 1 + 20 * 3) / 2.
    CHECK(moments.mean_product == 35.0);
}
