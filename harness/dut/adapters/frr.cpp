#include "dut/adapters/frr.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "dut/adapters/daemon_process.h"
#include "dut/adapters/frr_config.h"

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;
using keytable::Row;

constexpr const char* sockets = "/mnt/frr";  // of the daemons, which run as user frr
constexpr const char* interface = "device";

// User and group of "frr" in its /etc/passwd.
Result<std::pair<uid_t, gid_t>> frr_user(const DaemonPlace& place) {
  KARPSPEC_TRY(said, run_in(place, {"/usr/bin/cat", "/etc/passwd"}));
  std::istringstream in(said.output);
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string name, password, user, group;
    std::getline(fields, name, ':');
    std::getline(fields, password, ':');
    std::getline(fields, user, ':');
    std::getline(fields, group, ':');
    if (name == "frr" && !user.empty() && !group.empty())
      return std::pair(static_cast<uid_t>(std::stoul(user)), static_cast<gid_t>(std::stoul(group)));
  }
  return fail(ErrorCode::io, "its /etc/passwd has no user frr");
}

std::vector<std::string> arguments(const std::string& daemon) {
  const std::string at = sockets;
  return {"-f", "/dev/null",       "--vty_socket", at,  "-i",    at + "/" + daemon + ".pid",
          "-z", at + "/zserv.api", "-P",           "0", "--log", "stdout"};
}

Result<std::string> vtysh(const DaemonPlace& place, const std::vector<std::string>& lines) {
  std::vector<std::string> command = {"/usr/bin/vtysh", "--vty_socket", sockets};
  for (const std::string& line : lines) {
    command.emplace_back("-c");
    command.push_back(line);
  }
  KARPSPEC_TRY(done, run_in(place, std::move(command)));
  if (!done.status.success())
    return fail(ErrorCode::io, "vtysh: " + to_string(done.status) + ": " + done.output);
  return std::move(done.output);
}

class Frr final : public RoutingDaemon {
 public:
  static Result<std::unique_ptr<RoutingDaemon>> start(std::shared_ptr<DaemonPlace> place,
                                                      const std::string& tester) {
    const std::string folder = place->folder() + "/frr";
    std::error_code error;
    fs::remove_all(folder, error);
    fs::create_directory(folder, error);
    fs::permissions(place->folder(), fs::perms::others_exec, fs::perm_options::add, error);
    KARPSPEC_TRY(user, frr_user(*place));
    if (::chown(folder.c_str(), user.first, user.second) != 0)
      return fail(ErrorCode::io, folder + ": cannot be given to frr");
    std::unique_ptr<Frr> frr(new Frr(place, tester));
    KARPSPEC_TRY(zebra, DaemonProcess::start(place, arguments("zebra")));
    frr->zebra_ = std::move(zebra);
    KARPSPEC_CHECK(frr->zebra_->wait_until([&] {
      return fs::exists(folder + "/zserv.api", error) && fs::exists(folder + "/zebra.vty", error);
    }));
    for (const std::string daemon : {"ospfd", "ripd", "bgpd"}) {
      std::vector<std::string> command = {"/usr/lib/frr/" + daemon};
      for (std::string& word : arguments(daemon))
        command.push_back(std::move(word));
      KARPSPEC_TRY(child, start_in(*place, std::move(command)));
      frr->others_.push_back(std::make_unique<lab::ChildProcess>(std::move(child)));
      KARPSPEC_CHECK(frr->zebra_->wait_until(
          [&] { return fs::exists(folder + "/" + daemon + ".vty", error); }));
    }
    return frr;
  }

  ~Frr() override {
    // They end with their container; those who started them there need not be asked to.
    for (const auto& other : others_)
      if (place_->in_container())
        other->signal(SIGKILL);
  }

  std::string cannot(const Row& row, const std::vector<Row>& keys) const override {
    return frr_cannot(row, keys);
  }

  Result<void> apply(const std::vector<Row>& keys) override {
    std::vector<std::string> lines = frr_commands(keys_, keys, interface, tester_);
    if (lines.empty())
      return {};
    lines.insert(lines.begin(), "configure terminal");
    KARPSPEC_TRY(said, zebra_->told(vtysh(*place_, lines)));
    // vtysh goes on after what it refuses, and its exit status says nothing of it.
    if (said.find('%') != std::string::npos || said.find("not ") != std::string::npos)
      return fail(ErrorCode::bad_value, "vtysh: " + said.substr(0, said.find('\n')));
    keys_.clear();
    for (const Row& row : keys)
      keys_.push_back(row.clone());
    return {};
  }

  Result<Json> keys() const override {
    KARPSPEC_TRY(text, zebra_->told(vtysh(*place_, {"show running-config"})));
    return frr_keys(text);
  }

  bool alive() const override {
    return zebra_->alive() && std::all_of(others_.begin(), others_.end(),
                                          [](const auto& one) { return one->alive(); });
  }

 private:
  Frr(std::shared_ptr<DaemonPlace> place, std::string tester)
      : place_(std::move(place)), tester_(std::move(tester)) {}

  std::shared_ptr<DaemonPlace> place_;
  std::string tester_;
  std::unique_ptr<DaemonProcess> zebra_;
  std::vector<std::unique_ptr<lab::ChildProcess>> others_;
  std::vector<Row> keys_;
};

Result<std::string> frr_version(const DaemonPlace& place) {
  KARPSPEC_TRY(said, run_in(place, {"/usr/lib/frr/zebra", "--version"}));
  const std::string line = said.output.substr(0, said.output.find('\n'));
  if (line.find("version") == std::string::npos)
    return fail(ErrorCode::io, "zebra does not tell its version: " + line);
  return "FRR " + line.substr(line.rfind(' ') + 1);
}

}  // namespace

RoutingKind frr_kind() {
  return {{"frr", "/usr/lib/frr/zebra", DaemonKind::Below::nothing}, Frr::start, frr_version};
}

}  // namespace karpspec::dut
