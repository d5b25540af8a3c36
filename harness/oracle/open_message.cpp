#include <algorithm>

#include "oracle/core.h"
#include "oracle/ike/exchanges.h"
#include "oracle/ike/lenient.h"
#include "oracle/ike/sealed_message.h"

// A protected message is opened and read, or what cannot be read is answered (RFC 5996
// sections 2.1, 2.21.3, 3.14).
namespace karpspec::oracle {

using wire::NotifyType;
using wire::PayloadType;

// The message in clear. nullopt: it was dropped, or answered with INVALID_SYNTAX.
std::optional<wire::Message> Core::open(IkeSa& sa, const Datagram& datagram,
                                        const wire::Header& header) {
  const auto keys =
      sa.initiator ? ike::keys_of_responder(sa.keys) : ike::keys_of_initiator(sa.keys);
  auto opened = ike::open_sealed(sa.suite, keys, datagram.payload, config.numbers);
  if (!opened && opened.error().code == ErrorCode::not_authentic && holds(Check::integrity, false))
    opened = ike::open_sealed(sa.suite, keys, datagram.payload, config.numbers, true);
  if (!opened && opened.error().code == ErrorCode::bad_length && holds(Check::pad_length, false)) {
    sa.answer_to = datagram.source;
    return wire::Message{header, {}};  // all of it is taken for padding
  }
  if (!opened) {
    auto clear = wire::decode_message(datagram.payload, config.numbers);
    const bool unprotected = clear && wire::find(clear->payloads, PayloadType::SK) == nullptr &&
                             wire::find(clear->payloads, PayloadType::SKF) == nullptr;
    if (unprotected && holds(Check::protection_required, false)) {
      sa.answer_to = datagram.source;
      return *std::move(clear);
    }
    stopped = stopped || (tunables.stops_at_malformed && !unprotected);
    event(sa, "dropped", unprotected ? "a message without protection" : to_string(opened.error()));
    return std::nullopt;
  }
  // Where the answer goes is for an authentic request to say (section 2.11).
  if (!header.is_response())
    sa.answer_to = datagram.source;
  constexpr std::size_t sk_header = 4;
  const bool long_padding =
      tunables.refuse_long_padding &&
      datagram.payload.size() >
          wire::Header::size + sk_header + crypto::sealed_size(sa.suite, opened->plaintext.size());
  return read(sa, datagram.source, *std::move(opened), long_padding);
}

std::optional<wire::Message> Core::read(IkeSa& sa, const Endpoint& from, ike::Opened opened,
                                        bool refuse) {
  const wire::Header& header = opened.header;
  const auto decode = [&] {
    return wire::decode_chain(opened.first, opened.plaintext, config.numbers, wire::Header::size);
  };
  auto payloads = decode();
  if (!payloads && holds(Check::sa_counts, false)) {
    ike::repair_sa_counts(opened.first, opened.plaintext, 0);
    payloads = decode();
  }
  if (!payloads && tunables.cut_long_elements) {
    ike::cut_long_elements(opened.first, opened.plaintext, config.numbers);
    payloads = decode();
  }
  if (refuse)
    payloads = fail(ErrorCode::bad_length, "more padding than needed");
  if (payloads)
    return wire::Message{header, *std::move(payloads)};
  event(sa, "malformed", to_string(payloads.error()));
  if (holds(Check::syntax, false))
    return wire::Message{header, {}};
  if (header.is_response()) {
    const auto answered =
        std::find_if(sa.outstanding.begin(), sa.outstanding.end(),
                     [&](const Exchange& e) { return e.message_id == header.message_id; });
    if (answered == sa.outstanding.end())
      return std::nullopt;
    // The peers' states may differ now: clean up (section 2.21).
    sa.outstanding.erase(answered);
    if (sa.state == IkeState::auth_sent) {
      ike::give_up_ike_auth(*this, sa);
      return std::nullopt;
    }
    Task task;
    task.kind = Task::Kind::delete_ike;
    sa.tasks.push_front(task);
    return std::nullopt;
  }
  const Repetition repetition = on_repetition(sa, from, header);
  const bool due = repetition == Repetition::to_be_answered_anew ||
                   (repetition == Repetition::none && header.message_id == sa.expected_request &&
                    sa.state != IkeState::closed);
  if (!due)
    return std::nullopt;
  sa.expected_request = header.message_id + 1;
  send_error(sa, header, NotifyType::INVALID_SYNTAX);
  if (tunables.invalid_syntax_closes)
    close(sa, "a malformed request");
  return std::nullopt;
}

Core::Repetition Core::on_repetition(IkeSa& sa, const Endpoint& from, const wire::Header& request) {
  if (request.message_id + 1 != sa.expected_request || sa.last_answer.empty() ||
      request.exchange != sa.last_answered)
    return Repetition::none;
  if (tunables.cached_answer == CachedAnswer::recompute)
    return Repetition::to_be_answered_anew;
  if (tunables.cached_answer == CachedAnswer::send) {
    event(sa, "repeated", "the last answer is sent again");
    post(from, sa.last_answer, sa.last_answer_delivery, true);
  }
  return Repetition::dealt_with;
}

}  // namespace karpspec::oracle
