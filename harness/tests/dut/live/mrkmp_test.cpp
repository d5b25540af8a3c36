// Five karpspec-dut on one real link, each in a network namespace of its own, that speak MRKMP by
// multicast: a group is elected, joined, loses its GCKS, is parted and merges. What crosses the
// link is captured, and judged beside what the routers say of themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>
#include <thread>

#include "capture/live_capture.h"
#include "capture/reader.h"
#include "dut/control.h"
#include "lab/namespaces.h"
#include "oracle/mrkmp/group_message.h"
#include "support.h"

namespace karpspec::dut {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// What crossed a link to all of its routers.
class Transcript {
 public:
  struct Advert {
    Time time{};
    std::string sender;
    wire::AdvertPayload::Kind kind{};
  };
  // Adds the messages of a capture.
  void read(const std::string& path) {
    auto reader = capture::CaptureReader::open(path);
    ASSERT_TRUE(reader) << reader.error().message;
    for (;;) {
      const auto frame = reader->next();
      ASSERT_TRUE(frame) << frame.error().message;
      if (!*frame)
        break;
      take((*frame)->time, (*frame)->datagram);
    }
    EXPECT_EQ(reader->malformed(), 0U) << path;
  }

  // (KEK, sender, sequence number) that more than one message had: P-206, P-208.
  std::set<std::string> repeated;
  std::vector<Advert> adverts;
  std::size_t group_messages = 0, requests = 0;

 private:
  void take(Time time, const Datagram& datagram) {
    const auto message =
        wire::decode_message(OctetView(datagram.payload), oracle::mrkmp::code_points());
    ASSERT_TRUE(message) << to_string(message.error()) << " from " << datagram.source.address;
    const wire::Header& header = message->header;
    switch (header.exchange_type()) {
      case wire::ExchangeType::mrkmp_advert: {
        const wire::Payload* found = wire::find(message->payloads, wire::PayloadType::ADV);
        ASSERT_NE(found, nullptr);
        adverts.push_back(
            {time, datagram.source.address,
             static_cast<wire::AdvertPayload::Kind>(found->as<wire::AdvertPayload>()->kind)});
        break;
      }
      case wire::ExchangeType::mrkmp_group: {
        const auto kek = oracle::mrkmp::named_kek(header);
        ASSERT_TRUE(kek.has_value());
        ++group_messages;
        const auto number = std::tuple(*kek, datagram.source.address, header.message_id);
        if (!numbers_.insert(number).second)
          repeated.insert("KEK " + std::to_string(*kek) + ", " + datagram.source.address +
                          ", number " + std::to_string(header.message_id));
        break;
      }
      default:
        requests += header.is_response() ? 0 : 1;
    }
  }

  std::set<std::tuple<std::uint32_t, std::string, std::uint32_t>> numbers_;
};

class LiveGroup : public testing::Test {
 protected:
  static constexpr std::size_t count = 5;

  struct Router {
    std::optional<lab::NetworkNamespace> place;
    std::shared_ptr<lab::ChildProcess> process;
    std::unique_ptr<ControlClient> control;
  };

  static std::string address(std::size_t i) { return "10.77.0." + std::to_string(i + 1); }
  static std::string port_of(std::size_t i) { return "port" + std::to_string(i + 1); }

  void SetUp() override {
    if (const std::string why = lab::why_no_namespaces(); !why.empty())
      GTEST_SKIP() << why;
    auto bridge = lab::NetworkNamespace::create("bridge");
    ASSERT_TRUE(bridge) << bridge.error().message;
    switch_.emplace(*std::move(bridge));
    // Its groups are nobody's business but the hosts'.
    switch_ip({"link", "add", "br0", "type", "bridge", "mcast_snooping", "0"});
    switch_ip({"link", "set", "br0", "up"});
    for (std::size_t i = 0; i < count; ++i) {
      auto place = lab::NetworkNamespace::create("router" + std::to_string(i + 1));
      ASSERT_TRUE(place) << place.error().message;
      routers_[i].place.emplace(*std::move(place));
      const auto connected = lab::connect({*switch_, port_of(i), {}},
                                          {*routers_[i].place, "eth0", {address(i) + "/24"}});
      ASSERT_TRUE(connected) << connected.error().message;
      plug(i, true);
    }
  }

  void switch_ip(std::vector<std::string> arguments) {
    const auto done = switch_->ip(std::move(arguments));
    ASSERT_TRUE(done) << done.error().message;
  }
  void plug(std::size_t i, bool in) {
    if (in)
      switch_ip({"link", "set", port_of(i), "master", "br0"});
    else
      switch_ip({"link", "set", port_of(i), "nomaster"});
  }
  // A second link for those that are unplugged from the first.
  void plug_apart(std::size_t i) { switch_ip({"link", "set", port_of(i), "master", "br1"}); }

