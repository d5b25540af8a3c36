#include "oracle/tcpao/judge.h"

#include <algorithm>
#include <utility>

namespace karpspec::oracle::tcpao {
namespace {

using wire::TcpFlag;
using wire::TcpOptionKind;

Judgement refuse(Reason reason, std::string detail, std::string field, std::size_t offset,
                 std::uint64_t mkt = 0) {
  return {reason, std::move(detail), std::move(field), offset, mkt, 0};
}

std::string id_text(std::uint8_t id) {
  return std::to_string(id);
}

Judgement no_handshake(std::size_t offset) {
  return refuse(Reason::no_handshake, "the initial sequence numbers are not known",
                "sequence number", offset);
}

// A SYN without ACK tells the only ISN there is so far; one with ACK the second.
bool is_first(const wire::TcpHeader& header) {
  return header.has(TcpFlag::SYN) && !header.has(TcpFlag::ACK);
}

class Judge {
 public:
  Judge(const wire::TcpPacket& packet, const Rules& rules, Inbound& inbound)
      : packet_(packet), rules_(rules), inbound_(inbound) {}

  Judgement run() {
    auto header = wire::read_tcp_header(packet_.segment);
    if (!header) {
      return refuse(Reason::header, header.error().message, "TCP header",
                    header.error().offset.value_or(0));
    }
    header_ = *std::move(header);
    const wire::TcpOption* ao = header_.find(TcpOptionKind::AO);
    const wire::TcpOption* md5 = header_.find(TcpOptionKind::MD5);
    const auto md5_keys = md5_keys_for(rules_.md5, rules_.pair);
    const bool has_mkt = rules_.mkts.any_for(rules_.pair);
    if (inbound_.mode == Inbound::Mode::none ||
        (!has_mkt && md5_keys.empty() && inbound_.mode == Inbound::Mode::undecided)) {
      return refuse(Reason::unprotected, "nothing is configured for the connection", "", 0);
    }
    if (ao != nullptr && md5 != nullptr && rules_.habit != Habit::accepts_both) {
      return refuse(Reason::both_options, "a TCP-AO option and a TCP MD5 option", "options",
                    std::max(ao->offset, md5->offset));
    }
    const bool may_ao = inbound_.mode != Inbound::Mode::md5 && has_mkt;
    const bool useless = rules_.habit == Habit::md5_not_beside && has_mkt;
    const bool may_md5 = inbound_.mode != Inbound::Mode::ao && !md5_keys.empty() && !useless;
    if (ao != nullptr)
      return may_ao ? judge_ao(*ao) : other(*ao, "TCP-AO", "TCP MD5");
    if (md5 != nullptr)
      return may_md5 ? judge_md5(*md5, md5_keys) : other(*md5, "TCP MD5", "TCP-AO");
    if (rules_.habit == Habit::accepts_unprotected ||
        (rules_.habit == Habit::accepts_plain_reset && header_.has(TcpFlag::RST)) ||
        (rules_.habit == Habit::overrun_passed && header_.size > wire::tcp_header_size &&
         header_.options.empty())) {
      learn(Inbound::Mode::ao);
      return {};
    }
    return refuse(Reason::no_option,
                  may_ao ? "no TCP-AO option, and there is an MKT for the connection"
                         : "no TCP MD5 option, and there is a key for the connection",
                  "options", wire::tcp_header_size);
  }

 private:
  static Judgement other(const wire::TcpOption& option, const std::string& is,
                         const std::string& uses) {
    return refuse(Reason::other_option, "a " + is + " option, and the connection uses " + uses, is,
                  option.offset);
  }

