#include <map>
#include <set>

#include "script/plan/words.h"

// Steps in words. They are read from what was written: a key that is not known here is shown as it
// stands, so that nothing of a step is ever left out.
namespace karpspec::script {
namespace {

using Keys = std::set<std::string>;

const Keys& told_elsewhere() {
  static const Keys keys = {"why", "checks"};
  return keys;
}

void add(std::vector<std::string>& into, const std::vector<std::string>& more) {
  into.insert(into.end(), more.begin(), more.end());
}

// What a key beside the main one says, or nothing when it is told elsewhere.
std::vector<std::string> detail(const Node& map, const Node& key, const Node& value) {
  const std::string& name = key.text();
  if (name == "with" && value.is_map()) {
    std::vector<std::string> out;
    for (const auto& [path, set] : value.entries())
      out.push_back(path.text() + " is " + value_in_words(set));
    return out;
  }
  if (name == "mutate" && value.is_list()) {
    std::vector<std::string> out;
    for (const Node& item : value.items())
      add(out, mutation_in_words(item));
    return out;
  }
  if ((name == "where" || name == "result") && value.is_map())
    return conditions_in_words(value);
  if (auto words = group_detail(name, value); !words.empty())
    return words;
  if (name == "from" && value.is_map()) {
    std::vector<std::string> out;
    if (const Node* port = value.find("port"))
      out.push_back("from port " + port->text());
    if (value.find("address") != nullptr)
      out.emplace_back("from the tester's second address");
    return out;
  }
  if (name == "bind" && value.is_map()) {
    std::vector<std::string> out;
    for (const auto& [as, path] : value.entries())
      out.push_back(compact(path) + " is kept as '" + as.text() + "'");
    return out;
  }
  const std::string text = compact(value);
  if (name == "mkt")
    return {text == "none"  ? "without a TCP-AO option"
            : text == "any" ? "under the MKT that its KeyID names"
                            : "under the MKT '" + text + "'"};
  if (name == "md5")
    return {"with a TCP MD5 option, key " + text};
  if (name == "altered" && value.is_map()) {
    std::vector<std::string> out;
    for (const auto& [field, set] : value.entries())
      out.push_back(field.text() + " altered under the MAC to " + value_in_words(set));
    return out;
  }
  if (name == "keys-of")
    return {"with the traffic keys of the connection called '" + text + "'"};
  if (name == "discarded")
    return {"to be discarded by the device"};
  if (name == "connection")
    return {"on the connection called '" + text + "'"};
  if (name == "ipv6")
    return {"over IPv6"};
  if (name == "isn")
    return {"with the initial sequence number " + text};
  if (name == "to" && value.is_map() && value.find("port") != nullptr)
    return {"to port " + value.find("port")->text()};
  const bool receives = map.find("send") == nullptr;
  if (name == "clear")
    return {receives ? "not protected" : "sent without protection"};
  if (name == "copies")
    return {text + " times"};
  if (name == "as")
    return {"the datagram is kept as '" + text + "'"};
  if (name == "same-as")
    return {"octet for octet the datagram kept as '" + text + "'"};
  if (name == "new-sa")
    return {"the IKE SA that results is called '" + text + "'"};
  if (name == "sa")
    return {"on the IKE SA called '" + text + "'"};
  if (name == "order")
    return {"the payloads in just this order"};
  if (name == "only")
    return {"no other payload, not even a status notification"};
  if (name == "retransmission")
    return {map.find("silence") != nullptr ? "not even something that came before"
                                           : "what came before counts too"};
  return {name + ": " + text};
}

// All keys but those of SKIP.
std::vector<std::string> details(const Node& map, const Keys& skip) {
  std::vector<std::string> out;
  for (const auto& [key, value] : map.entries()) {
    if (skip.contains(key.text()) || told_elsewhere().contains(key.text()))
      continue;
    add(out, detail(map, key, value));
  }
  return out;
}

// What follows when a step comes out otherwise.
PlannedResult otherwise(const Step& step, std::string seen = "anything else") {
  PlannedResult out;
  out.seen = std::move(seen);
  out.verdict = step.fragment.empty() && step.advised.empty() ? "fail" : "inconclusive";
  if (!step.advised.empty() && step.fragment.empty())
    out.note = "it is only advised (" + step.advised + ")";
  if (!step.fragment.empty())
    out.note = "the test's own steps are not reached";
  return out;
}

// SEEN: the message, or nothing where silence is permitted. SKIP: what is told with the step.
PlannedResult permitted(const Node& map, const std::string& seen, Keys skip) {
  PlannedResult out;
  skip.insert({"expect", "silence", "clause", "verdict", "note", "within"});
  out.seen = map.find("expect") != nullptr ? seen : "nothing for " + text_at(map, "silence");
  out.details = details(map, skip);
  out.clause = text_at(map, "clause");
  out.note = text_at(map, "note");
  out.verdict = map.find("verdict") != nullptr ? text_at(map, "verdict") : "pass";
  return out;
}

// An answer is waited for 5s where the step does not say how long (suites/scenario-guide.md).
void plan_expect(const Step& step, const Node& map, const Unanswered& unanswered,
                 PlannedStep& out) {
  const auto& alternatives = std::get<ExpectStep>(step.action).alternatives;
  const Node* any_of = map.find("any_of");
  const Node* within = map.find("within");
  const std::string patience = " for at most " + (within == nullptr ? "5s" : compact(*within));
  if (any_of != nullptr) {
    out.words = "The tester waits" + patience + " for one of the permitted answers.";
    for (std::size_t i = 0; i < any_of->items().size(); ++i) {
      const Node& item = any_of->items()[i];
      out.results.push_back(permitted(
          item, unanswered.awaited(text_at(item, "expect"), alternatives[i], step.sa), {}));
      std::string& note = out.results.back().note;
      if (const Node* why = item.find("why"))
        note += (note.empty() ? "" : "; ") + compact(*why);
    }
    out.details = details(map, {"any_of", "within"});
  } else if (map.find("silence") != nullptr) {
    out.words = "The tester listens for " + text_at(map, "silence") + "; " +
                (map.find("of") == nullptr ? "nothing" : "no " + text_at(map, "of")) +
                " is to come.";
    out.results.push_back(permitted(map, "", {"of", "pick", "to"}));
    out.details = details(map, {"silence", "retransmission", "of"});
  } else {
    const std::string message =
        unanswered.awaited(text_at(map, "expect"), alternatives.front(), step.sa);
    out.words = "The tester waits" + patience + " for " + message + ".";
    out.results.push_back(permitted(map, message, {"sa", "as", "bind"}));
    for (const char* kept : {"sa", "as", "bind"})
      for (const auto& [key, value] : map.entries())
        if (key.text() == kept)
          add(out.details, detail(map, key, value));
  }
  out.results.push_back(otherwise(step, any_of == nullptr && map.find("silence") != nullptr
                                            ? "a datagram of the device"
                                            : "anything else, or nothing"));
}

// Segments of TCP, whose words are those of what was written.
void plan_segments(const Step& step, const Node& map, PlannedStep& out) {
  const Node* any_of = map.find("any_of");
  const Node* within = map.find("within");
  const std::string patience = " for at most " + (within == nullptr ? "5s" : compact(*within));
  if (any_of != nullptr) {
    out.words = "The tester waits" + patience + " for one of the permitted answers.";
    for (const Node& item : any_of->items())
      out.results.push_back(permitted(item, "the segment " + text_at(item, "expect"), {"why"}));
    out.details = details(map, {"any_of", "within"});
  } else if (map.find("silence") != nullptr) {
    out.words = "The tester listens for " + text_at(map, "silence") + "; no segment is to come.";
    out.results.push_back(permitted(map, "", {}));
    out.details = details(map, {"silence", "retransmission"});
  } else {
    const std::string segment = "the segment " + text_at(map, "expect");
    out.words = "The tester waits" + patience + " for " + segment + ".";
    out.results.push_back(permitted(map, segment, {}));
  }
  out.results.push_back(otherwise(step, map.find("silence") != nullptr
                                            ? "a segment of the device"
                                            : "anything else, or nothing"));
}

// What is done to a device by a method of the control protocol.
std::string method_in_words(const std::string& method) {
  static const std::map<std::string, std::string> known = {
      {"describe", "The device is asked what it is and claims"},
      {"reset", "The device is told to forget everything"},
      {"configure", "The device is configured"},
      {"start", "The device is told to start a session"},
      {"rekey-key", "The device is told to rekey a key of a routing protocol"},
      {"rekey-ike", "The device is told to rekey the IKE SA"},
      {"reauthenticate", "The device is told to authenticate itself and its peer again"},
      {"check-liveness", "The device is told to check whether its peer lives"},
      {"delete-key", "The device is told to delete a key"},
      {"delete-ike", "The device is told to delete the IKE SA"},
      {"sas", "The device is asked for its IKE SAs"},
      {"key-table", "The device is asked for its key table"},
      {"events", "The device is asked for its events"},
      {"kmdb-request", "A client protocol tells the device that it needs keys"},
      {"kmdb-withdraw", "A client protocol tells the device that it needs keys no more"},
      {"kmdb-purge", "A row of the device's KMDB is purged"},
      {"kmdb-requests", "The device is asked for its requests"},
      {"kmdb-notifications", "The device is asked what it has told a client protocol"},
      {"gatekeeper-set", "A record of the device's Gatekeeper is made or changed"},
      {"gatekeeper-remove", "A record of the device's Gatekeeper is removed"},
      {"gatekeeper-open", "A routing protocol of the device wants a connection"},
      {"gatekeeper-close", "A routing protocol of the device closes its connection"},
      {"gatekeeper-records", "The device is asked for the records of its Gatekeeper"},
      {"gatekeeper-mkts", "The device is asked for its MKTs"},
      {"mkt-add", "An MKT is made at the device"},
      {"mkt-remove", "An MKT is removed from the device"},
      {"mkt-list", "The device is asked for its MKTs"},
      {"tcp-listen", "The device is told to accept TCP connections"},
      {"tcp-connect", "The device is told to open a TCP connection"},
      {"tcp-send", "The device is told to send data over a TCP connection"},
      {"tcp-close", "The device is told to end a TCP connection"},
      {"tcp-keys", "The device is told which MKTs a TCP connection is to use"},
      {"tcp-connections", "The device is asked for its TCP connections"},
      {"group-join", "A routing protocol of the device joins a group"},
      {"group-leave", "A routing protocol of the device leaves a group"},
      {"group-priority", "A routing protocol of the device changes its priority in a group"},
      {"group-newkey", "The device is told to change a key of a group"},
      {"group-remove", "The device is told to remove a router from a group"},
      {"groups", "The device is asked for its groups"},
      {"ks-refresh", "The device is told to ask its DKS for the policy"},
      {"ks-route", "The device learns that there is a route"},
      {"ks-policy", "The administrator of the DKS has another policy"},
      {"ks-newkey", "The device is told to change the key of its group"},
      {"ks-packet", "A packet of a routing protocol goes through the device"},
      {"ks-state", "The device is asked how it stands as a key server"},
      {"ks-storage", "The device is asked for what its stable storage holds"},
      {"pad-set", "The authentication data of a peer are changed at the device"},
      {"clock", "The device's clock is set"}};
  const auto found = known.find(method);
  return found == known.end() ? "The device is told '" + method + "'" : found->second;
}

void plan_control(const Step& step, const Node& map, PlannedStep& out) {
  const std::string method = text_at(map, "control");
  const Node* params = map.find("params");
  out.words = method_in_words(method) + " (control method " + method +
              (params != nullptr ? " " + compact(*params) : "") + ").";
  out.details = details(map, {"control", "params", "result", "error"});
  PlannedResult done;
  const Node* error = map.find("error");
  done.seen = error == nullptr ? "it is done" : "it is answered as " + compact(*error);
  if (const Node* result = map.find("result"))
    done.details = conditions_in_words(*result);
  done.verdict = "pass";
  out.results.push_back(std::move(done));
  if (error == nullptr || compact(*error) != "unsupported") {
    PlannedResult unsupported;
    unsupported.seen = "it is answered as unsupported";
    unsupported.verdict = "not-applicable";
    out.results.push_back(std::move(unsupported));
  }
  out.results.push_back(otherwise(step));
}

void plan_check(const Step& step, const Node& map, PlannedStep& out) {
  static const std::map<std::string, std::string> lists = {
      {"key-table", "key table"},
      {"sas", "IKE SAs"},
      {"events", "events"},
      {"associations", "associations of routing protocols"},
      {"kmdb-requests", "requests of client protocols"},
      {"kmdb-notifications", "notifications to a client protocol"},
      {"gatekeeper-records", "Gatekeeper records"},
      {"gatekeeper-mkts", "MKTs"},
      {"mkt-list", "MKTs"},
      {"tcp-connections", "TCP connections"},
      {"groups", "groups"},
      {"ks-groups", "groups of speakers"},
      {"ks-neighbours", "neighbours"},
      {"gspd", "security policies (GSPD)"},
      {"sad", "security associations (SAD)"}};
  const std::string what = text_at(map, "check");
  const auto found = lists.find(what);
  const Node* within = map.find("within");
  out.words = "The device is asked for its " + (found == lists.end() ? what : found->second) +
              ", until it is as expected or " + (within ? compact(*within) : "1s") + " is over.";
  out.details = details(map, {"check", "rows", "contains", "sequence", "lacks", "count", "within"});
  PlannedResult fits;
  fits.seen = "what is listed fits";
  fits.verdict = "pass";
  const auto rows = [&](const char* key, const std::string& words) {
    const Node* list = map.find(key);
    if (list == nullptr || !list->is_list())
      return;
    if (list->items().empty())
      fits.details.push_back(words + " no entry at all");
    for (const Node& row : list->items()) {
      std::string text;
      for (const std::string& condition :
           row.is_map() ? conditions_in_words(row) : std::vector<std::string>{compact(row)})
        text += (text.empty() ? "" : ", ") + condition;
      fits.details.push_back(words + " an entry where " +
                             (text.empty() ? "nothing is asked" : text));
    }
  };
  rows("rows", "exactly:");
  rows("contains", "among others:");
  rows("sequence", "among others, in this order:");
  rows("lacks", "not:");
  if (const Node* count = map.find("count"))
    fits.details.push_back("the number of entries " + matcher_in_words(*count));
  out.results.push_back(std::move(fits));
  PlannedResult unsupported;
  unsupported.seen = "it is answered as unsupported";
  unsupported.verdict = "not-applicable";
  out.results.push_back(std::move(unsupported));
  out.results.push_back(otherwise(step));
}

void plan_watch(const Step& step, const Node& map, PlannedStep& out) {
  out.words = "For " + text_at(map, "watch") + " the tester counts the messages " +
              text_at(map, "of") + ", and holds each against what is asked of it.";
  out.details = details(map, {"watch", "of", "times"});
  PlannedResult fits;
  fits.seen = "each of them fits";
  if (const Node* times = map.find("times"))
    fits.details.push_back("their number " + matcher_in_words(*times));
  fits.verdict = "pass";
  out.results.push_back(std::move(fits));
  out.results.push_back(otherwise(step, "another number, or one that does not fit"));
}

}  // namespace

PlannedStep step_in_words(const Step& step, const Unanswered& unanswered) {
  PlannedStep out;
  out.fragment = step.fragment;
  out.why = step.why;
  const Node& map = step.written;
  if (std::holds_alternative<SegmentStep>(step.action)) {
    out.words = std::get<SegmentStep>(step.action).icmp
                    ? "The tester sends " + text_at(map, "send") +
                          ", an error about the device's last segment."
                    : "The tester sends the segment " + text_at(map, "send") + ".";
    out.details = details(map, {"send"});
  } else if (std::holds_alternative<SegmentExpectStep>(step.action)) {
    plan_segments(step, map, out);
  } else if (map.find("send") != nullptr) {
    const std::string text = text_at(map, "send");
    const auto* send = std::get_if<SendStep>(&step.action);
    out.words = "The tester sends " + (send ? unanswered.sent(text, *send, step.sa) : text) + ".";
    out.details = details(map, {"send"});
  } else if (map.find("resend") != nullptr) {
    out.words = "The tester sends the datagram kept as '" + text_at(map, "resend") + "' again.";
    out.details = details(map, {"resend"});
  } else if (map.find("send-octets") != nullptr) {
    out.words = "The tester sends the octets " + text_at(map, "send-octets") + ".";
    out.details = details(map, {"send-octets"});
  } else if (map.find("wait") != nullptr) {
    out.words = text_at(map, "wait") + " pass.";
    out.details = details(map, {"wait"});
  } else if (map.find("alive") != nullptr) {
    const std::string by = text_at(map, "alive");
    out.words =
        by == "INFORMATIONAL"
            ? "The tester sees whether the IKE SA still stands: an empty INFORMATIONAL "
              "request is answered."
            : "The tester sees whether the device still serves: a fresh " + by + " is answered.";
    out.details = details(map, {"alive"});
  } else if (map.find("control") != nullptr) {
    plan_control(step, map, out);
  } else if (map.find("check") != nullptr) {
    plan_check(step, map, out);
  } else if (std::holds_alternative<ExpectStep>(step.action)) {
    plan_expect(step, map, unanswered, out);
  } else if (map.find("watch") != nullptr) {
    plan_watch(step, map, out);
  } else {
    out.words = group_step_in_words(map);
    out.details = details(
        map, {"advertise", "rest", "partition", "heal", "lose", "times", "every", "router"});
  }
  return out;
}

}  // namespace karpspec::script
