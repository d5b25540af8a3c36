#include "script/tester/tester.h"
#include "transcript/mutation.h"

// Messages to a group, and the payloads that MRKMP has (draft-hartman-karp-mrkmp-00).
namespace karpspec::script {

using wire::ExchangeType;
using wire::PayloadType;

namespace {

constexpr std::uint16_t usual_priority = 32768;  // P-210
constexpr std::uint16_t advert_interval = 1000;  // milliseconds, P-211

}  // namespace

std::string Tester::router_of(const std::string& name) const {
  const TesterSa* sa = find_sa(name);
  return sa == nullptr ? "tester" : sa->router;
}

void Tester::set_now(Time now) {
  if (group_)
    group_->set_now(now);
  if (keyserver_)
    keyserver_->set_now(now);
}

const TesterRouter& Tester::sender() const {
  const TesterRouter* router = config_.router(sending_.router);
  return router == nullptr ? config_.routers.front() : *router;
}

wire::IpAddress Tester::address_of(const std::string& router) const {
  const TesterRouter* found = config_.router(router);
  const auto address =
      wire::IpAddress::from_text(found == nullptr ? config_.own.address : found->own.address);
  return address.value_or(wire::IpAddress());
}

Result<wire::KeyDownloadPayload> Tester::key_download(const std::string& which) {
  const std::string& router = sender().name;
  const bool merge = sending_.exchange == ExchangeType::mrkmp_merge_sa;
  if (which == "device")
    return group_->last_received();
  if (which.empty() && merge)
    return sending_.response ? group_->merged(router, address_of(router))
                             : group_->master_keys(router);
  if (which.empty() && sending_.exchange == ExchangeType::mrkmp_newkey && !sending_.response)
    return group_->wanted_key();
  return group_->download(router, address_of(router));
}

Result<wire::Payload> Tester::group_payload(const transcript::PayloadName& name) {
  using wire::make_payload;
  const std::string& router = sender().name;
  switch (name.type) {
    case PayloadType::GROUP:
      return make_payload(name.type, group_->id());
    case PayloadType::KD: {
      KARPSPEC_TRY(download, key_download(name.argument));
      return make_payload(name.type, std::move(download));
    }
    case PayloadType::SEQ: {
      const std::uint64_t last = group_->last_number(router);
      const bool to_group = sending_.exchange == ExchangeType::mrkmp_group;
      return make_payload(name.type, wire::SequencePayload{to_group ? last + 1 : last});
    }
    case PayloadType::ADV: {
      wire::AdvertPayload advert;
      advert.kind = static_cast<std::uint8_t>(wire::AdvertPayload::Kind::initial);
      advert.priority = usual_priority;
      advert.interval = advert_interval;
      return make_payload(name.type, advert);
    }
    case PayloadType::GKM: {
      wire::GroupActionPayload action;
      action.kind = static_cast<std::uint8_t>(wire::GroupActionPayload::Kind::update);
      return make_payload(name.type, action);
    }
    default:
      return make_payload(PayloadType::INC, wire::IncarnationPayload{group_->incarnation(router)});
  }
}

Result<wire::Payload> Tester::keyserver_payload(const transcript::PayloadName& name) {
  const TesterRouter& router = sender();
  if (name.type == PayloadType::POLICY) {
    sending_.policy = name.argument;
    KARPSPEC_TRY(policy, keyserver_->policy(router.name, name.argument, sending_.response));
    return wire::make_payload(name.type, std::move(policy));
  }
  if (name.argument == "device")
    return wire::make_payload(name.type, keyserver_->last_received());
  return wire::make_payload(
      name.type, keyserver_->download({router.name, oracle::keyserver::name_of(router.identity),
                                       address_of(router.name)},
                                      name.argument, sending_.response));
}

// An advertisement, in clear; or a message under a KEK: the one that the header names.
Result<Built> Tester::build_for_group(const SendStep& step) {
  if (!group_)
    return fail(ErrorCode::bad_value, "no group is configured");
  if (sending_.router.empty())
    sending_.router = "tester";
  Built out;
  out.is_sealed = sending_.exchange == ExchangeType::mrkmp_group && !step.clear;
  wire::Message& message = out.message;
  message.header.exchange = step.message.exchange;
  message.header.flags = wire::Header::flag_initiator;
  if (out.is_sealed) {
    // The tester has a KEK as soon as it has something to send under it.
    if (group_->current_kek(sending_.router) == 0)
      static_cast<void>(group_->download(sending_.router, address_of(sending_.router)));
    message.header.spi_i = group_->current_kek(sending_.router);
  }
  for (const transcript::PayloadName& name : step.message.payloads) {
    KARPSPEC_TRY(made, payload(name));
    made.critical = name.critical;
    message.payloads.push_back(std::move(made));
  }
  // The message ID follows from the number, whatever the step makes of that; it may change both.
  const auto number_of = [&] {
    const auto* sequence = body_of<wire::SequencePayload>(message, PayloadType::SEQ);
    return sequence == nullptr ? std::uint64_t{0} : sequence->number;
  };
  wire::Message numbered = message;
  KARPSPEC_CHECK(transcript::apply_to_message(step.mutations, numbered, *this));
  if (const auto* sequence = body_of<wire::SequencePayload>(numbered, PayloadType::SEQ))
    message.header.message_id = static_cast<std::uint32_t>(sequence->number);
  KARPSPEC_CHECK(transcript::apply_to_message(step.mutations, message, *this));
  if (!out.is_sealed) {
    KARPSPEC_TRY(datagram, transcript::encode_mutated(step.mutations, message, *this));
    out.datagrams.push_back(std::move(datagram));
  } else {
    KARPSPEC_TRY(clear, clear_form(step.mutations, message));
    out.clear = std::move(clear);
    KARPSPEC_TRY(datagram, group_->seal(sending_.router, address_of(sending_.router),
                                        static_cast<std::uint32_t>(message.header.spi_i),
                                        number_of(), out.clear));
    KARPSPEC_CHECK(transcript::apply_to_datagram(step.mutations, datagram, *this));
    out.datagrams.push_back(std::move(datagram));
    if (const auto* download = body_of<wire::KeyDownloadPayload>(message, PayloadType::KD))
      group_->sent(sending_.router, *download);
  }
  out.sent = out.datagrams;
  return out;
}

Received Tester::open_group_message(Received received) const {
  received.is_sealed = true;
  auto opened = group_->open(received.header, received.datagram);
  if (!opened)
    received.problem = opened.error().code == ErrorCode::not_authentic
                           ? "it does not open under the KEK that it names"
                           : opened.error().message;
  else
    received.message = *std::move(opened);
  return received;
}

void Tester::adopt_group_keys(const std::string& router, const wire::Message& message) {
  if (keyserver_)
    keyserver_->sent(message, sending_.policy);
  const auto* download = body_of<wire::KeyDownloadPayload>(message, PayloadType::KD);
  if (group_ && download != nullptr)
    group_->sent(router, *download);
}

void Tester::absorb_group_keys(const std::string& router, const wire::Message& message) {
  if (keyserver_)
    keyserver_->received(router, message);
  if (!group_)
    return;
  if (const auto* download = body_of<wire::KeyDownloadPayload>(message, PayloadType::KD))
    group_->received(*download);
}

}  // namespace karpspec::script
