// What somebody at the bridge sees, and whose keys it is opened with: by golden captures, in which
// the device is at the initiator's address.
#include "interop/sighting.h"

#include <gmock/gmock.h>

#include "interop/configuration.h"
#include "interop/key_finder.h"
#include "interop/secrets.h"
#include "observer/secrets_file.h"

namespace karpspec::interop {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

std::vector<capture::Frame> frames_of(const std::string& name) {
  auto frames = read_frames(KARPSPEC_SOURCE_DIR "/pcaps/" + name + ".pcapng");
  EXPECT_TRUE(frames) << frames.error().message;
  return frames ? *std::move(frames) : std::vector<capture::Frame>();
}

observer::OpeningKeys keys_of(const std::string& name) {
  observer::OpeningKeys keys;
  auto secrets = observer::read_secrets(KARPSPEC_SOURCE_DIR "/pcaps/" + name + ".secrets.yaml");
  EXPECT_TRUE(secrets) << secrets.error().message;
  if (secrets)
    keys.secrets = *std::move(secrets);
  return keys;
}

Sighting look(const std::string& name, observer::OpeningKeys keys) {
  return look_at(frames_of(name), std::move(keys), {}, name);
}

TEST(Sighting, OfAnExchangeThatWentThrough) {
  const Sighting seen = look("rkmp-rekey-by-device", keys_of("rkmp-rekey-by-device"));
  EXPECT_GE(seen.messages, 4U);
  EXPECT_EQ(seen.sealed, 0U);
  EXPECT_THAT(seen.breaches, IsEmpty());
  EXPECT_FALSE(seen.refusal);
  EXPECT_FALSE(seen.unanswered);
  EXPECT_EQ(seen.initiator_auth, true);
  EXPECT_EQ(seen.responder_auth, true);
  EXPECT_THAT(seen.exchanged, SizeIs(seen.messages));
  EXPECT_THAT(seen.exchanged.front(),
              AllOf(StartsWith("0.000s  initiator -> responder  IKE_SA_INIT request")));
  EXPECT_THAT(seen.exchanged, Contains(HasSubstr("responder -> initiator  IKE_AUTH response")));
  EXPECT_THAT(seen.transcript, StartsWith("transcript: 1"));
}

TEST(Sighting, WithoutKeysOnlyWhatIsInClearIsSeen) {
  const Sighting seen = look("rkmp-rekey-by-device", {});
  EXPECT_EQ(seen.sealed, seen.messages - 2);
  EXPECT_FALSE(seen.initiator_auth);
  EXPECT_FALSE(seen.unanswered) << "what is answered is seen by headers alone";
}

TEST(Sighting, OfARefusal) {
  const Sighting seen = look("ike-wrong-psk", keys_of("ike-wrong-psk"));
  ASSERT_TRUE(seen.refusal);
  EXPECT_EQ(seen.refusal->notify, "AUTHENTICATION_FAILED");
  EXPECT_EQ(seen.refusal->exchange, "IKE_AUTH");
  // The device, which is at the initiator's address here, refuses.
  EXPECT_EQ(seen.refusal->by, Side::initiator);
}

TEST(Sighting, AnotherTryIsNoRefusal) {
  EXPECT_FALSE(look("ike-cookie-and-group", keys_of("ike-cookie-and-group")).refusal);
  EXPECT_FALSE(look("ike-invalid-ke", keys_of("ike-invalid-ke")).refusal);
}

TEST(Sighting, OfARequestThatNobodyAnswered) {
  auto frames = frames_of("rkmp-initial-by-device");
  ASSERT_GE(frames.size(), 3U);
  frames.resize(3);
  Sighting seen = look_at(frames, keys_of("rkmp-initial-by-device"), {}, "cut");
  ASSERT_TRUE(seen.unanswered);
  EXPECT_EQ(seen.unanswered->asked, Side::responder);
  EXPECT_EQ(seen.unanswered->exchange, "IKE_AUTH");
  EXPECT_TRUE(seen.unanswered->readable);
  seen = look_at(frames, {}, {}, "cut");
  ASSERT_TRUE(seen.unanswered);
  EXPECT_FALSE(seen.unanswered->readable);
}

TEST(Sighting, ABreachIsOfTheSideAtItsAddress) {
  auto frames = frames_of("rkmp-initial-by-device");
  ASSERT_FALSE(frames.empty());
  frames.front().datagram.payload[19] |= 0x01;  // a flag that must be zero
  const Sighting seen = look_at(frames, {}, {}, "changed");
  ASSERT_FALSE(seen.breaches.empty());
  EXPECT_EQ(seen.breaches.front().side, Side::initiator);
  EXPECT_THAT(seen.breaches.front().requirement, StartsWith("IKE-3.1"));
}

TEST(Sighting, ACaptureWithGapsIsShownAndJudgesNobody) {
  auto frames = frames_of("rkmp-initial-by-device");
  ASSERT_GE(frames.size(), 3U);
  frames.front().datagram.payload[19] |= 0x01;
  frames.resize(3);
  const Sighting seen =
      look_at(frames, keys_of("rkmp-initial-by-device"), {}, "with gaps", Captured::with_gaps);
  EXPECT_THAT(seen.breaches, IsEmpty());
  EXPECT_FALSE(seen.unanswered);
  EXPECT_FALSE(seen.initiator_auth);
  EXPECT_THAT(seen.notes, Contains(HasSubstr("Nobody was judged by the capture")));
  EXPECT_THAT(seen.exchanged, SizeIs(3));
  EXPECT_THAT(seen.transcript, HasSubstr("IKE_SA_INIT request"));
  // So that what the laboratory has lost is the laboratory's.
  Seen cell;
  cell.breaches = seen.breaches;
  cell.trouble = Trouble{Side::laboratory, "2 frames were lost", false};
  EXPECT_EQ(judge_cell(cell).verdict, verdict::Verdict::error);
  EXPECT_EQ(judge_cell(cell).whose, Side::laboratory);
}

TEST(Sighting, OfASignOfLife) {
  const Sighting seen = look("ike-liveness", keys_of("ike-liveness"));
  // Here the tester asks, at the responder's address.
  EXPECT_FALSE(seen.asked_for_life);
  auto frames = frames_of("ike-liveness");
  for (capture::Frame& frame : frames)
    std::swap(frame.datagram.source, frame.datagram.destination);
  EXPECT_TRUE(look_at(frames, keys_of("ike-liveness"), {}, "swapped").asked_for_life);
}

// The initiator's place is where the device is, and where FROM is.
std::vector<capture::Frame> begun_by(const std::string& name, const std::string& from) {
  auto frames = frames_of(name);
  for (capture::Frame& frame : frames)
    if (from == responder_place.address)
      std::swap(frame.datagram.source, frame.datagram.destination);
  return frames;
}

TEST(Sighting, OfDeletesThatWereAnswered) {
  for (const auto& [name, ike] : {std::pair("ike-delete", true), {"rkmp-delete-key", false}}) {
    const auto frames = begun_by(name, responder_place.address);
    const Sighting seen = look_at(frames, keys_of(name), {}, name);
    EXPECT_EQ(seen.deleted_ike, ike) << name;
    EXPECT_EQ(seen.deleted_child, !ike) << name;
    // The other one's are not the initiator's.
    const Sighting other =
        look_at(begun_by(name, initiator_place.address), keys_of(name), {}, name);
    EXPECT_FALSE(other.deleted_ike || other.deleted_child) << name;
    // What stayed closed may be one.
    const Sighting closed = look_at(frames, {}, {}, name);
    EXPECT_TRUE(closed.deleted_ike && closed.deleted_child) << name;
  }
  const Sighting other = look("rkmp-rekey-by-device", keys_of("rkmp-rekey-by-device"));
  EXPECT_FALSE(other.deleted_ike);
}

TEST(Sighting, ADeleteThatNobodyAnsweredIsNone) {
  auto frames = begun_by("rkmp-delete-key", responder_place.address);
  ASSERT_GE(frames.size(), 5U);
  frames.resize(5);
  const Sighting seen = look_at(frames, keys_of("rkmp-delete-key"), {}, "cut");
  EXPECT_FALSE(seen.deleted_child);
  ASSERT_TRUE(seen.unanswered);
  EXPECT_EQ(seen.unanswered->asked, Side::responder);
  EXPECT_EQ(seen.unanswered->exchange, "INFORMATIONAL");
  EXPECT_TRUE(seen.unanswered->readable);
}

// The keys of a capture's IKE SA, as derived from its secrets, without saying which it is of.
std::vector<dut::ToldKeys> told(const std::string& name, bool named) {
  std::vector<dut::ToldKeys> out;
  const auto table = capture::read_decryption_table(KARPSPEC_SOURCE_DIR "/pcaps/" + name + ".keys");
  EXPECT_TRUE(table) << table.error().message;
  for (const auto& [spis, keys] : *table) {
    dut::ToldKeys one;
    if (named) {
      one.spi_i = spis.first;
      one.spi_r = spis.second;
      one.suite = keys.suite;
    }
    one.keys.SK_ei = keys.SK_ei.clone();
    one.keys.SK_er = keys.SK_er.clone();
    one.keys.SK_ai = keys.SK_ai.clone();
    one.keys.SK_ar = keys.SK_ar.clone();
    out.push_back(std::move(one));
  }
  return out;
}

TEST(KeyFinder, TriesWhichIkeSaASetIsOf) {
  const std::string name = "rkmp-rekey-ike-sa";
  const auto frames = frames_of(name);
  const crypto::IkeSuite baseline;
  crypto::IkeSuite other;
  other.key_bits = 256;
  const auto found = find_keys(frames, told(name, false), {other, baseline});
  ASSERT_THAT(found, SizeIs(2));
  const auto named = find_keys(frames, told(name, true), {});
  ASSERT_THAT(named, SizeIs(2));
  for (const auto& sa : found)
    EXPECT_EQ(sa.suite, baseline);
  observer::OpeningKeys keys;
  for (const auto& sa : found)
    keys.secrets.ike_sas.push_back({sa.spi_i, sa.spi_r, sa.suite, sa.keys.clone()});
  EXPECT_EQ(look(name, std::move(keys)).sealed, 0U);
}

TEST(KeyFinder, LeavesOutWhatFitsNothing) {
  const auto frames = frames_of("rkmp-rekey-ike-sa");
  EXPECT_THAT(find_keys(frames, told("ike-liveness", false), {crypto::IkeSuite()}), IsEmpty());
  EXPECT_THAT(find_keys(frames, told("rkmp-rekey-ike-sa", false), {}), IsEmpty());
  EXPECT_THAT(find_keys({}, told("rkmp-rekey-ike-sa", false), {crypto::IkeSuite()}), IsEmpty());
}

TEST(Configuration, SecretsAndNamesFitEachOther) {
  Matrix matrix;
  matrix.ike_proposals = {"AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048"};
  MatrixDevice a, b;
  a.setup = {{"ike_proposals", {"AES_CBC-256/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048"}}};
  Cell cell;
  cell.initiator = &a;
  cell.responder = &b;
  cell.exchange = find_exchange("rkmp-initial-psk");
  const auto first = configuration(matrix, cell, true, "");
  const auto second = configuration(matrix, cell, false, "");
  ASSERT_TRUE(first && second);
  EXPECT_EQ((*first)["identity"], (*second)["peers"][0]["identity"]);
  EXPECT_EQ((*second)["identity"], (*first)["peers"][0]["identity"]);
  EXPECT_EQ((*first)["peers"][0]["psk"], (*second)["peers"][0]["psk"]);
  EXPECT_THAT(suites_in_common(*first, *second), IsEmpty()) << "the device's own setup counts";
  EXPECT_THAT(suites_in_common(*second, *second), SizeIs(1));
  cell.exchange = find_exchange("ike-initial-certificates");
  EXPECT_FALSE(configuration(matrix, cell, true, "/nowhere"));
  const auto signing = configuration(matrix, cell, true, KARPSPEC_SOURCE_DIR "/suites/credentials");
  ASSERT_TRUE(signing) << signing.error().message;
  EXPECT_EQ((*signing)["peers"][0]["auth"], "signature");
  EXPECT_FALSE((*signing)["peers"][0].contains("psk"));
  EXPECT_THAT(preshared_keys_of(*signing), IsEmpty());
}

TEST(Secrets, AreThoseThatADeviceIsReallyConfiguredWith) {
  Matrix matrix;
  MatrixDevice own, hex;
  own.setup = {{"peers", {{{"name", peer_name}, {"psk", "a secret of its own"}}}}};
  hex.setup = {{"peers", {{{"name", peer_name}, {"psk", "0x0102030405060708"}}}}};
  Cell cell;
  cell.initiator = &own;
  cell.responder = &hex;
  cell.exchange = find_exchange("ike-initial-psk");
  const auto first = preshared_keys_of(*configuration(matrix, cell, true, ""));
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].identity, initiator_place.identity);
  EXPECT_EQ(to_hex(first[0].key.view()), to_hex(octets_of("a secret of its own")));
  const auto second = preshared_keys_of(*configuration(matrix, cell, false, ""));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].identity, responder_place.identity);
  EXPECT_EQ(to_hex(second[0].key.view()), "0102030405060708");
  EXPECT_THAT(preshared_keys_of(dut::Json()), IsEmpty());
  EXPECT_THAT(preshared_keys_of({{"peers", {{{"psk", 1}}, "x"}}}), IsEmpty());
}

