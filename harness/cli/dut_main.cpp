#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "cli/command_tree.h"
#include "cli/commands.h"
#include "cli/dut_choice.h"
#include "dut/adapters/device_process.h"
#include "dut/dut_file.h"
#include "keyfile/rulebook.h"
#include "lab/socket_address.h"
#include "pages.h"

namespace {

using namespace karpspec;

int refuse(const std::string& message, int code) {
  std::cerr << "karpspec-dut: " << message << "\n";
  return code;
}

// ADDRESS or ADDRESS:PORT. An IPv6 address stands in brackets where a port follows.
Result<Endpoint> listen_endpoint(const std::string& text) {
  if (const Endpoint whole{text, 500}; lab::to_socket_address(whole))
    return whole;
  if (auto both = dut::endpoint_from("tcp:" + text))
    return both;
  return fail(ErrorCode::bad_value, "--listen " + text + ": expected ADDRESS or ADDRESS:PORT");
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{
      "The reference router as a device of its own: RKMP over IKEv2 on a UDP socket, in real "
      "time,\n"
      "controlled by JSON-RPC, one object a line (suites/schema/control.schema.json)."};
  app.name("karpspec-dut");
  std::string control = "stdio";
  std::string listen = "127.0.0.1:500";
  std::string fault_name;
  std::string suites;
  dut::DeviceProcess process;
  app.add_option("--control", control, "stdio, or tcp:ADDRESS:PORT to listen there")
      ->capture_default_str();
  app.add_option("--listen", listen, "ADDRESS[:PORT] where IKE is spoken")->capture_default_str();
  app.add_option("--fault", fault_name, "Have this fault of the suites' catalogue");
  app.add_option("--seed", process.seed, "Seed of everything random")->capture_default_str();
  app.add_option("--keys", process.keys,
                 "File for the keys of its IKE SAs, for who opens captures with them");
  app.add_option("--suites", suites, "Folder with the catalogue of faults");
  app.set_version_flag("--version",
                       [&suites] { return cli::version_text("karpspec-dut", suites); });
  cli::add_pages(app, cli::manual_of_dut);
  app.footer("Example: karpspec-dut --control tcp:127.0.0.1:7500 --listen 127.0.0.1:5500");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? cli::conforms : cli::bad_input;
  }

  auto at = listen_endpoint(listen);
  if (!at)
    return refuse(at.error().message, cli::bad_input);
  process.listen = *std::move(at);
  if (control != "stdio") {
    auto endpoint = dut::endpoint_from(control);
    if (!endpoint)
      return refuse("--control " + control + ": expected stdio or tcp:ADDRESS:PORT",
                    cli::bad_input);
    process.control = *std::move(endpoint);
  }
  auto folder = cli::find_suites(suites);
  if (!folder)
    return refuse(folder.error().message, cli::bad_input);
  auto rules = keyfile::read_rulebook(*folder);
  if (!rules)
    return refuse(rules.error().message, cli::bad_input);
  process.rules = std::make_shared<const keytable::Rulebook>(*std::move(rules));
  std::unique_ptr<oracle::Seams> seams;
  if (!fault_name.empty()) {
    auto fault = cli::find_fault(*folder, fault_name);
    if (!fault)
      return refuse(fault.error().message, cli::bad_input);
    seams = fault::make_seams(*fault, process.seed);
  }
  if (auto done = dut::run_device_process(process, seams ? *seams : oracle::no_seams()); !done) {
    const bool input = done.error().code == ErrorCode::bad_value;
    return refuse(done.error().message, input ? cli::bad_input : cli::not_judged);
  }
  return cli::conforms;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    return refuse(error.what(), cli::not_judged);
  }
}
