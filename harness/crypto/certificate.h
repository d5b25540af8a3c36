#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "crypto/public_key.h"

// X.509 certificates and their chains: RFC 5280 as RFC 5996 sections 2.15 and 3.6 use it.
namespace karpspec::crypto {

// A certificate that could be read. Nothing is said of its truth.
class Certificate {
 public:
  // Errors: bad_value (not one, or octets behind it), unsupported (its key).
  [[nodiscard]] static Result<Certificate> from_der(OctetView der);
  // The first one of a PEM text. Errors as from_der.
  [[nodiscard]] static Result<Certificate> from_pem(std::string_view pem);

  [[nodiscard]] const Octets& der() const;
  [[nodiscard]] const PublicKey& public_key() const;
  // DER Name, as ID_DER_ASN1_DN has it.
  [[nodiscard]] Octets subject() const;
  // "CN=b.example, O=...", for events.
  [[nodiscard]] std::string subject_text() const;
  // Of subjectAltName, each as an ID payload would have it: dNSName and rfc822Name as text,
  // iPAddress as 4 or 16 octets, and every GeneralName in DER.
  [[nodiscard]] std::vector<Octets> dns_names() const;
  [[nodiscard]] std::vector<Octets> mail_addresses() const;
  [[nodiscard]] std::vector<Octets> ip_addresses() const;
  [[nodiscard]] std::vector<Octets> general_names() const;
  // Whether extendedKeyUsage holds OID, in dotted form. anyExtendedKeyUsage does not count.
  [[nodiscard]] bool has_key_purpose(const std::string& oid) const;
  [[nodiscard]] bool is_valid_at(Time now) const;
  // Whether the name and key identifiers of ISSUER are those that this certificate names as its
  // issuer's. Says nothing of the signature.
  [[nodiscard]] bool is_issued_by(const Certificate& issuer) const;
  // Whether keyUsage, where there is one, permits digitalSignature or nonRepudiation.
  [[nodiscard]] bool may_sign() const;

  struct State;  // certificate.cpp and chain.cpp

 private:
  friend class ChainBuilder;
  explicit Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// A certificate revocation list. Copies share what never changes.
class RevocationList {
 public:
  [[nodiscard]] static Result<RevocationList> from_pem(std::string_view pem);

  struct State;

 private:
  friend class ChainBuilder;
  explicit RevocationList(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

struct ChainFault {
  enum class Kind {
    not_yet_valid,
    expired,
    no_anchor,      // the chain does not lead to a trust anchor
    bad_signature,  // of a certificate
    not_a_ca,  // an issuer without basicConstraints or keyCertSign, or a pathLen that is passed
    too_weak,  // a key below 112 bits of security, or SHA-1 in a certificate's signature
    revoked,
    other,
  };
  Kind kind = Kind::other;
  std::size_t depth = 0;  // 0: the end entity
  std::string text;       // OpenSSL's sentence and the certificate's subject
};

struct ChainPolicy {
  std::span<const Certificate> anchors;  // need not be self-signed; one may be the end entity
  std::span<const RevocationList> revocations;  // where there is none, nothing is revoked
  Time now{};
};

// Builds a chain from LEAF over some of OTHERS to an anchor and verifies it (RFC 5280 section 6).
// FORGIVES is asked about each fault, and what it forgives is passed over; default: none.
// Gives the number of certificates between end entity and anchor.
// Errors: not_authentic, with the first fault's text.
// Cost: as OpenSSL's search, which tries each issuer's name once; OTHERS beyond most_certificates
// are not looked at.
inline constexpr std::size_t most_certificates = 16;
[[nodiscard]] Result<std::size_t> verify_chain(
    const Certificate& leaf, std::span<const Certificate> others, const ChainPolicy& policy,
    const std::function<bool(const ChainFault&)>& forgives = {});

// A fingerprint in the form of RFC 4572 section 5: "sha-256 12:AB:...", upper or lower case.
// Errors: bad_value; unsupported for another hash than sha-256, sha-384 and sha-512.
struct Fingerprint {
  HashAlgorithm hash = HashAlgorithm::SHA2_256;
  Octets digest;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};
[[nodiscard]] Result<Fingerprint> fingerprint_from_text(std::string_view text);
[[nodiscard]] std::string fingerprint_text(const Fingerprint& fingerprint);
// Whether FINGERPRINT is that of DATA: a certificate or SubjectPublicKeyInfo in DER.
[[nodiscard]] bool is_fingerprint_of(const Fingerprint& fingerprint, OctetView data);

}  // namespace karpspec::crypto
