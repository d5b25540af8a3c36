#include "dut/adapters/kernel.h"

#include <sstream>

#include "dut/adapters/kernel_link.h"
#include "dut/adapters/members.h"
#include "dut/control.h"

namespace karpspec::dut {
namespace {

using Words = std::vector<std::string>;

constexpr const char* device6 = "2001:db8::1";
constexpr const char* tester6 = "2001:db8::2";

// A number, as the agent takes it; IF_ABSENT where there is none. The agent knows its range.
Result<std::string> kernel_number(const Json& params, const char* name, const char* if_absent) {
  const auto found = params.find(name);
  if (found == params.end() && if_absent != nullptr)
    return std::string(if_absent);
  if (found == params.end() || !found->is_number_integer())
    return fail(ErrorCode::bad_value, std::string(name) + ": expected a number");
  return found->dump();
}

// An address or prefix and a port: what is left out is any.
Result<Words> end_of(const Json& params, const char* name) {
  const auto found = params.find(name);
  if (found == params.end())
    return Words{"any", "0"};
  if (!found->is_object())
    return fail(ErrorCode::bad_value, std::string(name) + ": expected an object");
  KARPSPEC_TRY(port, kernel_number(*found, "port", "0"));
  if (!found->contains("address"))
    return Words{"any", port};
  KARPSPEC_TRY(address, text_member(*found, "address", std::string(name) + "."));
  return Words{address, port};
}

Result<Words> remote_of(const Json& params) {
  if (!params.contains("remote"))
    return fail(ErrorCode::bad_value, "remote: missing");
  return end_of(params, "remote");
}

// The kernel has one algorithm for both (RFC 5926 pairs them so).
struct Algorithm {
  const char* mac;
  const char* kdf;
  const char* told;  // to the kernel
  const char* read;  // back from it
};
constexpr Algorithm algorithms[] = {
    {"HMAC-SHA-1-96", "HMAC-SHA-1", "hmac(sha1)", "hmac(sha1)"},
    {"AES-128-CMAC-96", "AES-128-CMAC", "cmac(aes128)", "cmac(aes)"}};

Result<Words> mkt_add(const Json& params) {
  KARPSPEC_TRY(name, text_member(params, "name"));
  KARPSPEC_TRY(local, end_of(params, "local"));
  KARPSPEC_TRY(remote, end_of(params, "remote"));
  KARPSPEC_TRY(send_id, kernel_number(params, "send_id", nullptr));
  KARPSPEC_TRY(recv_id, kernel_number(params, "recv_id", nullptr));
  KARPSPEC_TRY(mac, text_member(params, "mac"));
  KARPSPEC_TRY(kdf, text_member(params, "kdf"));
  KARPSPEC_TRY(key, text_member(params, "key"));
  KARPSPEC_TRY(options, text_member_or(params, "options", "include"));
  const char* algorithm = nullptr;
  for (const Algorithm& one : algorithms)
    if (mac == one.mac && kdf == one.kdf)
      algorithm = one.told;
  if (algorithm == nullptr)
    return fail(ErrorCode::unsupported, "the kernel has no MAC " + mac + " with KDF " + kdf);
  return Words{"mkt-add",
               to_hex(octets_of(name)),
               local[0],
               local[1],
               remote[0],
               remote[1],
               send_id,
               recv_id,
               algorithm,
               options,
               key.empty() ? "-" : key};
}

Result<Words> tcp_close(const Json& params) {
  if (params.contains("remote") == params.contains("port"))
    return fail(ErrorCode::bad_value, "expected either 'remote' or 'port'");
  if (params.contains("port")) {
    KARPSPEC_TRY(port, kernel_number(params, "port", nullptr));
    return Words{"close-listener", port};
  }
  KARPSPEC_TRY(peer, remote_of(params));
  return Words{"close", peer[0], peer[1]};
}

// What the agent is asked for METHOD. Errors: bad_value; unsupported for a method that a kernel
// has nothing like.
Result<Words> request_for(std::string_view method, const Json& params) {
  if (method == "mkt-add")
    return mkt_add(params);
  if (method == "mkt-remove") {
    KARPSPEC_TRY(name, text_member(params, "name"));
    return Words{"mkt-remove", to_hex(octets_of(name))};
  }
  if (method == "mkt-list")
    return Words{"mkt-list"};
  if (method == "tcp-listen") {
    KARPSPEC_TRY(port, kernel_number(params, "port", nullptr));
    return Words{"listen", port};
  }
  if (method == "tcp-close")
    return tcp_close(params);
  if (method == "tcp-connections")
    return Words{"connections"};
  if (method == "tcp-connect" || method == "tcp-send" || method == "tcp-keys") {
    KARPSPEC_TRY(peer, remote_of(params));
    if (method == "tcp-connect") {
      KARPSPEC_TRY(port, kernel_number(params, "local_port", "0"));
      return Words{"connect", peer[0], peer[1], port};
    }
    if (method == "tcp-send") {
      KARPSPEC_TRY(data, text_member(params, "data"));
      return Words{"send", peer[0], peer[1], data};
    }
    KARPSPEC_TRY(current, kernel_number(params, "current", "-"));
    KARPSPEC_TRY(rnext, kernel_number(params, "rnext", "-"));
    return Words{"choose", peer[0], peer[1], current, rnext};
  }
  return fail(ErrorCode::unsupported,
              is_control_method(method) ? "a kernel has nothing like '" + std::string(method) + "'"
                                        : "unknown method '" + std::string(method) + "'");
}

Words words_of(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;)
    words.push_back(std::move(word));
  return words;
}

std::uint64_t number(const std::string& word) {
  return std::strtoull(word.c_str(), nullptr, 10);
}

Json kernel_end_json(const std::string& address, const std::string& port) {
  return {{"address", address}, {"port", number(port)}};
}

Result<Json> mkt_json(const std::string& line) {
  const Words words = words_of(line);
  if (words.size() != 9)
    return fail(ErrorCode::io, "the agent's MKT has other fields: " + line);
  KARPSPEC_TRY(name, from_hex(words[0]));
  Json mkt = {{"name", std::string(name.begin(), name.end())},
              {"local", kernel_end_json(words[1], words[2])},
              {"remote", kernel_end_json(words[3], words[4])},
              {"send_id", number(words[5])},
              {"recv_id", number(words[6])},
              {"options", words[8]}};
  for (const Algorithm& one : algorithms)
    if (words[7] == one.read) {
      mkt["mac"] = one.mac;
      mkt["kdf"] = one.kdf;
    }
  return mkt;
}

Result<Json> connection_json(const std::string& line) {
  const Words words = words_of(line);
  if (words.size() != 6 && words.size() != 12)
    return fail(ErrorCode::io, "the agent's connection has other fields: " + line);
  Json out = {{"local", kernel_end_json(words[0], words[1])}};
  if (words[4] != "listen") {
    out["remote"] = kernel_end_json(words[2], words[3]);
    out["received"] = words[5] == "-" ? "" : words[5];
  }
  out["state"] = words[4];
  if (words.size() == 12) {
    out["current"] = number(words[6]);
    out["rnext"] = number(words[7]);
    out["good"] = number(words[8]);
    // A wrong MAC, a KeyID of no MKT, no option at all.
    out["bad"] = number(words[9]) + number(words[10]) + number(words[11]);
  }
  return out;
}

Result<Json> list_of(const Words& lines, const char* name,
                     Result<Json> (*read)(const std::string& line)) {
  Json list = Json::array();
  for (const std::string& line : lines) {
    KARPSPEC_TRY(one, read(line));
    list.push_back(std::move(one));
  }
  return Json{{name, std::move(list)}};
}

class KernelDevice final : public Device {
 public:
  // Resets the device, so that the last test's connections are gone before this one's link opens.
  KernelDevice(std::shared_ptr<KernelMachine> machine, DutFile file)
      : machine_(std::move(machine)), file_(std::move(file)) {
    if (auto ready = machine_->ready(); !ready)
      trouble_ = std::move(ready).error();
    else if (auto reset = machine_->ask({"reset"}); !reset)
      trouble_ = std::move(reset).error();
  }

