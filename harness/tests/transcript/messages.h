#pragma once

#include "wire/message.h"

// Messages that the tests of this room work on.
namespace karpspec::transcript {

inline wire::Message ike_auth_response() {
  wire::Message m;
  m.header.spi_i = 0x0102030405060708;
  m.header.spi_r = 0x1112131415161718;
  m.header.exchange = 35;
  m.header.flags = wire::Header::flag_response;
  m.header.message_id = 1;
  m.payloads.push_back(wire::make_payload(wire::PayloadType::IDr,
                                          wire::IdPayload{2, 0, octets_of("router.example")}));
  m.payloads.push_back(
      wire::make_payload(wire::PayloadType::AUTH, wire::AuthPayload{2, 0, Octets(32, 0xaa)}));
  wire::Proposal proposal;
  proposal.number = 1;
  proposal.protocol = 201;
  proposal.transforms = std::vector<wire::TcpAoTransform>{{0, 77, 1, 1, 0x80}, {0, 78, 2, 2, 0}};
  m.payloads.push_back(wire::make_payload(wire::PayloadType::SA, wire::SaPayload{{proposal}}));
  m.payloads.push_back(
      wire::make_payload(wire::PayloadType::TSi, wire::TsPayload{0, {wire::RpSelector{241, 1}}}));
  m.payloads.push_back(
      wire::make_payload(wire::PayloadType::TSr, wire::TsPayload{0, {wire::RpSelector{241, 1}}}));
  return m;
}

inline wire::Message ike_sa_init_request() {
  wire::Message m;
  m.header.spi_i = 0x0102030405060708;
  m.header.exchange = 34;
  m.header.flags = wire::Header::flag_initiator;
  wire::Proposal proposal;
  proposal.number = 1;
  proposal.protocol = 1;
  wire::Transform cbc{0, 1, 0, 12, {{wire::Attribute::key_length, std::uint16_t{128}}}};
  proposal.transforms =
      std::vector<wire::Transform>{cbc, {0, 2, 0, 5, {}}, {0, 3, 0, 12, {}}, {0, 4, 0, 14, {}}};
  m.payloads.push_back(wire::make_payload(wire::PayloadType::SA, wire::SaPayload{{proposal}}));
  m.payloads.push_back(
      wire::make_payload(wire::PayloadType::KE, wire::KePayload{14, 0, Octets(256, 0x11)}));
  m.payloads.push_back(
      wire::make_payload(wire::PayloadType::Nonce, wire::NoncePayload{Octets(32, 0x22)}));
  m.payloads.push_back(wire::make_notify(wire::NotifyType::COOKIE, {1, 2, 3}));
  return m;
}

}  // namespace karpspec::transcript
