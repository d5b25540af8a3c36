#include "dut/adapters/charon.h"

#include <filesystem>

#include "dut/adapters/charon_keys.h"

namespace karpspec::dut {
namespace {

constexpr std::chrono::seconds vici_answer_time{5};

}  // namespace

DaemonKind charon_kind() {
  return {"strongswan", "/usr/sbin/charon-systemd", DaemonKind::Below::esp};
}

Result<std::unique_ptr<Charon>> Charon::start(std::shared_ptr<DaemonPlace> place,
                                              const CharonConfig& config) {
  const std::string control = place->folder() + "/vici";
  std::error_code error;
  std::filesystem::remove(control, error);
  KARPSPEC_CHECK(place->write("strongswan.conf", config.strongswan_conf));
  // There already, so that charon appends to a file that only root may read.
  KARPSPEC_CHECK(place->write(charon_key_log, ""));
  KARPSPEC_TRY(process, DaemonProcess::start(std::move(place), {},
                                             {{"STRONGSWAN_CONF", "/mnt/strongswan.conf"}}));
  std::optional<vici::Session> session;
  KARPSPEC_CHECK(process->wait_until([&] {
    if (auto connected = vici::Session::connect(control, vici_answer_time))
      session.emplace(*std::move(connected));
    return session.has_value();
  }));
  std::unique_ptr<Charon> charon(new Charon(std::move(process), *std::move(session)));
  for (const CharonConfig::Command& command : config.commands)
    KARPSPEC_CHECK(charon->request(command.name, command.message));
  return charon;
}

std::vector<ToldKeys> Charon::told_keys() const {
  return charon_keys(process_->place().read(charon_key_log));
}

}  // namespace karpspec::dut
