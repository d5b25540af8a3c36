#include "capture/fragments.h"

#include <algorithm>

namespace karpspec::capture {
namespace {

constexpr std::size_t most_pending = 64;
constexpr std::size_t largest_payload = 65535;

// The parts one after the other; nothing when octets are missing. Where parts overlap, the later
// offset's octets are taken from where the earlier part ends, so that no octet counts twice.
std::optional<Octets> joined(const std::map<std::size_t, Octets>& parts, std::size_t size) {
  Octets whole;
  for (const auto& [offset, octets] : parts) {
    if (offset > whole.size())
      return std::nullopt;
    const std::size_t known = whole.size() - offset;
    if (known < octets.size())
      append(whole, OctetView(octets).subspan(known));
  }
  if (whole.size() < size)
    return std::nullopt;
  whole.resize(size);
  return whole;
}

}  // namespace

std::optional<Octets> Fragments::add(Fragment&& fragment) {
  if (fragment.offset + fragment.octets.size() > largest_payload)
    return std::nullopt;
  const auto [found, is_new] = pending_.try_emplace(fragment.key);
  if (is_new) {
    order_.push_back(fragment.key);
    if (order_.size() > most_pending) {
      pending_.erase(order_.front());
      order_.pop_front();
      ++given_up_;
    }
  }
  Packet& packet = found->second;
  if (!fragment.more)
    packet.size = fragment.offset + fragment.octets.size();
  packet.parts.try_emplace(fragment.offset, std::move(fragment.octets));
  if (!packet.size)
    return std::nullopt;
  auto whole = joined(packet.parts, *packet.size);
  if (whole) {
    pending_.erase(found);
    order_.erase(std::find(order_.begin(), order_.end(), fragment.key));
  }
  return whole;
}

}  // namespace karpspec::capture
