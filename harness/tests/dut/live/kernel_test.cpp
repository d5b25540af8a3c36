// The Linux kernel's TCP-AO as a device: what it sends is verified by our own code, and what ours
// protects it takes.
#include "dut/adapters/kernel.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "lab/child_process.h"
#include "oracle/tcpao/connection.h"
#include "real_daemon.h"
#include "wire/ip_packet.h"

namespace karpspec::dut {
namespace {

using namespace std::chrono_literals;
using oracle::tcpao::Connection;
using oracle::tcpao::Judgement;
using oracle::tcpao::Mkt;
using oracle::tcpao::Mkts;
using oracle::tcpao::Reason;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint8_t FIN = 1, SYN = 2, PSH = 8, ACK = 16;
constexpr std::uint16_t device_port = 179, tester_port = 40000;
constexpr auto silence = 700ms;  // shorter than the first retransmission of a SYN

struct Algorithm {
  const char* name;
  const char* mac;
  const char* kdf;
};
constexpr Algorithm sha1{"HmacSha1", "HMAC-SHA-1-96", "HMAC-SHA-1"};
constexpr Algorithm cmac{"AesCmac", "AES-128-CMAC-96", "AES-128-CMAC"};

struct Key {
  const char* name = "one";
  int send_id = 61, recv_id = 84;  // the device's
  const char* text = "a master key";
  bool covers_options = true;
};

// A machine that is booted once for all of them.
class Kernel : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto worlds = kernel_worlds(daemon_file("linux"));
    if (worlds)
      worlds_ = *std::move(worlds);
    else
      trouble_ = worlds.error();
  }
  static void TearDownTestSuite() { worlds_ = nullptr; }
  void SetUp() override {
    // CI has no time for the kernel's build, which takes minutes.
    if (trouble_ && trouble_->code == ErrorCode::unsupported)
      GTEST_SKIP() << trouble_->message << " (about four minutes)";
    ASSERT_FALSE(trouble_) << to_string(*trouble_);
    begin();
  }
  void begin() {
    auto world = worlds_({"test", 1, nullptr, nullptr});
    ASSERT_TRUE(world) << to_string(world.error());
    world_ = *std::move(world);
  }
  Json call(std::string_view method, const Json& params = Json::object()) const {
    const auto answer = world_.device->call(method, params);
    EXPECT_TRUE(answer) << method << ": " << to_string(answer.error());
    return answer ? *answer : Json::object();
  }
  [[nodiscard]] ErrorCode refusal(std::string_view method, const Json& params) const {
    const auto answer = world_.device->call(method, params);
    EXPECT_FALSE(answer) << method << " " << params;
    return answer ? ErrorCode::internal : answer.error().code;
  }

  inline static script::MakeWorld worlds_;
  inline static std::optional<Error> trouble_;
  script::World world_;
};

Json mkt_json(const Key& key, const Algorithm& algorithm, const std::string& remote = "any") {
  return {{"name", key.name},
          {"remote", {{"address", remote}}},
          {"send_id", key.send_id},
          {"recv_id", key.recv_id},
          {"mac", algorithm.mac},
          {"kdf", algorithm.kdf},
          {"options", key.covers_options ? "include" : "exclude"},
          {"key", to_hex(octets_of(key.text))}};
}

