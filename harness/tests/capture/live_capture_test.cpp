#include "capture/live_capture.h"

#include <gmock/gmock.h>

#include <atomic>
#include <optional>
#include <thread>

#include "capture/reader.h"
#include "files.h"
#include "lab/live_link.h"
#include "lab/namespaces.h"

namespace karpspec::capture {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

class LiveCaptures : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = lab::why_no_namespaces(); !why.empty())
      GTEST_SKIP() << why;
  }
};

TEST_F(LiveCaptures, SeesWhatCrossesACable) {
  const auto a = lab::NetworkNamespace::create("capture-a");
  const auto b = lab::NetworkNamespace::create("capture-b");
  ASSERT_TRUE(a && b);
  ASSERT_TRUE(lab::connect({*a, "eth0", {"192.0.2.1/24", "2001:db8::1/64"}},
                           {*b, "eth0", {"192.0.2.2/24", "2001:db8::2/64"}}));
  const auto here = lab::LiveLink::open(
      {{{"192.0.2.1", 500}, {"2001:db8::1", 500}, {"192.0.2.1", 4500}, {"192.0.2.1", 501}},
       a->name()});
  const auto there = lab::LiveLink::open(
      {{{"192.0.2.2", 500}, {"2001:db8::2", 500}, {"192.0.2.2", 4500}, {"192.0.2.2", 501}},
       b->name()});
  ASSERT_TRUE(here && there);
  const Folder folder;
  auto capture = LiveCapture::start(
      {.interface = "eth0", .network_namespace = a->name(), .path = folder.file("x")});
  ASSERT_TRUE(capture) << to_string(capture.error());
  for (const std::size_t at : {3U, 0U, 1U, 2U}) {
    Octets payload(at == 1 ? 4000 : 40, static_cast<std::uint8_t>('a' + at));
    ASSERT_TRUE((*here)->send({(*here)->endpoints()[at], (*there)->endpoints()[at], payload}));
    const auto got = (*there)->receive((*there)->now() + seconds{5});
    ASSERT_TRUE(got && *got);
  }
  const auto written = capture->stop();
  ASSERT_TRUE(written) << to_string(written.error());
  EXPECT_GE(*written, 5U);  // three datagrams, of which one is three fragments

  auto reader = CaptureReader::open(folder.file("x"));
  ASSERT_TRUE(reader) << to_string(reader.error());
  for (const std::size_t at : {0U, 1U, 2U}) {
    const auto frame = reader->next();
    ASSERT_TRUE(frame && *frame) << at;
    EXPECT_EQ((*frame)->datagram.source, (*here)->endpoints()[at]);
    EXPECT_EQ((*frame)->datagram.payload,
              Octets(at == 1 ? 4000 : 40, static_cast<std::uint8_t>('a' + at)));
    EXPECT_LT((*here)->now() - (*frame)->time, seconds{60});
    EXPECT_GT((*here)->now() - (*frame)->time, seconds{-60});
  }
  const auto end = reader->next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
  EXPECT_THAT(reader->notes(), testing::IsEmpty());
}

// Where nothing more comes, that it is to stop is seen all the same.
TEST_F(LiveCaptures, AreReadFrameByFrameUntilStopped) {
  const auto a = lab::NetworkNamespace::create("capture-a");
  const auto b = lab::NetworkNamespace::create("capture-b");
  ASSERT_TRUE(a && b);
  ASSERT_TRUE(lab::connect({*a, "eth0", {"192.0.2.1/24"}}, {*b, "eth0", {"192.0.2.2/24"}}));
  const auto here = lab::LiveLink::open({{{"192.0.2.1", 500}}, a->name()});
  const auto there = lab::LiveLink::open({{{"192.0.2.2", 500}}, b->name()});
  ASSERT_TRUE(here && there);
  std::optional<CaptureReader> reader;
  const auto opened = lab::inside(b->name(), [&]() -> Result<void> {
    KARPSPEC_TRY(made, CaptureReader::open("interface:eth0"));
    reader = std::move(made);
    return {};
  });
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_TRUE(reader->is_live());
  std::atomic<bool> stop = false;
  reader->stop_at(stop);

  const Octets payload(40, 'k');
  ASSERT_TRUE((*here)->send({(*here)->endpoints()[0], (*there)->endpoints()[0], payload}));
  const auto frame = reader->next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->datagram.payload, payload);

  std::thread later([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    stop = true;
  });
  const auto end = reader->next();
  later.join();
  ASSERT_TRUE(end) << to_string(end.error());
  EXPECT_FALSE(*end);
}

TEST_F(LiveCaptures, SayWhatIsMissing) {
  const auto place = lab::NetworkNamespace::create("capture-none");
  ASSERT_TRUE(place);
  const Folder folder;
  LiveCaptureOptions options{
      .interface = "eth7", .network_namespace = place->name(), .path = folder.file("x")};
  EXPECT_THAT(LiveCapture::start(options).error().message, HasSubstr("eth7: "));
  options.interface = "lo";
  options.filter = "udp port many";
  EXPECT_EQ(LiveCapture::start(options).error().code, ErrorCode::bad_value);
  options.filter = "udp";
  options.path = "/nonexistent/x";
  EXPECT_EQ(LiveCapture::start(options).error().code, ErrorCode::io);
  options.network_namespace = "karpspec-0-none";
  EXPECT_EQ(LiveCapture::start(options).error().code, ErrorCode::not_found);
  // One that is left alone ends with its object.
  options = {.interface = "lo", .network_namespace = place->name(), .path = folder.file("y")};
  EXPECT_TRUE(LiveCapture::start(options));
}

}  // namespace
}  // namespace karpspec::capture
