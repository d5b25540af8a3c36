#include <algorithm>
#include <iterator>

#include "script/player.h"
#include "transcript/render.h"

namespace karpspec::script {

using transcript::Difference;
using transcript::Path;
using verdict::Fault;
using verdict::Verdict;
using wire::ExchangeType;

namespace {

constexpr Duration default_wait = std::chrono::seconds{5};
constexpr Duration repeat_after = std::chrono::milliseconds{1500};

bool is_init(std::uint8_t exchange) {
  return script::is_init(static_cast<ExchangeType>(exchange));
}

const OpenRequest* open_of(const TesterSa* sa, std::uint8_t exchange) {
  if (sa == nullptr)
    return nullptr;
  for (auto it = sa->own_open.rbegin(); it != sa->own_open.rend(); ++it)
    if (it->exchange == exchange)
      return &*it;
  return nullptr;
}

// What RECEIVED is, in a few words.
std::string short_form(const Received& received, const wire::CodePoints& numbers) {
  std::string text = transcript::one_line(received.message, numbers);
  if (!received.problem.empty())
    text = std::to_string(received.datagram.size()) + " octets, " + received.problem;
  return text;
}

// The `where` of the scenario speaks of this header field itself.
bool asks_for(const Alternative& alternative, std::string_view field) {
  return std::any_of(alternative.where.begin(), alternative.where.end(), [&](const Where& where) {
    return where.path.root == Path::Root::header && where.path.segments[0].name == field;
  });
}

// Name of the IKE SA that ALTERNATIVE of STEP speaks of.
const std::string& sa_of(const Step& step, const Alternative& alternative) {
  return alternative.sa.empty() ? step.sa : alternative.sa;
}

std::string spi_text(std::uint64_t spi) {
  return transcript::to_text(transcript::Value(spi));
}

}  // namespace

bool Player::expects_response(const Step& step, const Alternative& alternative) const {
  if (alternative.message->response)
    return *alternative.message->response;
  return open_of(tester_->find_sa(sa_of(step, alternative)), alternative.message->exchange) !=
         nullptr;
}

std::optional<Mismatch> Player::judge_header(const Step& step, const Alternative& alternative,
                                             const Received& received) const {
  const wire::Header& header = received.header;
  const TesterSa* sa = tester_->find_sa(sa_of(step, alternative));
  const bool response = expects_response(step, alternative);
  const auto differs = [](const char* field, std::size_t octet, std::string expected,
                          std::string got) {
    return Mismatch{{field, octet, std::move(expected), std::move(got)}, 2};
  };
  if ((header.version >> 4) != 2 && !asks_for(alternative, "version"))
    return differs("HDR.version", 17, "major version 2", std::to_string(header.version >> 4));
  const bool init = is_init(header.exchange);
  if (init && !response) {
    if (header.spi_i == 0 && !asks_for(alternative, "spi_i"))
      return differs("HDR.spi_i", 0, "an SPI that is not 0", "0");
    if (header.spi_r != 0 && !asks_for(alternative, "spi_r"))
      return differs("HDR.spi_r", 8, "0", spi_text(header.spi_r));
    if (!header.from_initiator() && !asks_for(alternative, "flags"))
      return differs("HDR.flags.I", 19, "1", "0");
    if (header.message_id != 0 && !asks_for(alternative, "message_id"))
      return differs("HDR.message_id", 20, "0", std::to_string(header.message_id));
    return std::nullopt;
  }
  if (sa == nullptr)
    return std::nullopt;
  if (header.spi_i != sa->spi_i && !asks_for(alternative, "spi_i"))
    return differs("HDR.spi_i", 0, spi_text(sa->spi_i), spi_text(header.spi_i));
  if (!init && header.spi_r != sa->spi_r && !asks_for(alternative, "spi_r"))
    return differs("HDR.spi_r", 8, spi_text(sa->spi_r), spi_text(header.spi_r));
  if (!alternative.clear && header.from_initiator() == sa->by_tester &&
      !asks_for(alternative, "flags"))
    return differs("HDR.flags.I", 19, sa->by_tester ? "0" : "1", sa->by_tester ? "1" : "0");
  if (alternative.clear || asks_for(alternative, "message_id"))
    return std::nullopt;
  const OpenRequest* open = open_of(sa, header.exchange);
  if (response && open != nullptr && open->id != header.message_id)
    return differs("HDR.message_id", 20, std::to_string(open->id) + ", that of the request",
                   std::to_string(header.message_id));
  if (!response && header.message_id != sa->next_peer_id)
    return differs("HDR.message_id", 20, std::to_string(sa->next_peer_id),
                   std::to_string(header.message_id));
  return std::nullopt;
}

std::optional<Mismatch> Player::judge_fields(const Step& step, const Alternative& alternative,
                                             const Received& received) {
  const auto auth = tester_->check_auth(received.message, sa_of(step, alternative));
  tester_->set_function(
      "auth", auth && auth->value ? std::optional(transcript::Value(*auth->value)) : std::nullopt);
  if (auth && !auth->right)
    return Mismatch{{auth->field, transcript::octet_of(received.message, auth->field),
                     auth->expected, auth->got},
                    4};
  const transcript::MatchScope scope{*tester_, &received.message};
  for (const Where& where : alternative.where) {
    const auto found = transcript::get_field(received.message, where.path, numbers_);
    const auto value = found ? std::optional(*found) : std::nullopt;
    const auto fits = transcript::matches(where.matcher, value, scope);
    if (fits && *fits)
      continue;
    Mismatch out;
    out.rank = 5;
    out.difference.field = where.path.text;
    if (const auto at = transcript::find_octets(received.message, where.path, numbers_))
      out.difference.octet = at->offset;
    out.difference.expected = fits ? transcript::describe(where.matcher, value, scope)
                                   : where.matcher.text + " (" + fits.error().message + ")";
    out.difference.got =
        value ? transcript::to_text(value->value, value->names, numbers_) : "absent";
    return out;
  }
  return std::nullopt;
}

std::optional<Mismatch> Player::judge(const Step& step, const Alternative& alternative,
                                      const Received& received) {
  const auto whole = [&](std::string expected, int rank) {
    return Mismatch{{"", std::nullopt, std::move(expected), short_form(received, numbers_)}, rank};
  };
  const bool repeated = repeats(received);
  if (!alternative.same_as.empty()) {
    const auto kept = kept_.find(alternative.same_as);
    if (kept == kept_.end())
      return whole("the datagram '" + alternative.same_as + "'", 0);
    Octets octets;
    for (const Octets& datagram : kept->second.datagrams)
      append(octets, datagram);
    if (octets == received.datagram)
      return std::nullopt;
    const auto at = std::mismatch(octets.begin(), octets.end(), received.datagram.begin(),
                                  received.datagram.end());
    Mismatch out = whole("the same octets as '" + alternative.same_as + "'", 3);
    out.difference.octet = static_cast<std::size_t>(at.first - octets.begin());
    return out;
  }
  if (alternative.retransmission != repeated)
    return whole(repeated ? "a new message" : "a message that came before, octet for octet", 0);
  if (!received.problem.empty())
    return whole(alternative.message->text, 0);
  const bool response = expects_response(step, alternative);
  if (received.header.exchange != alternative.message->exchange ||
      (received.header.is_response() != response && !asks_for(alternative, "flags")))
    return whole(alternative.message->text + (response ? ", a response" : ", a request"), 1);
  if (alternative.retransmission)
    return std::nullopt;
  if (goes_to_group(received.header.exchange)) {
    if (auto mismatch = judge_for_group(alternative, received))
      return mismatch;
    return judge_contents(step, alternative, received);
  }
  if (is_elsewhere(step, alternative, received))
    return whole("a message of the IKE SA '" + sa_of(step, alternative) + "'", 1);
  const bool sealed = !is_init(received.header.exchange) && !alternative.clear;
  if (sealed != received.is_sealed)
    return whole(sealed ? "a protected message (SK)" : "a message in clear", 1);
  if (!is_init(received.header.exchange) && !alternative.clear &&
      received.sa != sa_of(step, alternative))
    return whole("a message of the IKE SA '" + sa_of(step, alternative) + "'", 1);
  if (auto mismatch = judge_header(step, alternative, received))
    return mismatch;
  if (auto mismatch = judge_fragments(alternative, received))
    return mismatch;
  return judge_contents(step, alternative, received);
}

std::optional<Mismatch> Player::judge_contents(const Step& step, const Alternative& alternative,
                                               const Received& received) {
  if (auto difference = transcript::compare(*alternative.message, received.message,
                                            {alternative.strict_order, alternative.only}, numbers_))
    return Mismatch{*std::move(difference), 3};
  if (auto mismatch = judge_fields(step, alternative, received))
    return mismatch;
  return judge_items(alternative, received);
}

Player::End Player::note_alternative(std::size_t number, const Permitted& seen,
                                     const std::string& text) {
  const std::string clause = seen.clause.empty() ? "" : " (" + seen.clause + ")";
  if (number > 1)
    notes_.push_back("seen: " + text + clause + (seen.note.empty() ? "" : ", " + seen.note));
  if (seen.verdict != "inconclusive")
    return std::nullopt;
  return Stopped{Verdict::inconclusive, Fault::none,
                 "permitted, but nothing can be judged after it: " + text + clause, std::nullopt};
}

Player::End Player::take(const Step& step, const ExpectStep& expect, const Alternative& alternative,
                         const Received& received) {
  const End end = note_alternative(expect.alternatives.size(), alternative, alternative.text());
  if (!alternative.as.empty()) {
    Built& kept = kept_[alternative.as] = Built{};
    kept.datagrams =
        received.fragments.empty() ? std::vector<Octets>{received.datagram} : received.fragments;
  }
  for (const auto& [name, path] : alternative.bind) {
    const auto value = transcript::get_field(received.message, path, numbers_);
    if (!value)
      return failed(step, {path.text, std::nullopt, "a value to keep as $" + name, "absent"});
    tester_->bind(name, value->value);
  }
  const bool repeated = repeats(received);
  taken_.insert(received.datagram);
  taken_.insert(received.fragments.begin(), received.fragments.end());
  if (!repeated) {
    const auto absorbed = tester_->absorb(received, sa_of(step, alternative), alternative.new_sa);
    if (!absorbed)
      return failed(step, {"", std::nullopt, "what both sides can derive keys from",
                           to_string(absorbed.error())});
  }
  if (auto missing = keep_items(step, alternative, received))
    return missing;
  return end;
}

Player::End Player::silent(const Step& step, const ExpectStep& expect) {
  const std::string incomplete =
      has_new_fragments(expect) ? "fragments of a message that others are missing of" : "";
  for (const Alternative& alternative : expect.alternatives) {
    if (!alternative.silence)
      continue;
    if (!incomplete.empty())
      return failed(step, {"", std::nullopt, "silence", incomplete});
    return note_alternative(expect.alternatives.size(), alternative, alternative.text());
  }
  const bool alive = world_.device->alive();
  std::string got = "nothing";
  if (!inbox_.empty())
    got += " but " + short_form(inbox_.back(), numbers_);
  else if (!tester_->incomplete().empty())
    got += " but fragments of a message that others are missing of";
  std::string expected;
  for (const Alternative& alternative : expect.alternatives)
    expected += (expected.empty() ? "" : " or ") + alternative.message->text;
  Stopped out = failed(step, {"", std::nullopt, expected, got}, expect.alternatives[0].clause);
  return alive ? out : died(std::move(out));
}

// A device whose IKE SA has ended, and whose routing protocol still wants a key, may begin anew at
// any time (RKMP section 5.1): no answer to what was sent, so it breaks no silence.
bool Player::begins_anew(const Received& received, const ExpectStep& expect) const {
  return !expect.counts_beginnings && is_init(received.header.exchange) &&
         !received.header.is_response() && received.sa.empty() && received.problem.empty() &&
         tester_->has_sas() &&
         std::none_of(expect.alternatives.begin(), expect.alternatives.end(),
                      [](const Alternative& alternative) {
                        const auto& message =
                            alternative.silence ? alternative.of : alternative.message;
                        return message && is_init(message->exchange);
                      });
}

// Of a silence that is only of certain messages, others are none of its business.
bool Player::breaks(const Received& received, const ExpectStep& expect) {
  return std::any_of(
      expect.alternatives.begin(), expect.alternatives.end(), [&](const Alternative& alternative) {
        return !alternative.silence || !alternative.of || means(alternative, received);
      });
}

// The initiator is responsible for retransmission (RFC 5996 section 2.1), and a live laboratory
// may lose a datagram: the tester's last request is sent again while its response is awaited, where
// the step is not about repetitions or silence.
bool Player::repeats_request(const Step& step, const ExpectStep& expect) const {
  return !world_.simulated && last_request_ && !expect.counts_repeats &&
         std::all_of(expect.alternatives.begin(), expect.alternatives.end(),
                     [&](const Alternative& alternative) {
                       return alternative.message && !alternative.silence &&
                              !alternative.retransmission && alternative.same_as.empty() &&
                              expects_response(step, alternative);
                     });
}

Player::End Player::repeat_request() {
  exchange_.push_back(since_start() + "  " + name_of(last_request_->from) +
                      " -> device  the last request again");
  return transmit(last_request_->datagrams, last_request_->from, world_.device->endpoint());
}

Player::End Player::play(const Step& step, const ExpectStep& expect) {
  const Time from = world_.link->now();
  Time deadline = from + expect.within.value_or(default_wait);
  bool only_silence = true, has_silence = false;
  for (const Alternative& alternative : expect.alternatives) {
    only_silence = only_silence && alternative.silence.has_value();
    if (alternative.silence) {
      deadline = has_silence ? std::max(deadline, from + *alternative.silence)
                             : from + *alternative.silence;
      has_silence = true;
    }
  }
  std::deque<Received> earlier;
  if (only_silence) {
    const auto from_here = inbox_.end() - static_cast<std::ptrdiff_t>(unjudged_);
    std::move(from_here, inbox_.end(), std::back_inserter(earlier));
    inbox_.erase(from_here, inbox_.end());
  } else {
    earlier.swap(inbox_);
  }
  unjudged_ = 0;
  Time again = repeats_request(step, expect) ? from + repeat_after : deadline;
  for (;;) {
    std::optional<Received> received = overheard(expect);
    if (received) {
      // It was set aside only since no step had asked for it.
    } else if (!earlier.empty()) {
      received = std::move(earlier.front());
      earlier.pop_front();
      if (set_aside(*received, step, &expect))
        continue;
    } else if (auto end = next(std::min(deadline, again), step, &expect, received)) {
      return end;
    } else if (!received && again < deadline) {
      if (auto failed_to_send = repeat_request())
        return failed_to_send;
      again = world_.link->now() + repeat_after;
      continue;
    }
    if (!received)
      return silent(step, expect);
    if (has_silence && (begins_anew(*received, expect) || !breaks(*received, expect))) {
      inbox_.push_back(*std::move(received));
      continue;
    }
    std::optional<Mismatch> best;
    const Alternative* closest = nullptr;
    bool other_way = true;  // all alternatives are about something else
    for (const Alternative& alternative : expect.alternatives) {
      if (!alternative.message)
        continue;
      const auto mismatch = judge(step, alternative, *received);
      if (!mismatch) {
        for (Received& rest : earlier)
          inbox_.push_back(std::move(rest));
        return take(step, expect, alternative, *received);
      }
      other_way = other_way && received->problem.empty() &&
                  (received->header.is_response() != expects_response(step, alternative) ||
                   is_elsewhere(step, alternative, *received));
      if (!best || mismatch->rank > best->rank) {
        best = mismatch;
        closest = &alternative;
      }
    }
    if (!best) {
      return failed(step, {"", std::nullopt, "silence", short_form(*received, numbers_)});
    }
    // A request of the device that crosses what is awaited waits for its own step, and so does an
    // answer to something else.
    if (other_way && !has_silence) {
      inbox_.push_back(*std::move(received));
      continue;
    }
    if (expect.alternatives.size() > 1 && best->rank <= 1)
      best->difference.expected = step.text.substr(step.text.find(':') + 2);
    return failed(step, best->difference, closest->clause);
  }
}

}  // namespace karpspec::script
