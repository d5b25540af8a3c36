#include "script/tester/group_end.h"

#include <algorithm>

#include "oracle/mrkmp/gcks.h"

namespace karpspec::script {

using oracle::mrkmp::GroupKey;
using Kind = wire::KeyItem::Kind;

namespace {

constexpr std::uint16_t usual_algorithm = 2;  // HMAC-SHA-256 (P-235)
constexpr std::chrono::hours kek_life{24};    // P-219
constexpr std::chrono::seconds overlap{30};
constexpr std::chrono::seconds merged_send_end{10}, merged_send_start{5};  // P-230

bool is(const wire::KeyItem& item, Kind kind) {
  return item.kind == static_cast<std::uint8_t>(kind);
}

std::string text_of(const Octets& octets) {
  return {octets.begin(), octets.end()};
}

// What is past has no seconds to go, however long ago it was.
std::string seconds_text(std::int32_t seconds) {
  return std::to_string(std::max(seconds, 0));
}

}  // namespace

std::uint64_t GroupEnd::incarnation(const std::string& router) {
  const auto [found, made] = incarnations_.try_emplace(router, 0);
  if (made)
    found->second = random_.u64();
  return found->second;
}

GroupKey GroupEnd::make_kek() {
  GroupKey key;
  while (key.id == 0 || find(key.id) != nullptr)
    key.id = static_cast<std::uint32_t>(random_.u64());
  key.algorithm = oracle::mrkmp::kek_algorithm;
  key.key = Secret(random_.octets(oracle::mrkmp::kek_octets));
  key.times = {now_, now_, now_ + kek_life, now_ + kek_life + overlap};
  return key;
}

GroupKey GroupEnd::make_master(std::uint32_t id) {
  GroupKey key;
  key.id = id;
  key.algorithm = usual_algorithm;
  key.key = Secret(random_.octets(*oracle::mrkmp::master_key_octets(usual_algorithm)));
  key.times.receive_start = key.times.send_start = now_;
  return key;
}

wire::KeyDownloadPayload GroupEnd::begun(const wire::IpAddress* address) const {
  wire::KeyDownloadPayload out;
  out.clock = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count());
  if (address != nullptr)
    out.items.push_back(oracle::mrkmp::gcks_item(*address));
  return out;
}

wire::KeyDownloadPayload GroupEnd::download(const std::string& router,
                                            const wire::IpAddress& address) {
  const auto own = [&](const auto& each) { return each.owner == router; };
  if (std::none_of(keks_.begin(), keks_.end(), own))
    keks_.push_back({make_kek(), router, {}, false});
  if (std::none_of(masters_.begin(), masters_.end(), own))
    masters_.push_back({make_master(1), router, false});
  wire::KeyDownloadPayload out = begun(&address);
  for (const Kek& kek : keks_)
    if (own(kek) && !kek.key.is_over(now_))
      out.items.push_back(to_item(Kind::kek, kek.key, now_));
  for (const Master& master : masters_)
    if (own(master) && !master.key.is_over(now_))
      out.items.push_back(to_item(Kind::pmk, master.key, now_));
  return out;
}

wire::KeyDownloadPayload GroupEnd::master_keys(const std::string& router) {
  wire::KeyDownloadPayload out = download(router, wire::IpAddress());
  std::erase_if(out.items, [](const wire::KeyItem& item) { return !is(item, Kind::pmk); });
  return out;
}

wire::KeyDownloadPayload GroupEnd::merged(const std::string& router,
                                          const wire::IpAddress& address) {
  static_cast<void>(download(router, address));
  GroupKey kek = make_kek();
  std::uint32_t last = 0;
  wire::KeyDownloadPayload out = begun(&address);
  out.items.push_back(to_item(Kind::kek, kek, now_));
  for (Master& master : masters_) {
    last = std::max(last, master.key.id);
    if (master.owner != router && !master.owner.empty())
      continue;
    if (master.key.is_over(now_))
      continue;
    GroupKey ending = master.key.clone();
    ending.times.end(now_ + merged_send_end, overlap);
    ending.times.send_start = std::min(ending.times.send_start, ending.times.send_end);
    ending.times.receive_start = std::min(ending.times.receive_start, ending.times.send_start);
    out.items.push_back(to_item(Kind::pmk, ending, now_));
  }
  GroupKey fresh = make_master(last + 1);
  fresh.times.send_start = now_ + merged_send_start;
  out.items.push_back(to_item(Kind::pmk, fresh, now_));
  return out;
}

wire::KeyDownloadPayload GroupEnd::wanted_key() const {
  wire::KeyDownloadPayload out = begun(nullptr);
  wire::KeyItem item;
  item.kind = static_cast<std::uint8_t>(Kind::pmk);
  for (const Master& master : masters_)
    if (master.owner.empty() && master.key.may_send(now_))
      item.key_id = master.key.id;
  out.items.push_back(std::move(item));
  return out;
}

const GroupEnd::Kek* GroupEnd::find(std::uint32_t id) const {
  const auto found =
      std::find_if(keks_.rbegin(), keks_.rend(), [&](const Kek& kek) { return kek.key.id == id; });
  return found == keks_.rend() ? nullptr : &*found;
}

