#include "vector_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace karpspec::crypto {
namespace {

std::filesystem::path folder() {
  return std::filesystem::path(KARPSPEC_SOURCE_DIR) / "vectors";
}

nlohmann::json read(const std::filesystem::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  return nlohmann::json::parse(in);
}

template <class Id>
Id named(const std::map<std::string, Id>& names, const nlohmann::json& test, const char* field) {
  return names.at(test.at(field).get<std::string>());
}

}  // namespace

std::vector<std::string> vector_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".json")
      names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

nlohmann::json read_vectors(const std::string& name) {
  return read(folder() / (name + ".json"));
}

std::filesystem::path schema_path(const std::string& id) {
  return folder() / "schema" / (id + ".json");
}

Octets octets(const nlohmann::json& test, const char* field) {
  const auto value = from_hex(test.at(field).get<std::string>());
  EXPECT_TRUE(value) << field;
  return value.value_or(Octets{});
}

Prf prf_of(const nlohmann::json& test) {
  static const std::map<std::string, Prf> names{
      {"HMAC_SHA1", Prf::HMAC_SHA1},         {"HMAC_SHA2_256", Prf::HMAC_SHA2_256},
      {"HMAC_SHA2_384", Prf::HMAC_SHA2_384}, {"HMAC_SHA2_512", Prf::HMAC_SHA2_512},
      {"AES128_XCBC", Prf::AES128_XCBC},     {"AES128_CMAC", Prf::AES128_CMAC}};
  return named(names, test, "prf");
}

Encr encr_of(const nlohmann::json& test) {
  static const std::map<std::string, Encr> names{{"AES_CBC", Encr::AES_CBC},
                                                 {"AES_GCM_16", Encr::AES_GCM_16},
                                                 {"CHACHA20_POLY1305", Encr::CHACHA20_POLY1305}};
  return named(names, test, "encr");
}

Integ integ_of(const nlohmann::json& test) {
  static const std::map<std::string, Integ> names{{"NONE", Integ::NONE},
                                                  {"HMAC_SHA1_96", Integ::HMAC_SHA1_96},
                                                  {"AES_XCBC_96", Integ::AES_XCBC_96},
                                                  {"AES_CMAC_96", Integ::AES_CMAC_96},
                                                  {"HMAC_SHA2_256_128", Integ::HMAC_SHA2_256_128},
                                                  {"HMAC_SHA2_384_192", Integ::HMAC_SHA2_384_192},
                                                  {"HMAC_SHA2_512_256", Integ::HMAC_SHA2_512_256}};
  return named(names, test, "integ");
}

DhGroup group_of(const nlohmann::json& test) {
  static const std::map<std::string, DhGroup> names{
      {"MODP_2048", DhGroup::MODP_2048},  {"MODP_3072", DhGroup::MODP_3072},
      {"MODP_4096", DhGroup::MODP_4096},  {"ECP_256", DhGroup::ECP_256},
      {"ECP_384", DhGroup::ECP_384},      {"ECP_521", DhGroup::ECP_521},
      {"CURVE25519", DhGroup::CURVE25519}};
  return named(names, test, "group");
}

void GivenOctets::fill(std::span<std::uint8_t> out) {
  ASSERT_EQ(out.size(), octets_.size());
  std::copy(octets_.begin(), octets_.end(), out.begin());
  octets_.clear();
}

const std::map<std::string, Runner>& runners() {
  static const std::map<std::string, Runner> all{{"digest-1", run_digest},
                                                 {"prf-1", run_prf},
                                                 {"dh-1", run_dh},
                                                 {"cbc-1", run_cbc},
                                                 {"aead-1", run_aead},
                                                 {"sk-1", run_sk},
                                                 {"ike-keys-1", run_ike_keys},
                                                 {"keymat-1", run_keymat},
                                                 {"psk-auth-1", run_psk_auth},
                                                 {"tcp-ao-1", run_tcp_ao},
                                                 {"tcp-md5-1", run_tcp_md5},
                                                 {"routing-auth-1", run_routing_auth}};
  return all;
}

}  // namespace karpspec::crypto
