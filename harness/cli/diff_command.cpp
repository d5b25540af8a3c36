#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/workers.h"
#include "capture/reader.h"
#include "cli/commands.h"
#include "cli/opening_keys.h"
#include "observer/follower.h"
#include "report/json_members.h"
#include "transcript/alignment.h"

namespace karpspec::cli {
namespace {

using report::Json;
using transcript::Alignment;
using transcript::Finding;

// How reading the capture ended.
struct Read {
  std::uint64_t messages = 0;  // that were taken
  std::string trouble;         // where the capture cannot be read on
  std::vector<std::string> notes;
};

// Gives every frame of the capture to TAKE, which says whether it took it for a message.
template <class Take>
Result<Read> read_capture(const DiffCommand& command, Take&& take) {
  KARPSPEC_TRY(reader, capture::CaptureReader::open(command.capture));
  reader.with_segments();
  if (reader.is_live())
    reader.stop_at(interrupted());
  Read out;
  for (;;) {
    auto next = reader.next();
    if (!next) {
      out.trouble = next.error().message;
      break;
    }
    if (!*next)
      break;
    KARPSPEC_TRY(taken, take(**std::move(next)));
    if (taken)
      ++out.messages;
  }
  out.notes = reader.notes();
  if (reader.cut_short() && out.trouble.empty())
    out.trouble = command.capture + ": ends within a frame";
  return out;
}

// When all is opened.
void add_notes(Read& read, const DiffCommand& command, const observer::Follower& follower) {
  for (const std::string& note : follower.notes())
    read.notes.push_back(command.capture + ": " + note);
}

std::string place_of(const Finding& finding) {
  std::string out;
  if (finding.message > 0)
    out += "message " + std::to_string(finding.message) + " (line " + std::to_string(finding.line) +
           ")";
  if (finding.frame > 0)
    out += (out.empty() ? "" : ", ") + ("frame " + std::to_string(finding.frame));
  return out;
}

void print(const Finding& finding, std::ostream& out) {
  out << "  " << place_of(finding) << ": " << finding.what << "\n";
  out << "    " << to_string(finding.kind);
  if (!finding.field.empty())
    out << " " << finding.field;
  if (finding.octet)
    out << " (octet " << *finding.octet << ")";
  out << "\n      expected " << finding.expected << "\n      got      " << finding.got << "\n";
}

Json json_of(const Finding& finding) {
  Json out = {{"kind", to_string(finding.kind)}, {"tolerated", finding.tolerated}};
  if (finding.message > 0) {
    out["message"] = finding.message;
    out["line"] = finding.line;
  }
  if (finding.frame > 0)
    out["frame"] = finding.frame;
  out["what"] = finding.what;
  if (!finding.payload.empty())
    out["payload"] = finding.payload;
  if (!finding.field.empty())
    out["field"] = finding.field;
  if (finding.octet)
    out["octet"] = *finding.octet;
  out["expected"] = finding.expected;
  out["got"] = finding.got;
  return out;
}

struct Outcome {
  std::vector<Finding> findings;
  Alignment::Counts counts;
  Read read;
};

int diff_exit_code(const DiffCommand& command, const Outcome& outcome) {
  const auto& counts = outcome.counts;
  if (counts.differences > 0 || (command.exact && counts.notes > 0))
    return does_not;
  if (!outcome.read.trouble.empty())
    return bad_input;
  return counts.not_opened > 0 ? not_judged : conforms;
}

std::string summary(const DiffCommand& command, const Outcome& outcome) {
  const auto& counts = outcome.counts;
  std::string out = command.capture;
  if (counts.differences == 0)
    out += counts.not_opened > 0 ? " does not differ, as far as it could be read, from "
                                 : " is what is expected in ";
  else
    out += " differs from ";
  out += command.transcript + ": " + count_of(counts.compared, "message", "messages") +
         " compared, " + count_of(counts.differences, "difference", "differences") + ", " +
         count_of(counts.notes, "note", "notes");
  if (counts.not_opened > 0)
    out += ", " + std::to_string(counts.not_opened) + " not opened for want of keys";
  return out;
}

void print_text(const DiffCommand& command, const Outcome& outcome) {
  std::cout << summary(command, outcome) << "\n";
  const auto list = [&](bool tolerated, const std::string& title) {
    bool first = true;
    for (const Finding& finding : outcome.findings) {
      if (finding.tolerated != tolerated)
        continue;
      if (first)
        std::cout << "\n" << title << "\n";
      first = false;
      print(finding, std::cout);
    }
  };
  list(false, "Differences, the first one on top:");
  list(true, "Notes (what the protocols permit, whatever the transcript says):");
  const std::uint64_t all =
      outcome.counts.differences + outcome.counts.notes + outcome.counts.not_opened;
  if (all > outcome.findings.size())
    std::cout << "\n... and " << all - outcome.findings.size() << " more\n";
}

void print_json(const DiffCommand& command, const Outcome& outcome) {
  const auto& counts = outcome.counts;
  Json findings = Json::array();
  for (const Finding& finding : outcome.findings)
    findings.push_back(json_of(finding));
  Json out = {{"capture", command.capture},
              {"transcript", command.transcript},
              {"equal", diff_exit_code(command, outcome) == conforms},
              {"messages", counts.messages},
              {"compared", counts.compared},
              {"conversations", counts.conversations},
              {"differences", counts.differences},
              {"notes", counts.notes},
              {"not_opened", counts.not_opened},
              {"findings", std::move(findings)}};
  if (!outcome.read.trouble.empty())
    out["trouble"] = outcome.read.trouble;
  std::cout << report::json_text(out) << "\n";
}

void tell(const Read& read) {
  for (const std::string& note : read.notes)
    std::cerr << note << "\n";
  if (!read.trouble.empty())
    std::cerr << "karpspec: " << read.trouble << "\n";
}

std::string no_messages(const DiffCommand& command) {
  return command.capture +
         ": no message of IKE or MRKMP (UDP ports 500, 4500, 848 and 1021), and no TCP segment "
         "with TCP-AO, TCP MD5 or a routing protocol's port";
}

Result<Outcome> compare(const DiffCommand& command, KeysOfCapture keys,
                        transcript::TranscriptReader& expected, Workers& workers) {
  Alignment::Options options;
  options.workers = &workers;
  Alignment alignment(expected, options);
  observer::Follower follower(std::move(keys.opening), std::move(keys.table.segments));
  const auto settle = [&] { alignment.settle(); };
  Outcome out;
  KARPSPEC_TRY(read, read_capture(command, [&](capture::Frame frame) -> Result<bool> {
                 auto placed = follower.place(std::move(frame), settle);
                 if (!placed)
                   return false;
                 KARPSPEC_CHECK(alignment.add(placed->conversation, std::move(placed->message)));
                 return true;
               }));
  out.read = std::move(read);
  const auto no_message = [&] {
    return fail(ErrorCode::bad_value,
                out.read.trouble.empty() ? no_messages(command) : out.read.trouble);
  };
  if (out.read.messages == 0)
    return no_message();
  KARPSPEC_CHECK(alignment.finish());
  if (alignment.counts().messages == 0)
    return no_message();
  add_notes(out.read, command, follower);
  out.findings = alignment.findings();
  out.counts = alignment.counts();
  return out;
}

// Writes what the capture holds as the new transcript. What is there is replaced in one step, and
// only by a whole one.
int update(const DiffCommand& command) {
  namespace fs = std::filesystem;
  transcript::TranscriptHead head;
  std::error_code error;
  const bool known = fs::exists(command.transcript, error);
  if (known) {
    const auto old = transcript::TranscriptReader::open(command.transcript);
    if (!old)
      return complain(old.error().message);
    head.title = old->head().title;
    if (old->head().every_conversation)
      return complain(command.transcript +
                      ": is of each conversation; write the transcript of a single one, and add "
                      "'conversations: each'");
  } else {
    head.title = fs::path(command.capture).stem().string();
  }
  auto keys = read_keys({}, command.keys);
  if (!keys)
    return complain(keys.error().message);
  const std::string fresh = command.transcript + ".new";
  std::ofstream out(fresh, std::ios::trunc);
  transcript::Recorder recorder;
  out << transcript::Recorder::head(head);
  observer::Follower follower(std::move(keys->opening), std::move(keys->table.segments));
  auto read = read_capture(command, [&](const capture::Frame& frame) -> Result<bool> {
    const auto observed = follower.follow(frame);
    if (observed)
      out << recorder.entry(*observed);
    return observed.has_value();
  });
  const bool written = static_cast<bool>(out.flush());
  const auto give_up = [&](const std::string& why) {
    fs::remove(fresh, error);
    return complain(why);
  };
  if (!read)
    return give_up(read.error().message);
  add_notes(*read, command, follower);
  tell({0, "", read->notes});
  if (!read->trouble.empty())
    return give_up(read->trouble + " (" + command.transcript + " stays as it is)");
  if (read->messages == 0)
    return give_up(no_messages(command));
  if (!written)
    return give_up(fresh + ": cannot be written");
  fs::rename(fresh, command.transcript, error);
  if (error)
    return give_up(command.transcript + ": " + error.message());
  std::cerr << command.transcript << (known ? ": replaced by what " : ": made of what ")
            << command.capture << " holds, " << count_of(read->messages, "message", "messages")
            << "\n";
  return conforms;
}

}  // namespace

int diff(const Common& common, const DiffCommand& command) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (command.update && !fs::exists(command.transcript, error))
    return update(command);
  // This thread is one of them.
  Workers workers(job_count(command.jobs) - 1);
  auto expected = transcript::TranscriptReader::open(command.transcript, &workers);
  if (!expected)
    return complain(expected.error().message +
                    (expected.error().code == ErrorCode::not_found
                         ? " ('--update' writes one of what the capture holds)"
                         : ""));
  auto keys = read_keys(common, command.keys);
  if (!keys)
    return complain(keys.error().message);
  const auto outcome = compare(command, *std::move(keys), *expected, workers);
  if (!outcome)
    return complain(outcome.error().message);
  tell(outcome->read);
  if (command.json)
    print_json(command, *outcome);
  else
    print_text(command, *outcome);
  if (command.update)
    return update(command);
  return diff_exit_code(command, *outcome);
}

}  // namespace karpspec::cli
