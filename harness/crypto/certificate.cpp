#include "crypto/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/certificate_state.h"
#include "crypto/key_state.h"

namespace karpspec::crypto {
namespace {

using NamesPtr = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;
using PurposesPtr = std::unique_ptr<EXTENDED_KEY_USAGE, Release<EXTENDED_KEY_USAGE_free>>;
using ObjectPtr = std::unique_ptr<ASN1_OBJECT, Release<ASN1_OBJECT_free>>;

Octets octets_in(const ASN1_STRING* string) {
  const std::uint8_t* data = ASN1_STRING_get0_data(string);
  return Octets(data, data + ASN1_STRING_length(string));
}

NamesPtr names_of(const X509* x509) {
  return NamesPtr(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
}

std::vector<Octets> names_of_type(const X509* x509, int type) {
  std::vector<Octets> out;
  const NamesPtr names = names_of(x509);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int found = -1;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &found);
    if (found == type)
      out.push_back(octets_in(static_cast<const ASN1_STRING*>(value)));
  }
  return out;
}

}  // namespace

Result<Certificate::State> Certificate::State::of(X509Ptr x509) {
  // Looking at the extensions now keeps them from being written by two threads later.
  X509_check_ca(x509.get());
  PkeyPtr key(X509_get_pubkey(x509.get()));
  if (!key)
    return fail(ErrorCode::unsupported, "a certificate whose key cannot be read");
  KARPSPEC_TRY(der, der_of<i2d_X509>(x509.get(), "a certificate"));
  // The key has been read with the certificate, and its octets are those that stand there: to write
  // it and to read it again takes longer than a signature.
  KARPSPEC_TRY(spki,
               der_of<i2d_X509_PUBKEY>(X509_get_X509_PUBKEY(x509.get()), "a certificate's key"));
  KARPSPEC_TRY(state, make_key_state(std::move(key), std::move(spki)));
  return State{std::move(x509), std::move(der), PublicKey(std::move(state))};
}

Result<Certificate> Certificate::from_der(OctetView der) {
  const std::uint8_t* at = der.data();
  X509Ptr x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!x509 || at != der.data() + der.size())
    return fail(ErrorCode::bad_value, "no X.509 certificate");
  KARPSPEC_TRY(state, State::of(std::move(x509)));
  return Certificate(std::make_shared<const State>(std::move(state)));
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  const BioPtr in = reader_of(pem);
  X509Ptr x509(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (!x509)
    return fail(ErrorCode::bad_value, "no certificate in PEM");
  KARPSPEC_TRY(state, State::of(std::move(x509)));
  return Certificate(std::make_shared<const State>(std::move(state)));
}

const Octets& Certificate::der() const {
  return state_->der;
}
const PublicKey& Certificate::public_key() const {
  return state_->key;
}

Octets Certificate::subject() const {
  const X509_NAME* name = X509_get_subject_name(state_->x509.get());
  const std::uint8_t* der = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(name, &der, &size) != 1)
    return {};
  return Octets(der, der + size);
}

std::string Certificate::subject_text() const {
  const BioPtr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(state_->x509.get()), 0,
                     XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  const char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::vector<Octets> Certificate::dns_names() const {
  return names_of_type(state_->x509.get(), GEN_DNS);
}
std::vector<Octets> Certificate::mail_addresses() const {
  return names_of_type(state_->x509.get(), GEN_EMAIL);
}
std::vector<Octets> Certificate::ip_addresses() const {
  return names_of_type(state_->x509.get(), GEN_IPADD);
}

std::vector<Octets> Certificate::general_names() const {
  std::vector<Octets> out;
  const NamesPtr names = names_of(state_->x509.get());
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (auto der = der_of<i2d_GENERAL_NAME>(name, "a GeneralName"))
      out.push_back(*std::move(der));
  }
  return out;
}

bool Certificate::has_key_purpose(const std::string& oid) const {
  const PurposesPtr purposes(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(state_->x509.get(), NID_ext_key_usage, nullptr, nullptr)));
  const ObjectPtr wanted(OBJ_txt2obj(oid.c_str(), 1));
  for (int i = 0; purposes && wanted && i < sk_ASN1_OBJECT_num(purposes.get()); ++i)
    if (OBJ_cmp(sk_ASN1_OBJECT_value(purposes.get(), i), wanted.get()) == 0)
      return true;
  return false;
}

bool Certificate::is_valid_at(Time now) const {
  auto seconds = static_cast<time_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  return X509_cmp_time(X509_get0_notBefore(state_->x509.get()), &seconds) < 0 &&
         X509_cmp_time(X509_get0_notAfter(state_->x509.get()), &seconds) > 0;
}

bool Certificate::is_issued_by(const Certificate& issuer) const {
  return X509_check_issued(issuer.state_->x509.get(), state_->x509.get()) == X509_V_OK;
}

bool Certificate::may_sign() const {
  const std::uint32_t usage = X509_get_key_usage(state_->x509.get());
  return (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

Result<RevocationList> RevocationList::from_pem(std::string_view pem) {
  const BioPtr in = reader_of(pem);
  X509CrlPtr list(PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr));
  if (!list)
    return fail(ErrorCode::bad_value, "no certificate revocation list in PEM");
  return RevocationList(std::make_shared<const State>(State{std::move(list)}));
}

}  // namespace karpspec::crypto
