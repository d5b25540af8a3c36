#include "base/reader.h"

#include <string>

namespace karpspec {

tl::unexpected<Error> Reader::too_few(std::size_t size, const char* what) const {
  return fail(ErrorCode::truncated,
              std::string(what) + " needs " + std::to_string(size) + " octets, " +
                  std::to_string(left()) + " are left",
              offset());
}

tl::unexpected<Error> Reader::too_many(const char* what) const {
  return fail(ErrorCode::bad_length,
              std::string(what) + " is followed by " + std::to_string(left()) + " octets too many",
              offset());
}

}  // namespace karpspec
