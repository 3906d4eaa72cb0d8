#include "sim/io/schema.h"

#include "cli/commands.h"
#include "cli/output.h"

namespace plimsoll::cli {
namespace {

int run(const Arguments& arguments) {
    deliver(arguments, scenario_schema());
    return 0;
}

}  // namespace

Command schema_command() {
    return {"schema", "print the JSON Schema of scenarios, for editors", output_options(), run};
}

}  // namespace plimsoll::cli
