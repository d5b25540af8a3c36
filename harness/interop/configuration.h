#pragma once

#include <string>

#include "dut/device.h"
#include "interop/matrix.h"

namespace karpspec::interop {

// One of the two places of a cell: address, and name as IKE has it.
struct Place {
  const char* address;     // of a network that is between the two alone
  const char* identity;    // ID_FQDN; suites/credentials has a certificate for it
  const char* credential;  // whose files these are: NAME.key and NAME.crt
};
inline constexpr Place initiator_place = {"192.0.2.1", "device.example", "device-ec256"};
inline constexpr Place responder_place = {"192.0.2.2", "tester.example", "tester-ec256"};
inline constexpr std::uint16_t ike_port = 500;
// What each calls the other, and the secret of both.
inline constexpr const char* peer_name = "peer";
inline constexpr const char* preshared_key = "a preshared key of one pair of routers";
// The routing protocol that keys are made for.
inline constexpr const char* routing_protocol = "BGP";

// The parameters of the control method `configure` for one of the two devices of CELL.
// CREDENTIALS is the folder with certificates and keys. Errors: io.
[[nodiscard]] Result<dut::Json> configuration(const Matrix& matrix, const Cell& cell,
                                              bool of_initiator, const std::string& credentials);

// The cipher suites for the IKE SA that both configurations have.
[[nodiscard]] std::vector<std::string> suites_in_common(const dut::Json& a, const dut::Json& b);

}  // namespace karpspec::interop
