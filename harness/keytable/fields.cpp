#include "keytable/fields.h"

#include <array>

namespace karpspec::keytable {
namespace {

constexpr std::array<const char*, field_count> names = {"AdminKeyName",
                                                        "LocalKeyName",
                                                        "PeerKeyName",
                                                        "Peers",
                                                        "Interfaces",
                                                        "Protocol",
                                                        "ProtocolSpecificInfo",
                                                        "KDF",
                                                        "AlgID",
                                                        "Key",
                                                        "Direction",
                                                        "SendLifetimeStart",
                                                        "SendLifetimeEnd",
                                                        "AcceptLifetimeStart",
                                                        "AcceptLifetimeEnd"};

}  // namespace

const char* to_string(Field field) {
  return names[static_cast<std::size_t>(field)];
}

std::optional<Field> field_from(std::string_view name) {
  for (std::size_t i = 0; i < field_count; ++i)
    if (name == names[i])
      return static_cast<Field>(i);
  return std::nullopt;
}

std::vector<std::string> field_names() {
  return {names.begin(), names.end()};
}

}  // namespace karpspec::keytable