  Judgement judge_ao(const wire::TcpOption& option) {
    if (header_.count(TcpOptionKind::AO) > 1 && rules_.habit != Habit::accepts_twice) {
      return refuse(Reason::option_twice, "more than one TCP-AO option", "TCP-AO", option.offset);
    }
    const auto ao = wire::read_tcp_ao(packet_.segment, option);
    if (!ao && rules_.habit == Habit::accepts_short_mac)
      return {};
    if (!ao) {
      return refuse(Reason::option_length, ao.error().message, "TCP-AO.Length",
                    ao.error().offset.value_or(option.offset));
    }
    const auto which = rules_.sent_by_owner ? Mkts::Which::send_id : Mkts::Which::recv_id;
    const Mkt* mkt = rules_.mkts.find(rules_.pair, which, ao->key_id, rules_.now);
    const std::size_t id_at = option.offset + 2;
    if (rules_.habit == Habit::any_key_id && mkt == nullptr)
      mkt = rules_.mkts.find(rules_.current);
    if (rules_.habit == Habit::refuses_old_key && rules_.next != 0 && mkt != nullptr &&
        mkt->number != rules_.next) {
      mkt = nullptr;
    }
    if (mkt == nullptr) {
      return refuse(Reason::unknown_key,
                    "KeyID " + id_text(ao->key_id) + " is the " +
                        (rules_.sent_by_owner ? "SendID" : "RecvID") +
                        " of no MKT for the connection",
                    "TCP-AO.KeyID", id_at);
    }
    if (!(rules_.sent_by_owner ? mkt->may_send(rules_.now) : mkt->may_accept(rules_.now))) {
      return refuse(Reason::key_not_valid,
                    "the MKT of KeyID " + id_text(ao->key_id) + ", '" + mkt->name +
                        "', may not be used at " + keytable::to_text(rules_.now),
                    "TCP-AO.KeyID", id_at, mkt->number);
    }
    if (ao->mac_size != mac_size(mkt->auth_alg) &&
        (rules_.habit != Habit::accepts_short_mac || ao->mac_size > mac_size(mkt->auth_alg))) {
      return refuse(Reason::mac_length,
                    "a MAC of " + std::to_string(ao->mac_size) + " octets, and MKT '" + mkt->name +
                        "' has " + std::to_string(mac_size(mkt->auth_alg)),
                    "TCP-AO.Length", option.offset + 1, mkt->number);
    }
    return judge_mac(*mkt, *ao);
  }

  Judgement judge_mac(const Mkt& mkt, const wire::TcpAoOption& ao) {
    const bool syn = header_.has(TcpFlag::SYN);
    const auto source_isn = syn ? std::optional(header_.sequence) : inbound_.source_isn;
    const auto destination_isn = is_first(header_) ? 0U : inbound_.destination_isn;
    if (!source_isn || !destination_isn)
      return no_handshake(wire::tcp_header_size);
    const KeyContext context = bound_by({packet_.source, packet_.destination, header_.source_port,
                                         header_.destination_port, *source_isn, *destination_isn},
                                        syn && header_.has(TcpFlag::ACK), rules_.habit);
    // A traffic key is kept for as long as it is bound to the ISNs that are known.
    const bool keeps = !syn;
    std::optional<Secret> made;
    const Secret* key = nullptr;
    if (const auto kept = inbound_.keys.find(mkt.number); keeps && kept != inbound_.keys.end()) {
      key = &kept->second;
    } else {
      auto derived = traffic_key(mkt.kdf, mkt.auth_alg, mkt.row.key.view(), context);
      if (!derived)
        return refuse(Reason::mac, derived.error().message, "TCP-AO.MAC", ao.mac_offset,
                      mkt.number);
      made = *std::move(derived);
      key = &*made;
    }
    const std::uint32_t sne =
        syn || rules_.habit == Habit::sne_zero ? 0 : inbound_.extension.of(header_.sequence);
    const auto mac =
        segment_mac(mkt.auth_alg, key->view(), mkt.covers_options, sne, packet_, header_, ao);
    const OctetView there = OctetView(packet_.segment).subspan(ao.mac_offset, ao.mac_size);
    const bool unchecked =
        rules_.habit == Habit::mac_unchecked ||
        (rules_.habit == Habit::data_mac_unchecked && header_.size < packet_.segment.size());
    if (!mac ||
        (!equal_in_constant_time(mac->view().first(std::min(mac->size(), there.size())), there) &&
         !unchecked)) {
      std::string detail = "the MAC is not that of MKT '" + mkt.name + "' with options " +
                           (mkt.covers_options ? "covered" : "left out") + " and SNE " +
                           std::to_string(sne);
      // Which of the usual mistakes it is.
      const auto other =
          segment_mac(mkt.auth_alg, key->view(), !mkt.covers_options, sne, packet_, header_, ao);
      if (other && equal_in_constant_time(other->view(), there))
        detail +=
            std::string(", but with options ") + (mkt.covers_options ? "left out" : "covered");
      Judgement wrong =
          refuse(Reason::mac, std::move(detail), "TCP-AO.MAC", ao.mac_offset, mkt.number);
      wrong.sne = sne;
      return wrong;
    }
    if (keeps && made)
      inbound_.keys.insert_or_assign(mkt.number, *std::move(made));
    learn(Inbound::Mode::ao);
    Judgement good;
    good.mkt = mkt.number;
    good.sne = sne;
    return good;
  }

