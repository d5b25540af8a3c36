#include "oracle/rpauth/checker.h"

#include <algorithm>

#include "keytable/key_name.h"
#include "keytable/rules.h"
#include "wire/ip_address.h"

namespace karpspec::oracle::rpauth {
namespace {

using namespace std::chrono_literals;

constexpr const char *ospf = "ospfv2", *rip = "rip";

// After so long a silence a sender is one that has started again (profile P-141): OSPF's
// RouterDeadInterval as RFC 2328 section C.3 suggests it, RIP's timeout of RFC 2453 section 3.8.
Duration forgotten_after(std::string_view protocol) {
  return protocol == ospf ? Duration(40s) : Duration(180s);
}

std::string dotted(std::uint32_t number) {
  return std::to_string(number >> 24) + "." + std::to_string(number >> 16 & 0xff) + "." +
         std::to_string(number >> 8 & 0xff) + "." + std::to_string(number & 0xff);
}

// "area 1" and "area 0.0.0.1" are one.
bool is_area(std::string_view peer, const std::string& area) {
  constexpr std::string_view word = "area ";
  if (!peer.starts_with(word))
    return false;
  peer.remove_prefix(word.size());
  if (const auto number = keytable::key_number(peer))
    return dotted(static_cast<std::uint32_t>(*number)) == area;
  return peer == area;
}

// Whether a row is for routers of AREA, as far as a capture shows it: which interface and link it
// is of nobody can say, nor who belongs to a group.
bool is_for(const keytable::Row& row, const std::string& area) {
  return std::ranges::any_of(row.peers, [&](const std::string& peer) {
    return !peer.starts_with("area ") || is_area(peer, area);
  });
}

std::string section_of(std::string_view protocol, Reason reason) {
  if (protocol == rip)
    return reason == Reason::header ? "RFC 4822 2.1" : "RFC 4822 2";
  return reason == Reason::header ? "RFC 2328 A.3.1" : "RFC 2328 D.5.2";
}

Judgement refuse(std::string_view protocol, Reason reason, std::string field, std::size_t offset,
                 std::string detail) {
  Judgement out;
  out.reason = reason;
  out.field = std::move(field);
  out.offset = offset;
  out.detail = std::move(detail);
  out.section = section_of(protocol, reason);
  return out;
}

Judgement nothing_demanded() {
  Judgement out;
  out.reason = Reason::unprotected;
  return out;
}

}  // namespace

const char* to_string(Reason reason) {
  switch (reason) {
    case Reason::accepted:
      return "accepted";
    case Reason::unprotected:
      return "unprotected";
    case Reason::header:
      return "header";
    case Reason::authentication:
      return "authentication";
    case Reason::unknown_key:
      return "unknown-key";
    case Reason::key_not_valid:
      return "key-not-valid";
    case Reason::digest_length:
      return "digest-length";
    case Reason::digest:
      return "digest";
    case Reason::sequence:
      return "sequence";
  }
  return "";
}

Checker::Checker(std::vector<keytable::Row> rows, std::size_t most_senders) : most_(most_senders) {
  for (keytable::Row& row : rows)
    if ((row.protocol == ospf || row.protocol == rip) && algorithm_from(row.alg_id))
      rows_.push_back(std::move(row));
}

std::vector<const keytable::Row*> Checker::rows_for(const std::string& protocol,
                                                    const std::string& area) const {
  std::vector<const keytable::Row*> out;
  for (const keytable::Row& row : rows_)
    if (row.protocol == protocol && (protocol != ospf || is_for(row, area)))
      out.push_back(&row);
  return out;
}

Judgement Checker::check(const wire::OspfPacket& packet, Time time) {
  const OctetView octets = packet.octets;
  const auto header = wire::read_ospf_header(octets);
  if (!header) {
    if (rows_for(ospf, "").empty() &&
        std::ranges::none_of(rows_, [](const auto& row) { return row.protocol == ospf; }))
      return nothing_demanded();
    return refuse(ospf, Reason::header, "header", header.error().offset.value_or(0),
                  header.error().message);
  }
  Claim claim;
  claim.protocol = ospf;
  claim.area = dotted(header->area_id);
  claim.source = packet.source;
  if (rows_for(ospf, claim.area).empty())
    return nothing_demanded();
  if (!header->is(wire::OspfAuType::CRYPTOGRAPHIC)) {
    return refuse(ospf, Reason::authentication, "AuType", wire::ospf_au_type_at,
                  "AuType is " + std::to_string(header->au_type) +
                      ", and the key table has keys for cryptographic authentication (2)");
  }
  claim.key_id = header->key_id;
  claim.sequence = header->sequence;
  claim.text = covered(octets, *header);
  claim.digest = octets.subspan(header->length, header->digest_size);
  claim.key_id_at = wire::ospf_key_id_at;
  claim.digest_size_at = wire::ospf_digest_size_at;
  claim.digest_at = header->length;
  claim.sequence_at = wire::ospf_sequence_at;
  return judge(claim, time);
}

Judgement Checker::check(const wire::RipPacket& packet, Time time) {
  const OctetView octets = packet.octets;
  if (rows_for(rip, "").empty())
    return nothing_demanded();
  const auto message = wire::read_rip(octets);
  if (!message) {
    return refuse(rip, Reason::header, "message", message.error().offset.value_or(0),
                  message.error().message);
  }
  const auto& by = message->authentication;
  if (!by || !by->is(wire::RipAuthType::KEYED_DIGEST)) {
    return refuse(rip, Reason::authentication, "Authentication Type",
                  by ? wire::rip_auth_type_at : wire::rip_header_size,
                  by ? "authentication type is " + std::to_string(by->type) +
                           ", and the key table has keys for a keyed digest (3)"
                     : std::string("there is no authentication, and the key table has keys"));
  }
  Claim claim;
  claim.protocol = rip;
  claim.source = packet.source;
  claim.key_id = by->key_id;
  claim.sequence = by->sequence;
  claim.text = covered(octets, *by);
  claim.digest = octets.subspan(by->digest_at(), by->digest_size);
  claim.key_id_at = wire::rip_key_id_at;
  claim.digest_size_at = wire::rip_digest_size_at;
  claim.digest_at = by->digest_at();
  claim.sequence_at = wire::rip_sequence_at;
  return judge(claim, time);
}

Judgement Checker::judge(const Claim& claim, Time time) {
  std::optional<Judgement> best;
  for (const keytable::Row* row : rows_for(claim.protocol, claim.area)) {
    if (keytable::key_number(row->local_key_name) != claim.key_id)
      continue;
    Judgement judgement = judge_with(*row, claim, time);
    if (judgement.accepted()) {
      if (goes_back(claim, time)) {
        Judgement old =
            refuse(claim.protocol, Reason::sequence, "sequence number", claim.sequence_at,
                   "sequence number " + std::to_string(claim.sequence) +
                       " is lower than the last of " + claim.source.to_text());
        old.row = judgement.row;
        old.sequence = claim.sequence;
        return old;
      }
      return judgement;
    }
    // A digest that is right, out of its time, says more than one that is wrong.
    if (!best || judgement.reason == Reason::key_not_valid)
      best = std::move(judgement);
  }
  if (best)
    return *std::move(best);
  return refuse(claim.protocol, Reason::unknown_key, "Key ID", claim.key_id_at,
                "Key ID " + std::to_string(claim.key_id) + " is the LocalKeyName of no row");
}

Judgement Checker::judge_with(const keytable::Row& row, const Claim& claim, Time time) const {
  const Algorithm algorithm = *algorithm_from(row.alg_id);
  const std::size_t size = digest_size(algorithm);
  if (claim.digest.size() != size) {
    return refuse(claim.protocol, Reason::digest_length, "Auth Data Len", claim.digest_size_at,
                  "the digest has " + std::to_string(claim.digest.size()) + " octets, and " +
                      row.alg_id + " of row '" + row.admin_key_name + "' makes " +
                      std::to_string(size));
  }
  const auto expected = digest(algorithm, row.key.view(), claim.text);
  if (!expected) {
    return refuse(claim.protocol, Reason::digest, "digest", claim.digest_at,
                  "row '" + row.admin_key_name + "' makes no digest: " + expected.error().message);
  }
  if (!equal_in_constant_time(expected->view(), claim.digest)) {
    return refuse(
        claim.protocol, Reason::digest, "digest", claim.digest_at,
        "the digest is not that of row '" + row.admin_key_name + "' (" + row.alg_id + ")");
  }
  Judgement out;
  if (!row.may_accept(time)) {
    out = refuse(
        claim.protocol, Reason::key_not_valid, "Key ID", claim.key_id_at,
        "row '" + row.admin_key_name + "' may not be accepted at " + keytable::to_text(time));
  }
  out.row = row.admin_key_name;
  out.sequence = claim.sequence;
  out.in_send_lifetime = row.may_send(time);
  return out;
}

bool Checker::goes_back(const Claim& claim, Time time) {
  const Sender sender{claim.protocol, claim.source, claim.key_id};
  const auto at = senders_.find(sender);
  if (at == senders_.end()) {
    if (senders_.size() >= most_)
      senders_.erase(senders_.begin());
    senders_.emplace(sender, Last{claim.sequence, time});
    return false;
  }
  Last& last = at->second;
  if (claim.sequence < last.sequence && time - last.heard < forgotten_after(claim.protocol))
    return true;
  last = {claim.sequence, time};
  return false;
}

}  // namespace karpspec::oracle::rpauth
