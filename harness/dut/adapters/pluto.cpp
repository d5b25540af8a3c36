#include "dut/adapters/pluto.h"

#include <filesystem>

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;

constexpr const char* pluto_control = "/mnt/run/pluto.ctl";

// whack's lines have a number in front: from 20 to 99 they say why pluto does not do it.
std::string refusal(const std::string& lines) {
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string line = lines.substr(at, end - at);
    if (line.size() > 4 && line[0] == '0' && line[1] >= '2' && line[1] <= '9' && line[3] == ' ')
      return line.substr(4);
    at = end + 1;
  }
  return "";
}

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  for (char& c : text)
    c = c == '\n' ? '|' : c;
  return text;
}

Result<std::string> run_to_end(const DaemonPlace& place, std::vector<std::string> command) {
  const std::string name = fs::path(command.front()).filename().string();
  KARPSPEC_TRY(done, run_in(place, std::move(command)));
  if (const std::string why = refusal(done.output); !why.empty())
    return fail(ErrorCode::bad_value, "pluto refuses: " + why);
  if (!done.status.success()) {
    return fail(ErrorCode::io, name + ": " + to_string(done.status) + ": " + one_line(done.output));
  }
  return std::move(done.output);
}

std::vector<std::string> whack_command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"/usr/libexec/ipsec/whack", "--ctlsocket", pluto_control});
  return arguments;
}

// An empty one is made once for the place; making one takes as long as the rest of the start.
Result<void> fresh_database(const DaemonPlace& place) {
  const fs::path folder = place.folder();
  std::error_code error;
  if (!fs::exists(folder / "nss-empty", error)) {
    fs::create_directory(folder / "nss-empty", error);
    KARPSPEC_CHECK(run_to_end(
        place, {"/usr/bin/certutil", "-N", "-d", "sql:/mnt/nss-empty", "--empty-password"}));
  }
  for (const char* old : {"nss", "run"})
    fs::remove_all(folder / old, error);
  fs::create_directory(folder / "run", error);
  fs::copy(folder / "nss-empty", folder / "nss", error);
  if (error)
    return fail(ErrorCode::io, (folder / "nss").string() + ": " + error.message());
  return {};
}

}  // namespace

DaemonKind pluto_kind() {
  return {"libreswan", "/usr/libexec/ipsec/pluto", DaemonKind::Below::esp};
}

Result<std::unique_ptr<Pluto>> Pluto::start(std::shared_ptr<DaemonPlace> place,
                                            const PlutoConfig& config) {
  KARPSPEC_CHECK(fresh_database(*place));
  KARPSPEC_CHECK(place->write("ipsec.conf", config.ipsec_conf));
  KARPSPEC_CHECK(place->write("ipsec.secrets", config.secrets));
  for (const auto& [name, text] : config.files)
    KARPSPEC_CHECK(place->write(name, text));
  for (const std::vector<std::string>& command : config.commands)
    KARPSPEC_CHECK(run_to_end(*place, command));
  KARPSPEC_TRY(process,
               DaemonProcess::start(
                   std::move(place),
                   {"--nofork", "--stderrlog", "--config", "/mnt/ipsec.conf", "--secretsfile",
                    "/mnt/ipsec.secrets", "--nssdir", "/mnt/nss", "--rundir", "/mnt/run"}));
  std::unique_ptr<Pluto> pluto(new Pluto(std::move(process)));
  // pluto runs an addconn of its own, which makes it listen. Until that has ended it may reload
  // what it has, and discard the SAs that were made meanwhile.
  KARPSPEC_CHECK(pluto->process_->wait_until(
      [&] { return pluto->log().find("reaped addconn helper child") != std::string::npos; }));
  KARPSPEC_CHECK(pluto->load(config));
  return pluto;
}

Result<void> Pluto::load(const PlutoConfig& config) const {
  for (const PlutoConfig::Connection& connection : config.connections) {
    KARPSPEC_CHECK(process_->told(
        run_to_end(process_->place(), {"/usr/libexec/ipsec/addconn", "--ctlsocket", pluto_control,
                                       "--config", "/mnt/ipsec.conf", connection.name})));
  }
  return {};
}

Result<std::string> Pluto::whack(std::vector<std::string> arguments) const {
  return process_->told(run_to_end(process_->place(), whack_command(std::move(arguments))));
}

Result<void> Pluto::begin(std::vector<std::string> arguments) {
  KARPSPEC_TRY(whack,
               process_->told(start_in(process_->place(), whack_command(std::move(arguments)))));
  begun_.push_back(std::move(whack));
  return {};
}

Result<std::vector<PlutoSa>> Pluto::sas() const {
  KARPSPEC_TRY(lines, whack({"--showstates"}));
  return pluto_sas(lines, process_->place().device().address);
}

}  // namespace karpspec::dut
