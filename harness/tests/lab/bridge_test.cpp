// A bridge between namespaces, and what crosses it.
#include "lab/bridge.h"

#include <gmock/gmock.h>

#include "lab/live_link.h"

namespace karpspec::lab {
namespace {

TEST(Bridge, CarriesBetweenWhatIsPlugged) {
  if (const std::string why = why_no_namespaces(); !why.empty())
    GTEST_SKIP() << why;
  auto bridge = Bridge::create("bridge");
  ASSERT_TRUE(bridge) << to_string(bridge.error());
  auto a = NetworkNamespace::create("a"), b = NetworkNamespace::create("b");
  ASSERT_TRUE(a && b);
  ASSERT_TRUE(bridge->plug({*a, "device", {"192.0.2.1/24"}}));
  ASSERT_TRUE(bridge->plug({*b, "device", {"192.0.2.2/24"}}));
  const Endpoint from{"192.0.2.1", 5000}, to{"192.0.2.2", 5001};
  auto sender = LiveLink::open({{from}, a->name()});
  auto receiver = LiveLink::open({{to}, b->name()});
  ASSERT_TRUE(sender && receiver);
  ASSERT_TRUE((*sender)->send({from, to, {1, 2, 3}}));
  const auto got = (*receiver)->receive((*receiver)->now() + std::chrono::seconds{5});
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->payload, (Octets{1, 2, 3}));
  EXPECT_EQ((*got)->source, from);
}

}  // namespace
}  // namespace karpspec::lab