  void start(std::size_t i) {
    Router& router = routers_[i];
    lab::ChildOptions options;
    options.command = {programs + "/karpspec-dut", "--listen", address(i) + ":1021", "--seed",
                       std::to_string(++starts_)};
    options.network_namespace = router.place->name();
    options.piped = true;
    options.log_file = folder_.path("router" + std::to_string(i + 1) + ".log");
    auto process = lab::ChildProcess::start(options);
    ASSERT_TRUE(process) << process.error().message;
    router.process = std::make_shared<lab::ChildProcess>(*std::move(process));
    router.control = std::make_unique<ControlClient>(channel_of(router.process), 5s);
    Json peers = Json::array();
    for (std::size_t other = 0; other < count; ++other)
      if (other != i)
        peers.push_back({{"name", "router" + std::to_string(other + 1)},
                         {"identity", {{"type", "ID_IPV4_ADDR"}, {"value", address(other)}}},
                         {"address", address(other)},
                         {"port", 1021},
                         {"child", "rkmp"},
                         {"auth", "psk"},
                         {"psk", "a key for all routers of one link"}});
    call(i, "configure",
         {{"identity", {{"type", "ID_IPV4_ADDR"}, {"value", address(i)}}},
          {"peers", peers},
          {"ike_proposals", {"AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/CURVE25519"}},
          {"groups", {{{"group", "ospf"}, {"protocol", "ospfv2"}, {"interface", "eth0"}}}}});
    // The lower the number, the better.
    call(i, "group-join", {{"group", "ospf"}, {"priority", 100 - i}});
  }

  Json call(std::size_t i, const char* method, const Json& params) {
    auto answer = routers_[i].control->call(method, params);
    if (!answer)
      ADD_FAILURE() << "router " << i + 1 << ", " << method << ": " << answer.error().message;
    return answer ? *std::move(answer) : Json::object();
  }
  Json group(std::size_t i) {
    const Json answer = call(i, "groups", Json::object());
    return answer.contains("groups") && !answer["groups"].empty() ? answer["groups"][0]
                                                                  : Json::object();
  }

  // Whether all of WHICH have GCKS for their GCKS and send with the same key.
  bool share(const std::vector<std::size_t>& which, std::size_t gcks) {
    std::set<std::string> keys;
    for (const std::size_t i : which) {
      const Json state = group(i);
      const Json id = state.value("sends_with", Json());
      if (state.value("gcks", "") != address(gcks) || id.is_null())
        return false;
      const Json table = call(i, "key-table", Json::object());
      for (const Json& row : table.value("rows", Json::array()))
        if (row.value("LocalKeyName", "") == std::to_string(id.get<int>()))
          keys.insert(row.value("Key", ""));
    }
    return keys.size() == 1;
  }
  void expect_share(const std::vector<std::size_t>& which, std::size_t gcks,
                    std::chrono::seconds within) {
    const auto deadline = steady_clock::now() + within;
    while (!share(which, gcks)) {
      if (HasFailure())
        return;
      if (steady_clock::now() > deadline) {
        std::string picture;
        for (const std::size_t i : which)
          picture += address(i) + " " + group(i).dump() + "\n";
        FAIL() << "no group of " << address(gcks) << ":\n" << picture;
      }
      std::this_thread::sleep_for(200ms);
    }
  }

  void capture(const std::string& link) {
    // What goes from one port to another is then seen too.
    switch_ip({"link", "set", link, "promisc", "on"});
    capture::LiveCaptureOptions options;
    options.interface = link;
    options.network_namespace = switch_->name();
    options.path = folder_.path(link + ".pcapng");
    options.filter = "udp port 1021";
    auto started = capture::LiveCapture::start(options);
    ASSERT_TRUE(started) << started.error().message;
    captures_.emplace(link, *std::move(started));
  }

  // Nothing happens for some heartbeats, and then who advertised is known: GCKS alone on LINK.
  struct Rest {
    std::string link, gcks;
    Time from{}, to{};
  };
  void rest(const std::vector<std::pair<std::string, std::size_t>>& links) {
    const auto now = [] {
      return Time(std::chrono::duration_cast<Duration>(
          std::chrono::system_clock::now().time_since_epoch()));
    };
    const Time from = now();
    std::this_thread::sleep_for(5s);
    for (const auto& [link, gcks] : links)
      rests_.push_back({link, address(gcks), from, now()});
  }
  void judge() {
    std::map<std::string, Transcript> seen;
    for (auto& [link, capture] : captures_) {
      const auto frames = capture.stop();
      ASSERT_TRUE(frames) << frames.error().message;
      seen[link].read(folder_.path(link + ".pcapng"));
      EXPECT_THAT(seen[link].repeated, testing::IsEmpty());
      EXPECT_GT(seen[link].group_messages, 0U) << link;
      EXPECT_GT(seen[link].requests, 0U) << link;
    }
    std::set<std::string> initial;
    for (const auto& [link, transcript] : seen)
      for (const Transcript::Advert& each : transcript.adverts)
        if (each.kind == wire::AdvertPayload::Kind::initial)
          initial.insert(each.sender);
    EXPECT_EQ(initial.size(), count) << "each has begun as Initial";
    for (const Rest& each : rests_) {
      std::size_t heartbeats = 0;
      for (const Transcript::Advert& advert : seen[each.link].adverts) {
        if (advert.time < each.from || advert.time > each.to)
          continue;
        EXPECT_EQ(advert.kind, wire::AdvertPayload::Kind::gcks) << advert.sender;
        EXPECT_EQ(advert.sender, each.gcks) << "a second GCKS on " << each.link;
        ++heartbeats;
      }
      EXPECT_GT(heartbeats, 0U) << each.gcks << " on " << each.link;
    }
  }

