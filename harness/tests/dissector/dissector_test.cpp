#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "fixture.h"
#include "transcript/field.h"

namespace karpspec::dissector {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(Dissector, ShowsEveryFieldAsDecodeNamesIt) {
  const std::string capture = program_->file("every.pcapng");
  const std::string keys = write_every_message(capture);
  EXPECT_GT(expect_same(capture, keys), 200U);
  // Wireshark's window reads a capture once, and each packet again when it is looked at.
  EXPECT_GT(expect_same(capture, keys, {"-2"}), 200U);
}

// The names that SHOWN has of FIELD, "Exchange type: mrkmp_join (242)".
std::set<std::string> names_in(const std::vector<Frame>& frames, const std::string& field) {
  std::set<std::string> out;
  for (const Frame& frame : frames)
    for (const Field& one : frame.named(field)) {
      const std::size_t colon = one.showname.find(": ") + 2, end = one.showname.rfind(" (");
      if (end != std::string::npos && end > colon)
        out.insert(one.showname.substr(colon, end - colon));
    }
  return out;
}

TEST_F(Dissector, HasEveryNameThatDecodeHas) {
  const std::string capture = program_->file("names.pcapng");
  const std::string keys = write_every_message(capture);
  const auto frames = shown(capture, keys);
  const auto exchanges = names_in(frames, "karpspec.hdr.exchange");
  const auto notifies = names_in(frames, "karpspec.n.type");
  auto payloads = names_in(frames, "karpspec.payload.next_payload");
  payloads.merge(names_in(frames, "karpspec.hdr.next_payload"));
  payloads.merge(names_in(frames, "karpspec.sk.first_inner"));
  for (unsigned n = 1; n < 65536; ++n) {
    const std::string number = std::to_string(n);
    const auto octet = static_cast<std::uint8_t>(n);
    if (n < 256 && wire::exchange_name(octet) != number) {
      EXPECT_THAT(exchanges, Contains(wire::exchange_name(octet)));
    }
    if (n < 256 && wire::payload_name(octet) != number) {
      EXPECT_THAT(payloads, Contains(wire::payload_name(octet)));
    }
    const std::string notify = wire::notify_name(static_cast<std::uint16_t>(n));
    if (notify != number) {
      EXPECT_THAT(notifies, Contains(notify));
    }
  }
  EXPECT_THAT(names_in(frames, "karpspec.kd.items.type"),
              ElementsAreArray({"GCKS", "GROUP", "KEK", "ORDER", "PMK"}));
  EXPECT_THAT(names_in(frames, "karpspec.policy.entries.type"),
              ElementsAreArray({"INTERFACE", "PERMIT", "RECONNECT"}));
}

// A payload's field that scenarios can name can be filtered for.
TEST_F(Dissector, HasAFilterForEveryFieldOfEveryPayload) {
  std::set<std::string> filters;
  std::istringstream lines(
      program_->run_other({"tshark", "-G", "fields", "-X", "lua_script:" + script()}).output);
  for (std::string line; std::getline(lines, line);) {
    // Of a quarter of a million lines a few hundred are ours.
    if (!line.starts_with("F\t") || line.find("\tkarpspec.") == std::string::npos)
      continue;
    std::istringstream columns(line);
    std::string kind, label, filter;
    if (std::getline(columns, kind, '\t') && std::getline(columns, label, '\t') &&
        std::getline(columns, filter, '\t'))
      filters.insert(filter);
  }
  std::vector<std::string> payloads = {"HDR", "P200"};
  for (unsigned n = 1; n < 256; ++n)
    if (const auto type = static_cast<std::uint8_t>(n);
        wire::payload_name(type) != std::to_string(n))
      payloads.push_back(wire::payload_name(type));
  for (const std::string& payload : payloads) {
    const std::vector<std::string> fields = transcript::fields_of(payload);
    EXPECT_THAT(fields, Not(IsEmpty())) << payload;
    for (const std::string& field : fields) {
      // How many there are is counted, and padding shown by Wireshark.
      if (field.ends_with(".count") || field == "padding" || field == "pad_length")
        continue;
      const bool generic = field == "next_payload" || field == "critical" || field == "length";
      const std::string path = (generic && payload != "HDR" ? "payload" : payload) + "." + field;
      EXPECT_TRUE(filters.contains(filter_name(path))) << path;
    }
  }
}

// The examples of the README: Wireshark knows the fields, and can compare them so.
TEST_F(Dissector, FiltersOfTheReadmeAreOnes) {
  std::istringstream lines(cli::text_of(KARPSPEC_SOURCE_DIR "/harness/dissector/README.md"));
  std::string all;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| `", 0) != 0)
      continue;
    std::istringstream parts(line.substr(0, line.find(" |", 1)));
    std::string between, filter;
    while (std::getline(parts, between, '`') && std::getline(parts, filter, '`')) {
      all += (all.empty() ? "(" : " or (") + filter + ")";
      ++count;
    }
  }
  EXPECT_GT(count, 20U);
  const std::string capture = program_->file("filters.pcapng");
  const std::string keys = write_every_message(capture);
  EXPECT_THAT(tshark(capture, keys, {"-Y", all}), HasSubstr("ks_policy response, id"));
}

// Runs of the suites, with the keys that they leave.
TEST_F(Dissector, ShowsWhatTheSuitesCapture) {
  const std::vector<std::string> tests = {
      "rkmp/3.2/responder/answer-payloads",   "rkmp/4.1/responder/options-flag-set",
      "rfc7383/2.6/responder/many-fragments", "mrkmp/1/gcks/current-keys-given",
      "mrkmp/3.2/gcks/answer-lost",           "mrkmp/1/member/joins-with-signature",
      "mrkmp/7/member/kek-not-lost",          "keyserver/5.2/lks/push-taken",
      "keyserver/5.3/lks/denial-names-group", "keyserver/6/dks/material-in-policy",
      "keyserver/6/lks/reconnect-by-policy",  "keyserver/6/dks/policy-pull"};
  std::vector<std::string> run = {"run", "--seed", "1", "--out", "out"};
  run.insert(run.end(), tests.begin(), tests.end());
  const auto ended = program_->run(run);
  ASSERT_EQ(ended.code, 0) << ended.output;
  std::size_t compared = 0;
  for (const std::string& test : tests) {
    const std::string capture = program_->file("out/tests/" + test + ".pcapng");
    ASSERT_TRUE(fs::exists(capture)) << capture;
    compared += expect_same(capture, cli::text_of(program_->file("out/tests/" + test + ".keys")));
  }
  EXPECT_GT(compared, 150U);
}

// The golden captures, each with its keys.
TEST_F(Dissector, ShowsTheGoldenCaptures) {
  const fs::path folder = KARPSPEC_SOURCE_DIR "/pcaps";
  std::vector<fs::path> captures;
  if (fs::exists(folder))
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".pcapng")
        captures.push_back(entry.path());
  if (captures.empty())
    GTEST_SKIP() << "there are no captures in pcaps/";
  std::sort(captures.begin(), captures.end());
  std::size_t compared = 0;
  for (const fs::path& capture : captures) {
    fs::path keys = capture;
    keys.replace_extension(".keys");
    compared += expect_same(capture, fs::exists(keys) ? cli::text_of(keys) : "");
  }
  EXPECT_GT(compared, 0U);
}

TEST_F(Dissector, MessagesToTheGroupShowTheirKekWithoutKeys) {
  const std::string capture = program_->file("group.pcapng");
  wire::Message message;
  message.header.spi_i = 0xc9c1340a;
  message.header.exchange = static_cast<std::uint8_t>(wire::ExchangeType::mrkmp_group);
  message.header.flags = wire::Header::flag_initiator;
  message.header.message_id = 9;
  message.payloads = {wire::make_payload(wire::PayloadType::SEQ, wire::SequencePayload{9})};
  {
    Scribe scribe(capture);
    scribe.sealed(message, mrkmp_port);
  }
  const auto frames = shown(capture, "");
  ASSERT_EQ(frames.size(), 1U);
  ASSERT_EQ(frames[0].named("karpspec.hdr.kek_id").size(), 1U);
  EXPECT_EQ(frames[0].named("karpspec.hdr.kek_id")[0].show, std::to_string(0xc9c1340aU));
  EXPECT_TRUE(frames[0].has("karpspec.sealed"));
  EXPECT_FALSE(frames[0].has("karpspec.seq.number"));
  EXPECT_THAT(tshark(capture, "", {}),
              HasSubstr("mrkmp_group {SK}, KEK 3384882186, sequence number 9"));
}

// An LDP discovery key has no transform that anybody could read (P-02).
TEST_F(Dissector, TransformsOfTheLdpDiscoveryKeyArePassedOver) {
  const std::string capture = program_->file("ldp.pcapng");
  wire::Message message = rkmp_messages()[0];
  wire::Proposal& proposal = message.payloads[0].as<wire::SaPayload>()->proposals[0];
  proposal.protocol = wire::CodePoints{}.ldp_discovery_protocol;
  {
    Scribe scribe(capture);
    scribe.clear(message, ike_port);
  }
  const auto frames = shown(capture, "");
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].named("karpspec.sa.proposals.transforms.data").size(), 3U);
  EXPECT_FALSE(frames[0].has("karpspec.sa.proposals.transforms.send_id"));
  EXPECT_FALSE(frames[0].has("karpspec.malformed"));
}

TEST_F(Dissector, NumbersArePreferences) {
  const std::string capture = program_->file("numbers.pcapng");
  wire::Message rkmp = rkmp_messages()[0];
  // The octets of another profile: TCP-AO 250, selectors 251, GROUP 140, mrkmp_join 230.
  Octets rkmp_octets = wire::encode_message(rkmp);
  std::replace(rkmp_octets.begin() + 28, rkmp_octets.end(), std::uint8_t{201}, std::uint8_t{250});
  std::replace(rkmp_octets.begin() + 28, rkmp_octets.end(), std::uint8_t{241}, std::uint8_t{251});
  wire::Message join;
  join.header.exchange = 230;
  join.payloads = {wire::make_payload(static_cast<wire::PayloadType>(140),
                                      wire::UnknownPayload{{1, 0, 0, 0, 0, 0, 0, 1}})};
  {
    Scribe scribe(capture);
    scribe.octets(rkmp_octets, ike_port);
    scribe.clear(join, 5021);
  }
  EXPECT_FALSE(shown(capture, "")[0].has("karpspec.tsi.selectors.routing_protocol"));
  EXPECT_FALSE(shown(capture, "")[1].has("mrkmp"));
  const auto frames = shown(capture, "",
                            {"-o", "karpspec.tcp_ao_protocol:250", "-o", "karpspec.rp_ts_type:251",
                             "-o", "karpspec.group:140", "-o", "karpspec.mrkmp_join:230", "-o",
                             "karpspec.udp_ports:5000-5100"});
  EXPECT_TRUE(frames[0].has("karpspec.sa.proposals.transforms.auth_alg"));
  EXPECT_EQ(frames[0].named("karpspec.tsi.selectors.routing_protocol").size(), 1U);
  ASSERT_EQ(frames[1].named("karpspec.message").size(), 1U);
  EXPECT_EQ(frames[1].named("karpspec.message")[0].show, "mrkmp_join request, id 0 {GROUP}");
}

// Other protocols' datagrams come from privileged ports too, and GDOI's port is not MRKMP's alone.
TEST_F(Dissector, LeavesOtherProtocolsTheirDatagrams) {
  const std::string capture = program_->file("others.pcapng");
  wire::Message gdoi;
  gdoi.header.spi_i = 1;
  gdoi.header.version = 0x10;
  gdoi.header.exchange = 32;
  {
    Scribe scribe(capture);
    scribe.octets(Octets(40, 0), mrkmp_port);
    scribe.octets({1, 2, 3}, mrkmp_port);
    scribe.clear(gdoi, mrkmp_port);
    scribe.clear(gdoi, 848);
    scribe.clear(group_messages()[0], 848);
  }
  const auto frames = shown(capture, "");
  ASSERT_EQ(frames.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_FALSE(frames[i].has("mrkmp")) << i;
  EXPECT_TRUE(frames[3].has("isakmp"));
  EXPECT_TRUE(frames[4].has("mrkmp"));
}

TEST_F(Dissector, TheTreeReadsLikeWiresharksOwn) {
  const std::string capture = program_->file("tree.pcapng");
  const std::string keys = write_every_message(capture);
  const std::string tree = tshark(capture, keys, {"-V"});
  for (const char* line :
       {"\nMulticast Router Key Management Protocol, mrkmp_advert GCKS, priority 32768 {GROUP, "
        "ADV}\n",
        "    Exchange type: mrkmp_advert (246)\n",
        "    Payload: ADV, Advertisement (131): GCKS, priority 32768\n",
        "        Interval: 1000 ms\n",
        "    Payload: GROUP, Group identifier (128): OSPFv2, instance 2, area 10.0.0.1\n",
        "        Sender's clock: 1767225605 (2026-01-01 00:00:05 UTC)\n",
        ": KEK, key ID 3384882186, AES_GCM_16\n", "Receive end: 2147483647 (without limit)\n",
        ": GROUP, r1.example, default, lan1, ospf\n",
        ": PERMIT, r2.example hears r1.example, default, lan1, ospf\n",
        ": INTERFACE, r1.example, default, lan1: permit, central\n",
        ": RECONNECT, first 5 s, longest 300 s, spread 30 s\n",
        "\nRouter Key Management Protocol, SA TCP_AO SendID 100, TSi BGP, TSr BGP\n",
        "Transform 2: SendID 100, AES_128_CMAC_96, KDF_AES_128_CMAC, O set\n",
        "O: TCP options are left out of the MAC\n", "SPI: 07 (KeyID 7)\n",
        "        Selector 1: TS_RP, BGP\n"})
    EXPECT_NE(tree.find(line), std::string::npos) << line;
}

// As `cmake --install` puts it for one user, in the folder where Wireshark looks by itself.
TEST_F(Dissector, IsInstalledWhereWiresharkLooks) {
  const std::string home = program_->file("home");
  const auto installed =
      program_->run_other({"cmake", "--install", KARPSPEC_BINARY_DIR, "--component", "dissector",
                           "--prefix", home + "/.local"});
  ASSERT_EQ(installed.code, 0) << installed.output;
  const std::string capture = program_->file("installed.pcapng");
  write_every_message(capture);
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"-X", "lua_script:" + script()}}) {
    std::vector<std::string> command = {"tshark", "-r", capture, "-Y",
                                        "mrkmp and karpspec.adv.type == 2"};
    command.insert(command.end(), more.begin(), more.end());
    const auto ended = program_->run_other(command, {{"HOME", home}});
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("mrkmp_advert GCKS, priority 32768 {GROUP, ADV}"));
    EXPECT_THAT(ended.output, Not(HasSubstr("Lua")));
  }
}

}  // namespace
}  // namespace karpspec::dissector
