#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/algorithm_ids.h"
#include "base/octets.h"
#include "base/random.h"

// Reading of vectors/*.json, whose form is that of vectors/schema/.
namespace karpspec::crypto {

// Names of the files in vectors/, in order.
[[nodiscard]] std::vector<std::string> vector_files();
[[nodiscard]] nlohmann::json read_vectors(const std::string& name);
[[nodiscard]] std::filesystem::path schema_path(const std::string& id);

// The octets of a field. A field that is absent or is no hexadecimal fails the test.
[[nodiscard]] Octets octets(const nlohmann::json& test, const char* field);
[[nodiscard]] Prf prf_of(const nlohmann::json& test);
[[nodiscard]] Encr encr_of(const nlohmann::json& test);
[[nodiscard]] Integ integ_of(const nlohmann::json& test);
[[nodiscard]] DhGroup group_of(const nlohmann::json& test);
[[nodiscard]] inline bool is_valid(const nlohmann::json& test) {
  return test.at("result") == "valid";
}

// Gives out the octets it was made with, once: the IV of a vector.
class GivenOctets final : public Random {
 public:
  explicit GivenOctets(Octets octets) : octets_(std::move(octets)) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  Octets octets_;
};

// What runs one test of a schema, by the schema's id.
using Runner = void (*)(const nlohmann::json& test);
void run_digest(const nlohmann::json& test);
void run_prf(const nlohmann::json& test);
void run_dh(const nlohmann::json& test);
void run_cbc(const nlohmann::json& test);
void run_aead(const nlohmann::json& test);
void run_sk(const nlohmann::json& test);
void run_ike_keys(const nlohmann::json& test);
void run_keymat(const nlohmann::json& test);
void run_psk_auth(const nlohmann::json& test);
void run_tcp_ao(const nlohmann::json& test);
void run_tcp_md5(const nlohmann::json& test);
void run_routing_auth(const nlohmann::json& test);
[[nodiscard]] const std::map<std::string, Runner>& runners();

}  // namespace karpspec::crypto
