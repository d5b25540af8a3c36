#include "dut/adapters/daemon_place.h"

#include <linux/pfkeyv2.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "dut/adapters/device_root.h"
#include "dut/adapters/tester_endpoints.h"
#include "lab/data_folder.h"
#include "lab/file_descriptor.h"
#include "lab/live_link.h"

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;

constexpr const char* routing_packets =
    "ip proto 89 or udp port 520 or tcp port 179 or (ip[6:2] & 0x3fff) != 0";

// Whether this kernel takes an ESP SA, as an IKE daemon would install one.
bool kernel_has_esp(const lab::NetworkNamespace& place) {
  const auto added = place.ip({"xfrm", "state", "add", "src", "198.51.100.1", "dst", "198.51.100.2",
                               "proto", "esp", "spi", "0x100", "mode", "tunnel", "enc", "cbc(aes)",
                               "0x00000000000000000000000000000001", "auth", "hmac(sha1)",
                               "0x0000000000000000000000000000000000000001"});
  if (added)
    static_cast<void>(place.ip({"xfrm", "state", "flush"}));
  return added.has_value();
}

bool kernel_has_pf_key() {
  const lab::FileDescriptor key(::socket(AF_KEY, SOCK_RAW | SOCK_CLOEXEC, PF_KEY_V2));
  return static_cast<bool>(key);
}

// Whether a library is to stand in for what the kernel lacks. Errors: unsupported, where FILE does
// not want that.
Result<bool> needs_stand_in(const DutFile& file, const DaemonKind& kind,
                            const lab::NetworkNamespace& place) {
  if (kind.below == DaemonKind::Below::nothing)
    return false;
  if (kind.below == DaemonKind::Below::esp) {
    return file.start.esp == EspBelow::stand_in ||
           (file.start.esp == EspBelow::automatic && !kernel_has_esp(place));
  }
  if (file.start.pf_key_stands_in)
    return true;
  if (!kernel_has_pf_key()) {
    return fail(ErrorCode::unsupported,
                "this kernel has no PF_KEY (CONFIG_NET_KEY), which " + kind.name() + " needs");
  }
  return false;
}

std::string stand_in_library(DaemonKind::Below below) {
  return lab::beside_program(below == DaemonKind::Below::esp ? "karpspec_esp_stand_in.so"
                                                             : "karpspec_pfkey_stand_in.so");
}

}  // namespace

std::string DaemonKind::name() const {
  return fs::path(program).filename().string();
}

Result<std::shared_ptr<DaemonPlace>> DaemonPlace::make(const DutFile& file,
                                                       const DaemonKind& kind) {
  if (const std::string why = lab::why_no_namespaces(); !why.empty())
    return fail(ErrorCode::unsupported, why);
  std::shared_ptr<DaemonPlace> place(new DaemonPlace(kind));
  // Before anything is made: without a root all of it would be for nothing.
  if (!file.start.container)
    KARPSPEC_CHECK(find_root(file, kind.root, {kind.program}));
  static std::atomic<unsigned> count{0};
  KARPSPEC_TRY(network, DeviceNetwork::make(file, kind.root + "-" + std::to_string(++count)));
  place->network_ = std::move(network);
  place->device_ = file.endpoint;
  KARPSPEC_CHECK(place->furnish(file));
  return place;
}

Result<std::shared_ptr<DaemonPlace>> DaemonPlace::make_at(const DutFile& file,
                                                          const DaemonKind& kind,
                                                          const Port& port) {
  std::shared_ptr<DaemonPlace> place(new DaemonPlace(kind));
  KARPSPEC_TRY(network, DeviceNetwork::at(file, port.place));
  place->network_ = std::move(network);
  place->device_ = port.endpoint;
  KARPSPEC_CHECK(place->furnish(file));
  return place;
}

Result<void> DaemonPlace::furnish(const DutFile& file) {
  if (!file.start.container) {
    KARPSPEC_TRY(root, find_root(file, kind_.root, {kind_.program}));
    root_ = std::move(root);
  }
  KARPSPEC_TRY(folder, make_device_folder());
  folder_ = std::move(folder);
  KARPSPEC_TRY(stands_in_here, needs_stand_in(file, kind_, device_side()));
  stands_in_ = stands_in_here;
  if (stands_in_) {
    std::error_code error;
    const std::string library = stand_in_library(kind_.below);
    fs::copy_file(library, folder_ + "/stand_in.so", error);
    if (error)
      return fail(ErrorCode::io, library + ": " + error.message());
  }
  return {};
}

DaemonPlace::~DaemonPlace() {
  std::error_code error;
  if (!folder_.empty())
    fs::remove_all(folder_, error);
}

Result<void> DaemonPlace::may_start() const {
  if (!given_up())
    return {};
  return fail(ErrorCode::io, kind_.name() + " was started " + std::to_string(starts_in_vain_) +
                                 " times and did not come up, and is not started again; the last "
                                 "time: " +
                                 last_trouble_);
}

void DaemonPlace::did_not_come_up(const std::string& why) {
  ++starts_in_vain_;
  last_trouble_ = why;
}

std::string DaemonPlace::below() const {
  return std::string(kind_.below == DaemonKind::Below::esp ? "ESP" : "PF_KEY") +
         (stands_in_ ? " stood in for by a preloaded library" : " of the kernel");
}

Result<void> DaemonPlace::write(const std::string& name, const std::string& text) const {
  const std::string path = folder_ + "/" + name;
  std::error_code error;
  fs::remove(path, error);
  {
    std::ofstream made(path, std::ios::app);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, error);
  }
  std::ofstream out(path, std::ios::trunc | std::ios::binary);
  if (error || !(out << text).flush())
    return fail(ErrorCode::io, path + ": cannot be written");
  return {};
}

std::string DaemonPlace::read(const std::string& name) const {
  std::ifstream in(folder_ + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

script::MakeWorld daemon_worlds(const DutFile& file, std::shared_ptr<DaemonPlace> place,
                                MakeDaemonDevice make_device) {
  return [place = std::move(place), file, make_device = std::move(make_device)](
             const script::WorldRequest& request) -> Result<script::World> {
    script::World world;
    KARPSPEC_TRY(link, lab::LiveLink::open({tester_endpoints(file, request.scenario),
                                            place->tester_side().name()}));
    world.link = std::move(link);
    place->network().begin(request.test);
    const bool routes = place->kind().below == DaemonKind::Below::nothing;
    KARPSPEC_TRY(end_capture, place->network().capture(place->folder() + "/" + name_of_capture(),
                                                       routes ? routing_packets : ""));
    world.end_capture = std::move(end_capture);
    world.device = make_device(request.scenario);
    world.tester = file.tester;
    world.second_address = file.second_address;
    world.simulated = false;
    world.given_up = [place] { return place->given_up(); };
    return world;
  };
}

bool scenario_needs(const script::Scenario* scenario, std::string_view word) {
  return scenario != nullptr &&
         std::find(scenario->needs.begin(), scenario->needs.end(), word) != scenario->needs.end();
}

}  // namespace karpspec::dut