using Family = bool;  // whether it is IPv6
using Kind = std::tuple<Algorithm, Family>;
class KernelSegments : public Kernel, public testing::WithParamInterface<Kind> {
 protected:
  [[nodiscard]] const Algorithm& algorithm() const { return std::get<0>(GetParam()); }
  [[nodiscard]] wire::IpAddress device() const {
    const auto& all = world_.packet_addresses;
    return std::get<1>(GetParam()) ? all.device6 : all.device;
  }
  [[nodiscard]] wire::IpAddress tester() const {
    const auto& all = world_.packet_addresses;
    return std::get<1>(GetParam()) ? all.tester6 : all.tester;
  }
  // On both sides, or on ours alone with another secret.
  void add_own(const Key& key) {
    keytable::Row row;
    row.admin_key_name = key.name;
    row.peer_key_name = std::to_string(key.recv_id);
    row.local_key_name = std::to_string(key.send_id);
    row.peers = {device().to_text()};
    row.protocol = "bgp";
    row.kdf = algorithm().kdf;
    row.alg_id = algorithm().mac;
    row.key = Secret(octets_of(key.text));
    auto mkt = oracle::tcpao::mkt_from_row(row);
    ASSERT_TRUE(mkt) << to_string(mkt.error());
    mkt->covers_options = key.covers_options;
    const auto added = mkts_.add(*std::move(mkt));
    ASSERT_TRUE(added) << to_string(added.error());
  }
  void add(const Key& key) {
    call("mkt-add", mkt_json(key, algorithm()));
    add_own(key);
  }
  void connection(std::uint16_t own, std::uint16_t peer) {
    connection_.emplace(oracle::tcpao::SocketPair{tester(), device(), own, peer});
    connection_->set_isn(isn_);
    next_ = isn_;
  }
  void send(std::uint8_t flags, const Octets& data = {}) {
    wire::TcpFields fields;
    fields.source_port = connection_->pair().local_port;
    fields.destination_port = connection_->pair().remote_port;
    fields.sequence = next_;
    fields.acknowledgment = (flags & ACK) != 0 ? expected_ : 0;
    fields.flags = flags;
    fields.window = 10000;
    fields.data = data;
    if ((flags & SYN) != 0)
      fields.options = {2, 4, 5, 0xb4};  // MSS 1460: something for the MAC to cover
    auto packet = connection_->protect(fields, mkts_, {}, world_.packets->now());
    ASSERT_TRUE(packet) << to_string(packet.error());
    next_ += static_cast<std::uint32_t>(data.size()) + ((flags & (SYN | FIN)) != 0 ? 1U : 0U);
    auto octets = wire::encode_ip(*packet);
    ASSERT_TRUE(octets) << to_string(octets.error());
    const auto sent = world_.packets->send(*octets);
    ASSERT_TRUE(sent) << to_string(sent.error());
  }
  struct Seen {
    wire::TcpPacket packet;
    wire::TcpHeader header;
    wire::TcpAoOption option;
    Judgement judgement;
    [[nodiscard]] Octets data() const {
      return {packet.segment.begin() + static_cast<std::ptrdiff_t>(header.size),
              packet.segment.end()};
    }
  };
  // The next segment; none within the time: nothing.
  std::optional<wire::TcpPacket> receive(Duration time) {
    const Time deadline = world_.packets->now() + time;
    for (;;) {
      auto got = world_.packets->receive(deadline);
      EXPECT_TRUE(got) << to_string(got.error());
      if (!got || !*got)
        return std::nullopt;
      const auto packet = wire::read_ip(**got);
      if (packet && *packet)
        return **packet;
    }
  }
  // The next segment, which must be authentic and have FLAGS (PSH aside).
  Seen expect(std::uint8_t flags) {
    auto packet = receive(2s);
    if (!packet) {
      ADD_FAILURE() << "the kernel is silent";
      return {};
    }
    Seen seen{*packet, {}, {}, {}};
    const auto header = wire::read_tcp_header(packet->segment);
    EXPECT_TRUE(header) << to_string(header.error());
    if (!header)
      return {};
    seen.header = *header;
    if (!connection_)
      connection(header->destination_port, header->source_port);
    seen.judgement = connection_->receive(*packet, mkts_, {}, world_.packets->now());
    EXPECT_EQ(seen.judgement.reason, Reason::accepted) << seen.judgement.detail;
    EXPECT_EQ(header->flags & ~PSH, flags);
    EXPECT_TRUE(wire::tcp_checksum_holds(*packet));
    const wire::TcpOption* option = header->find(wire::TcpOptionKind::AO);
    EXPECT_NE(option, nullptr);
    if (option != nullptr)
      seen.option = wire::read_tcp_ao(packet->segment, *option).value_or(wire::TcpAoOption{});
    const auto size = static_cast<std::uint32_t>(packet->segment.size() - header->size);
    expected_ = header->sequence + size + ((header->flags & (SYN | FIN)) != 0 ? 1U : 0U);
    return seen;
  }
  void establish() {
    call("tcp-listen", {{"port", device_port}});
    connection(tester_port, device_port);
    send(SYN);
    expect(SYN | ACK);
    send(ACK);
  }
  [[nodiscard]] Json peer() const {
    return {{"address", tester().to_text()}, {"port", connection_->pair().local_port}};
  }
  // Of the connection with us; empty: there is none.
  [[nodiscard]] Json seen_by_device() const {
    const Json all = call("tcp-connections");
    for (const Json& one : all["connections"])
      if (one.value("remote", Json()) == peer())
        return one;
    return Json::object();
  }

