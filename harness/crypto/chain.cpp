#include <openssl/x509_vfy.h>

#include "crypto/certificate_state.h"

namespace karpspec::crypto {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, Release<X509_STORE_free>>;
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, Release<X509_STORE_CTX_free>>;

ChainFault::Kind kind_of(int error) {
  using Kind = ChainFault::Kind;
  switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Kind::not_yet_valid;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Kind::expired;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return Kind::no_anchor;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
      return Kind::bad_signature;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return Kind::not_a_ca;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return Kind::too_weak;
    case X509_V_ERR_CERT_REVOKED:
      return Kind::revoked;
    default:
      return Kind::other;
  }
}

// A missing list revokes nothing, and one that is out of date still revokes what it names.
bool is_about_lists(int error) {
  return error == X509_V_ERR_UNABLE_TO_GET_CRL || error == X509_V_ERR_CRL_NOT_YET_VALID ||
         error == X509_V_ERR_CRL_HAS_EXPIRED || error == X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER;
}

struct Asking {
  const std::function<bool(const ChainFault&)>& forgives;
  std::string first;  // the fault that was not forgiven
};

int on_fault(int good, X509_STORE_CTX* context) {
  if (good == 1)
    return 1;
  const int error = X509_STORE_CTX_get_error(context);
  if (is_about_lists(error))
    return 1;
  auto* asking = static_cast<Asking*>(X509_STORE_CTX_get_app_data(context));
  ChainFault fault;
  fault.kind = kind_of(error);
  fault.depth = static_cast<std::size_t>(std::max(0, X509_STORE_CTX_get_error_depth(context)));
  fault.text = X509_verify_cert_error_string(error);
  if (asking->forgives && asking->forgives(fault))
    return 1;
  if (asking->first.empty())
    asking->first = fault.text + " (certificate " + std::to_string(fault.depth + 1) + ")";
  return 0;
}

}  // namespace

// The one who sees into certificates and lists.
class ChainBuilder {
 public:
  static X509* x509(const Certificate& certificate) { return certificate.state_->x509.get(); }
  static X509_CRL* list(const RevocationList& list) { return list.state_->list.get(); }
};

Result<std::size_t> verify_chain(const Certificate& leaf, std::span<const Certificate> others,
                                 const ChainPolicy& policy,
                                 const std::function<bool(const ChainFault&)>& forgives) {
  const StorePtr store(X509_STORE_new());
  const StoreCtxPtr context(X509_STORE_CTX_new());
  const StackPtr untrusted(sk_X509_new_null());
  if (!store || !context || !untrusted)
    return openssl_failed("to begin with a chain");
  for (const Certificate& anchor : policy.anchors)
    X509_STORE_add_cert(store.get(), ChainBuilder::x509(anchor));
  for (const RevocationList& list : policy.revocations)
    X509_STORE_add_crl(store.get(), ChainBuilder::list(list));
  for (const Certificate& other : others.first(std::min(others.size(), most_certificates)))
    sk_X509_push(untrusted.get(), ChainBuilder::x509(other));
  if (X509_STORE_CTX_init(context.get(), store.get(), ChainBuilder::x509(leaf), untrusted.get()) !=
      1)
    return openssl_failed("to begin with a chain");
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(policy.now.time_since_epoch());
  X509_VERIFY_PARAM_set_time(param, static_cast<time_t>(now.count()));
  X509_VERIFY_PARAM_set_depth(param, static_cast<int>(most_certificates));
  constexpr int bits_112 = 2;
  X509_VERIFY_PARAM_set_auth_level(param, bits_112);
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
  if (!policy.revocations.empty())
    flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
  X509_VERIFY_PARAM_set_flags(param, flags);
  Asking asking{forgives, {}};
  X509_STORE_CTX_set_app_data(context.get(), &asking);
  X509_STORE_CTX_set_verify_cb(context.get(), on_fault);
  if (X509_verify_cert(context.get()) != 1)
    return fail(ErrorCode::not_authentic,
                asking.first.empty() ? "the chain cannot be verified" : asking.first);
  const int size = sk_X509_num(X509_STORE_CTX_get0_chain(context.get()));
  return static_cast<std::size_t>(std::max(0, size - 2));
}

}  // namespace karpspec::crypto
