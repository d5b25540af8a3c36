#pragma once

#include <openssl/types.h>

namespace karpspec::crypto {

// What OpenSSL's algorithms are looked up in, by this thread alone; for this room's .cpp files
// only. OpenSSL counts who holds an algorithm, and locks its tables, in memory of the context that
// it was looked up in: two threads that share one wait for each other's caches at every message,
// for up to a fifth of their time. What a thread has looked up is therefore kept in thread_local
// objects. Whatever else of OpenSSL the thread calls from then on uses this context too. Contexts
// are never freed, but taken up by later threads: what was made in one may be used by, and outlive,
// others. nullptr, which is OpenSSL's own, where memory ran out or 128 threads have one already.
[[nodiscard]] OSSL_LIB_CTX* own_library();

}  // namespace karpspec::crypto
