#include <filesystem>
#include <iostream>

#include "base/decimal.h"
#include "base/text.h"
#include "capture/reader.h"
#include "cli/commands.h"
#include "cli/opening_keys.h"
#include "cli/routing_packets.h"
#include "cli/segments.h"
#include "observer/follower.h"
#include "transcript/recorder.h"

namespace karpspec::cli {
namespace {

using report::Json;
using transcript::Observed;

std::string clock(Time time) {
  Text out;
  append_seconds(out, time.time_since_epoch());
  return out.str();
}

std::string place(const Endpoint& endpoint) {
  return endpoint.address + ":" + std::to_string(endpoint.port);
}

// What stands behind a message in parentheses.
std::vector<std::string> remarks(const Observed& observed) {
  std::vector<std::string> out;
  if (!observed.fragment.empty())
    out.push_back(observed.fragment + (observed.trouble.empty() ? "" : ": " + observed.trouble));
  else if (!observed.trouble.empty())
    out.push_back(observed.trouble);
  out.insert(out.end(), observed.checked.begin(), observed.checked.end());
  return out;
}

// ABOUT says where the message was; its members come first.
void append_json(Text& out, Json about, const Observed& observed) {
  if (observed.message) {
    about["message"] = transcript::one_line(*observed.message);
    Json fields = Json::object();
    for (const transcript::ShownField& field : transcript::show_fields(*observed.message))
      fields[field.path] = field.value;
    about["fields"] = std::move(fields);
  }
  const std::vector<std::string> said = remarks(observed);
  if (!observed.trouble.empty() || !observed.fragment.empty())
    about["trouble"] = said.front();
  if (!observed.checked.empty())
    about["checked"] = observed.checked;
  out.append(report::json_text(about));
  out.append('\n');
}

// What is shown of a message, at the end of OUT.
void append_message(Text& out, const Observed& observed) {
  if (observed.message)
    transcript::append_with_fields(out, *observed.message);
  for (const std::string& remark : remarks(observed))
    out.append("  (" + remark + ")\n");
  out.append('\n');
}

int decode_hex(const DecodeCommand& command, const observer::OpeningKeys& keys) {
  const auto octets = from_hex(command.hex);
  if (!octets)
    return complain("--hex: " + octets.error().message);
  Datagram datagram;
  datagram.payload = *octets;
  const Observed shown = observer::Opener(keys).open(datagram);
  Text text;
  if (command.json)
    append_json(text, Json::object(), shown);
  else
    append_message(text, shown);
  std::cout << text.view();
  return shown.message ? conforms : does_not;
}

Json about(const capture::Frame& frame, const std::string& source, const std::string& destination) {
  return {{"frame", frame.number},
          {"time", clock(frame.time)},
          {"source", source},
          {"destination", destination}};
}

// What is shown of FRAME begins with "frame 12  1767225601.994000  198.18.1.1:500 ->
// 192.0.2.1:500".
void append_headline(Text& out, const capture::Frame& frame, std::string_view source,
                     std::string_view destination) {
  out.append("frame ");
  append_decimal(out, frame.number);
  out.append("  ");
  append_seconds(out, frame.time.time_since_epoch());
  out.append("  ");
  out.append(source);
  out.append(" -> ");
  out.append(destination);
  out.append('\n');
}

void append_datagram(Text& out, const capture::Frame& frame, const Observed& observed, bool json) {
  const std::string source = place(frame.datagram.source);
  const std::string destination = place(frame.datagram.destination);
  if (json) {
    append_json(out, about(frame, source, destination), observed);
  } else {
    append_headline(out, frame, source, destination);
    append_message(out, observed);
  }
}

// A frame that is no datagram of ours: SHOWN, which in JSON is the member NAME.
template <class Shown>
void append_other(Text& out, const capture::Frame& frame, const std::string& source,
                  const std::string& destination, const char* name, const Shown& shown, bool json) {
  if (json) {
    Json line = about(frame, source, destination);
    line[name] = shown.json;
    out.append(report::json_text(line));
  } else {
    append_headline(out, frame, source, destination);
    out.append(shown.text);
  }
  out.append('\n');
}

void append_segment(Text& out, const capture::Frame& frame, const Segments::Shown& shown,
                    bool json) {
  const auto ports = wire::read_tcp_header(frame.segment->segment);
  const auto source_port = ports ? ports->source_port : std::uint16_t{0};
  const auto destination_port = ports ? ports->destination_port : std::uint16_t{0};
  append_other(out, frame, place({frame.segment->source.to_text(), source_port}),
               place({frame.segment->destination.to_text(), destination_port}), "segment", shown,
               json);
}

void append_routing(Text& out, const capture::Frame& frame, const RoutingPackets::Shown& shown,
                    bool json) {
  const auto [from, to] = frame.ospf ? std::pair(frame.ospf->source, frame.ospf->destination)
                                     : std::pair(frame.rip->source, frame.rip->destination);
  append_other(out, frame, from.to_text(), to.to_text(), "packet", shown, json);
}

// What was written so far is printed in large pieces, or AT_ONCE.
void print(Text& text, bool at_once) {
  constexpr std::size_t piece = 64 * 1024;
  if (!at_once && text.size() < piece)
    return;
  std::cout << text.view();
  text.cut(0);
}

// The capture as a transcript of the form that `diff` reads.
int write_transcript(const DecodeCommand& command, KeysOfCapture keys) {
  auto reader = capture::CaptureReader::open(command.capture);
  if (!reader)
    return complain(reader.error().message);
  reader->with_segments();
  if (reader->is_live())
    reader->stop_at(interrupted());
  observer::Follower follower(std::move(keys.opening), std::move(keys.table.segments));
  transcript::Recorder recorder;
  transcript::TranscriptHead head;
  head.title = std::filesystem::path(command.capture).stem().string();
  std::cout << transcript::Recorder::head(head);
  std::size_t messages = 0;
  std::string trouble;
  for (;;) {
    const auto next = reader->next();
    if (!next) {
      trouble = next.error().message;
      break;
    }
    if (!*next)
      break;
    const auto observed = follower.follow(**next);
    if (!observed)
      continue;
    ++messages;
    std::cout << recorder.entry(*observed);
    if (reader->is_live())
      std::cout.flush();
  }
  for (const std::string& note : reader->notes())
    std::cerr << note << "\n";
  for (const std::string& note : follower.notes())
    std::cerr << command.capture << ": " << note << "\n";
  if (!trouble.empty())
    return complain(trouble);
  if (messages == 0)
    std::cerr << command.capture << ": no message of IKE or MRKMP, nor a TCP segment with keys\n";
  return reader->cut_short() ? bad_input : conforms;
}

int decode_capture(const DecodeCommand& command, const observer::OpeningKeys& keys,
                   Segments segments, RoutingPackets routing) {
  auto reader = capture::CaptureReader::open(command.capture);
  if (!reader)
    return complain(reader.error().message);
  reader->with_segments();
  reader->with_routing();
  if (reader->is_live())
    reader->stop_at(interrupted());
  std::size_t datagrams = 0;
  std::size_t messages = 0;
  // What is no file comes as it happens, and is shown as it comes.
  std::error_code error;
  const bool at_once =
      reader->is_live() || !std::filesystem::is_regular_file(command.capture, error);
  Text text;
  observer::Opener opener(keys);
  opener.only_to_show();
  for (;;) {
    const auto next = reader->next();
    if (!next) {
      print(text, true);
      return complain(next.error().message);
    }
    if (!*next)
      break;
    const capture::Frame& frame = **next;
    if (frame.segment) {
      if (const auto segment = segments.show(frame))
        append_segment(text, frame, *segment, command.json);
    } else if (frame.ospf || frame.rip) {
      append_routing(text, frame, routing.show(frame), command.json);
    } else {
      const Observed shown = opener.open(frame);
      ++datagrams;
      messages += shown.message ? 1U : 0U;
      append_datagram(text, frame, shown, command.json);
    }
    print(text, at_once);
    if (reader->is_live())
      std::cout.flush();
  }
  print(text, true);
  for (const std::string& note : reader->notes())
    std::cerr << note << "\n";
  for (const std::string& line : segments.summary(command.capture))
    std::cerr << line << "\n";
  for (const std::string& line : routing.summary(command.capture))
    std::cerr << line << "\n";
  if (datagrams == 0 && segments.shown() == 0 && routing.shown() == 0)
    std::cerr << command.capture
              << ": no datagram of IKE or MRKMP (UDP ports 500, 4500, 848 and 1021)\n";
  if (segments.refused() + routing.refused() > 0)
    return does_not;
  if (reader->cut_short())
    return bad_input;
  if (segments.judged_none())
    return not_judged;
  return messages > 0 || datagrams == 0 ? conforms : does_not;
}

}  // namespace

int decode(const Common& common, const DecodeCommand& command) {
  auto keys = read_keys(common, command.keys);
  if (!keys)
    return complain(keys.error().message);
  if (command.capture.empty())
    return decode_hex(command, keys->opening);
  if (command.transcript)
    return write_transcript(command, *std::move(keys));
  return decode_capture(command, keys->opening, Segments(std::move(keys->table.segments)),
                        RoutingPackets(std::move(keys->table.routing)));
}

}  // namespace karpspec::cli
