// The invariants that can be read off the text of the sources: layers, globals, clocks, randomness,
// printing.

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/source_lint.h"

namespace {

namespace fs = std::filesystem;
using namespace plimsoll::test;

std::vector<Hit> machine_paths(const Source& source) {
    const std::string path = std::string("/wo") + "rk/";
    const std::size_t at = source.raw.find(path);
    return at == std::string::npos ? std::vector<Hit>{} : std::vector<Hit>{{at, path}};
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

const fs::path& root() {
    static const fs::path path = PLIMSOLL_SOURCE_DIR;
    return path;
}

bool is_code(const std::string& path) {
    return matches_any(path, {"*.h", "*.cpp", "*.cu", "*.cuh"});
}

/// Every file of the project, less what Git ignores.
std::vector<Source> all_files() {
    std::vector<Source> files;
    for (auto at = fs::recursive_directory_iterator(root());
         at != fs::recursive_directory_iterator();
         ++at) {
        const std::string path = fs::relative(at->path(), root()).string();
        if (matches_any(path,
                        {".git", ".cache", "build", "data", "scenarios/traces", "*.gz", "*.png"}) ||
            fs::exists(at->path() / "CMakeCache.txt")) {
            at.disable_recursion_pending();
        } else if (at->is_regular_file()) {
            const std::string text = read_file(at->path());
            files.push_back(is_code(path) ? read_text(path, text)
                                          : Source{.path = path, .raw = text});
        }
    }
    std::sort(files.begin(), files.end(), [](const Source& a, const Source& b) {
        return a.path < b.path;
    });
    return files;
}

/// The entries of set(NAME ...) in sim/CMakeLists.txt, from the root.
Names sim_list(const std::string& name) {
    const std::string text = read_file(root() / "sim/CMakeLists.txt");
    const std::size_t begin = text.find("set(" + name);
    REQUIRE(begin != std::string::npos);
    Names entries;
    std::string entry;
    for (std::size_t i = begin + 4 + name.size(); entry != ")"; ++i) {
        REQUIRE(i < text.size());
        if (std::isspace(static_cast<unsigned char>(text[i])) != 0 || text[i] == ')') {
            if (!entry.empty()) {
                entries.push_back("sim/" + entry);
            }
            entry = text[i] == ')' ? ")" : "";
        } else {
            entry += text[i];
        }
    }
    return entries;
}

Names quoted(Names paths) {
    for (std::string& path : paths) {
        path = '"' + path + '"';
    }
    return paths;
}

Names joined(Names a, const Names& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// What must not be found in files that match `in` and not `except`, and an example of it.
struct Rule {
    std::string name;
    Names in;
    Names except;
    Finder find;
    std::string bad_path;
    std::string bad;
    std::string good;

    bool covers(const std::string& path) const {
        return matches_any(path, in) && !matches_any(path, except);
    }
};

std::vector<Rule> rules() {
    const Names code = {"*.h", "*.cpp", "*.cu", "*.cuh"};
    const Names simulator = {"models/*.h", "models/*.cpp", "sim/*.h", "sim/*.cpp"};
    const Names top = {
        "\"models/*", "\"sim/*", "\"cli/*", "\"gui/*", "\"validation/*", "\"tests/*", "\"*.moc\""};
    const Names widgets = {"<QtWidgets/*",
                           "<QtCharts/*",
                           "<QtGui/*",
                           "<QtSvg*",
                           "<QApplication>",
                           "<QMainWindow>",
                           "<QChart*",
                           "<QPaint*",
                           "<Q*Widget>",
                           "<Q*Layout>",
                           "<Q*View>",
                           "<Q*Button>",
                           "<QLabel>"};
    const Names question_headers = sim_list("PLIMSOLL_QUESTION_HEADERS");
    const Names question = joined(question_headers, sim_list("PLIMSOLL_QUESTION_SOURCES"));
    const Names question_and_models = joined(quoted(question_headers), {"\"models/*"});
    return {
        {"models/ knows the standard library, Eigen and fmt",
         {"models/*.h", "models/*.cpp"},
         {},
         includes_other_than({"\"models/*", "<Eigen/*", "<fmt/*"}),
         "models/x.cpp",
         "#include <nlohmann/json.hpp>\n",
         "#include <cmath>\n#include <Eigen/Dense>\n"},
        {"SimGrid stays in sim/kernel/*.cpp",
         code,
         {"sim/kernel/*.cpp"},
         includes({"<simgrid/*", "\"simgrid/*", "<xbt*", "\"xbt*", "<smpi/*"}),
         "sim/kernel/x.h",
         "# include <simgrid/s4u.hpp>\n",
         "// #include <simgrid/s4u.hpp>\n"},
        {"JSON stays in sim/io/*.cpp",
         code,
         {"sim/io/*.cpp", "tests/*"},
         includes({"<nlohmann/json.hpp>", "<nlohmann/[!j]*", "\"nlohmann/*"}),
         "sim/io/x.h",
         "#include <nlohmann/json.hpp>\n",
         "#include <nlohmann/json_fwd.hpp>\n"},
        {"JSON is named in sim/io/ alone",
         code,
         {"sim/io/*", "tests/*"},
         includes({"<nlohmann/json_fwd.hpp>"}),
         "sim/run.h",
         "#include <nlohmann/json_fwd.hpp>\n",
         "#include \"sim/io/scenario_json.h\"\n"},
        {"CLI11 stays in cli/args.*",
         code,
         {"cli/args.*"},
         includes({"<CLI/*", "\"CLI/*"}),
         "cli/main.cpp",
         "#include <CLI/CLI.hpp>\n",
         "#include \"cli/args.h\"\n"},
        {"Qt stays in gui/",
         code,
         {"gui/*", "tests/gui/*"},
         includes({"<Q[A-Z]*", "<Qt*"}),
         "sim/report/x.cpp",
         "#include <QString>\n",
         "#include <queue>\n"},
        {"widgets stay in gui/view/ and gui/main.cpp",
         code,
         {"gui/view/*", "gui/main.cpp", "tests/gui/view/*"},
         includes(widgets),
         "gui/model/x.h",
         "#include <QWidget>\n",
         "#include <QObject>\n"},
        {"the explorer sees the question and the models",
         {"gui/*.h", "gui/*.cpp"},
         {},
         includes_other_than(joined(question_and_models, {"<*", "\"gui/*", "\"*.moc\""})),
         "gui/model/x.cpp",
         "#include \"sim/run.h\"\n",
         "#include \"models/units.h\"\n"},
        {"the question does not see the engine",
         joined(question, {"sim/example.cpp"}),
         {},
         includes_other_than(joined(question_and_models, {"<*"})),
         "sim/example.cpp",
         "#include \"sim/kernel/engine.h\"\n",
         "#include \"models/units.h\"\n"},
        {"includes are written from the root",
         code,
         {},
         includes_other_than(joined(top, {"<*"})),
         "sim/x.cpp",
         "#include \"x.h\"\n",
         "#include \"sim/x.h\"\n"},
        {"randomness comes from named streams",
         simulator,
         {},
         tokens(
             {"std::*_distribution", "rand(", "srand(", "drand48(", "random_device", "mt19937*"}),
         "sim/x.cpp",
         "std::normal_distribution<> d;",
         "Strand s = strand(1); // rand()\n"},
        {"no wall clock",
         simulator,
         {},
         tokens({"system_clock",
                 "high_resolution_clock",
                 "time(nullptr)",
                 "time(NULL)",
                 "time(0)",
                 "std::time(",
                 "gettimeofday(",
                 "clock_gettime("}),
         "models/x.cpp",
         "auto t = std::chrono::system_clock::now();",
         "Seconds t = step_time(0);"},
        {"libraries never print and never exit",
         simulator,
         {},
         tokens({"std::cout",
                 "std::cerr",
                 "std::clog",
                 "printf(",
                 "fprintf(stderr",
                 "fprintf(stdout",
                 "puts(",
                 "putchar(",
                 "fmt::print(",
                 "exit(",
                 "quick_exit("}),
         "sim/x.cpp",
         "if (bad) std::exit(2);",
         "snprintf(b, n, \"printf(\"); ::_exit(0);"},
        {"no mutable statics",
         {"models/*", "sim/*", "cli/*", "gui/*", "validation/*"},
         {"*.txt", "*.md", "*.json", "validation/kernels/*"},
         mutable_statics,
         "sim/x.cpp",
         "namespace plimsoll {\nint counter = next(0);\n}\n",
         "namespace plimsoll {\nconstexpr int kLimit = 3;\nusing A = int;\nstruct B;\nint f(int a "
         "= 0);\n"
         "template <class T = int> bool operator==(A, B) { static const int k = 1; int x = k; "
         "return x; }\n}\n"},
        {"nothing shipped names a path of one machine",
         {"*"},
         {},
         machine_paths,
         "README.md",
         std::string("see /wo") + "rk/notes",
         "see work/notes"},
    };
}

Names broken(const Rule& rule, const Source& source) {
    Names found;
    for (const Hit& hit : rule.find(source)) {
        const auto line =
            1 + std::count(source.raw.begin(),
                           source.raw.begin() + static_cast<std::ptrdiff_t>(hit.offset),
                           '\n');
        found.push_back(fmt::format("{}:{}: {} ({})", source.path, line, rule.name, hit.what));
    }
    return found;
}

}  // namespace

TEST_CASE("layering: each rule finds its bad example and lets its good one pass") {
    for (const Rule& rule : rules()) {
        CAPTURE(rule.name);
        CHECK(rule.covers(rule.bad_path));
        CHECK(broken(rule, read_text(rule.bad_path, rule.bad)).size() == 1);
        CHECK(broken(rule, read_text(rule.bad_path, rule.good)) == Names{});
    }
}

TEST_CASE("layering: the lint of globals knows their forms") {
    const auto count = [](const char* text) {
        return mutable_statics(read_text("x.cpp", text)).size();
    };
    CHECK(count("std::vector<int> cache;") == 1);
    CHECK(count("namespace a::b { int x{3}; }") == 1);
    CHECK(count("void f() { static int calls; ++calls; }") == 1);
    CHECK(count("struct A { static A* instance; };") == 1);
    CHECK(count("thread_local const int x = 1;") == 1);
    CHECK(count("static int f(int x) { int y = x; return y; }") == 0);
    CHECK(count("#define STATE static int x;\nenum class E { a };\n") == 0);
    CHECK(count("struct A { int x = 0; static constexpr int k = 1'000; };") == 0);
}

TEST_CASE(
    "layering: a hit is reported with its line, whatever comments and strings stand before it") {
    const Source source = read_text(
        "sim/x.cpp", "/* rand(\n */ auto s = R\"(rand(\n)\"; auto c = '\"';\nint r = rand();\n");
    const auto hits = tokens({"rand("})(source);
    REQUIRE(hits.size() == 1);
    CHECK(std::count(source.raw.begin(),
                     source.raw.begin() + static_cast<std::ptrdiff_t>(hits[0].offset),
                     '\n') == 3);
}

TEST_CASE("layering: the sources keep every rule") {
    const std::vector<Source> files = all_files();
    Names found;
    for (const Rule& rule : rules()) {
        for (const Source& file : files) {
            if (rule.covers(file.path)) {
                found = joined(found, broken(rule, file));
            }
        }
    }
    CHECK_MESSAGE(found.empty(), fmt::format("\n{}", fmt::join(found, "\n")));
}

TEST_CASE(
    "layering: every source is listed in the CMakeLists.txt above it, so that none is left out of "
    "the build") {
    Names found;
    for (const Source& file : all_files()) {
        // Headers of programs are found by those who include them; only libraries list theirs.
        const bool of_a_library = file.path.starts_with("models/") || file.path.starts_with("sim/");
        const bool is_header = file.path.ends_with(".h");
        if (!is_code(file.path) || (is_header && !of_a_library)) {
            continue;
        }
        fs::path folder = fs::path(file.path).parent_path();
        while (!folder.empty() && !fs::exists(root() / folder / "CMakeLists.txt")) {
            folder = folder.parent_path();
        }
        const std::string entry = fs::path(file.path).lexically_relative(folder).string();
        if (read_file(root() / folder / "CMakeLists.txt").find(entry) == std::string::npos) {
            found.push_back(file.path);
        }
    }
    CHECK_MESSAGE(found.empty(), fmt::format("not listed:\n{}", fmt::join(found, "\n")));
}
