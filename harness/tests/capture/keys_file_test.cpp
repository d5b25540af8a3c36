#include "capture/keys_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "base/random.h"
#include "capture/pcapng_writer.h"
#include "crypto/protect.h"
#include "files.h"
#include "lab/child_process.h"
#include "wire/message.h"

namespace karpspec::capture {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t spi_i = 0x0123456789abcdef, spi_r = 0x1122334455667788;

crypto::IkeKeys keys_for(const crypto::IkeSuite& suite, std::uint64_t seed = 1) {
  SeededRandom random(seed);
  const std::size_t encr = crypto::encr_key_size(suite.encr, suite.key_bits);
  const std::size_t integ = crypto::integ_key_size(suite.integ);
  crypto::IkeKeys keys;
  keys.SK_ei = Secret(random.octets(encr));
  keys.SK_er = Secret(random.octets(encr));
  keys.SK_ai = Secret(random.octets(integ));
  keys.SK_ar = Secret(random.octets(integ));
  return keys;
}

const std::vector<crypto::IkeSuite>& suites() {
  static const std::vector<crypto::IkeSuite> all = {
      {.encr = Encr::AES_CBC, .key_bits = 128, .integ = Integ::HMAC_SHA1_96},
      {.encr = Encr::AES_CBC, .key_bits = 128, .integ = Integ::HMAC_SHA2_256_128},
      {.encr = Encr::AES_CBC, .key_bits = 256, .integ = Integ::HMAC_SHA2_384_192},
      {.encr = Encr::AES_CBC, .key_bits = 256, .integ = Integ::HMAC_SHA2_512_256},
      {.encr = Encr::AES_CBC, .key_bits = 128, .integ = Integ::AES_XCBC_96},
      {.encr = Encr::AES_CBC, .key_bits = 256, .integ = Integ::AES_CMAC_96},
      {.encr = Encr::AES_GCM_16, .key_bits = 128, .integ = Integ::NONE},
      {.encr = Encr::AES_GCM_16, .key_bits = 256, .integ = Integ::NONE},
      {.encr = Encr::CHACHA20_POLY1305, .key_bits = 0, .integ = Integ::NONE}};
  return all;
}

TEST(KeysFile, WritesTheLineThatWiresharkReads) {
  crypto::IkeKeys keys;
  keys.SK_ei = Secret(Octets(16, 0xe1));
  keys.SK_er = Secret(Octets(16, 0xe2));
  keys.SK_ai = Secret(Octets(32, 0xa1));
  keys.SK_ar = Secret(Octets(32, 0xa2));
  std::string ai, ar;
  for (int i = 0; i < 32; ++i) {
    ai += "a1";
    ar += "a2";
  }
  EXPECT_EQ(decryption_line(spi_i, spi_r, {}, keys),
            "0123456789abcdef,1122334455667788,e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1,"
            "e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2,\"AES-CBC-128 [RFC3602]\"," +
                ai + "," + ar + ",\"HMAC_SHA2_256_128 [RFC4868]\"");
}

TEST(KeysFile, IsReadBackWithEverySuite) {
  const Folder folder;
  std::string text = "# a comment\n\n";
  for (std::size_t i = 0; i < suites().size(); ++i)
    text += decryption_line(spi_i + i, spi_r, suites()[i], keys_for(suites()[i], i)) + "\n";
  ASSERT_TRUE(write_private_file(folder.file("keys"), text));
  struct stat status {};
  ASSERT_EQ(stat(folder.file("keys").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const auto table = read_decryption_table(folder.file("keys"));
  ASSERT_TRUE(table) << to_string(table.error());
  ASSERT_EQ(table->size(), suites().size());
  for (std::size_t i = 0; i < suites().size(); ++i) {
    const DecryptionKeys& read = table->at({spi_i + i, spi_r});
    const crypto::IkeKeys keys = keys_for(suites()[i], i);
    EXPECT_EQ(read.suite.encr, suites()[i].encr);
    EXPECT_EQ(read.suite.key_bits, suites()[i].key_bits);
    EXPECT_EQ(read.suite.integ, suites()[i].integ);
    EXPECT_TRUE(equal_in_constant_time(read.SK_ei.view(), keys.SK_ei.view()));
    EXPECT_TRUE(equal_in_constant_time(read.SK_er.view(), keys.SK_er.view()));
    EXPECT_TRUE(equal_in_constant_time(read.SK_ai.view(), keys.SK_ai.view()));
    EXPECT_TRUE(equal_in_constant_time(read.SK_ar.view(), keys.SK_ar.view()));
  }
}

TEST(KeysFile, SaysWhichLineIsWrong) {
  const Folder folder;
  const auto error_of = [&](const std::string& line) {
    write_text(folder.file("keys"), "# first\n" + line + "\n");
    const auto read = read_decryption_table(folder.file("keys"));
    return read ? "" : read.error().message;
  };
  const std::string good = decryption_line(spi_i, spi_r, {}, keys_for({}));
  EXPECT_EQ(error_of(good), "");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    return line.replace(line.find(from), from.size(), to);
  };
  EXPECT_THAT(error_of("a,b"), HasSubstr("keys:2: 2 fields where 8 are expected"));
  EXPECT_THAT(error_of(with("0123", "01")), HasSubstr("is no SPI"));
  EXPECT_THAT(error_of(with("AES-CBC-128", "AES-CBC-129")),
              HasSubstr("keys:2: unknown encryption algorithm 'AES-CBC-129 [RFC3602]'"));
  EXPECT_THAT(error_of(with("HMAC_SHA2_256", "HMAC_SHA7_256")),
              HasSubstr("unknown integrity algorithm"));
  EXPECT_THAT(error_of(with("AES-CBC-128", "AES-CBC-256")),
              HasSubstr("SK_ei has 16 octets, the algorithm takes 32"));
  EXPECT_EQ(read_decryption_table(folder.file("none")).error().code, ErrorCode::not_found);
}

// Wireshark's own decoder, as an independent reader of what we write.
class Tshark : public testing::TestWithParam<crypto::IkeSuite> {
 protected:
  void SetUp() override {
    lab::ChildOptions options;
    options.command = {"tshark", "--version"};
    if (!lab::run_command(options))
      GTEST_SKIP() << "needs tshark (Debian package tshark)";
  }

  // Decodes FILE with the decryption table of the folder it is in.
  static std::string decode(const Folder& folder, const std::string& file) {
    lab::ChildOptions options;
    options.command = {"tshark",
                       "-r",
                       folder.file(file),
                       "-V",
                       "-o",
                       "udp.check_checksum:TRUE",
                       "-o",
                       "ip.check_checksum:TRUE"};
    options.environment = {
        {"XDG_CONFIG_HOME", folder.file("")}, {"HOME", folder.file("")}, {"PATH", "/usr/bin:/bin"}};
    const auto result = lab::run_command(options, std::chrono::seconds{60});
    if (!result)
      return to_string(result.error());
    return to_string(result->status) + "\n" + result->output;
  }
};

// IKE_AUTH {SK {IDi, N(INITIAL_CONTACT)}}, sealed.
Octets sealed_message(const crypto::IkeSuite& suite, const crypto::IkeKeys& keys) {
  SeededRandom random(5);
  wire::IdPayload id;
  id.id_type = 2;
  id.data = octets_of("router.example");
  const std::vector<wire::Payload> inner = {wire::make_payload(wire::PayloadType::IDi, id),
                                            wire::make_notify(wire::NotifyType::INITIAL_CONTACT)};
  const Octets clear = wire::encode_chain(inner);
  wire::Message message;
  message.header.spi_i = spi_i;
  message.header.spi_r = spi_r;
  message.header.exchange = static_cast<std::uint8_t>(wire::ExchangeType::IKE_AUTH);
  message.header.flags = wire::Header::flag_initiator;
  message.header.message_id = 1;
  wire::EncryptedPayload body;
  body.first_inner = static_cast<std::uint8_t>(wire::PayloadType::IDi);
  body.data.resize(crypto::sealed_size(suite, clear.size()));
  message.payloads = {wire::make_payload(wire::PayloadType::SK, body)};
  Octets octets = wire::encode_message(message);
  const auto sealed =
      crypto::seal(suite, {keys.SK_ei.view(), keys.SK_ai.view()}, clear, octets, random);
  EXPECT_TRUE(sealed) << to_string(sealed.error());
  return octets;
}

TEST_P(Tshark, OpensOurCaptureWithOurKeys) {
  const crypto::IkeSuite suite = GetParam();
  const crypto::IkeKeys keys = keys_for(suite);
  const Folder folder;
  std::filesystem::create_directory(folder.file("wireshark"));
  ASSERT_TRUE(write_private_file(folder.file("wireshark/ikev2_decryption_table"),
                                 decryption_line(spi_i, spi_r, suite, keys) + "\n"));
  {
    auto writer = PcapngWriter::create(folder.file("x.pcapng"));
    ASSERT_TRUE(writer);
    const Octets octets = sealed_message(suite, keys);
    ASSERT_TRUE(writer->write({{"192.0.2.1", 500}, {"192.0.2.2", 500}, octets}, Time{},
                              "asks for a comment"));
    ASSERT_TRUE(writer->write({{"2001:db8::1", 500}, {"2001:db8::2", 500}, octets}, Time{}));
    ASSERT_TRUE(writer->write({{"192.0.2.1", 4500}, {"192.0.2.2", 4500}, octets}, Time{}));
  }
  const std::string text = decode(folder, "x.pcapng");
  EXPECT_THAT(text, HasSubstr("exit status 0"));
  EXPECT_THAT(text, HasSubstr("asks for a comment"));
  EXPECT_THAT(text, HasSubstr("Non-ESP Marker"));
  EXPECT_THAT(text, HasSubstr("Exchange type: IKE_AUTH (35)"));
  EXPECT_THAT(text, Not(HasSubstr("Malformed")));
  EXPECT_THAT(text, Not(HasSubstr("[Bad checksum")));
  EXPECT_THAT(text, Not(HasSubstr("rror loading table")));
  std::size_t opened = 0;
  for (auto at = text.find("FQDN: router.example"); at != std::string::npos;
       at = text.find("FQDN: router.example", at + 1))
    ++opened;
  const bool known = suite.encr != Encr::CHACHA20_POLY1305;
  EXPECT_EQ(opened, known ? 3U : 0U) << text;
  if (known && suite.integ != Integ::AES_XCBC_96 && suite.integ != Integ::AES_CMAC_96) {
    EXPECT_THAT(text, HasSubstr("[correct]"));
    EXPECT_THAT(text, Not(HasSubstr("[incorrect")));
  }
}

std::string name_of(const testing::TestParamInfo<crypto::IkeSuite>& info) {
  return "Encr" + std::to_string(static_cast<int>(info.param.encr)) + "_" +
         std::to_string(info.param.key_bits) + "_Integ" +
         std::to_string(static_cast<int>(info.param.integ));
}
INSTANTIATE_TEST_SUITE_P(EverySuite, Tshark, testing::ValuesIn(suites()), name_of);

}  // namespace
}  // namespace karpspec::capture
