#include "verdict/interop.h"

#include <array>

namespace karpspec::verdict {
namespace {

constexpr std::array<std::pair<Side, const char*>, 6> names = {{{Side::none, "none"},
                                                                {Side::initiator, "initiator"},
                                                                {Side::responder, "responder"},
                                                                {Side::both, "both"},
                                                                {Side::undecided, "undecided"},
                                                                {Side::laboratory, "laboratory"}}};

}  // namespace

const char* to_string(Side side) {
  for (const auto& [known, name] : names)
    if (known == side)
      return name;
  return "none";
}

std::optional<Side> side_from(const std::string& text) {
  for (const auto& [side, name] : names)
    if (text == name)
      return side;
  return std::nullopt;
}

}  // namespace karpspec::verdict
