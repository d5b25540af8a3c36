#include <algorithm>

#include "observer/judge/rules.h"
#include "oracle/mrkmp/group_key.h"
#include "wire/ip_address.h"

namespace karpspec::observer {
namespace {

using transcript::Difference;
using wire::ExchangeType;
using wire::KeyItem;
using wire::NotifyType;
using wire::PayloadType;

const wire::KeyDownloadPayload* download_of(const wire::Message& message) {
  return body_of<wire::KeyDownloadPayload>(message, PayloadType::KD);
}

bool has_item(const wire::KeyDownloadPayload& download, KeyItem::Kind kind) {
  return std::ranges::any_of(download.items, [&](const KeyItem& item) { return item.is(kind); });
}

// A group of the key servers stands in an item, MRKMP's in a payload.
bool of_key_servers(const wire::Message& message) {
  const auto* download = download_of(message);
  return download != nullptr && has_item(*download, KeyItem::Kind::group);
}

bool is_join(const wire::Message& request) {
  const auto exchange = request.header.exchange_type();
  return exchange == ExchangeType::mrkmp_join ||
         (exchange == ExchangeType::mrkmp_auth && has(request, PayloadType::GROUP));
}

std::string item_at(std::size_t index) {
  return "KD.items[" + std::to_string(index + 1) + "]";
}

bool in_order(const wire::KeyLifetimes& times) {
  return times.receive_start <= times.send_start && times.send_start <= times.send_end &&
         times.send_end <= times.receive_end;
}

}  // namespace

void judge_downloads(Ledger& ledger, const Said& said, const wire::Message& message) {
  const auto* download = download_of(message);
  const auto exchange = message.header.exchange_type();
  const bool asks = exchange == ExchangeType::mrkmp_newkey && !message.header.is_response();
  if (download == nullptr || asks)
    return;
  for (std::size_t i = 0; i < download->items.size(); ++i) {
    const KeyItem& item = download->items[i];
    if (!item.is_key())
      continue;
    const std::string got = "ID " + std::to_string(item.key_id) + ", algorithm " +
                            std::to_string(item.algorithm) + ", " +
                            std::to_string(item.key.size()) + " octets";
    if (item.is(KeyItem::Kind::kek)) {
      ledger.judge(said, "MRKMP-4-01",
                   unless(item.key_id != 0 && item.algorithm == oracle::mrkmp::kek_algorithm &&
                              item.key.size() == oracle::mrkmp::kek_octets,
                          item_at(i), "a KEK with an ID, of AES-GCM, 20 octets", got));
      ledger.judge(said, "MRKMP-2.1.1-07",
                   unless(item.lifetimes.receive_end != wire::KeyLifetimes::no_limit, item_at(i),
                          "an end of the KEK", "none"));
    } else if (const auto size = oracle::mrkmp::master_key_octets(item.algorithm)) {
      ledger.judge(said, "MRKMP-4-02",
                   unless(item.key.size() == *size, item_at(i),
                          std::to_string(*size) + " octets, as its algorithm wants", got));
    }
    const wire::KeyLifetimes& times = item.lifetimes;
    ledger.judge(
        said, "MRKMP-4-03",
        unless(in_order(times), item_at(i),
               "receive start, send start, send end and receive end in that order",
               std::to_string(times.receive_start) + ", " + std::to_string(times.send_start) +
                   ", " + std::to_string(times.send_end) + ", " +
                   std::to_string(times.receive_end)));
  }
}

void judge_group_request(Ledger& ledger, const Said& said, const wire::Message& message) {
  const std::string got = payload_list(said.observed);
  const bool group = has(message, PayloadType::GROUP);
  const auto* download = download_of(message);
  switch (message.header.exchange_type()) {
    case ExchangeType::mrkmp_auth:
      if (group || has(message, PayloadType::INC))
        ledger.judge(said, "MRKMP-2.4-01", unless(group, "", "GROUP", got));
      break;
    case ExchangeType::mrkmp_join:
      ledger.judge(said, "MRKMP-2.4-01", unless(group, "", "GROUP", got));
      break;
    case ExchangeType::mrkmp_merge_sa:
      ledger.judge(said, "MRKMP-3.2-03",
                   unless(download != nullptr && has_item(*download, KeyItem::Kind::pmk), "",
                          "KD with its protocol master keys", got));
      break;
    case ExchangeType::mrkmp_newkey: {
      const bool asks = download != nullptr && has_item(*download, KeyItem::Kind::pmk);
      const bool with_key = asks && std::ranges::any_of(download->items, [](const KeyItem& item) {
                              return !item.key.empty();
                            });
      ledger.judge(
          said, "MRKMP-7.2-01",
          unless(group && asks && !with_key, with_key ? "KD" : "",
                 "GROUP, and KD with the ID of the key alone", with_key ? "the key itself" : got));
      break;
    }
    default:
      break;
  }
}

void judge_group_answer(Ledger& ledger, const Said& said, const wire::Message& request,
                        const wire::Message& message) {
  const std::string got = payload_list(said.observed);
  if (const auto* wrong = wire::find_notify(message.payloads, NotifyType::MRKMP_WRONG_GCKS)) {
    const auto address = wire::IpAddress::from_octets(wrong->data);
    ledger.judge(
        said, "MRKMP-6.1-02",
        unless(address && address->to_text() != said.address, "N(MRKMP_WRONG_GCKS).data",
               "the address of the GCKS, another one than its own",
               address ? address->to_text() : std::to_string(wrong->data.size()) + " octets"));
  }
  if (const auto* lost = wire::find_notify(message.payloads, NotifyType::MRKMP_GCKS_UNKNOWN))
    ledger.judge(said, "MRKMP-6.1-04",
                 unless(lost->data.size() == 1 && (lost->data.front() & 0x7fU) == 0,
                        "N(MRKMP_GCKS_UNKNOWN).data", "one octet, potential_candidate or 0",
                        "0x" + to_hex(lost->data)));
  const bool refuses = error_in(message) != nullptr;
  const auto* download = download_of(message);
  const auto exchange = message.header.exchange_type();
  if (exchange == ExchangeType::mrkmp_merge_sa && !refuses)
    ledger.judge(said, "MRKMP-3.2-08", unless(download != nullptr, "", "KD", got));
  if (exchange == ExchangeType::mrkmp_merge_sa && download != nullptr) {
    ledger.judge(said, "MRKMP-3.2-04",
                 unless(has_item(*download, KeyItem::Kind::kek), "KD", "a new KEK", "no KEK"));
    if (const auto* asked = download_of(request)) {
      std::string missing;
      for (const KeyItem& item : asked->items)
        if (item.is(KeyItem::Kind::pmk) && item.lifetimes.receive_end > 5 &&
            std::ranges::none_of(download->items,
                                 [&](const KeyItem& each) { return each.key == item.key; }))
          missing = std::to_string(item.key_id);
      ledger.judge(said, "MRKMP-3.2-05",
                   unless(missing.empty(), "KD", "the protocol master keys of both",
                          "none with the key of ID " + missing));
    }
  }
  if (!is_join(request) || refuses)
    return;
  ledger.judge(said, "MRKMP-2.4-06", unless(download != nullptr, "", "KD, or why not", got));
  if (exchange == ExchangeType::mrkmp_auth)
    ledger.judge(said, "MRKMP-2-03",
                 unless(download != nullptr, "", "an answer to the join in its request", got));
  if (download == nullptr || of_key_servers(message))
    return;
  ledger.judge(said, "MRKMP-2.1.1-02",
               unless(has_item(*download, KeyItem::Kind::kek), "KD", "the KEK", "no KEK"));
  ledger.judge(said, "MRKMP-2.4-03",
               unless(has_item(*download, KeyItem::Kind::gcks), "KD",
                      "an item GCKS, by which it confirms its role", "none"));
  ledger.judge(said, "MRKMP-6.1-15", unless(has(message, PayloadType::SEQ), "", "SEQ", got));
}

void judge_advertisement(Ledger& ledger, const Said& said, const wire::Message& message) {
  const wire::Header& header = message.header;
  const bool bare = header.spi_i == 0 && header.spi_r == 0 && header.message_id == 0;
  ledger.judge(said, "MRKMP-2-04",
               unless(bare && !has(message, PayloadType::SK), message, "HDR.spi_i",
                      "no SPI, message ID 0, in clear: there is no association",
                      transcript::to_text(transcript::Value(header.spi_i))));
  const auto* advert = body_of<wire::AdvertPayload>(message, PayloadType::ADV);
  if (advert == nullptr ||
      advert->kind != static_cast<std::uint8_t>(wire::AdvertPayload::Kind::gcks))
    return;
  ledger.judge(said, "MRKMP-3-03",
               unless(advert->interval != 0, message, "ADV.interval",
                      "the interval of its signs of life", "0"));
}

void judge_group_message(Ledger& ledger, const Said& said, const wire::Message& message) {
  const wire::Header& header = message.header;
  const auto* sequence = body_of<wire::SequencePayload>(message, PayloadType::SEQ);
  const auto* action = body_of<wire::GroupActionPayload>(message, PayloadType::GKM);
  const bool download = has(message, PayloadType::KD);
  const bool update =
      action != nullptr &&
      action->kind == static_cast<std::uint8_t>(wire::GroupActionPayload::Kind::update);
  const bool whole = sequence != nullptr && has(message, PayloadType::GROUP) && action != nullptr &&
                     download == update;
  ledger.judge(said, "MRKMP-7-03",
               unless(whole, "", "SEQ, GROUP, GKM and, in an update alone, KD",
                      payload_list(said.observed)));
  if (sequence != nullptr)
    ledger.judge(said, "MRKMP-7-02",
                 unless(static_cast<std::uint32_t>(sequence->number) == header.message_id, message,
                        "SEQ.number", "the number whose lower 32 bits are the message ID",
                        std::to_string(sequence->number)));
}

}  // namespace karpspec::observer
