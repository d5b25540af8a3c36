// Whatever a YAML file holds, as scenario, as DUT file and as a tree alone: it is read, or refused
// in one line that names the place.
#include <cstdio>
#include <cstdlib>

#include "dut/dut_file.h"
#include "require.h"
#include "script/suite.h"
#include "source_dir.h"

namespace {

using namespace karpspec;

script::LoadContext context() {
  const std::string suites = source_dir() + "/suites";
  const auto requirements = script::load_requirements(suites);
  require(requirements.has_value(), "the requirements can be read");
  auto context = script::load_context(suites, *requirements);
  require(context.has_value(), "the defaults can be read");
  return *std::move(context);
}

// FILE:LINE:COLUMN: MESSAGE
void require_place(const Error& error) {
  require(error.message.find(".yaml:") != std::string::npos, "an error names its place",
          error.message);
  require(error.message.find('\n') == std::string::npos, "an error is one line", error.message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const script::LoadContext loading = context();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = transcript::parse_yaml(text, "suites/fuzzed.yaml");
  if (!root) {
    require_place(root.error());
    return 0;
  }
  if (const auto scenario = script::read_scenario(*root, "fuzzed.yaml", loading)) {
    require(!scenario->steps.empty() && !scenario->checks.empty(), "a scenario judges something");
  } else {
    require_place(scenario.error());
  }
  if (const auto device = dut::parse_dut_file(text, "duts/fuzzed.yaml"))
    require(!device->name.empty(), "a device has a name");
  else
    require_place(device.error());
  return 0;
}
