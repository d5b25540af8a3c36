// Whatever segments come, TCP's header and options are read within their bounds, who judges them
// keeps its promises, and none of them is authentic but those that are made here.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "oracle/tcpao/checker.h"
#include "oracle/tcpao/connection.h"
#include "require.h"

namespace {

using namespace karpspec;
using namespace karpspec::oracle;

const Time now{std::chrono::seconds{1767225600}};

keytable::Row row(const char* name, const char* peer, int id) {
  keytable::Row row;
  row.admin_key_name = name;
  row.local_key_name = row.peer_key_name = std::to_string(id);
  row.peers = {peer};
  row.protocol = "bgp";
  const bool hmac = id % 2 == 0;
  row.kdf = hmac ? "HMAC-SHA-1" : "AES-128-CMAC";
  row.alg_id = hmac ? "HMAC-SHA-1-96" : "AES-128-CMAC-96";
  row.protocol_specific_info["options"] = hmac ? "include" : "exclude";
  row.key = Secret(octets_of("a master key"));
  return row;
}

tcpao::Mkts keys(const char* peer) {
  tcpao::Mkts mkts;
  for (int id : {1, 2})
    require(mkts.add(*tcpao::mkt_from_row(row(id == 1 ? "one" : "two", peer, id))).has_value(),
            "the key is taken");
  return mkts;
}

void reads_within_bounds(OctetView input) {
  const auto header = wire::read_tcp_header(input);
  if (!header) {
    require(header.error().offset && *header.error().offset <= input.size(),
            "an error names its octet");
    return;
  }
  require(header->size >= 20 && header->size <= input.size(), "the header is within the segment");
  std::size_t end = 20;
  for (const wire::TcpOption& option : header->options) {
    require(option.offset >= end && option.size >= 2, "options follow one another");
    end = option.offset + option.size;
    require(end <= header->size, "an option is within the header");
    if (const auto ao = wire::read_tcp_ao(input, option))
      require(ao->mac_offset + ao->mac_size == end, "the MAC ends with the option");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const OctetView input(data, size);
  reads_within_bounds(input);
  const wire::IpAddress a = *wire::IpAddress::from_text("192.0.2.1");
  const wire::IpAddress b = *wire::IpAddress::from_text("192.0.2.2");
  static const tcpao::Mkts of_a = keys("192.0.2.2"), of_b = keys("192.0.2.1");
  tcpao::Md5Keys none, md5;
  md5.emplace(a, tcpao::Md5Key{Secret(octets_of("another key")), 179});

  tcpao::Connection from_a({a, b, 49152, 179}), at_b({b, a, 179, 49152});
  from_a.set_isn(1);
  at_b.set_isn(2);
  wire::TcpFields syn;
  syn.source_port = 49152;
  syn.destination_port = 179;
  syn.sequence = 1;
  syn.flags = 2;
  const auto first = from_a.protect(syn, of_a, none, now);
  require(first && at_b.receive(*first, of_b, md5, now).accepted(), "the SYN is authentic");

  const wire::TcpPacket packet{a, b, Octets(input.begin(), input.end())};
  const auto judgement = at_b.receive(packet, of_b, md5, now);
  require(!judgement.accepted() || packet == *first, "nobody forges a segment");
  require(judgement.offset <= size, "a judgement names an octet of the segment");
  require(judgement.accepted() || !judgement.detail.empty(), "a refusal says why");
  tcpao::Checker checker(keys("192.0.2.1"), {}, 4);
  require(!checker.check(packet, now).accepted() || wire::read_tcp_header(input)->sequence == 1,
          "nobody forges one for a third party");
  require(checker.check(*first, now).accepted(), "and what is right is so afterwards");

  // Options and data as an application might give them.
  wire::TcpFields fields = syn;
  const std::size_t options = size == 0 ? 0 : std::min<std::size_t>(input[0] % 25, size - 1);
  if (size > 0) {
    const OctetView rest = input.subspan(1);
    fields.options.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(options));
    fields.data.assign(rest.begin() + static_cast<std::ptrdiff_t>(options), rest.end());
  }
  const auto sent = from_a.protect(fields, of_a, none, now);
  if (!sent)
    return 0;
  const auto header = wire::read_tcp_header(sent->segment);
  require(header.has_value() && wire::tcp_checksum_holds(*sent), "what is sent parses");
  tcpao::Connection fresh({b, a, 179, 49152});
  fresh.set_isn(2);
  const bool alone =
      header->count(wire::TcpOptionKind::AO) == 1 && header->count(wire::TcpOptionKind::MD5) == 0;
  require(fresh.receive(*sent, of_b, none, now).accepted() == alone, "and is authentic");
  return 0;
}