TEST(Secrets, AreInNothingThatACellTells) {
  const Octets key(32, 0x5a);
  HiddenSecrets secrets;
  secrets.add_text("a secret of its own");
  std::vector<dut::ToldKeys> told(1);
  told[0].keys.SK_ei = Secret(OctetView(key));
  collect_secrets(told, secrets);
  const std::string both = "a secret of its own and " + to_hex(key);
  Played played;
  verdict::InteropBreach breach;
  breach.message = breach.field = breach.expected = breach.got = both;
  played.cell.breaches = {breach};
  played.cell.notes = played.cell.exchanged = {both};
  played.cell.reason = "configure: " + both;
  played.cell.initiator_has = played.cell.responder_has = both;
  played.transcript = played.initiator_version = played.responder_version = both;
  hide_secrets(secrets, played);
  EXPECT_EQ(played.cell.reason, "configure: [secret 1] and [secret 2]");
  const verdict::InteropBreach& hidden = played.cell.breaches[0];
  for (const std::string& text :
       {hidden.message, hidden.field, hidden.expected, hidden.got, played.cell.notes[0],
        played.cell.exchanged[0], played.cell.initiator_has, played.cell.responder_has,
        played.transcript, played.initiator_version, played.responder_version})
    EXPECT_EQ(text, "[secret 1] and [secret 2]");
}

}  // namespace
}  // namespace karpspec::interop
