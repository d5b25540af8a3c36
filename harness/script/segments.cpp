#include <algorithm>

#include "script/player.h"

// TCP segments: what the tester sends of them, and what it expects.
namespace karpspec::script {

using transcript::Difference;
using verdict::Fault;
using verdict::Verdict;

namespace {

constexpr Duration segment_wait = std::chrono::seconds{5};
// Flags that do not change what a segment is for.
constexpr std::uint8_t essential =
    static_cast<std::uint8_t>(wire::TcpFlag::SYN) | static_cast<std::uint8_t>(wire::TcpFlag::ACK) |
    static_cast<std::uint8_t>(wire::TcpFlag::FIN) | static_cast<std::uint8_t>(wire::TcpFlag::RST);
constexpr std::uint8_t only_ack = static_cast<std::uint8_t>(wire::TcpFlag::ACK);

bool is_bare_ack(const ArrivedSegment& segment) {
  return (segment.header.flags & essential) == only_ack && segment.data().empty();
}

bool wants_bare_ack(const SegmentAlternative& alternative) {
  return alternative.segment && (alternative.segment->flags & essential) == only_ack &&
         !alternative.data;
}

std::string remark_of(const SegmentStep& send) {
  std::string out;
  const auto add = [&](const char* text) { out += (out.empty() ? "" : ", ") + std::string(text); };
  if (!send.with.empty())
    add("with fields of its own");
  if (!send.altered.empty())
    add("altered under its MAC");
  if (!send.keys_of.empty())
    add("with keys of another connection");
  if (send.discarded)
    add("to be discarded");
  return out;
}

Stopped no_packets() {
  return {Verdict::not_applicable, Fault::none, "the laboratory carries no TCP segments",
          std::nullopt};
}

}  // namespace

void Player::log_segment(bool sent, const wire::TcpPacket& packet, const std::string& remark) {
  const std::string line = since_start() +
                           (sent ? "  tester -> device  " : "  device -> tester  ") +
                           TcpEnd::line(packet) + (remark.empty() ? "" : "  (" + remark + ")");
  exchange_.push_back(line);
  transcript_ += line + "\n  " + packet.source.to_text() + " -> " + packet.destination.to_text() +
                 ", octets " + to_hex(packet.segment) + "\n\n";
}

void Player::learn_agreed_mkt() {
  const TesterChild* child = tester_->newest_child(0);
  if (child == nullptr || child->master_key.empty())
    return;
  TesterMkt mkt;
  mkt.name = "rkmp";
  mkt.send_id = child->own_send_id;
  mkt.recv_id = child->peer_send_id;
  mkt.mac = static_cast<wire::TcpAoAuthAlg>(child->auth_alg);
  mkt.kdf = static_cast<wire::TcpAoKdf>(child->kdf);
  mkt.covers_options = !tester_->config().policy.exclude_options;
  mkt.key = child->master_key;
  tcp_->know(std::move(mkt));
}

Player::End Player::send_icmp(const Step& step, const SegmentStep& send) {
  const auto built = tcp_->build_error(*send.icmp, step.sa);
  if (!built)
    return test_error(step, built.error());
  const std::string line = since_start() + "  tester -> device  " + send.segment.text + " about " +
                           TcpEnd::line(built->packet);
  exchange_.push_back(line);
  transcript_ += line + "\n  octets " + to_hex(built->octets) + "\n\n";
  if (const auto sent = world_.packets->send(built->octets); !sent)
    return laboratory_error(sent.error());
  return std::nullopt;
}

Player::End Player::play(const Step& step, const SegmentStep& send) {
  if (!world_.packets)
    return no_packets();
  if (send.icmp)
    return send_icmp(step, send);
  learn_agreed_mkt();
  if (send.ipv6 && world_.packet_addresses.device6.octets().empty())
    return Stopped{Verdict::not_applicable, Fault::none, "the laboratory has no IPv6 for TCP",
                   std::nullopt};
  const auto built = tcp_->build(send, step.sa, *tester_);
  if (!built)
    return test_error(step, built.error());
  if (!send.as.empty())
    kept_packets_[send.as] = {built->packet, built->octets};
  if (const auto header = wire::read_tcp_header(built->packet.segment))
    tester_->bind(step.sa == "main" ? "tester-port" : step.sa + "-port",
                  std::uint64_t{header->source_port});
  log_segment(true, built->packet, remark_of(send));
  if (const auto sent = world_.packets->send(built->octets); !sent)
    return laboratory_error(sent.error());
  return std::nullopt;
}

Player::End Player::resend_segment(const ResendStep& resend) {
  const auto& [packet, octets] = kept_packets_.at(resend.name);
  for (unsigned i = 0; i < resend.copies; ++i) {
    log_segment(true, packet, "'" + resend.name + "' again");
    if (const auto sent = world_.packets->send(octets); !sent)
      return laboratory_error(sent.error());
  }
  return std::nullopt;
}

// What does not fit, the better the later in the order of what is looked at.
std::optional<Mismatch> Player::judge_segment(const Step& step,
                                              const SegmentAlternative& alternative,
                                              const ArrivedSegment& segment) {
  const std::string& connection = alternative.connection.empty() ? step.sa : alternative.connection;
  const auto mismatch = [&](Difference difference, int rank) {
    return Mismatch{std::move(difference), rank};
  };
  const auto whole = [&](int rank) {
    return mismatch({"", std::nullopt, alternative.segment->text, TcpEnd::line(segment.packet)},
                    rank);
  };
  if (segment.connection != connection)
    return whole(0);
  if ((segment.header.flags & essential) != (alternative.segment->flags & essential))
    return whole(1);
  const auto asks = [&](const char* name) {
    return std::any_of(alternative.where.begin(), alternative.where.end(),
                       [&](const auto& each) { return each.first == name; });
  };
  if (!asks("TCP.sequence") && !asks("TCP.acknowledgment"))
    if (auto difference = tcp_->judge_sequence(segment))
      return mismatch(*std::move(difference), 2);
  if (!(asks("AO") && alternative.mkt.empty()))
    if (auto difference = tcp_->judge(segment, alternative.mkt, asks("AO.key_id")))
      return mismatch(*std::move(difference), 3);
  const transcript::MatchScope scope{*tester_, nullptr};
  const std::string data = to_hex(segment.data());
  if (!alternative.data && !data.empty())
    return mismatch({"data", segment.header.size, "none", data}, 4);
  if (alternative.data) {
    const auto fits = transcript::matches_text(*alternative.data, data, scope);
    if (!fits || !*fits)
      return mismatch({"data", segment.header.size, alternative.data->text, "0x" + data}, 4);
  }
  for (const auto& [name, matcher] : alternative.where) {
    const auto found = TcpEnd::field(segment, name);
    const auto fits = transcript::matches_text(matcher, found, scope);
    if (!fits || !*fits)
      return mismatch({name, std::nullopt, matcher.text, found.value_or("absent")}, 5);
  }
  return std::nullopt;
}

// The next segment on a connection of the tester's; nothing when DEADLINE came first.
Player::End Player::next_segment(const Step& step, Time deadline,
                                 std::optional<ArrivedSegment>& out) {
  for (;;) {
    auto received = world_.packets->receive(deadline);
    if (!received)
      return laboratory_error(received.error());
    if (!*received)
      return std::nullopt;
    auto segment = tcp_->open(**received, step.sa);
    if (!segment)
      return failed(step,
                    {"", std::nullopt, "a segment that can be read", to_string(segment.error())});
    if (!*segment)
      continue;
    log_segment(false, (*segment)->packet,
                (*segment)->connection.empty() ? "for no connection" : "");
    if ((*segment)->connection.empty())
      continue;
    out = **std::move(segment);
    return std::nullopt;
  }
}

// Whether SEGMENT may come at any time: it came before, or acknowledges what the step does not ask
// about. Whatever it is, it is authentic.
Player::End Player::aside(const Step& step, const SegmentExpectStep& expect,
                          const ArrivedSegment& segment, bool& set_aside) {
  const bool silent = std::all_of(expect.alternatives.begin(), expect.alternatives.end(),
                                  [](const auto& each) { return each.silence.has_value(); });
  const bool awaits_ack =
      std::any_of(expect.alternatives.begin(), expect.alternatives.end(), wants_bare_ack);
  set_aside =
      (tcp_->repeats(segment) && !expect.counts_repeats) ||
      (is_bare_ack(segment) && !silent && (!awaits_ack || !tcp_->acknowledges_all(segment)));
  if (!set_aside || !tcp_->goes_with_mkts(segment.connection))
    return std::nullopt;
  if (const auto difference = tcp_->judge(segment, "any", false))
    return failed(step, *difference);
  return std::nullopt;
}

Player::End Player::play(const Step& step, const SegmentExpectStep& expect) {
  if (!world_.packets)
    return no_packets();
  learn_agreed_mkt();
  Time deadline = world_.packets->now() + expect.within.value_or(segment_wait);
  bool has_silence = false;
  for (const SegmentAlternative& alternative : expect.alternatives)
    if (alternative.silence) {
      const Time until = world_.packets->now() + *alternative.silence;
      deadline = has_silence ? std::max(deadline, until) : until;
      has_silence = true;
    }
  for (;;) {
    std::optional<ArrivedSegment> segment;
    if (auto end = next_segment(step, deadline, segment))
      return end;
    if (!segment)
      break;
    bool set_aside = false;
    if (auto end = aside(step, expect, *segment, set_aside))
      return end;
    if (set_aside)
      continue;
    std::optional<Mismatch> best;
    const SegmentAlternative* closest = nullptr;
    for (const SegmentAlternative& alternative : expect.alternatives) {
      if (!alternative.segment)
        continue;
      const auto mismatch = judge_segment(step, alternative, *segment);
      if (!mismatch) {
        tcp_->absorb(*segment);
        return note_alternative(expect.alternatives.size(), alternative, alternative.text());
      }
      if (!best || mismatch->rank > best->rank) {
        best = mismatch;
        closest = &alternative;
      }
    }
    if (!best)
      return failed(step, {"", std::nullopt, "silence", TcpEnd::line(segment->packet)});
    if (expect.alternatives.size() > 1 && best->rank <= 1)
      best->difference.expected = step.text.substr(step.text.find(':') + 2);
    return failed(step, best->difference, closest->clause);
  }
  for (const SegmentAlternative& alternative : expect.alternatives)
    if (alternative.silence)
      return note_alternative(expect.alternatives.size(), alternative, alternative.text());
  const bool alive = world_.device->alive();
  std::string expected;
  for (const SegmentAlternative& alternative : expect.alternatives)
    expected += (expected.empty() ? "" : " or ") + alternative.segment->text;
  Stopped out =
      failed(step, {"", std::nullopt, expected, "nothing"}, expect.alternatives[0].clause);
  return alive ? out : died(std::move(out));
}

}  // namespace karpspec::script
