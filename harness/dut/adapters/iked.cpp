#include "dut/adapters/iked.h"

#include <filesystem>

namespace karpspec::dut {
namespace {

constexpr const char* iked_control = "/mnt/iked.sock";

}  // namespace

DaemonKind iked_kind() {
  return {"openiked", "/usr/sbin/iked", DaemonKind::Below::pf_key};
}

Result<std::unique_ptr<Iked>> Iked::start(const std::shared_ptr<DaemonPlace>& place,
                                          const IkedConfig& config) {
  KARPSPEC_CHECK(place->write("iked.conf", config.text()));
  std::error_code error;
  std::filesystem::remove(place->folder() + "/iked.sock", error);
  KARPSPEC_TRY(process, DaemonProcess::start(
                            place, {"-d", "-vv", "-s", iked_control, "-f", "/mnt/iked.conf"}));
  std::unique_ptr<Iked> iked(new Iked(std::move(process)));
  // The process of it that speaks IKE has its last setting, and has heard from the one with the
  // keys.
  KARPSPEC_CHECK(iked->process_->wait_until([&] {
    const std::string log = iked->process_->log();
    return log.find("config_getstatic: no stickyaddress") != std::string::npos &&
           log.find("ikev2_dispatch_cert: updated local CERTREQ") != std::string::npos;
  }));
  return iked;
}

Result<void> Iked::begin(const IkedConfig& config, const std::string& peer) const {
  KARPSPEC_CHECK(process_->place().write("begin.conf", config.text(peer)));
  KARPSPEC_CHECK(ikectl({"load", "/mnt/begin.conf"}));
  return {};
}

Result<std::string> Iked::ikectl(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {"/usr/sbin/ikectl", "-s", iked_control};
  command.insert(command.end(), arguments.begin(), arguments.end());
  KARPSPEC_TRY(done, process_->told(run_in(process_->place(), std::move(command))));
  if (!done.status.success()) {
    return tl::unexpected(process_->told(
        Error{ErrorCode::io, "ikectl: " + to_string(done.status) + ": " + done.output, {}}));
  }
  return std::move(done.output);
}

Result<std::vector<IkedSa>> Iked::sas() const {
  KARPSPEC_TRY(lines, ikectl({"show", "sa"}));
  return iked_sas(lines);
}

}  // namespace karpspec::dut
