#include "interop/sighting.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <set>

#include "interop/configuration.h"
#include "observer/follower.h"
#include "observer/judge.h"
#include "transcript/recorder.h"
#include "wire/code_points.h"

namespace karpspec::interop {
namespace {

using transcript::Observed;
using Body = Observed::Body;

Side side_at(const std::string& address) {
  if (address == initiator_place.address)
    return Side::initiator;
  return address == responder_place.address ? Side::responder : Side::none;
}

std::string seconds(Duration time) {
  std::array<char, 32> text{};
  const double value = std::chrono::duration<double>(time).count();
  return {text.data(),
          static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.3fs", value))};
}

std::string name_at(const std::string& address) {
  const Side side = side_at(address);
  return side == Side::none ? "somebody" : verdict::to_string(side);
}

bool is_readable(const Observed& observed) {
  return observed.body == Body::clear || observed.body == Body::opened;
}

// What the pieces of one message have in common, and an answer with its question.
using Question = std::tuple<Side, std::uint64_t, std::uint32_t, std::uint8_t>;

// What a request would have deleted.
struct Deletes {
  bool ike = false, child = false;
};

// A request that was not answered yet.
struct Asked {
  Question question;
  Unanswered unanswered;
  Deletes deletes;
};

Deletes deletes_in(const Observed& observed) {
  if (observed.message->header.exchange_type() != wire::ExchangeType::INFORMATIONAL)
    return {};
  if (!is_readable(observed))
    return {true, true};
  Deletes out;
  for (const wire::Payload& payload : observed.message->payloads) {
    const auto* deletes = payload.as<wire::DeletePayload>();
    if (deletes == nullptr)
      continue;
    (deletes->protocol == static_cast<std::uint8_t>(wire::ProtocolId::IKE) ? out.ike : out.child) =
        true;
  }
  return out;
}

class Looker {
 public:
  explicit Looker(Sighting& out) : out_(out) {}

  void see(const Observed& observed) {
    const Side from = side_at(observed.source.address);
    if (!start_)
      start_ = observed.time;
    out_.exchanged.push_back(line(observed));
    ++out_.messages;
    if (observed.body == Body::no_keys)
      ++out_.sealed;
    note_auth(observed, from);
    if (!observed.message || from == Side::none)
      return;
    note_question(observed, from);
    if (is_readable(observed))
      note_refusal(observed, from);
  }

  void end() {
    if (!open_.empty())
      out_.unanswered = open_.back().unanswered;
  }

 private:
  [[nodiscard]] std::string line(const Observed& observed) const {
    std::string text = seconds(observed.time - *start_) + "  " + name_at(observed.source.address) +
                       " -> " + name_at(observed.destination.address) + "  ";
    text += observed.message ? transcript::one_line(*observed.message) : notation(observed);
    for (const std::string* remark : {&observed.fragment, &observed.trouble})
      if (!remark->empty())
        text += " (" + *remark + ")";
    return text + (observed.again ? " (again)" : "");
  }

  void note_auth(const Observed& observed, Side from) {
    if (!observed.auth_holds || from == Side::none)
      return;
    auto& of_side = from == Side::initiator ? out_.initiator_auth : out_.responder_auth;
    of_side = of_side.value_or(true) && *observed.auth_holds;
  }

  void note_question(const Observed& observed, Side from) {
    const wire::Header& header = observed.message->header;
    const bool answers = header.is_response();
    const Side asker = !answers                  ? from
                       : from == Side::initiator ? Side::responder
                                                 : Side::initiator;
    const Question question(asker, header.spi_i, header.message_id,
                            static_cast<std::uint8_t>(header.exchange_type()));
    const auto known = std::find_if(open_.begin(), open_.end(),
                                    [&](const Asked& one) { return one.question == question; });
    if (answers) {
      if (known == open_.end())
        return;
      if (asker == Side::initiator)
        note_answered(*known, observed);
      open_.erase(known);
      return;
    }
    const bool readable = is_readable(observed) && !observed.partial;
    const Deletes deletes = deletes_in(observed);
    if (known != open_.end()) {
      known->unanswered.readable = known->unanswered.readable || readable;
      known->deletes.ike = known->deletes.ike || deletes.ike;
      known->deletes.child = known->deletes.child || deletes.child;
      return;
    }
    std::string name = observed.kind;
    if (const auto space = name.find(' '); space != std::string::npos)
      name.resize(space);
    const Side asked = asker == Side::initiator ? Side::responder : Side::initiator;
    open_.push_back({question, {asked, name, readable}, deletes});
  }

  void note_answered(const Asked& request, const Observed& answer) {
    const auto exchange = answer.message->header.exchange_type();
    if (exchange == wire::ExchangeType::INFORMATIONAL &&
        (!is_readable(answer) || answer.message->payloads.empty()))
      out_.asked_for_life = true;
    out_.deleted_ike = out_.deleted_ike || request.deletes.ike;
    out_.deleted_child = out_.deleted_child || request.deletes.child;
  }

  // INVALID_KE_PAYLOAD and COOKIE are answered with another try; they end nothing.
  void note_refusal(const Observed& observed, Side from) {
    for (const wire::Payload& payload : observed.message->payloads) {
      const auto* notify = payload.as<wire::NotifyPayload>();
      if (notify == nullptr || notify->type >= wire::first_status_notify ||
          wire::notify_name(notify->type) == "INVALID_KE_PAYLOAD")
        continue;
      std::string name = observed.kind;
      if (const auto space = name.find(' '); space != std::string::npos)
        name.resize(space);
      // What ends a conversation is said first; what follows only cleans up.
      if (!out_.refusal)
        out_.refusal = Refusal{from, wire::notify_name(notify->type), name};
    }
  }

  Sighting& out_;
  std::optional<Time> start_;
  std::vector<Asked> open_;
};

verdict::InteropBreach breach_of(const observer::Breach& breach, const Requirements& requirements) {
  verdict::InteropBreach out;
  out.side = side_at(breach.address);
  out.requirement = breach.requirement;
  if (const auto row = requirements.find(breach.requirement); row != requirements.end()) {
    out.clause = std::string(to_string(row->second.level)) + ", " + clause(row->second);
    out.statement = row->second.statement;
  }
  out.frame = breach.frame;
  out.message = breach.message;
  out.field = breach.field;
  if (breach.octet)
    out.octet = *breach.octet;
  out.expected = breach.expected;
  out.got = breach.got;
  return out;
}

}  // namespace

Result<std::vector<capture::Frame>> read_frames(const std::string& path) {
  KARPSPEC_TRY(reader, capture::CaptureReader::open(path));
  std::vector<capture::Frame> frames;
  for (;;) {
    KARPSPEC_TRY(next, reader.next());
    if (!next)
      return frames;
    frames.push_back(*std::move(next));
  }
}

Sighting look_at(const std::vector<capture::Frame>& frames, observer::OpeningKeys keys,
                 const Requirements& requirements, const std::string& title, Captured captured) {
  Sighting out;
  observer::Follower follower(std::move(keys));
  observer::Judge judge(observer::Judge::Frames::all_there);
  Looker looker(out);
  transcript::Recorder recorder;
  transcript::TranscriptHead head;
  head.title = title;
  out.transcript = transcript::Recorder::head(head);
  for (const capture::Frame& frame : frames) {
    const auto observed = follower.follow(frame);
    if (!observed)
      continue;
    judge.add(*observed);
    looker.see(*observed);
    out.transcript += recorder.entry(*observed);
  }
  for (const std::string& note : follower.notes())
    out.notes.push_back(note);
  if (captured == Captured::with_gaps) {
    out.notes.push_back("Nobody was judged by the capture: it may lack what crossed the bridge");
    out.refusal.reset();
    out.initiator_auth.reset();
    out.responder_auth.reset();
    return out;
  }
  looker.end();
  for (const observer::Breach& breach : judge.ledger().breaches()) {
    // There is nobody else on the bridge: who sent it in whose name is no question here.
    if (side_at(breach.address) != Side::none)
      out.breaches.push_back(breach_of(breach, requirements));
  }
  if (const auto wrong = judge.counts().not_authentic; wrong > 0)
    out.notes.push_back("The protection of " + std::to_string(wrong) +
                        (wrong == 1 ? " message is" : " messages is") +
                        " wrong under the keys that were told");
  return out;
}

}  // namespace karpspec::interop