  Folder folder_;
  std::optional<lab::NetworkNamespace> switch_;
  std::map<std::string, capture::LiveCapture> captures_;
  std::vector<Rest> rests_;
  Router routers_[count];
  int starts_ = 0;
};

TEST_F(LiveGroup, ElectsJoinsLosesItsGcksIsPartedAndMerges) {
  capture("br0");
  for (std::size_t i = 0; i < count; ++i)
    start(i);
  ASSERT_FALSE(HasFailure());
  expect_share({0, 1, 2, 3, 4}, 0, 20s);
  ASSERT_FALSE(HasFailure());
  rest({{"br0", 0}});

  // A member wants another key.
  const int before = group(4).value("sends_with", 0);
  call(4, "group-newkey", {{"group", "ospf"}});
  const auto deadline = steady_clock::now() + 25s;
  while (group(3).value("sends_with", 0) == before && steady_clock::now() < deadline)
    std::this_thread::sleep_for(200ms);
  EXPECT_NE(group(3).value("sends_with", 0), before);
  expect_share({0, 1, 2, 3, 4}, 0, 5s);

  // The GCKS dies, and comes back with nothing.
  routers_[0].process->signal(SIGKILL);
  expect_share({1, 2, 3, 4}, 1, 25s);
  start(0);
  expect_share({0, 1, 2, 3, 4}, 1, 25s);
  ASSERT_FALSE(HasFailure());

  // Two of them are plugged into another switch, and then back again.
  switch_ip({"link", "add", "br1", "type", "bridge", "mcast_snooping", "0"});
  switch_ip({"link", "set", "br1", "up"});
  capture("br1");
  for (const std::size_t i : {3U, 4U}) {
    plug(i, false);
    plug_apart(i);
  }
  expect_share({3, 4}, 3, 25s);
  expect_share({0, 1, 2}, 1, 5s);
  rest({{"br0", 1}, {"br1", 3}});
  for (const std::size_t i : {3U, 4U})
    plug(i, true);
  expect_share({0, 1, 2, 3, 4}, 1, 25s);
  ASSERT_FALSE(HasFailure());
  rest({{"br0", 1}});
  judge();
}

// Killed in the midst of it, nothing can be tidied up: the devices die with the test, and whoever
// comes next sweeps the namespaces away.
TEST_F(LiveGroup, LeavesNothingBehindWhenItIsKilled) {
  lab::ChildOptions options;
  options.command = {fs::read_symlink("/proc/self/exe").string(),
                     "--gtest_filter=LiveGroup.ElectsJoinsLosesItsGcksIsPartedAndMerges"};
  options.log_file = folder_.path("killed.log");
  auto killed = lab::ChildProcess::start(options);
  ASSERT_TRUE(killed) << killed.error().message;
  const std::string prefix = "karpspec-" + std::to_string(killed->pid()) + "-";
  const auto places = [&] {
    std::set<std::string> out;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/run/netns", ignored))
      if (entry.path().filename().string().starts_with(prefix))
        out.insert(entry.path().filename());
    return out;
  };
  const auto devices = [&] {
    std::vector<fs::path> out;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
      std::ifstream stat(entry.path() / "stat");
      std::string pid, name, state, parent;
      if (stat >> pid >> name >> state >> parent && name == "(karpspec-dut)" &&
          parent == std::to_string(killed->pid()))
        out.push_back(entry.path());
    }
    return out;
  };
  const auto deadline = steady_clock::now() + 30s;
  while (devices().size() < count && steady_clock::now() < deadline)
    std::this_thread::sleep_for(100ms);
  const std::vector<fs::path> running = devices();
  ASSERT_EQ(running.size(), count);
  EXPECT_EQ(places().size(), count + 1);

  killed->signal(SIGKILL);
  ASSERT_TRUE(killed->wait(10s));
  const auto swept = lab::sweep();
  ASSERT_TRUE(swept) << swept.error().message;
  EXPECT_THAT(places(), testing::IsEmpty());
  const auto gone = steady_clock::now() + 5s;
  for (const fs::path& each : running) {
    while (fs::exists(each) && steady_clock::now() < gone)
      std::this_thread::sleep_for(20ms);
    EXPECT_FALSE(fs::exists(each)) << each << " lives on";
  }
}

}  // namespace
}  // namespace karpspec::dut