  Judgement judge_md5(const wire::TcpOption& option, const std::vector<const Secret*>& keys) {
    if (option.size != wire::tcp_md5_option_size) {
      return refuse(Reason::option_length,
                    "TCP MD5 has length " + std::to_string(option.size) + ", and 18 is its own",
                    "MD5.Length", option.offset + 1);
    }
    const OctetView there = OctetView(packet_.segment).subspan(option.offset + 2, 16);
    if (std::ranges::none_of(keys, [&](const Secret* key) {
          return equal_in_constant_time(md5_signature(key->view(), packet_, header_), there);
        })) {
      return refuse(Reason::mac, "the digest is not that of a key for the connection", "MD5.digest",
                    option.offset + 2);
    }
    learn(Inbound::Mode::md5);
    return {};
  }

  void learn(Inbound::Mode mode) {
    inbound_.mode = mode;
    if (header_.has(TcpFlag::SYN)) {
      // A SYN of an earlier connection can be replayed, with a MAC that holds: it changes nothing.
      if (inbound_.source_isn)
        return;
      inbound_.source_isn = header_.sequence;
      inbound_.extension.start(header_.sequence);
    }
    inbound_.extension.advance(header_.sequence);
  }

  const wire::TcpPacket& packet_;
  const Rules& rules_;
  Inbound& inbound_;
  wire::TcpHeader header_;
};

}  // namespace

std::vector<const Secret*> md5_keys_for(const Md5Keys& keys, const SocketPair& pair) {
  std::vector<const Secret*> found;
  const auto [first, last] = keys.equal_range(pair.remote);
  for (auto at = first; at != last; ++at) {
    const std::uint16_t port = at->second.service_port;
    if (port == 0 || port == pair.local_port || port == pair.remote_port)
      found.push_back(&at->second.key);
  }
  return found;
}

const char* to_string(Reason reason) {
  switch (reason) {
    case Reason::accepted:
      return "accepted";
    case Reason::unprotected:
      return "unprotected";
    case Reason::no_handshake:
      return "no-handshake";
    case Reason::header:
      return "header";
    case Reason::option_length:
      return "option-length";
    case Reason::option_twice:
      return "option-twice";
    case Reason::both_options:
      return "both-options";
    case Reason::no_option:
      return "no-option";
    case Reason::other_option:
      return "other-option";
    case Reason::unknown_key:
      return "unknown-key";
    case Reason::key_not_valid:
      return "key-not-valid";
    case Reason::mac_length:
      return "mac-length";
    case Reason::mac:
      return "mac";
  }
  return "";
}

const char* section_of(Reason reason) {
  switch (reason) {
    case Reason::accepted:
      return "";
    case Reason::unprotected:
      return "RFC 5925 7.3";
    case Reason::no_handshake:
      return "RFC 5925 5.2";
    case Reason::header:
      return "RFC 9293 3.1";
    case Reason::option_length:
    case Reason::option_twice:
    case Reason::both_options:
    case Reason::other_option:
      return "RFC 5925 2.2";
    case Reason::no_option:
      return "RFC 5925 7.3";
    case Reason::unknown_key:
    case Reason::mac_length:
    case Reason::mac:
      return "RFC 5925 7.5";
    case Reason::key_not_valid:
      return "RFC 7210 3";
  }
  return "";
}

std::uint64_t SequenceExtension::extended(std::uint32_t sequence) const {
  const auto distance = static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(highest_));
  return highest_ + static_cast<std::uint64_t>(std::int64_t{distance});
}

std::uint32_t SequenceExtension::of(std::uint32_t sequence) const {
  return static_cast<std::uint32_t>(extended(sequence) >> 32);
}

void SequenceExtension::advance(std::uint32_t sequence) {
  const std::uint64_t there = extended(sequence);
  // The difference and not the numbers: what lies before an ISN of 0 is the end of the circle.
  if (static_cast<std::int64_t>(there - highest_) > 0)
    highest_ = there;
}

void Inbound::forget_keys(const Mkts& mkts) {
  std::erase_if(keys, [&](const auto& entry) { return mkts.find(entry.first) == nullptr; });
}

Judgement judge(const wire::TcpPacket& packet, const Rules& rules, Inbound& inbound) {
  return Judge(packet, rules, inbound).run();
}

}  // namespace karpspec::oracle::tcpao
