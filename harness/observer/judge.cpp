#include "observer/judge.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "observer/judge/rules.h"
#include "oracle/ike/negotiation.h"

namespace karpspec::observer {

using transcript::Difference;
using transcript::Observed;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;
using Body = Observed::Body;

namespace {

constexpr std::size_t most_init_messages = 8;   // different ones of an IKE SA
constexpr std::size_t most_sealed = 64;         // of an IKE SA
constexpr std::size_t most_remembered = 65536;  // nonces and numbers
constexpr std::size_t most_pairs = 1024;        // of addresses, with their keys
constexpr std::size_t version_at = 17;
constexpr std::size_t message_id_at = 20;

std::optional<Difference> wrong_proof(bool holds) {
  return unless(holds, "AUTH.data", "the value that the secret of this identity makes",
                "another one");
}

Role role_of(bool by_initiator) {
  return by_initiator ? Role::initiator : Role::responder;
}

const wire::EncryptedFragmentPayload* fragment_in(const wire::Message& message) {
  return body_of<wire::EncryptedFragmentPayload>(message, PayloadType::SKF);
}

// The SendID of the transforms for a key in SA, where all have one.
std::optional<std::uint8_t> send_id_in(const wire::Message& message) {
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  std::optional<std::uint8_t> out;
  if (sa == nullptr)
    return std::nullopt;
  for (const wire::Proposal& proposal : sa->proposals)
    if (const auto* keys = std::get_if<std::vector<wire::TcpAoTransform>>(&proposal.transforms))
      for (const wire::TcpAoTransform& key : *keys) {
        if (out && *out != key.send_id)
          return std::nullopt;
        out = key.send_id;
      }
  return out;
}

// What SA of an answer has settled, where it is of an IKE SA.
void settle(Course& course, const wire::Message& answer) {
  const auto* sa = body_of<wire::SaPayload>(answer, PayloadType::SA);
  const auto* ke = body_of<wire::KePayload>(answer, PayloadType::KE);
  if (sa == nullptr || ke == nullptr || sa->proposals.size() != 1)
    return;
  const auto suites = oracle::ike::suites_in(sa->proposals.front());
  if (suites.size() != 1)
    return;
  course.prf = suites.front().prf;
  course.group = ke->group;
}

}  // namespace

Judge::Judge(Frames frames, std::size_t most_courses) : frames_(frames), most_(most_courses) {}
Judge::~Judge() = default;

Course& Judge::course_of(const Observed& observed) {
  const Name name(observed.conversation, observed.association);
  auto found = courses_.find(name);
  if (found == courses_.end()) {
    if (courses_.size() >= most_) {
      // Half of them at once, so that this is seldom done.
      std::vector<std::uint64_t> times;
      for (const auto& each : courses_)
        times.push_back(each.second->used);
      std::ranges::nth_element(times,
                               times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
      const std::uint64_t limit = times[times.size() / 2];
      std::erase_if(courses_, [&](const auto& each) { return each.second->used < limit; });
    }
    found = courses_.emplace(name, std::make_unique<Course>()).first;
    // What was announced in IKE_SA_INIT holds for the IKE SAs that rekey it.
    for (std::uint32_t i = 1; i < observed.association && observed.message; ++i) {
      const auto old = courses_.find({observed.conversation, i});
      if (old == courses_.end() ||
          !old->second->rekeyed_to.contains(observed.message->header.spi_i))
        continue;
      Course& course = *found->second;
      const Course& before = *old->second;
      // Either may be its initiator now: only what both have announced is known of both.
      if (before.fragments_i == before.fragments_r)
        course.fragments_i = course.fragments_r = before.fragments_i;
      if (before.vendors_i == before.vendors_r)
        course.vendors_i = course.vendors_r = before.vendors_i;
    }
  }
  found->second->used = ++time_;
  return *found->second;
}

void Judge::add(const Observed& observed) {
  ++counts_.messages;
  if (observed.kind == "TCP") {
    const std::pair direction(observed.conversation, observed.source);
    judge_segment(ledger_, {observed, observed.source.address, Role::sender, false},
                  protected_.contains(direction) ? &protected_.at(direction) : nullptr);
    if (protected_.size() >= most_remembered)
      protected_.clear();
    if (const auto key = protecting_key(observed))
      protected_[direction].set(*key);
    return;
  }
  if (observed.periodic && observed.again)
    return;
  if (observed.again) {
    ++counts_.copies;
    judge_copy(observed);
    return;
  }
  if (!observed.message) {
    // What has no header, or is of another version, is not ours to judge.
    if (observed.place.empty() || observed.octet == version_at) {
      ++counts_.not_spoken;
      return;
    }
    const bool by_initiator = observed.place.starts_with("i");
    judge_malformed(ledger_, {observed, observed.source.address, role_of(by_initiator), false});
    return;
  }
  const auto exchange = observed.message->header.exchange_type();
  if (is_to_group(exchange)) {
    judge_group(observed);
    return;
  }
  Course& course = course_of(observed);
  const bool sealed = has(*observed.message, PayloadType::SK) || fragment_in(*observed.message) ||
                      observed.by_initiator || observed.authentic;
  if (!sealed && makes_ike_sa(exchange))
    judge_init(course, observed);
  else if (!sealed)
    judge_unprotected(ledger_,
                      {observed, observed.source.address,
                       role_of(observed.message->header.from_initiator()), false},
                      course, *observed.message);
  else
    judge_sealed(course, observed);
}

void Judge::judge_copy(const Observed& observed) {
  if (!observed.authentic || !observed.message)
    return;
  const wire::Header& header = observed.message->header;
  ledger_.judge({observed, observed.source.address, role_of(header.from_initiator()), true},
                header.is_response() ? "IKE-2.1-04" : "IKE-2.1-02");
}

void Judge::judge_init(Course& course, const Observed& observed) {
  const wire::Message& message = *observed.message;
  const bool response = message.header.is_response();
  // Only a response is not the initiator's.
  const bool unmarked = !response && !message.header.from_initiator();
  const Said said{observed, observed.source.address, role_of(!response && !unmarked), false};
  judge_header(ledger_, said, message.header);
  ledger_.judge(said, "IKE-3.1-06",
                unless(!unmarked, message, "HDR.flags", "I set, or R set", "neither"));
  if (unmarked)
    return;
  judge_payloads(ledger_, said, message);
  judge_negotiation(ledger_, said, message);
  if (response) {
    judge_init_answer(ledger_, said, course, message);
    if (has(message, PayloadType::Nonce)) {
      for (const InitMessage& answer : course.answers)
        if (answer.source == observed.source && has(answer.message, PayloadType::Nonce) &&
            answer.message.header.spi_r == message.header.spi_r)
          ledger_.judge(said, "IKE-2.1-06",
                        unless(false, "", "the response that it has sent before, octet for octet",
                               "another one under the same SPIs"));
      settle(course, message);
      course.answer_frame = observed.frame;
      // Of several answers the initiator may follow any, and one may be forged (section 2.4): then
      // only what all of them say is known.
      const bool first = std::ranges::none_of(course.answers, [](const InitMessage& answer) {
        return has(answer.message, PayloadType::Nonce);
      });
      const auto note = [first](std::optional<bool>& known, bool announced) {
        if (first)
          known = announced;
        else if (known != announced)
          known.reset();
      };
      note(course.fragments_r, has(message, NotifyType::IKEV2_FRAGMENTATION_SUPPORTED));
      note(course.hashes_r, has(message, NotifyType::SIGNATURE_HASH_ALGORITHMS));
      note(course.vendors_r, has(message, PayloadType::V));
    }
  } else {
    judge_init_request(ledger_, said, course, message);
    course.request_frame = observed.frame;
    course.fragments_i = has(message, NotifyType::IKEV2_FRAGMENTATION_SUPPORTED);
    course.hashes_i = has(message, NotifyType::SIGNATURE_HASH_ALGORITHMS);
    course.vendors_i = has(message, PayloadType::V);
  }
  judge_freshness(said, message);
  auto& list = response ? course.answers : course.requests;
  if (list.size() < most_init_messages)
    list.push_back(
        {message, observed.digest, observed.frame, observed.source, observed.destination});
}

// A nonce is used once: in one message of its sender, whatever its copies.
void Judge::judge_freshness(const Said& said, const wire::Message& message) {
  const auto* nonce = body_of<wire::NoncePayload>(message, PayloadType::Nonce);
  if (nonce == nullptr || nonce->data.empty())
    return;
  const wire::Header& header = message.header;
  // A request that is made anew, with a cookie or another group, keeps its nonce (section 2.6), and
  // an answer that is given anew may.
  const std::tuple name(header.spi_i, header.is_response(), header.message_id,
                        said.observed.association);
  if (nonces_.size() >= most_remembered)
    nonces_.clear();
  const auto [use, fresh] = nonces_.try_emplace(crypto::half_digest(nonce->data),
                                                Use{said.address, name, said.observed.frame});
  if (use->second.address != said.address)
    return;
  const auto again = unless(fresh || use->second.message == name, message, "Nonce.data",
                            "a nonce that it has not used before",
                            "that of frame " + std::to_string(use->second.frame));
  ledger_.judge(said, "IKE-3.9-04", again);
  ledger_.judge(said, "IKE-2.10-02", again);
  if (speaks_of_keys(message))
    ledger_.judge(said, "RKMP-1.1-03", again);
}

void Judge::judge_fragment(Course& course, const Observed& observed, bool by_initiator) {
  const auto* fragment = fragment_in(*observed.message);
  if (fragment == nullptr)
    return;
  const Said said{observed, observed.source.address, role_of(by_initiator), observed.authentic};
  const auto& own = by_initiator ? course.fragments_i : course.fragments_r;
  const auto& peer = by_initiator ? course.fragments_r : course.fragments_i;
  if (own && peer)
    ledger_.judge(
        said, "FRAG-2.4-01",
        unless(*own && *peer, "SKF", "no fragments, not both have announced them", "a fragment"));
  const unsigned number = fragment->fragment_number, total = fragment->total_fragments;
  const std::string place = std::to_string(number) + " of " + std::to_string(total);
  ledger_.judge(said, "FRAG-2.5-05",
                unless(total != 0, "SKF.total_fragments", "a number that is not 0", place));
  ledger_.judge(said, "FRAG-2.5-04",
                unless(number != 0 && number <= total, "SKF.fragment_number",
                       "1 to the number of fragments", place));
  if (number > 1)
    ledger_.judge(said, "FRAG-2.5-03",
                  unless(fragment->first_inner == 0, "SKF.next_payload", "0 in all but the first",
                         std::to_string(fragment->first_inner)));
  // The same piece of the same cut is the same octets.
  const wire::Header& header = observed.message->header;
  const Course::Place message(by_initiator, header.is_response(), header.message_id);
  if (course.fragments.size() > most_sealed * 16)
    course.fragments.clear();
  const auto [known, fresh] = course.fragments.try_emplace(
      {message, header.spi_r, fragment->fragment_number, fragment->total_fragments},
      observed.digest);
  if (!fresh)
    ledger_.judge(said, header.is_response() ? "IKE-2.1-04" : "FRAG-2.6-10",
                  unless(known->second == observed.digest, "",
                         "the fragment that it has sent "
                         "before, octet for octet",
                         "another one under the same number"));
}

void Judge::judge_sealed(Course& course, const Observed& observed) {
  const wire::Message& message = *observed.message;
  const wire::Header& header = message.header;
  bool by_initiator = header.from_initiator();
  if (observed.body == Body::broken) {
    ++counts_.not_authentic;
    // Nobody is to blame for what everybody may have sent, but for one thing: the keys of one side
    // under the flag of the other.
    if (observed.by_initiator && *observed.by_initiator != by_initiator)
      ledger_.judge({observed, observed.source.address, role_of(*observed.by_initiator), true},
                    "IKE-3.1-08",
                    unless(false, message, "HDR.flags",
                           *observed.by_initiator ? "I set, by the keys it is the initiator's"
                                                  : "I clear, by the keys it is the responder's",
                           "0x" + to_hex(Octets{header.flags})));
    return;
  }
  judge_fragment(course, observed, by_initiator);
  Said said{observed, observed.source.address, role_of(by_initiator), observed.authentic};
  if (observed.body == Body::no_keys) {
    ++counts_.not_opened;
    judge_header(ledger_, said, header);
    return;
  }
  if (observed.authentic) {
    auto& end = by_initiator ? course.initiator : course.responder;
    if (!end)
      end = observed.source;
    // Wherever it comes from, it is of the one whose keys protect it (section 2.6).
    said.address = end->address;
    ledger_.judge(said, "IKE-3.1-08");
  }
  if (observed.body == Body::malformed) {
    judge_header(ledger_, said, header);
    judge_malformed(ledger_, said);
    return;
  }
  if (observed.partial)
    return;
  judge_opened(course, said);
}

void Judge::judge_proof(Course& course, const Said& said) {
  const Observed& observed = said.observed;
  const bool by_initiator = said.role == Role::initiator;
  const bool holds = *observed.auth_holds;
  if (!holds && by_initiator && frames_ == Frames::may_be_missing) {
    ++counts_.not_settled;
    course.unsettled = observed;
    return;
  }
  ledger_.judge(said, "IKE-2.15-03", wrong_proof(holds));
  if (holds)
    ledger_.prove(by_initiator ? course.request_frame : course.answer_frame);
  if (by_initiator)
    course.initiator_unproven = !holds;
}

// The responder knows which request the AUTH covers. Where it refuses the AUTH too, it is wrong;
// where it takes it, either it should not, or a cookie and the request that brought it are missing.
void Judge::settle_proof(Course& course, const wire::Message& answer) {
  if (!course.unsettled || course.unsettled->message->header.message_id != answer.header.message_id)
    return;
  const Observed request = *std::exchange(course.unsettled, std::nullopt);
  if (!has(answer, NotifyType::AUTHENTICATION_FAILED))
    return;
  --counts_.not_settled;
  ledger_.judge({request, course.initiator ? course.initiator->address : request.source.address,
                 Role::initiator, true},
                "IKE-2.15-03", wrong_proof(false));
}

void Judge::judge_opened(Course& course, const Said& said) {
  const Observed& observed = said.observed;
  const wire::Message& message = *observed.message;
  const wire::Header& header = message.header;
  const bool by_initiator = header.from_initiator();
  judge_header(ledger_, said, header);
  judge_payloads(ledger_, said, message);
  judge_negotiation(ledger_, said, message);
  judge_downloads(ledger_, said, message);
  judge_freshness(said, message);
  if (header.is_response() && !by_initiator)
    settle_proof(course, message);
  if (observed.auth_holds)
    judge_proof(course, said);
  if (course.initiator && course.responder && !course.keys) {
    const auto ends = std::minmax(course.initiator->address, course.responder->address);
    if (pair_keys_.size() >= most_pairs)
      pair_keys_.clear();
    auto& keys = pair_keys_[{ends.first, ends.second}];
    if (!keys)
      keys = std::make_shared<PairKeys>();
    course.keys = keys;
  }
  // What came first under its message ID.
  const Course::Place place(by_initiator, header.is_response(), header.message_id);
  const auto known = course.sealed.find(place);
  if (known == course.sealed.end()) {
    course.sealed[place] = {observed.digest, observed.frame, header.exchange,
                            header.is_response() ? std::nullopt : std::optional(message)};
    course.order.push_back(place);
    if (!header.is_response()) {
      const auto [next, first] = course.next_id.try_emplace(by_initiator, header.message_id);
      course.has_gap = course.has_gap || header.message_id > next->second;
      next->second = std::max(next->second, header.message_id + 1);
    }
    if (course.order.size() > most_sealed) {
      course.sealed.erase(course.order.front());
      course.order.pop_front();
    }
  } else if (observed.fragment.empty()) {
    // In fragments a message has other octets than whole, and each of them was judged.
    const bool other = known->second.digest != observed.digest;
    const auto changed =
        unless(!other, "", "what it has sent under this message ID before, octet for octet",
               "another message than frame " + std::to_string(known->second.frame));
    ledger_.judge(said, header.is_response() ? "IKE-2.1-04" : "IKE-2.1-02", changed);
    if (wire::is_mrkmp(header.exchange_type()))
      ledger_.judge(said, header.is_response() ? "MRKMP-2.3-09" : "MRKMP-2.3-08", changed);
    if (other)
      known->second.message.reset();
    return;
  } else {
    return;
  }
  const auto exchange = header.exchange_type();
  const bool proves = exchange == ExchangeType::IKE_AUTH || exchange == ExchangeType::mrkmp_auth;
  // Only the initiator asks for that exchange.
  const bool unmarked = proves && !header.is_response() && !by_initiator;
  if (proves)
    ledger_.judge(
        said, "IKE-3.1-06",
        unless(!unmarked, message, "HDR.flags", "R set, the responder answers", "R clear"));
  if (unmarked)
    return;
  if (header.is_response()) {
    if (exchange == ExchangeType::IKE_AUTH)
      judge_auth_refusal(ledger_, said, message);
    judge_answer(course, said, message);
    // Another answer under its ID is wrong whatever it answers.
    if (const auto asked = course.sealed.find({!by_initiator, false, header.message_id});
        asked != course.sealed.end())
      asked->second.message.reset();
    return;
  }
  judge_group_request(ledger_, said, message);
  switch (header.exchange_type()) {
    case ExchangeType::IKE_AUTH:
    case ExchangeType::mrkmp_auth:
      judge_auth_request(ledger_, said, course, message);
      break;
    case ExchangeType::CREATE_CHILD_SA:
      judge_child_request(ledger_, said, course, message);
      break;
    default:
      break;
  }
}

void Judge::judge_answer(Course& course, const Said& said, const wire::Message& message) {
  const wire::Header& header = message.header;
  const bool by_initiator = header.from_initiator();
  const auto found = course.sealed.find({!by_initiator, false, header.message_id});
  const bool known = found != course.sealed.end() && found->second.message;
  // Message ID 0 of an IKE SA that IKE_SA_INIT has made was that exchange.
  std::optional<Difference> wrong;
  if (known && found->second.exchange != header.exchange)
    wrong = Difference{
        "HDR.message_id", message_id_at, "that of a request of its exchange",
        std::to_string(header.message_id) + ", of " + wire::exchange_name(found->second.exchange)};
  else if (found == course.sealed.end() && !by_initiator && header.message_id == 0 &&
           !course.requests.empty() && said.observed.association == 1)
    wrong =
        Difference{"HDR.message_id", message_id_at, "that of a request of its exchange",
                   "0, of " + wire::exchange_name(course.requests.front().message.header.exchange)};
  if (known || wrong)
    ledger_.judge(said, "IKE-2.2-03", wrong);
  if (!known || wrong)
    return;
  const wire::Message& request = *found->second.message;
  judge_any_answer(ledger_, said, course, request, message);
  judge_group_answer(ledger_, said, request, message);
  switch (header.exchange_type()) {
    case ExchangeType::IKE_AUTH:
    case ExchangeType::mrkmp_auth:
      judge_auth_answer(ledger_, said, course, request, message);
      if (course.initiator_unproven)
        ledger_.judge(said, "IKE-1.2-06",
                      unless(!has(message, PayloadType::AUTH), "AUTH",
                             "no proof for an initiator that has shown none", "AUTH"));
      note_keys(course, request, message);
      break;
    case ExchangeType::CREATE_CHILD_SA:
      judge_child_answer(ledger_, said, course, request, message);
      note_keys(course, request, message);
      break;
    case ExchangeType::INFORMATIONAL:
      judge_informational_answer(ledger_, said, course, request, message);
      break;
    default:
      break;
  }
}

void Judge::note_keys(Course& course, const wire::Message& request, const wire::Message& answer) {
  const auto* offer = body_of<wire::SaPayload>(request, PayloadType::SA);
  if (offer != nullptr && !offer->proposals.empty() && has(answer, PayloadType::SA))
    if (const Octets& spi = offer->proposals.front().spi; spi.size() == 8)
      course.rekeyed_to.insert(unsigned_from(spi));
  const auto asked = send_id_in(request), given = send_id_in(answer);
  if (!asked || !given || !course.keys || !course.initiator || !course.responder)
    return;
  const bool by_initiator = request.header.from_initiator();
  const Endpoint& one = by_initiator ? *course.initiator : *course.responder;
  const Endpoint& other = by_initiator ? *course.responder : *course.initiator;
  if (one.address != other.address)
    course.keys->add(one.address, *asked, other.address, *given);
}

}  // namespace karpspec::observer