  Mkts mkts_;
  std::optional<Connection> connection_;
  std::uint32_t isn_ = 0xfffffff0;  // data crosses the end of the numbers: the extension counts
  std::uint32_t next_ = 0, expected_ = 0;
};

TEST_P(KernelSegments, AreTakenAndMadeByTheKernel) {
  add({});
  establish();
  send(PSH | ACK, octets_of("twenty octets of data"));
  expect(ACK);
  Json seen = seen_by_device();
  EXPECT_EQ(seen["state"], "established") << seen;
  EXPECT_EQ(seen["received"], to_hex(octets_of("twenty octets of data")));
  EXPECT_EQ(seen["current"], 61);
  EXPECT_EQ(seen["rnext"], 84);
  EXPECT_EQ(seen["bad"], 0);

  call("tcp-send", {{"remote", peer()}, {"data", "c0ffee"}});
  const Seen data = expect(ACK);
  EXPECT_EQ(data.data(), (Octets{0xc0, 0xff, 0xee}));
  EXPECT_EQ(data.option.key_id, 61);
  EXPECT_EQ(data.option.r_next_key_id, 84);
  send(ACK);

  call("tcp-close", {{"remote", peer()}});
  expect(FIN | ACK);
  EXPECT_EQ(seen_by_device()["state"], "closed");
}

TEST_P(KernelSegments, WithoutOptionsUnderTheMac) {
  add({.covers_options = false});
  establish();
  send(PSH | ACK, {1});
  expect(ACK);
  EXPECT_EQ(seen_by_device()["received"], "01");
}

TEST_P(KernelSegments, OfAnotherKeyGetNoAnswer) {
  call("mkt-add", mkt_json({}, algorithm()));
  add_own({.text = "another master key"});
  call("tcp-listen", {{"port", device_port}});
  connection(tester_port, device_port);
  send(SYN);
  EXPECT_FALSE(receive(silence));
  EXPECT_EQ(seen_by_device(), Json::object());
}

TEST_P(KernelSegments, OfAConnectionThatTheKernelOpens) {
  add({});
  call("tcp-connect",
       {{"remote", {{"address", tester().to_text()}, {"port", 179}}}, {"local_port", 45000}});
  const Seen syn = expect(SYN);
  EXPECT_EQ(syn.header.source_port, 45000);
  EXPECT_EQ(seen_by_device()["state"], "syn-sent");
  send(SYN | ACK);
  expect(ACK);
  EXPECT_EQ(seen_by_device()["state"], "established");
}

TEST_P(KernelSegments, RollOverByWhatIsAskedFor) {
  add({});
  establish();
  const Key other{.name = "two", .send_id = 62, .recv_id = 85, .text = "the next master key"};
  add(other);
  // The newest key that may be used is what our own side asks for; the kernel follows.
  send(PSH | ACK, {1});
  expect(ACK);
  EXPECT_EQ(seen_by_device()["current"], 62);
  call("tcp-send", {{"remote", peer()}, {"data", "02"}});
  const Seen data = expect(ACK);
  EXPECT_EQ(data.option.key_id, 62);
  EXPECT_EQ(data.option.r_next_key_id, 84);
  send(ACK);
  call("tcp-keys", {{"remote", peer()}, {"rnext", 85}});
  call("tcp-send", {{"remote", peer()}, {"data", "03"}});
  EXPECT_EQ(expect(ACK).option.r_next_key_id, 85);
  EXPECT_EQ(refusal("tcp-keys", {{"remote", peer()}, {"current", 63}}), ErrorCode::bad_value);
}

