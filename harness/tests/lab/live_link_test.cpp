#include "lab/live_link.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "lab/child_process.h"

namespace karpspec::lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

TEST(LiveLink, CarriesDatagramsOverLoopback) {
  const auto opened = LiveLink::open({{{"127.0.0.1", 0}, {"127.0.0.1", 0}}, ""});
  ASSERT_TRUE(opened) << to_string(opened.error());
  LiveLink& link = **opened;
  const Endpoint one = link.endpoints()[0], two = link.endpoints()[1];
  EXPECT_NE(one.port, 0);
  int seen = 0;
  link.set_tap([&](const Datagram&, Time) { ++seen; });
  ASSERT_TRUE(link.send({one, two, octets_of("hello")}));
  const auto got = link.receive(link.now() + seconds{5});
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->source, one);
  EXPECT_EQ((*got)->destination, two);
  EXPECT_EQ((*got)->payload, octets_of("hello"));
  EXPECT_EQ(seen, 2);
}

TEST(LiveLink, SilenceEndsAtTheDeadline) {
  const auto link = LiveLink::open({{{"127.0.0.1", 0}}, ""});
  ASSERT_TRUE(link);
  const Time deadline = (*link)->now() + milliseconds{30};
  const auto got = (*link)->receive(deadline);
  ASSERT_TRUE(got);
  EXPECT_FALSE(*got);
  EXPECT_GE((*link)->now(), deadline);
  EXPECT_LT((*link)->now(), deadline + seconds{5});
}

TEST(LiveLink, NoSocketIsStarved) {
  const auto opened = LiveLink::open({{{"127.0.0.1", 0}, {"127.0.0.1", 0}, {"127.0.0.1", 0}}, ""});
  ASSERT_TRUE(opened);
  LiveLink& link = **opened;
  const Endpoint sender = link.endpoints()[0];
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(link.send({sender, link.endpoints()[1], octets_of("x")}));
    ASSERT_TRUE(link.send({sender, link.endpoints()[2], octets_of("x")}));
  }
  std::vector<std::uint16_t> order;
  for (int i = 0; i < 4; ++i) {
    const auto got = link.receive(link.now() + seconds{5});
    ASSERT_TRUE(got && *got);
    order.push_back((*got)->destination.port);
  }
  EXPECT_NE(order[0], order[1]);
  EXPECT_NE(order[2], order[3]);
}

TEST(LiveLink, SaysWhatItCannotDo) {
  const auto code = [](std::vector<Endpoint> endpoints) {
    return LiveLink::open({std::move(endpoints), ""}).error().code;
  };
  EXPECT_EQ(code({}), ErrorCode::bad_value);
  EXPECT_EQ(code({{"router.example", 500}}), ErrorCode::bad_value);
  EXPECT_EQ(code({{"0.0.0.0", 500}}), ErrorCode::bad_value);
  EXPECT_EQ(code({{"::", 500}}), ErrorCode::bad_value);
  EXPECT_EQ(code({{"fe80::1%no-such-if", 500}}), ErrorCode::bad_value);
  EXPECT_EQ(code({{"192.0.2.77", 0}}), ErrorCode::io);

  const auto link = LiveLink::open({{{"127.0.0.1", 0}}, ""});
  ASSERT_TRUE(link);
  const Endpoint self = (*link)->endpoints()[0];
  EXPECT_THAT((*link)->send({{"127.0.0.2", 500}, self, {}}).error().message,
              HasSubstr("127.0.0.2:500 is no address of the tester"));
  EXPECT_EQ((*link)->send({self, {"::1", 500}, {}}).error().code, ErrorCode::bad_value);
  EXPECT_EQ((*link)->send({self, self, Octets(70000)}).error().code, ErrorCode::io);
  // The port is taken.
  EXPECT_EQ(code({self}), ErrorCode::io);
}

// A child that is being started has, for a moment, all that its parent's threads have open, and
// what they close meanwhile too: whoever opens the same address again must not find it in use.
TEST(LiveLink, OpensAnAddressAgainWhileOthersStartPrograms) {
  std::atomic<bool> enough{false};
  std::atomic<int> started{0};
  std::thread others([&] {
    ChildOptions program;
    program.command = {"true"};
    while (!enough) {
      const auto ended = run_command(program, seconds{10});
      started += ended && ended->status.success() ? 1 : 0;
    }
  });
  auto first = LiveLink::open({{{"127.81.3.9", 0}}, ""});
  ASSERT_TRUE(first) << to_string(first.error());
  const Endpoint same = (*first)->endpoints().front();
  first->reset();
  std::string complaint;
  for (int i = 0; (i < 2000 || started < 50) && complaint.empty(); ++i) {
    const auto link = LiveLink::open({{same}, ""});
    if (!link)
      complaint = to_string(link.error());
  }
  enough = true;
  others.join();
  EXPECT_EQ(complaint, "");
  EXPECT_GE(started, 50);
}

}  // namespace
}  // namespace karpspec::lab
