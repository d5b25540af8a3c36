#pragma once

namespace karpspec::tests {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KARPSPEC_SANITIZED 1
#endif
#endif
#if defined(KARPSPEC_SANITIZED) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitized = true;  // and several times slower
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace karpspec::tests
