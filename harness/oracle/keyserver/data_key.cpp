#include "oracle/keyserver/data_key.h"

#include <algorithm>

namespace karpspec::oracle::keyserver {
namespace {

using wire::KeyItem;

KeyItem item_of(KeyItem::Kind kind) {
  KeyItem item;
  item.kind = static_cast<std::uint8_t>(kind);
  return item;
}

KeyItem order_item(const Order& order) {
  KeyItem item = item_of(KeyItem::Kind::order);
  item.policy_version = order.policy_version;
  item.sequence = order.sequence;
  return item;
}

}  // namespace

GroupKeys GroupKeys::clone() const {
  GroupKeys out;
  out.group = group;
  out.source = source;
  out.highest = highest;
  for (const DataKey& each : keys)
    out.keys.push_back(each.clone());
  return out;
}

void bound(std::vector<DataKey>& keys) {
  constexpr std::ptrdiff_t most_keys = 16;
  if (std::ssize(keys) <= most_keys)
    return;
  std::sort(keys.begin(), keys.end(),
            [](const DataKey& one, const DataKey& other) { return one.order < other.order; });
  keys.erase(keys.begin(), keys.end() - most_keys);
}

const DataKey* sends_with(const std::vector<DataKey>& keys, Time now) {
  const DataKey* best = nullptr;
  for (const DataKey& each : keys)
    if (each.key.may_send(now) && (best == nullptr || best->order < each.order))
      best = &each;
  return best;
}

wire::KeyDownloadPayload empty_download(Time now) {
  wire::KeyDownloadPayload out;
  out.clock = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  return out;
}

void add(wire::KeyDownloadPayload& download, const GroupKeys& keys, Time now) {
  KeyItem group = item_of(KeyItem::Kind::group);
  group.group = to_wire(keys.group);
  download.items.push_back(std::move(group));
  if (keys.source) {
    KeyItem source = item_of(KeyItem::Kind::gcks);
    source.value.assign(keys.source->octets().begin(), keys.source->octets().end());
    download.items.push_back(std::move(source));
  }
  for (const DataKey& each : keys.keys) {
    download.items.push_back(order_item(each.order));
    download.items.push_back(mrkmp::to_item(KeyItem::Kind::pmk, each.key, now));
  }
  if (keys.keys.empty() && keys.highest)
    download.items.push_back(order_item(*keys.highest));
}

std::vector<GroupKeys> groups_in(const wire::KeyDownloadPayload& download, Time now,
                                 std::vector<std::string>* notes) {
  std::vector<GroupKeys> out;
  Order order;
  const auto note = [&](std::string why) {
    if (notes != nullptr)
      notes->push_back(std::move(why));
  };
  for (const KeyItem& item : download.items) {
    if (item.is(KeyItem::Kind::group)) {
      out.emplace_back();
      out.back().group = from_wire(item.group);
      order = {};
    } else if (out.empty()) {
      note("an item in front of the first group");
    } else if (item.is(KeyItem::Kind::gcks)) {
      if (const auto address = wire::IpAddress::from_octets(item.value))
        out.back().source = *address;
      else
        note("a speaker's address of " + std::to_string(item.value.size()) + " octets");
    } else if (item.is(KeyItem::Kind::order)) {
      order = {item.policy_version, item.sequence};
      out.back().highest = std::max(out.back().highest.value_or(order), order);
    } else if (item.is(KeyItem::Kind::pmk)) {
      if (auto key = mrkmp::key_from_item(item, now))
        out.back().keys.push_back({*std::move(key), order});
      else
        note(to_string(key.error()));
    }
  }
  return out;
}

}  // namespace karpspec::oracle::keyserver