TEST_P(KernelSegments, AreNoMoreAfterAReset) {
  add({});
  establish();
  send(PSH | ACK, {1});
  expect(ACK);
  call("tcp-connect", {{"remote", {{"address", tester().to_text()}, {"port", 9999}}}});
  ASSERT_TRUE(receive(2s));
  call("reset");
  EXPECT_FALSE(receive(silence)) << "a connection ended with a word, or was not ended";
  EXPECT_THAT(call("tcp-connections")["connections"], IsEmpty());
  EXPECT_THAT(call("mkt-list")["mkts"], IsEmpty());
  // The same addresses and ports may be used at once.
  mkts_ = {};
  add({});
  establish();
}

INSTANTIATE_TEST_SUITE_P(, KernelSegments,
                         testing::Combine(testing::Values(sha1, cmac), testing::Bool()),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param).name) +
                                  (std::get<1>(test.param) ? "OverIpv6" : "OverIpv4");
                         });

TEST_F(Kernel, SaysWhatItIs) {
  const Json said = call("describe");
  EXPECT_THAT(said["version"].get<std::string>(), HasSubstr("Linux 6."));
  EXPECT_EQ(said["child"], "none");
  EXPECT_EQ(refusal("start", {{"peer", "tester"}}), ErrorCode::unsupported);
  EXPECT_EQ(refusal("no-such-method", Json::object()), ErrorCode::unsupported);
}

TEST_F(Kernel, ReadsItsMktsBack) {
  const Json one = mkt_json({}, sha1, "192.0.2.0/24");
  Json two = mkt_json({.name = "two words", .send_id = 0, .recv_id = 255, .covers_options = false},
                      cmac, "2001:db8::7");
  two["local"] = {{"address", "2001:db8::1"}, {"port", 179}};
  call("mkt-add", one);
  call("mkt-add", two);
  const Json read = call("mkt-list")["mkts"];
  ASSERT_EQ(read.size(), 2U);
  for (const auto& [number, made] : {std::pair(0U, one), std::pair(1U, two)})
    for (const auto& [name, value] : made.items())
      if (name != "key" && name != "remote") {
        EXPECT_EQ(read[number][name], value) << name;
      }
  EXPECT_EQ(read[0]["remote"]["address"], "192.0.2.0/24");
  EXPECT_EQ(read[1]["remote"]["address"], "2001:db8::7");
  call("mkt-add", mkt_json({.name = "all", .send_id = 7, .recv_id = 8}, sha1, "::/0"));
  EXPECT_EQ(call("mkt-list")["mkts"][2]["remote"]["address"], "::/0");
  call("mkt-remove", {{"name", "one"}});
  EXPECT_EQ(call("mkt-list")["mkts"].size(), 2U);
  EXPECT_EQ(refusal("mkt-remove", {{"name", "one"}}), ErrorCode::bad_value);
}

TEST_F(Kernel, RefusesMktsThatCannotBeToldApart) {
  call("mkt-add", mkt_json({}, sha1, "192.0.2.0/24"));
  const auto add = [&](const Key& key, const std::string& remote) {
    return refusal("mkt-add", mkt_json(key, sha1, remote));
  };
  EXPECT_EQ(add({}, "198.51.100.1"), ErrorCode::bad_value) << "the name";
  EXPECT_EQ(add({.name = "two", .send_id = 61, .recv_id = 1}, "192.0.2.7"), ErrorCode::bad_value);
  EXPECT_EQ(add({.name = "two", .send_id = 1, .recv_id = 84}, "any"), ErrorCode::bad_value);
  // Where they cannot meet they may have the same IDs: another peer, another port.
  call("mkt-add", mkt_json({.name = "two"}, sha1, "198.51.100.1"));
  Json first = mkt_json({.name = "three", .send_id = 1}, sha1, "203.0.113.1");
  Json second = mkt_json({.name = "four", .send_id = 1}, sha1, "203.0.113.1");
  first["local"] = {{"port", 179}};
  second["local"] = {{"port", 646}};
  call("mkt-add", first);
  call("mkt-add", second);
}

