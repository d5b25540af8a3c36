#include <iostream>
#include <string>
#include <vector>

#include "dut/dut_file.h"
#include "keyfile/rulebook.h"
#include "lab/socket_address.h"
#include "planted/front.h"

// The reference device with mistakes planted in front of it: what `karpspec fuzz` has to find.

// Memory that was given back is reused soon, so that what is lost for ever can be told from it.
extern "C" const char* __asan_default_options();  // NOLINT: the sanitizer's own name
extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=4:detect_leaks=0:malloc_context_size=4:abort_on_error=0:"
         "allocator_may_return_null=1:detect_stack_use_after_return=0";
}

namespace {

using namespace karpspec;

constexpr const char* usage =
    "karpspec-dut-planted [--listen ADDRESS:PORT] [--bug NAME]... [--without NAME]... [--list]\n"
    "  The reference device, controlled over standard input and output, with bugs planted in "
    "front\n"
    "  of it: all, or those that are named. Never for anything but trying a fuzzer.\n";

int refuse(const std::string& message) {
  std::cerr << "karpspec-dut-planted: " << message << "\n" << usage;
  return 2;
}

int run(const std::vector<std::string>& words) {
  dut::DeviceProcess process;
  process.listen = {"127.0.0.1", 5500};
  planted::Bugs bugs;
  bool some = false;
  std::vector<planted::Bug> without;
  std::string suites = KARPSPEC_SOURCE_SUITES;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "--list") {
      std::cout << (word == "--help" ? usage : "");
      for (const planted::BugInfo& info : planted::bugs())
        std::cout << info.name << "\t" << info.kind << "\t" << info.shows << "\t" << info.model
                  << "\n";
      return 0;
    }
    if (i + 1 == words.size())
      return refuse(word + ": expected a value behind it, or there is no such option");
    const std::string& value = words[++i];
    if (word == "--bug" || word == "--without") {
      const auto bug = planted::bug_from_name(value);
      if (!bug)
        return refuse("no bug is called '" + value + "'");
      if (word == "--without")
        without.push_back(*bug);
      else
        bugs.plant(*bug);
      some = some || word == "--bug";
    } else if (word == "--listen") {
      auto endpoint = dut::endpoint_from("tcp:" + value);
      if (!endpoint)
        return refuse("--listen " + value + ": expected ADDRESS:PORT");
      process.listen = *std::move(endpoint);
    } else if (word == "--suites") {
      suites = value;
    } else {
      return refuse("unknown option " + word);
    }
  }
  if (!some)
    bugs.plant_all();
  for (const planted::Bug bug : without)
    bugs.spare(bug);
  auto rules = keyfile::read_rulebook(suites);
  if (!rules)
    return refuse(rules.error().message);
  process.rules = std::make_shared<const keytable::Rulebook>(*std::move(rules));
  planted::PlantedFront front(bugs);
  process.front = &front;
  if (auto done = dut::run_device_process(process, oracle::no_seams()); !done) {
    std::cerr << "karpspec-dut-planted: " << done.error().message << "\n";
    return done.error().code == ErrorCode::bad_value ? 2 : 3;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run({argv + 1, argv + argc});
}
