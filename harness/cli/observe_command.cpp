#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "capture/reader.h"
#include "cli/commands.h"
#include "cli/opening_keys.h"
#include "observer/follower.h"
#include "observer/judge.h"
#include "report/json_members.h"
#include "script/suite.h"

namespace karpspec::cli {
namespace {

using observer::Breach;
using observer::Judge;
using observer::Ledger;
using report::Json;
using Requirements = std::map<std::string, verdict::Requirement>;

// What came of a capture, for one who reads it.
struct Observation {
  const Requirements& requirements;
  const ObserveCommand& command;
  const Judge& judge;
  std::string trouble;  // where the capture cannot be read on
  [[nodiscard]] const Ledger& ledger() const { return judge.ledger(); }
};

int observe_exit_code(const Observation& seen) {
  if (seen.ledger().broken() > 0)
    return does_not;
  if (!seen.trouble.empty())
    return bad_input;
  return seen.ledger().empty() ? not_judged : conforms;
}

std::string roles_of(const Ledger::Side& side) {
  std::string out;
  for (const observer::Role role : side.roles)
    out += (out.empty() ? "" : ", ") + std::string(to_string(role));
  return out;
}

// "192.0.2.1 (responder)", or who that may be.
std::string side_of(const Breach& breach) {
  const std::string side = breach.address + " (" + to_string(breach.role) + ")";
  return breach.authentic ? side
                          : "whoever sent frame " + std::to_string(breach.frame) + " as " + side;
}

// "RKMP-4.1-02 (MUST, RKMP section 4.1): The attributes ... come back unmodified"
std::string requirement_text(const Requirements& requirements, const std::string& id) {
  const auto found = requirements.find(id);
  if (found == requirements.end())
    return id;
  const verdict::Requirement& row = found->second;
  return id + " (" + to_string(row.level) + ", " + clause(row) + "): " + row.statement;
}

std::string field_text(const Breach& breach) {
  std::string out = breach.field.empty() ? "the message" : breach.field;
  if (breach.octet)
    out += " (octet " + std::to_string(*breach.octet) + ")";
  return out;
}

// The requirements of SIDE, those that it broke first.
std::vector<std::pair<std::string, Ledger::Count>> in_order(const Ledger::Side& side) {
  std::vector<std::pair<std::string, Ledger::Count>> out(side.requirements.begin(),
                                                         side.requirements.end());
  std::ranges::stable_sort(
      out, [](const auto& a, const auto& b) { return a.second.broken > b.second.broken; });
  return out;
}

std::vector<std::string> not_judged_of(const Observation& seen) {
  const Judge::Counts& counts = seen.judge.counts();
  std::vector<std::string> out;
  const auto note = [&](std::uint64_t number, const char* what) {
    if (number > 0)
      out.push_back(count_of(number, "message", "messages") + " " + what);
  };
  note(counts.not_opened, "for want of keys, but for the header");
  note(counts.not_authentic, "whose protection is wrong: anybody may have sent them");
  note(counts.not_spoken, "that are no IKEv2");
  note(
      counts.not_settled,
      "whose AUTH does not fit the IKE_SA_INIT request seen, and was taken: either it is wrong, or "
      "the capture lost N(COOKIE) and the request that brought it (--whole: it has lost nothing)");
  return out;
}

std::string text_of(const Observation& seen) {
  std::ostringstream out;
  const Ledger& ledger = seen.ledger();
  out << seen.command.capture << ": "
      << count_of(seen.judge.counts().messages, "message", "messages") << ", "
      << count_of(ledger.sides().size(), "side", "sides") << ", "
      << count_of(ledger.broken(), "breach", "breaches") << "\n";
  for (const Breach& breach : ledger.breaches()) {
    out << "\nframe " << breach.frame << ", " << breach.message << "\n  " << side_of(breach)
        << " broke " << requirement_text(seen.requirements, breach.requirement) << "\n    "
        << field_text(breach) << "\n      expected " << breach.expected << "\n      got      "
        << breach.got << "\n";
  }
  if (ledger.broken() > ledger.breaches().size())
    out << "\n... and " << ledger.broken() - ledger.breaches().size() << " more\n";
  for (const auto& [address, side] : ledger.sides()) {
    out << "\n"
        << address << " (" << roles_of(side)
        << "): " << count_of(side.requirements.size(), "requirement", "requirements") << " judged, "
        << side.broken() << " broken\n";
    for (const auto& [id, count] : in_order(side))
      out << "  " << id << " judged " << count_of(count.judged, "time", "times")
          << (count.broken > 0 ? ", broken " + count_of(count.broken, "time", "times") : "")
          << "\n";
  }
  const auto left = not_judged_of(seen);
  if (!left.empty())
    out << "\nNot judged:\n";
  for (const std::string& line : left)
    out << "  " << line << "\n";
  return out.str();
}

Json json_of(const Observation& seen) {
  const Ledger& ledger = seen.ledger();
  Json breaches = Json::array();
  for (const Breach& breach : ledger.breaches()) {
    Json one = {{"side", breach.address},        {"role", to_string(breach.role)},
                {"authentic", breach.authentic}, {"requirement", breach.requirement},
                {"frame", breach.frame},         {"message", breach.message},
                {"expected", breach.expected},   {"got", breach.got}};
    if (const auto row = seen.requirements.find(breach.requirement);
        row != seen.requirements.end()) {
      one["clause"] = clause(row->second);
      one["statement"] = row->second.statement;
    }
    if (!breach.field.empty())
      one["field"] = breach.field;
    if (breach.octet)
      one["octet"] = *breach.octet;
    breaches.push_back(std::move(one));
  }
  Json sides = Json::array();
  for (const auto& [address, side] : ledger.sides()) {
    Json roles = Json::array(), requirements = Json::array();
    for (const observer::Role role : side.roles)
      roles.push_back(to_string(role));
    for (const auto& [id, count] : in_order(side))
      requirements.push_back({{"id", id}, {"judged", count.judged}, {"broken", count.broken}});
    sides.push_back({{"address", address},
                     {"roles", std::move(roles)},
                     {"judged", side.requirements.size()},
                     {"broken", side.broken()},
                     {"requirements", std::move(requirements)}});
  }
  const Judge::Counts& counts = seen.judge.counts();
  Json out = {{"capture", seen.command.capture},
              {"messages", counts.messages},
              {"copies", counts.copies},
              {"breaches", ledger.broken()},
              {"not_judged",
               {{"not_opened", counts.not_opened},
                {"not_authentic", counts.not_authentic},
                {"not_spoken", counts.not_spoken},
                {"not_settled", counts.not_settled}}},
              {"found", std::move(breaches)},
              {"sides", std::move(sides)}};
  if (!seen.trouble.empty())
    out["trouble"] = seen.trouble;
  return out;
}

}  // namespace

int observe(const Common& common, const ObserveCommand& command) {
  const auto requirements = script::load_requirements(common.suites);
  if (!requirements)
    return complain(requirements.error().message);
  auto keys = read_keys(common, command.keys);
  if (!keys)
    return complain(keys.error().message);
  if (!command.out.empty())
    if (const auto made = writable_directory(command.out); !made)
      return complain(made.error().message);
  auto reader = capture::CaptureReader::open(command.capture);
  if (!reader)
    return complain(reader.error().message);
  reader->with_segments();
  if (reader->is_live())
    reader->stop_at(interrupted());
  observer::Follower follower(std::move(keys->opening), std::move(keys->table.segments));
  follower.with_keks();
  Judge judge(command.whole ? Judge::Frames::all_there : Judge::Frames::may_be_missing);
  Observation seen{*requirements, command, judge, ""};
  for (;;) {
    const auto next = reader->next();
    if (!next) {
      seen.trouble = next.error().message;
      break;
    }
    if (!*next)
      break;
    if (const auto observed = follower.follow(**next))
      judge.add(*observed);
  }
  if (reader->cut_short() && seen.trouble.empty())
    seen.trouble = command.capture + ": ends within a frame";
  for (const std::string& note : reader->notes())
    std::cerr << note << "\n";
  for (const std::string& note : follower.notes())
    std::cerr << command.capture << ": " << note << "\n";
  if (!seen.trouble.empty())
    std::cerr << "karpspec: " << seen.trouble << "\n";
  else if (seen.ledger().empty())
    std::cerr << command.capture << ": nothing that could be judged\n";
  const std::string text = text_of(seen), json = report::json_text(json_of(seen), 2) + "\n";
  std::cout << (command.json ? json : text);
  if (!command.out.empty()) {
    const std::filesystem::path folder(command.out);
    for (const auto& [name, content] :
         {std::pair("observation.json", &json), std::pair("observation.txt", &text)})
      if (const auto written = report::write_file((folder / name).string(), *content); !written)
        return complain(written.error().message);
  }
  return observe_exit_code(seen);
}

}  // namespace karpspec::cli