TEST_F(Kernel, IsNotAskedForWhatItHasNoPlaceFor) {
  Json mixed = mkt_json({}, sha1);
  mixed["kdf"] = "AES-128-CMAC";
  EXPECT_EQ(refusal("mkt-add", mixed), ErrorCode::unsupported);
  Json peer_port = mkt_json({}, sha1, "192.0.2.2");
  peer_port["remote"]["port"] = 40000;
  call("mkt-add", peer_port);
  EXPECT_EQ(refusal("tcp-listen", {{"port", 179}}), ErrorCode::unsupported);
  EXPECT_EQ(refusal("tcp-listen", {{"port", 70000}}), ErrorCode::bad_value);
  EXPECT_EQ(refusal("mkt-remove", {{"name", 7}}), ErrorCode::bad_value);
  EXPECT_EQ(
      refusal("tcp-send", {{"remote", {{"address", "192.0.2.2 9"}, {"port", 1}}}, {"data", "00"}}),
      ErrorCode::bad_value);
  EXPECT_EQ(
      refusal("tcp-send", {{"remote", {{"address", "192.0.2.2"}, {"port", 1}}}, {"data", "0"}}),
      ErrorCode::bad_value);
}

// Processes called qemu that PARENT has started.
std::vector<pid_t> machines(pid_t parent = ::getpid()) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "stat");
    std::string number, name, state;
    pid_t its_parent = 0;
    if (in >> number >> name >> state >> its_parent && its_parent == parent &&
        name.starts_with("(qemu") && state != "Z")
      found.push_back(std::stoi(number));
  }
  return found;
}

// Whether the process is there and was not only left unreaped by whoever inherited it.
bool is_running(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  std::string number, name, state;
  return in >> number >> name >> state && state != "Z";
}

TEST_F(Kernel, IsBootedAgainWhenItHasDied) {
  const auto before = machines();
  ASSERT_EQ(before.size(), 1U);
  ::kill(before[0], SIGKILL);
  const auto answer = world_.device->call("mkt-list", Json::object());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::io);
  EXPECT_THAT(answer.error().message, HasSubstr("the device is dead: its machine ended with"));
  EXPECT_FALSE(world_.device->alive());
  const auto packet = world_.packets->receive(world_.packets->now() + 5s);
  EXPECT_FALSE(packet);
  begin();
  call("mkt-list");
  const auto after = machines();
  ASSERT_EQ(after.size(), 1U);
  EXPECT_NE(after[0], before[0]);
}

TEST_F(Kernel, EndsWithAHarnessThatIsKilled) {
  std::string out = (std::filesystem::temp_directory_path() / "karpspec-XXXXXX").string();
  ASSERT_NE(::mkdtemp(out.data()), nullptr);
  lab::ChildOptions options;
  options.command = {KARPSPEC_BINARY_DIR "/karpspec",
                     "run",
                     "rfc5925/7.3",
                     "--dut",
                     KARPSPEC_SOURCE_DIR "/containers/duts/linux.yaml",
                     "--out",
                     out};
  auto run = lab::ChildProcess::start(options);
  ASSERT_TRUE(run) << to_string(run.error());
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  const auto wait_for = [&](const std::function<bool()>& what) {
    while (!what() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(5ms);
    return what();
  };
  EXPECT_TRUE(wait_for([&] { return !machines(run->pid()).empty(); }));
  const auto started = machines(run->pid());
  ::kill(run->pid(), SIGKILL);  // the harness alone
  EXPECT_TRUE(wait_for([&] { return std::ranges::none_of(started, is_running); }));
  std::filesystem::remove_all(out);
}

TEST_F(Kernel, EndsWithItsLaboratories) {
  world_ = {};
  worlds_ = nullptr;
  EXPECT_THAT(machines(), IsEmpty());
  SetUpTestSuite();
}

}  // namespace
}  // namespace karpspec::dut
