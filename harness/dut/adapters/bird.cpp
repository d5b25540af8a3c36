#include "dut/adapters/bird.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>

#include "dut/adapters/daemon_process.h"

namespace karpspec::dut {
namespace {

using keytable::Row;

constexpr const char* bird_control = "/mnt/bird.ctl";
constexpr const char* bird_interface = "device";

// "2026-01-01 00:00:00", in UTC, which the daemon runs in.
std::string bird_time(Time time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%F %T", &parts)};
}

std::string limit(const char* word, Time time, Time none) {
  return time == none ? std::string() : std::string(" ") + word + " \"" + bird_time(time) + "\";";
}

// "hmac-sha-256" is BIRD's "hmac sha256".
std::string algorithm(const std::string& alg_id) {
  return alg_id == "md5" ? "keyed md5" : "hmac sha" + alg_id.substr(alg_id.rfind('-') + 1);
}

std::string password(const Row& row) {
  return "password \"" + *printable_key(row) + "\" { id " + row.local_key_name + "; algorithm " +
         algorithm(row.alg_id) + ";" +
         limit("generate from", row.send_lifetime_start, keytable::always_start) +
         limit("generate to", row.send_lifetime_end, keytable::always_end) +
         limit("accept from", row.accept_lifetime_start, keytable::always_start) +
         limit("accept to", row.accept_lifetime_end, keytable::always_end) + " };\n";
}

std::string passwords(const std::vector<Row>& keys, std::string_view protocol) {
  std::string out;
  for (const Row& row : keys)
    if (row.protocol == protocol && row.direction != keytable::Direction::disabled)
      out += password(row);
  return out;
}

class Bird final : public RoutingDaemon {
 public:
  static Result<std::unique_ptr<RoutingDaemon>> start(std::shared_ptr<DaemonPlace> place,
                                                      const std::string& tester) {
    std::unique_ptr<Bird> bird(new Bird(place, tester));
    std::error_code error;
    std::filesystem::remove(place->folder() + "/bird.ctl", error);
    KARPSPEC_CHECK(bird->write({}));
    KARPSPEC_TRY(process,
                 DaemonProcess::start(place, {"-f", "-c", "/mnt/bird.conf", "-s", bird_control},
                                      {{"TZ", "UTC0"}}));
    bird->process_ = std::move(process);
    KARPSPEC_CHECK(bird->process_->wait_until(
        [&] { return std::filesystem::exists(place->folder() + "/bird.ctl", error); }));
    return bird;
  }

  std::string cannot(const Row& row, const std::vector<Row>& keys) const override {
    return bird_cannot(row, keys);
  }

  Result<void> apply(const std::vector<Row>& keys) override {
    KARPSPEC_CHECK(write(keys));
    KARPSPEC_TRY(done, process_->told(
                           run_in(*place_, {"/usr/sbin/birdc", "-s", bird_control, "configure"})));
    if (done.output.find("Reconfigured") == std::string::npos &&
        done.output.find("Reconfiguration in progress") == std::string::npos)
      return fail(ErrorCode::bad_value, "birdc: " + done.output);
    return {};
  }

  Result<Json> keys() const override { return fail(ErrorCode::unsupported, "birdc shows no keys"); }
  bool alive() const override { return process_->alive(); }

 private:
  Bird(std::shared_ptr<DaemonPlace> place, std::string tester)
      : place_(std::move(place)), tester_(std::move(tester)) {}
  Result<void> write(const std::vector<Row>& keys) {
    return place_->write("bird.conf",
                         bird_config(keys, bird_interface, place_->device().address, tester_));
  }

  std::shared_ptr<DaemonPlace> place_;
  std::string tester_;
  std::unique_ptr<DaemonProcess> process_;
};

Result<std::string> bird_version(const DaemonPlace& place) {
  KARPSPEC_TRY(said, run_in(place, {"/usr/sbin/bird", "--version"}));
  const std::string line = said.output.substr(0, said.output.find('\n'));
  if (line.find("BIRD") == std::string::npos)
    return fail(ErrorCode::io, "bird does not tell its version: " + line);
  return line;
}

}  // namespace

std::string bird_cannot(const Row& row, const std::vector<Row>& keys) {
  if (!printable_key(row))
    return "the adapter gives BIRD keys that are printable";
  if (row.protocol != "bgp")
    return "";
  if (row.alg_id != "md5")
    return "BIRD 2.0 has no " + row.alg_id + " for bgp";
  if (row.send_lifetime_start != keytable::always_start ||
      row.send_lifetime_end != keytable::always_end ||
      row.accept_lifetime_start != keytable::always_start ||
      row.accept_lifetime_end != keytable::always_end)
    return "BGP of BIRD has a key without lifetimes";
  if (std::any_of(keys.begin(), keys.end(),
                  [](const Row& other) { return other.protocol == "bgp"; }))
    return "BGP of BIRD has one key for a neighbor";
  return "";
}

std::string bird_config(const std::vector<Row>& keys, const std::string& interface,
                        const std::string& device, const std::string& tester) {
  std::string out =
      "router id " + device + ";\nlog stderr all;\nprotocol device {}\nprotocol direct { ipv4; }\n";
  if (const std::string own = passwords(keys, "ospfv2"); !own.empty())
    out += "protocol ospf v2 { ipv4; area 0 { interface \"" + interface +
           "\" { type broadcast; hello 1; dead 4; authentication cryptographic;\n" + own +
           "}; }; }\n";
  if (const std::string own = passwords(keys, "rip"); !own.empty())
    out += "protocol rip { ipv4 { export all; }; interface \"" + interface +
           "\" { version 2; mode multicast; update time 2; authentication cryptographic;\n" + own +
           "}; }\n";
  for (const Row& row : keys)
    if (row.protocol == "bgp" && row.direction != keytable::Direction::disabled)
      out += "protocol bgp { ipv4 { import none; export none; }; local " + device +
             " as 65001; neighbor " + tester + " as 65002; password \"" + *printable_key(row) +
             "\"; connect delay time 1; connect retry time 1; }\n";
  return out;
}

RoutingKind bird_kind() {
  return {{"bird", "/usr/sbin/bird", DaemonKind::Below::nothing}, Bird::start, bird_version};
}

}  // namespace karpspec::dut
