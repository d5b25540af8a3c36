#include "crypto/library.h"

#include <openssl/crypto.h>

#include <mutex>
#include <vector>

namespace karpspec::crypto {
namespace {

// OpenSSL's generators of random numbers take two of a process's 1,024 pthread keys for each
// context.
constexpr std::size_t most_contexts = 128;

struct Contexts {
  std::mutex mutex;
  std::vector<OSSL_LIB_CTX*> free;
  std::size_t made = 0;
};

Contexts& contexts() {
  // It lives as long as the program: threads may end after other static objects have.
  static Contexts* const all = new Contexts;
  return *all;
}

OSSL_LIB_CTX* borrow() {
  Contexts& all = contexts();
  const std::lock_guard lock(all.mutex);
  if (!all.free.empty()) {
    OSSL_LIB_CTX* const context = all.free.back();
    all.free.pop_back();
    return context;
  }
  if (all.made == most_contexts)
    return nullptr;
  OSSL_LIB_CTX* const context = OSSL_LIB_CTX_new();
  if (context != nullptr)
    ++all.made;
  return context;
}

void give_back(OSSL_LIB_CTX* context) {
  Contexts& all = contexts();
  const std::lock_guard lock(all.mutex);
  all.free.push_back(context);
}

class Borrowed {
 public:
  Borrowed() : context_(borrow()) {
    if (context_ != nullptr)
      OSSL_LIB_CTX_set0_default(context_);
  }
  ~Borrowed() {
    if (context_ == nullptr)
      return;
    OSSL_LIB_CTX_set0_default(OSSL_LIB_CTX_get0_global_default());
    give_back(context_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  [[nodiscard]] OSSL_LIB_CTX* get() const { return context_; }

 private:
  OSSL_LIB_CTX* const context_;
};

}  // namespace

OSSL_LIB_CTX* own_library() {
  thread_local const Borrowed own;
  return own.get();
}

}  // namespace karpspec::crypto
