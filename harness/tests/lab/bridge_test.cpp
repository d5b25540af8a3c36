#include "lab/bridge.h"

#include <gmock/gmock.h>

#include <array>
#include <filesystem>

#include "lab/live_link.h"

namespace karpspec::lab {
namespace {

using std::chrono::seconds;

class BridgeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_namespaces(); !why.empty())
      GTEST_SKIP() << why;
  }
};

TEST_F(BridgeTest, CarriesWhatIsForOneAndWhatIsForAll) {
  auto bridge = Bridge::create("switch");
  ASSERT_TRUE(bridge) << to_string(bridge.error());
  std::vector<NetworkNamespace> places;
  std::vector<std::unique_ptr<LiveLink>> links;
  for (const char* name : {"1", "2", "3"}) {
    auto place = NetworkNamespace::create(std::string("router") + name);
    ASSERT_TRUE(place) << to_string(place.error());
    places.push_back(*std::move(place));
    const std::string address = std::string("192.0.2.") + name;
    const auto attached = bridge->attach({places.back(), "eth0", {address + "/24"}});
    ASSERT_TRUE(attached) << to_string(attached.error());
    auto link = LiveLink::open({{{address, 1021}}, places.back().name(), "224.0.0.254"});
    ASSERT_TRUE(link) << to_string(link.error());
    links.push_back(*std::move(link));
  }
  const auto gets = [&](std::size_t who, const char* text) {
    const auto got = links[who]->receive(links[who]->now() + seconds{5});
    return got && *got && (*got)->payload == octets_of(text);
  };
  ASSERT_TRUE(
      links[0]->send({{"192.0.2.1", 1021}, {"192.0.2.2", 1021}, octets_of("for the second")}));
  EXPECT_TRUE(gets(1, "for the second"));
  ASSERT_TRUE(links[1]->send({{"192.0.2.2", 1021}, {"224.0.0.254", 1021}, octets_of("for all")}));
  EXPECT_TRUE(gets(0, "for all"));
  EXPECT_TRUE(gets(2, "for all"));
}

TEST_F(BridgeTest, IsGoneWithItsObjectAndItsCablesToo) {
  auto place = NetworkNamespace::create("left");
  ASSERT_TRUE(place);
  std::string name;
  {
    auto bridge = Bridge::create("gone");
    ASSERT_TRUE(bridge);
    name = bridge->place().name();
    ASSERT_TRUE(bridge->attach({*place, "eth0", {}}));
    EXPECT_TRUE(place->ip({"link", "show", "eth0"}));
  }
  EXPECT_FALSE(std::filesystem::exists("/run/netns/" + name));
  // The kernel takes a namespace apart after its name is gone.
  for (int i = 0; i < 200 && place->ip({"link", "show", "eth0"}); ++i)
    ASSERT_TRUE(place->ip({"link", "show", "lo"}));
  EXPECT_FALSE(place->ip({"link", "show", "eth0"}));
}

}  // namespace
}  // namespace karpspec::lab
