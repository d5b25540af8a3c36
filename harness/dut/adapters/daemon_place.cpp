#include "dut/adapters/daemon_place.h"

#include <linux/pfkeyv2.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "capture/live_capture.h"
#include "dut/adapters/device_root.h"
#include "dut/adapters/tester_endpoints.h"
#include "lab/data_folder.h"
#include "lab/file_descriptor.h"
#include "lab/live_link.h"

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;

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

// What crosses the cable at the tester's end, what its sockets do not take included.
Result<std::function<Result<std::string>()>> capture_wire(const DaemonPlace& place) {
  const std::string file = place.folder() + "/wire.pcapng";
  capture::LiveCaptureOptions options{.interface = DaemonPlace::tester_interface,
                                      .network_namespace = place.tester_side().name(),
                                      .path = file};
  if (place.kind().below == DaemonKind::Below::nothing)
    options.filter = "ip proto 89 or udp port 520 or tcp port 179 or (ip[6:2] & 0x3fff) != 0";
  KARPSPEC_TRY(started, capture::LiveCapture::start(options));
  auto capture = std::make_shared<capture::LiveCapture>(std::move(started));
  return [capture, file]() -> Result<std::string> {
    KARPSPEC_CHECK(capture->stop());
    return file;
  };
}

}  // namespace

std::string DaemonKind::name() const {
  return fs::path(program).filename().string();
}

Result<std::shared_ptr<DaemonPlace>> DaemonPlace::make(const DutFile& file,
                                                       const DaemonKind& kind) {
  if (const std::string why = lab::why_no_namespaces(); !why.empty())
    return fail(ErrorCode::unsupported, why);
  KARPSPEC_CHECK(lab::sweep());
  std::shared_ptr<DaemonPlace> place(new DaemonPlace(kind));
  // Before anything is made: without a root all of it would be for nothing.
  KARPSPEC_CHECK(find_root(file, kind.root, {kind.program}));
  place->device_ = file.endpoint;
  KARPSPEC_TRY(device_side, lab::NetworkNamespace::create(kind.root));
  place->device_side_ = std::make_shared<const lab::NetworkNamespace>(std::move(device_side));
  KARPSPEC_TRY(tester_side, lab::NetworkNamespace::create(kind.root + "-tester"));
  place->tester_side_.emplace(std::move(tester_side));
  std::vector<std::string> addresses = {file.tester.address + "/24"};
  if (!file.second_address.empty())
    addresses.push_back(file.second_address + "/24");
  KARPSPEC_CHECK(lab::connect({*place->device_side_, "device", {file.endpoint.address + "/24"}},
                              {*place->tester_side_, tester_interface, addresses}));
  KARPSPEC_CHECK(place->furnish(file));
  return place;
}

Result<std::shared_ptr<DaemonPlace>> DaemonPlace::make_at(const DutFile& file,
                                                          const DaemonKind& kind,
                                                          const Port& port) {
  std::shared_ptr<DaemonPlace> place(new DaemonPlace(kind));
  place->device_ = port.endpoint;
  place->device_side_ = port.place;
  KARPSPEC_CHECK(place->furnish(file));
  return place;
}

Result<void> DaemonPlace::furnish(const DutFile& file) {
  KARPSPEC_TRY(root, find_root(file, kind_.root, {kind_.program}));
  root_ = std::move(root);
  KARPSPEC_TRY(folder, make_device_folder());
  folder_ = std::move(folder);
  KARPSPEC_TRY(stands_in_here, needs_stand_in(file, kind_, *device_side_));
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
    KARPSPEC_TRY(end_capture, capture_wire(*place));
    world.end_capture = std::move(end_capture);
    world.device = make_device(request.scenario);
    world.tester = file.tester;
    world.second_address = file.second_address;
    world.simulated = false;
    return world;
  };
}

bool scenario_needs(const script::Scenario* scenario, std::string_view word) {
  return scenario != nullptr &&
         std::find(scenario->needs.begin(), scenario->needs.end(), word) != scenario->needs.end();
}

}  // namespace karpspec::dut