  Result<Json> call(std::string_view method, const Json& params) override {
    if (trouble_)
      return tl::unexpected(*trouble_);
    if (!params.is_object())
      return fail(ErrorCode::bad_value, "expected an object of parameters");
    if (method == "describe")
      return Json{{"name", file_.name},
                  {"version", "Linux " + machine_->release()},
                  {"child", "none"},
                  {"pics", file_.pics}};
    if (method == "reset") {
      KARPSPEC_CHECK(machine_->ask({"reset"}));
      return Json::object();
    }
    // What a test configures is about IKE.
    if (method == "configure")
      return Json::object();
    KARPSPEC_TRY(request, request_for(method, params));
    KARPSPEC_TRY(lines, machine_->ask(request));
    if (method == "mkt-list")
      return list_of(lines, "mkts", mkt_json);
    if (method == "tcp-connections")
      return list_of(lines, "connections", connection_json);
    return Json::object();
  }
  [[nodiscard]] Endpoint endpoint() const override { return file_.endpoint; }
  [[nodiscard]] bool alive() const override { return !trouble_ && machine_->alive(); }

 private:
  std::shared_ptr<KernelMachine> machine_;
  DutFile file_;
  std::optional<Error> trouble_;
};

}  // namespace

Result<script::MakeWorld> kernel_worlds(const DutFile& file) {
  if (file.start.kind != StartKind::kernel)
    return fail(ErrorCode::bad_value, file.path + ": not a device of kind linux");
  script::PacketAddresses addresses;
  KARPSPEC_TRY(device, wire::IpAddress::from_text(file.endpoint.address));
  KARPSPEC_TRY(tester, wire::IpAddress::from_text(file.tester.address));
  KARPSPEC_TRY(other_device, wire::IpAddress::from_text(device6));
  KARPSPEC_TRY(other_tester, wire::IpAddress::from_text(tester6));
  addresses.device = device;
  addresses.tester = tester;
  addresses.device6 = other_device;
  addresses.tester6 = other_tester;
  KARPSPEC_TRY(machine, KernelMachine::make(file, {device, other_device}));
  return script::MakeWorld(
      [machine, file, addresses](const script::WorldRequest&) -> Result<script::World> {
        script::World world;
        world.device = std::make_unique<KernelDevice>(machine, file);
        world.link = std::make_unique<SilentLink>();
        KARPSPEC_TRY(packets, KernelLink::open(machine));
        world.packets = std::move(packets);
        world.packet_addresses = addresses;
        world.tester = file.tester;
        world.second_address = file.second_address;
        world.simulated = false;
        return world;
      });
}

}  // namespace karpspec::dut
