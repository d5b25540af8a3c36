#include "script/keyserver_packet.h"

#include <gtest/gtest.h>

#include "oracle/keyserver/esp.h"

// Packets of a routing protocol as `control: ks-packet` seals and opens them.
namespace karpspec::script {
namespace {

namespace keyserver = oracle::keyserver;

class KeyserverPacket : public testing::Test {
 protected:
  KeyserverPacket() {
    KeyserverEnd::Setup setup;
    setup.device = "device.example";
    setup.usual = {"", "", "lan", "pim"};
    end_.emplace(std::move(setup), random_);
    end_->set_now(Time{std::chrono::hours{1}});
  }
  // The message by which SPEAKER's key under SPI has become known.
  void tell(const std::string& speaker, std::uint32_t spi, bool by_device = false) {
    auto download = end_->download({"tester", speaker, wire::IpAddress()}, "push", false);
    for (wire::KeyItem& item : download.items)
      if (item.is_key())
        item.key_id = spi;
    wire::Message message;
    message.payloads.push_back(wire::make_payload(wire::PayloadType::KD, std::move(download)));
    if (by_device)
      end_->received("tester", message);
    else
      end_->sent(message, "");
  }
  Json params(Json packet) {
    return {{"direction", "in"}, {"interface", "lan"}, {"protocol", "pim"}, {"esp", packet}};
  }
  Json packet(std::uint32_t sequence) {
    return {{"speaker", "tester.example"}, {"sequence", sequence}, {"payload", "20000000"}};
  }
  std::string problem_of(const Json& given) {
    const auto sealed = with_sealed_packet(params(given), *end_);
    return sealed ? std::string() : sealed.error().message;
  }

  SeededRandom random_{7, "packets"};
  std::optional<KeyserverEnd> end_;
};

TEST_F(KeyserverPacket, IsSealedWithTheKeyThatWasTold) {
  tell("tester.example", 7000);
  const auto sealed = with_sealed_packet(params(packet(9)), *end_);
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_FALSE(sealed->contains("esp"));
  const auto octets = from_hex((*sealed)["payload"].get<std::string>());
  ASSERT_TRUE(octets);
  const auto* keys = end_->keys({"tester.example", "", "lan", "pim"});
  ASSERT_NE(keys, nullptr);
  const auto opened =
      keyserver::open_esp(*octets, keys->keys[0].key.algorithm, keys->keys[0].key.key);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->spi, 7000U);
  EXPECT_EQ(opened->sequence, 9U);
  EXPECT_EQ(opened->next_header, 103);
  EXPECT_EQ(opened->payload, (Octets{0x20, 0, 0, 0}));
}

TEST_F(KeyserverPacket, SpiIsWhatIsAskedForWhateverTheKey) {
  tell("tester.example", 7000);
  Json given = packet(1);
  given["key"] = "7000";  // as a kept value is
  given["spi"] = 7001U;
  const auto sealed = with_sealed_packet(params(given), *end_);
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ((*sealed)["payload"].get<std::string>().substr(0, 16), "00001b5900000001");
}

TEST_F(KeyserverPacket, WhatIsWrongIsNamed) {
  EXPECT_EQ(problem_of(packet(1)), "esp: the tester knows no such key of 'tester.example'");
  tell("tester.example", 7000);
  EXPECT_EQ(problem_of(packet(1)), "");
  Json given = packet(1);
  given["key"] = 7001U;
  EXPECT_EQ(problem_of(given), "esp: the tester knows no such key of 'tester.example'");
  given = packet(1);
  given.erase("sequence");
  EXPECT_EQ(problem_of(given), "esp.sequence: expected a number up to 4294967295");
  given = packet(1);
  given["payload"] = "xyz";
  EXPECT_EQ(problem_of(given), "esp.payload: expected octets in hex");
  EXPECT_EQ(problem_of(Json("x")), "esp: expected a map");
}

TEST_F(KeyserverPacket, OfTheDeviceIsOpenedWithTheKeyThatItHasGivenAway) {
  tell("tester.example", 7000);
  tell("device.example", 8000, true);
  Json given = packet(3);
  given["speaker"] = "device.example";
  const auto sealed = with_sealed_packet(params(given), *end_);
  ASSERT_TRUE(sealed) << sealed.error().message;
  Json result = {{"fate", "protect"}, {"octets", (*sealed)["payload"]}};
  add_opened_packet(params(Json()), *end_, result);
  EXPECT_EQ(
      result["esp"],
      Json({{"spi", 8000U}, {"sequence", 3U}, {"next_header", 103U}, {"payload", "20000000"}}));

  // Under another key, or an SPI that nobody has told of, it is no packet of the device's.
  std::string octets = result["octets"].get<std::string>();
  octets.back() = octets.back() == '0' ? '1' : '0';
  result = {{"fate", "protect"}, {"octets", octets}};
  add_opened_packet(params(Json()), *end_, result);
  EXPECT_NE(result["esp"].value("problem", "").find("ICV"), std::string::npos);
  result = {{"fate", "protect"}, {"octets", "0000270f" + octets.substr(8)}};
  add_opened_packet(params(Json()), *end_, result);
  EXPECT_EQ(result["esp"].value("problem", ""), "no key that the device has told of has its SPI");
  // What left in clear is not opened.
  result = {{"fate", "clear"}, {"octets", octets}};
  add_opened_packet(params(Json()), *end_, result);
  EXPECT_FALSE(result.contains("esp"));
}

}  // namespace
}  // namespace karpspec::script
