#pragma once

#include <variant>
#include <vector>

#include "base/octets.h"
#include "wire/code_points.h"
#include "wire/mrkmp_payloads.h"
#include "wire/sa_payload.h"
#include "wire/ts_payload.h"

// The bodies of the smaller payloads of RFC 5996 section 3, after the generic payload header.
// Reserved fields are kept as they were read, so that encoding is the inverse of decoding.
namespace karpspec::wire {

// Section 3.4: DH group (2), RESERVED (2), KE data.
struct KePayload {
  std::uint16_t group = 0;
  std::uint16_t reserved = 0;
  Octets data;
  friend bool operator==(const KePayload&, const KePayload&) = default;
};

// Section 3.5, IDi and IDr: ID type (1), RESERVED (3), identification data.
struct IdPayload {
  std::uint8_t id_type = 0;
  std::uint32_t reserved = 0;  // 24 bits
  Octets data;
  friend bool operator==(const IdPayload&, const IdPayload&) = default;
};

// Section 3.6: encoding (1), certificate data.
struct CertPayload {
  std::uint8_t encoding = 0;
  Octets data;
  friend bool operator==(const CertPayload&, const CertPayload&) = default;
};

// Section 3.7: encoding (1), certification authority.
struct CertReqPayload {
  std::uint8_t encoding = 0;
  Octets data;
  friend bool operator==(const CertReqPayload&, const CertReqPayload&) = default;
};

// Section 3.8: AUTH method (1), RESERVED (3), authentication data.
struct AuthPayload {
  std::uint8_t method = 0;
  std::uint32_t reserved = 0;  // 24 bits
  Octets data;
  friend bool operator==(const AuthPayload&, const AuthPayload&) = default;
};

// Section 3.9, Ni and Nr.
struct NoncePayload {
  Octets data;
  friend bool operator==(const NoncePayload&, const NoncePayload&) = default;
};

// Section 3.10: protocol ID (1), SPI size (1), notify message type (2), SPI, notification data.
struct NotifyPayload {
  std::uint8_t protocol = 0;
  std::uint16_t type = 0;
  Octets spi;
  Octets data;
  friend bool operator==(const NotifyPayload&, const NotifyPayload&) = default;
};

// Section 3.11: protocol ID (1), SPI size (1), number of SPIs (2), SPIs of one size.
struct DeletePayload {
  std::uint8_t protocol = 0;
  std::uint8_t spi_size = 0;
  std::vector<Octets> spis;
  friend bool operator==(const DeletePayload&, const DeletePayload&) = default;
};

// Section 3.12.
struct VendorIdPayload {
  Octets data;
  friend bool operator==(const VendorIdPayload&, const VendorIdPayload&) = default;
};

// Section 3.14. `data` is IV | ciphertext with padding | ICV, still sealed; `first_inner` is this
// payload's Next Payload field, the type of the first payload inside.
struct EncryptedPayload {
  std::uint8_t first_inner = 0;
  Octets data;
  friend bool operator==(const EncryptedPayload&, const EncryptedPayload&) = default;
};

// RFC 7383 section 2.5: fragment number (2), total fragments (2), then as in SK.
struct EncryptedFragmentPayload {
  std::uint8_t first_inner = 0;
  std::uint16_t fragment_number = 0;
  std::uint16_t total_fragments = 0;
  Octets data;
  friend bool operator==(const EncryptedFragmentPayload&,
                         const EncryptedFragmentPayload&) = default;
};

// Section 3.15.1: R bit (reserved) and 15-bit type, length (2), value.
struct ConfigAttribute {
  bool reserved = false;
  std::uint16_t type = 0;
  Octets value;
  friend bool operator==(const ConfigAttribute&, const ConfigAttribute&) = default;
};

// Section 3.15: CFG type (1), RESERVED (3), attributes.
struct ConfigPayload {
  std::uint8_t cfg_type = 0;
  std::uint32_t reserved = 0;  // 24 bits
  std::vector<ConfigAttribute> attributes;
  friend bool operator==(const ConfigPayload&, const ConfigPayload&) = default;
};

// Section 3.16: an EAP message, opaque to us.
struct EapPayload {
  Octets data;
  friend bool operator==(const EapPayload&, const EapPayload&) = default;
};

// A payload type that we do not know, kept as it came.
struct UnknownPayload {
  Octets data;
  friend bool operator==(const UnknownPayload&, const UnknownPayload&) = default;
};

using AnyBody =
    std::variant<SaPayload, KePayload, IdPayload, CertPayload, CertReqPayload, AuthPayload,
                 NoncePayload, NotifyPayload, DeletePayload, VendorIdPayload, TsPayload,
                 EncryptedPayload, EncryptedFragmentPayload, ConfigPayload, EapPayload,
                 UnknownPayload, GroupPayload, KeyDownloadPayload, SequencePayload, AdvertPayload,
                 GroupActionPayload, IncarnationPayload, PolicyPayload>;

// One of these. How it is copied, moved and compared is compiled once, in payloads.cpp: what that
// is made of is a table of functions for each, which every file with a list of payloads would hold.
class Body : public AnyBody {
 public:
  using AnyBody::AnyBody;
  using AnyBody::operator=;
  Body();
  Body(const Body& other);
  Body(Body&& other) noexcept;
  Body& operator=(const Body& other);
  Body& operator=(Body&& other) noexcept;
  ~Body();
  friend bool operator==(const Body& one, const Body& other);
};

}  // namespace karpspec::wire
