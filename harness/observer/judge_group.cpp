#include "observer/judge.h"
#include "observer/judge/rules.h"
#include "oracle/mrkmp/group_message.h"
#include "wire/ip_address.h"

namespace karpspec::observer {

using transcript::Observed;
using wire::ExchangeType;
using wire::PayloadType;
using Body = Observed::Body;

namespace {

constexpr std::size_t most_numbers = 65536;

}  // namespace

void Judge::judge_group(const Observed& observed) {
  const wire::Message& message = *observed.message;
  const wire::Header& header = message.header;
  const bool advert = header.exchange_type() == ExchangeType::mrkmp_advert;
  const auto* body = body_of<wire::AdvertPayload>(message, PayloadType::ADV);
  const bool leads =
      !advert ||
      (body != nullptr && body->kind == static_cast<std::uint8_t>(wire::AdvertPayload::Kind::gcks));
  // Under a KEK anybody of the group can have sent it.
  const Said said{observed, observed.source.address, leads ? Role::gcks : Role::router, false};
  if (observed.body == Body::broken) {
    ++counts_.not_authentic;
    return;
  }
  judge_header(ledger_, said, header);
  if (advert) {
    judge_payloads(ledger_, said, message);
    judge_advertisement(ledger_, said, message);
    return;
  }
  ledger_.judge(
      said, "MRKMP-2.1.1-04",
      unless(observed.body != Body::clear, "", "an Encrypted payload", payload_list(observed)));
  if (observed.body == Body::clear || observed.body == Body::malformed)
    return;
  if (numbers_.size() >= most_numbers)
    numbers_.clear();
  const auto [known, fresh] =
      numbers_.try_emplace({header.spi_i, said.address, header.message_id}, observed.digest);
  const auto twice = unless(fresh || known->second == observed.digest, message, "HDR.message_id",
                            "a number that it has not used under this KEK",
                            std::to_string(header.message_id) + ", with other octets before");
  ledger_.judge(said, "MRKMP-7-02", twice);
  ledger_.judge(said, "MRKMP-7-08", twice);
  const auto sender = wire::IpAddress::from_text(said.address);
  if (!observed.iv.empty() && sender) {
    const Octets iv = oracle::mrkmp::iv_of_message(*sender, header.message_id);
    ledger_.judge(said, "MRKMP-7-08",
                  unless(iv == observed.iv, "SK.iv",
                         "0x" + to_hex(iv) + ", of the sender's address and its number",
                         "0x" + to_hex(observed.iv)));
  }
  if (observed.body == Body::no_keys) {
    ++counts_.not_opened;
    return;
  }
  judge_payloads(ledger_, said, message);
  judge_downloads(ledger_, said, message);
  judge_group_message(ledger_, said, message);
}

}  // namespace karpspec::observer
