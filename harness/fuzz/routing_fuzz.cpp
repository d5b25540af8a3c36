// Whatever packets of OSPFv2 and RIPv2 come, they are read within their bounds, what is read is
// written back the same, and none is authentic by a key that the first octets do not name.
#include <cstdio>
#include <cstdlib>

#include "oracle/rpauth/checker.h"
#include "require.h"

namespace {

using namespace karpspec;
using namespace karpspec::oracle;

const Time now{std::chrono::seconds{1767225600}};

std::vector<keytable::Row> rows() {
  std::vector<keytable::Row> all;
  for (const char* protocol : {"ospfv2", "rip"}) {
    for (const char* alg : {"md5", "hmac-sha-1", "hmac-sha-512"}) {
      keytable::Row row;
      row.admin_key_name = std::string(protocol) + alg;
      row.local_key_name = "3";
      row.peers = {"link"};
      row.protocol = protocol;
      row.alg_id = alg;
      row.key = Secret(octets_of("nobody has it"));
      all.push_back(std::move(row));
    }
  }
  return all;
}

void ospf(OctetView input) {
  const auto header = wire::read_ospf_header(input);
  if (!header) {
    require(header.error().offset && *header.error().offset <= input.size(),
            "an error names its octet");
    return;
  }
  require(std::size_t{header->length} + header->digest_size <= input.size(),
          "packet and digest are within the input");
  const auto hello = wire::read_ospf_hello(input, *header);
  if (!hello)
    return;
  if (!header->is(wire::OspfAuType::CRYPTOGRAPHIC)) {
    const Octets plain = wire::encode_ospf_hello(*header, *hello);
    const auto back = wire::read_ospf_header(plain);
    require(back && back->au_type == header->au_type && back->length == header->length &&
                *wire::read_ospf_hello(plain, *back) == *hello,
            "what is written back without a digest is the same");
    return;
  }
  const OctetView digest = input.subspan(header->length, header->digest_size);
  const Octets again = wire::encode_ospf_hello(*header, *hello, digest);
  const auto second = wire::read_ospf_header(again);
  require(second && second->sequence == header->sequence && second->length == header->length,
          "what is written back has the same header");
  require(*wire::read_ospf_hello(again, *second) == *hello, "and the same body");
}

void rip(OctetView input) {
  const auto message = wire::read_rip(input);
  if (!message) {
    require(message.error().offset && *message.error().offset <= input.size(),
            "an error names its octet");
    return;
  }
  require(message->entries.size() * wire::rip_entry_size <= input.size(),
          "entries are within the input");
  const auto& by = message->authentication;
  if (!by || !by->is(wire::RipAuthType::KEYED_DIGEST))
    return;
  require(by->digest_at() + by->digest_size == input.size(), "the digest ends the message");
  const auto again = wire::read_rip(wire::encode_rip(*message, input.subspan(by->digest_at())));
  require(again && again->entries == message->entries && again->authentication &&
              again->authentication->sequence == by->sequence,
          "what is written back is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const OctetView input(data, size);
  ospf(input);
  rip(input);
  static const wire::IpAddress source = *wire::IpAddress::from_text("192.0.2.1");
  rpauth::Checker checker(rows(), 4);
  const Octets octets(input.begin(), input.end());
  const auto of_ospf = checker.check(wire::OspfPacket{source, source, octets}, now);
  const auto of_rip = checker.check(wire::RipPacket{source, source, octets}, now);
  for (const auto& judgement : {of_ospf, of_rip}) {
    require(!judgement.accepted(), "nobody forges a packet");
    require(judgement.offset <= size && !judgement.detail.empty(), "a refusal says why and where");
  }

  // What is made with a key is authentic by its row alone.
  wire::OspfHeader header;
  header.au_type = 2;
  header.key_id = 3;
  header.sequence = 1;
  wire::OspfHello hello;
  hello.neighbors.assign(size % 16, 7);
  const auto right =
      rpauth::protect(rpauth::Algorithm::hmac_sha_1, octets_of("nobody has it"), header, hello);
  require(right && checker.check(wire::OspfPacket{source, source, *right}, now).row ==
                       "ospfv2hmac-sha-1",
          "what is right is so afterwards");
  return 0;
}