const GroupEnd::Kek* GroupEnd::current(const std::string& router) const {
  for (const std::string& owner : {router, std::string()})
    for (auto kek = keks_.rbegin(); kek != keks_.rend(); ++kek)
      if (kek->owner == owner && kek->key.may_send(now_))
        return &*kek;
  return nullptr;
}

std::uint32_t GroupEnd::current_kek(const std::string& router) const {
  const Kek* kek = current(router);
  return kek == nullptr ? 0 : kek->key.id;
}

std::uint64_t GroupEnd::last_number(const std::string& router) const {
  const Kek* kek = current(router);
  if (kek == nullptr)
    return 0;
  const auto sent = kek->sent.find(router);
  return sent == kek->sent.end() ? 0 : sent->second;
}

void GroupEnd::take(const std::string& owner, const wire::KeyDownloadPayload& download) {
  for (const wire::KeyItem& item : download.items) {
    if (!item.is_key())
      continue;
    auto key = oracle::mrkmp::key_from_item(item, now_);
    if (!key)
      continue;
    const auto put = [&](auto& list) {
      for (auto& held : list)
        if (held.key.same_key(*key) &&
            (held.key.id == key->id || (held.owner == owner && !owner.empty()))) {
          // What a scenario calls a key of the tester's is its name from now on.
          held.key.id = key->id;
          held.key.times = key->times;
          held.told = true;
          return;
        }
      auto& added = list.emplace_back();
      added.key = *std::move(key);
      added.owner = owner;
      added.told = true;
    };
    if (is(item, Kind::kek))
      put(keks_);
    else
      put(masters_);
  }
}

void GroupEnd::sent(const std::string& router, const wire::KeyDownloadPayload& download) {
  take(router, download);
  // In place of what was made for it the router has what the scenario has made of that.
  const auto unsaid = [&](const auto& each) { return each.owner == router && !each.told; };
  std::erase_if(keks_, unsaid);
  std::erase_if(masters_, unsaid);
}

void GroupEnd::received(const wire::KeyDownloadPayload& download) {
  take("", download);
  last_received_ = download;
}

Result<Octets> GroupEnd::seal(const std::string& router, const wire::IpAddress& address,
                              std::uint32_t id, std::uint64_t number, OctetView clear) {
  const Kek* kek = find(id);
  if (kek == nullptr)
    kek = current(router);
  if (kek == nullptr)
    return fail(ErrorCode::not_found, "no KEK is known to send under");
  for (Kek& held : keks_)
    if (&held == kek)
      held.sent[router] = std::max(held.sent[router], number);
  return oracle::mrkmp::seal_under_kek(kek->key, clear, address, number);
}

Result<wire::Message> GroupEnd::open(const wire::Header& header, OctetView datagram) const {
  const auto id = oracle::mrkmp::named_kek(header);
  const Kek* kek = id ? find(*id) : nullptr;
  if (kek == nullptr)
    return fail(ErrorCode::not_found, "it is under a KEK that the tester has not been given");
  return oracle::mrkmp::open_under_kek(kek->key, datagram);
}

std::vector<GroupKey> GroupEnd::keks() const {
  std::vector<GroupKey> out;
  for (const Kek& kek : keks_)
    out.push_back(kek.key.clone());
  return out;
}

std::vector<std::map<std::string, std::string>> item_rows(
    const wire::KeyDownloadPayload& download) {
  std::vector<std::map<std::string, std::string>> out;
  for (const wire::KeyItem& item : download.items) {
    auto& row = out.emplace_back();
    row["kind"] = is(item, Kind::kek)     ? "KEK"
                  : is(item, Kind::pmk)   ? "PMK"
                  : is(item, Kind::gcks)  ? "GCKS"
                  : is(item, Kind::group) ? "GROUP"
                  : is(item, Kind::order) ? "ORDER"
                                          : std::to_string(item.kind);
    if (is(item, Kind::group)) {
      row["speaker"] = text_of(item.group.speaker);
      row["vrf"] = text_of(item.group.vrf);
      row["interface"] = text_of(item.group.interface);
      row["protocol"] = text_of(item.group.protocol);
      continue;
    }
    if (is(item, Kind::order)) {
      row["policy_version"] = std::to_string(item.policy_version);
      row["sequence"] = std::to_string(item.sequence);
      continue;
    }
    if (!item.is_key()) {
      const auto address = wire::IpAddress::from_octets(item.value);
      row["address"] = address ? address->to_text() : "0x" + to_hex(item.value);
      continue;
    }
    row["key_id"] = std::to_string(item.key_id);
    row["algorithm"] = std::to_string(item.algorithm);
    row["key"] = to_hex(item.key);
    row["key_size"] = std::to_string(item.key.size());
    row["receive_start"] = seconds_text(item.lifetimes.receive_start);
    row["send_start"] = seconds_text(item.lifetimes.send_start);
    row["send_end"] = seconds_text(item.lifetimes.send_end);
    row["receive_end"] = seconds_text(item.lifetimes.receive_end);
  }
  return out;
}

}  // namespace karpspec::script
