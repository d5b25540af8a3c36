#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

namespace karpspec::planted {

// Every mistake that is planted here, each of a kind that IKE implementations have been published
// with. They are real: memory is really read and written where it must not be, loops really do not
// end.
enum class Bug : std::uint8_t {
  payload_length_underflow,
  payload_length_beyond,
  payload_recursion,
  header_length,
  proposal_length_zero,
  proposal_spi_size,
  transform_count,
  transform_length_zero,
  attribute_length,
  ke_length,
  ke_value_zero,
  ke_group_index,
  nonce_size,
  nonce_empty,
  identity_size,
  certificate_loop,
  certificate_length,
  certreq_count,
  auth_method_index,
  notify_spi_size,
  cookie_size,
  rekey_doubled,
  delete_count,
  delete_doubled,
  vendor_format,
  selector_count,
  selector_length,
  config_attribute,
  eap_length,
  fragment_number,
  fragment_total,
  fragment_memory,
  unknown_leak,
  message_id_window,
  missing_payload,
  use_after_delete,
  unauthenticated_delete,
  unauthenticated_notify,
  half_open_exhaustion,
  invalid_ke_recursion,
};
inline constexpr std::size_t bug_count = static_cast<std::size_t>(Bug::invalid_ke_recursion) + 1;

struct BugInfo {
  Bug bug;
  std::string_view name;   // as --bug has it
  std::string_view kind;   // out-of-bounds, hang, leak, state, ...
  std::string_view model;  // what it is like, in a sentence
  // How it shows: the function at the top of the sanitizer's stack, or "hang", "memory", "state".
  std::string_view shows;
};
[[nodiscard]] const std::array<BugInfo, bug_count>& bugs();
[[nodiscard]] std::optional<Bug> bug_from_name(std::string_view name);

// Which of them a device has.
class Bugs {
 public:
  void plant(Bug bug) { set_.set(static_cast<std::size_t>(bug)); }
  void plant_all() { set_.set(); }
  void spare(Bug bug) { set_.reset(static_cast<std::size_t>(bug)); }
  [[nodiscard]] bool has(Bug bug) const { return set_.test(static_cast<std::size_t>(bug)); }

 private:
  std::bitset<bug_count> set_;
};

}  // namespace karpspec::planted
