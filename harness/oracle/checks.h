#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace karpspec::oracle {

// Every check that the oracle makes on what it receives. A fault leaves checks out by name.
enum class Check : std::uint8_t {
  header_length,
  version_major,
  spi_known,
  spi_zero,
  initiator_flag,
  response_flag,
  exchange_type_known,
  exchange_type_response,
  init_message_id,
  message_id_window,
  message_id_response,
  protection_required,
  integrity,
  pad_length,
  fragment_number,
  fragment_repeated,
  fragment_repeated_first,
  fragment_total_greater,
  fragment_total_smaller,
  syntax,
  critical_payload,
  critical_payload_response,
  half_open_limit,
  cookie_value,
  cookie_size,
  nonce_size,
  nonce_prf_size,
  payload_present,
  payload_single,
  ke_group,
  ke_size,
  ke_value,
  ke_group_response,
  invalid_ke_group,
  ike_proposal_acceptable,
  ike_proposal_protocol,
  sa_counts,
  transform_type_known,
  transform_type_missing,
  attributes_known,
  key_length_present,
  ike_spi_size,
  ike_proposal_single,
  ike_proposal_consistent,
  id_known,
  id_expected,
  peer_address,
  auth_present,
  auth_method,
  auth_value,
  signature_hash,
  key_known,
  certificate_readable,
  certificate_anchor,
  certificate_signature,
  certificate_validity,
  certificate_authority,
  certificate_strength,
  certificate_revoked,
  certificate_chain_length,
  certificate_name,
  certificate_key_usage,
  certificate_key_purpose,
  child_proposal_acceptable,
  child_proposal_protocol,
  child_proposal_single,
  child_proposal_consistent,
  child_spi_size,
  attributes_unmodified,
  send_id_free,
  tcp_ao_algorithm_known,
  ts_count,
  ts_type,
  ts_pair_symmetric,
  ts_unmodified,
  rp_known,
  rekey_sa_known,
  rekey_same_protocol,
  delete_spi_size,
  delete_known,
  collision_rekey,
  collision_close,
  collision_key,
};
inline constexpr std::size_t check_count = static_cast<std::size_t>(Check::collision_key) + 1;

struct CheckInfo {
  Check check;
  std::string_view name;      // kebab-case, as in suites/faults/
  std::string_view sentence;  // what is checked and what follows when it does not hold
  std::string_view section;   // "RFC 5996 2.15"
};

// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const CheckInfo> all_checks();
[[nodiscard]] const CheckInfo& info(Check check);
[[nodiscard]] std::optional<Check> check_from_name(std::string_view name);

}  // namespace karpspec::oracle
