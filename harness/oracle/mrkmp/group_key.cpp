#include "oracle/mrkmp/group_key.h"

#include <algorithm>
#include <array>

namespace karpspec::oracle::mrkmp {
namespace {

struct MasterKeyAlgorithm {
  std::uint16_t number;
  std::size_t octets;
  const char* name;
};
constexpr std::array<MasterKeyAlgorithm, 5> algorithms = {{{1, 20, "hmac-sha-1"},
                                                           {2, 32, "hmac-sha-256"},
                                                           {3, 48, "hmac-sha-384"},
                                                           {4, 64, "hmac-sha-512"},
                                                           {5, 16, "aes-128-cmac"}}};

const MasterKeyAlgorithm* find(std::uint16_t number) {
  const auto found = std::find_if(algorithms.begin(), algorithms.end(),
                                  [&](const auto& each) { return each.number == number; });
  return found == algorithms.end() ? nullptr : &*found;
}

enum class Round { down, up };

std::int32_t seconds_until(Time time, Time now, Round round) {
  if (time >= keytable::always_end)
    return wire::KeyLifetimes::no_limit;
  const auto exact = time - now;
  const auto seconds = round == Round::up ? std::chrono::ceil<std::chrono::seconds>(exact)
                                          : std::chrono::floor<std::chrono::seconds>(exact);
  // The greatest value is the one without a limit.
  constexpr std::int64_t most = wire::KeyLifetimes::no_limit - 1;
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(seconds.count(), -most, most));
}

Time time_of(std::int32_t seconds, Time now) {
  return seconds == wire::KeyLifetimes::no_limit ? keytable::always_end
                                                 : now + std::chrono::seconds{seconds};
}

}  // namespace

bool GroupKey::may_receive(Time now) const {
  return times.receive_start - receive_grace <= now && !is_over(now);
}

bool GroupKey::is_over(Time now) const {
  return times.receive_end < keytable::always_end && times.receive_end + receive_grace <= now;
}

std::optional<std::size_t> master_key_octets(std::uint16_t algorithm) {
  const MasterKeyAlgorithm* found = find(algorithm);
  return found == nullptr ? std::nullopt : std::optional(found->octets);
}

std::string algorithm_name(std::uint16_t algorithm) {
  const MasterKeyAlgorithm* found = find(algorithm);
  return found == nullptr ? std::string() : found->name;
}

wire::KeyItem to_item(wire::KeyItem::Kind kind, const GroupKey& key, Time now) {
  wire::KeyItem item;
  item.kind = static_cast<std::uint8_t>(kind);
  item.key_id = key.id;
  item.algorithm = key.algorithm;
  item.lifetimes = {seconds_until(key.times.receive_start, now, Round::down),
                    seconds_until(key.times.send_start, now, Round::up),
                    seconds_until(key.times.send_end, now, Round::down),
                    seconds_until(key.times.receive_end, now, Round::up)};
  // A second that is rounded away must not turn the order round.
  item.lifetimes.send_end = std::max(item.lifetimes.send_end, item.lifetimes.send_start);
  item.lifetimes.receive_end = std::max(item.lifetimes.receive_end, item.lifetimes.send_end);
  item.key.assign(key.key.view().begin(), key.key.view().end());
  return item;
}

Result<GroupKey> key_from_item(const wire::KeyItem& item, Time now) {
  const std::string name =
      (item.kind == static_cast<std::uint8_t>(wire::KeyItem::Kind::kek) ? "KEK "
                                                                        : "protocol master key ") +
      std::to_string(item.key_id);
  const wire::KeyLifetimes& times = item.lifetimes;
  if (times.receive_start > times.send_start || times.send_start > times.send_end ||
      times.send_end > times.receive_end)
    return fail(ErrorCode::bad_value, name + " has lifetimes out of order");
  const bool is_kek = item.kind == static_cast<std::uint8_t>(wire::KeyItem::Kind::kek);
  const auto size =
      is_kek ? (item.algorithm == kek_algorithm ? std::optional(kek_octets) : std::nullopt)
             : master_key_octets(item.algorithm);
  if (!size)
    return fail(ErrorCode::bad_value,
                name + " is of the unknown algorithm " + std::to_string(item.algorithm));
  if (item.key.size() != *size)
    return fail(ErrorCode::bad_length, name + " has " + std::to_string(item.key.size()) +
                                           " octets, expected " + std::to_string(*size));
  GroupKey key;
  key.id = item.key_id;
  key.algorithm = item.algorithm;
  key.key = Secret(OctetView(item.key));
  key.times = {time_of(times.receive_start, now), time_of(times.send_start, now),
               time_of(times.send_end, now), time_of(times.receive_end, now)};
  return key;
}

void wipe(wire::KeyDownloadPayload& download) {
  for (wire::KeyItem& item : download.items)
    if (!item.key.empty())
      explicit_bzero(item.key.data(), item.key.size());
}

}  // namespace karpspec::oracle::mrkmp
