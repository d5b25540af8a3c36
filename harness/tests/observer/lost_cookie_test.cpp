#include <gmock/gmock.h>

#include "golden.h"
#include "observer/follower.h"
#include "observer/judge.h"
#include "observer/secrets_file.h"
#include "wire/message.h"

// A capture that has lost N(COOKIE) and the request that brings the cookie shows a right AUTH over
// a request that it does not cover (RFC 5996 sections 2.6 and 2.15).
namespace karpspec::observer {
namespace {

using testing::SizeIs;

void look(Judge& judge, const std::vector<capture::Frame>& frames) {
  auto secrets = read_secrets(std::string(KARPSPEC_SOURCE_DIR) + "/pcaps/ike-cookie.secrets.yaml");
  EXPECT_TRUE(secrets);
  OpeningKeys keys;
  keys.secrets = *std::move(secrets);
  for (Secrets::PresharedKey& key : keys.secrets.preshared_keys)
    key.identity = "tester.example";
  Follower follower(std::move(keys));
  for (const capture::Frame& frame : frames)
    if (const auto observed = follower.follow(frame))
      judge.add(*observed);
}

std::vector<capture::Frame> without_cookie() {
  const Golden golden("ike-cookie");
  const auto observed = golden.observe();
  std::vector<capture::Frame> out;
  for (std::size_t at = 0; at < golden.frames.size(); ++at) {
    const auto& message = observed[at].message;
    if (!message || wire::find_notify(message->payloads, wire::NotifyType::COOKIE) == nullptr)
      out.push_back(golden.frames[at]);
  }
  EXPECT_EQ(out.size() + 2, golden.frames.size());
  return out;
}

TEST(LostCookie, ARightAuthIsNoBreach) {
  Judge judge(Judge::Frames::may_be_missing);
  look(judge, without_cookie());
  EXPECT_THAT(judge.ledger().breaches(), SizeIs(0));
  EXPECT_EQ(judge.counts().not_settled, 1U);
  EXPECT_EQ(judge.counts().not_opened, 0U);
}

// Who says that nothing is missing is believed.
TEST(LostCookie, IsABreachWhereNothingIsSaidToBeMissing) {
  Judge judge(Judge::Frames::all_there);
  look(judge, without_cookie());
  ASSERT_THAT(judge.ledger().breaches(), SizeIs(2));
  EXPECT_EQ(judge.ledger().breaches().front().requirement, "IKE-2.15-03");
  EXPECT_EQ(judge.ledger().breaches().back().requirement, "IKE-1.2-06");
}

TEST(LostCookie, AWholeCaptureSettlesEveryAuth) {
  Judge judge(Judge::Frames::may_be_missing);
  look(judge, Golden("ike-cookie").frames);
  EXPECT_THAT(judge.ledger().breaches(), SizeIs(0));
  EXPECT_EQ(judge.counts().not_settled, 0U);
}

}  // namespace
}  // namespace karpspec::observer
