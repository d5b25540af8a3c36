#include <filesystem>
#include <iostream>

#include "base/decimal.h"
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
  std::string out;
  append_seconds(out, time.time_since_epoch());
  return out;
}

void append_place(std::string& out, const Endpoint& endpoint) {
  out += endpoint.address;
  out += ':';
  append_decimal(out, endpoint.port);
}

std::string place(const Endpoint& endpoint) {
  std::string out;
  append_place(out, endpoint);
  return out;
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
void print_json(Json about, const Observed& observed) {
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
  std::cout << report::json_text(about) << "\n";
}

// What is shown of a message, at the end of OUT.
void append_message(std::string& out, const Observed& observed) {
  if (observed.message)
    transcript::append_with_fields(out, *observed.message);
  for (const std::string& remark : remarks(observed))
    out += "  (" + remark + ")\n";
  out += '\n';
}

int decode_hex(const DecodeCommand& command, const observer::OpeningKeys& keys) {
  const auto octets = from_hex(command.hex);
  if (!octets)
    return complain("--hex: " + octets.error().message);
  Datagram datagram;
  datagram.payload = *octets;
  const Observed shown = observer::Opener(keys).open(datagram);
  if (command.json) {
    print_json(Json::object(), shown);
  } else {
    std::string text;
    append_message(text, shown);
    std::cout << text;
  }
  return shown.message ? conforms : does_not;
}

Json about(const capture::Frame& frame, const std::string& source, const std::string& destination) {
  return {{"frame", frame.number},
          {"time", clock(frame.time)},
          {"source", source},
          {"destination", destination}};
}

// What is shown of FRAME begins with "frame 12  1767225601.994000  ".
void append_number(std::string& out, const capture::Frame& frame) {
  out += "frame ";
  append_decimal(out, frame.number);
  out += "  ";
  append_seconds(out, frame.time.time_since_epoch());
  out += "  ";
}

std::string headline(const capture::Frame& frame, const std::string& source,
                     const std::string& destination) {
  std::string out;
  append_number(out, frame);
  return out + source + " -> " + destination;
}

// TEXT is room for what is shown, kept so that it need not be made again.
void print_datagram(const capture::Frame& frame, const Observed& observed, std::string& text) {
  text.clear();
  append_number(text, frame);
  append_place(text, frame.datagram.source);
  text += " -> ";
  append_place(text, frame.datagram.destination);
  text += '\n';
  append_message(text, observed);
  std::cout << text;
}

void print_segment(const capture::Frame& frame, const Segments::Shown& shown, bool json) {
  const auto ports = wire::read_tcp_header(frame.segment->segment);
  const std::string source =
      place({frame.segment->source.to_text(), ports ? ports->source_port : std::uint16_t{0}});
  const std::string destination = place(
      {frame.segment->destination.to_text(), ports ? ports->destination_port : std::uint16_t{0}});
  if (json) {
    Json line = about(frame, source, destination);
    line["segment"] = shown.json;
    std::cout << report::json_text(line) << "\n";
  } else {
    std::cout << headline(frame, source, destination) << "\n" << shown.text << "\n";
  }
}

void print_routing(const capture::Frame& frame, const RoutingPackets::Shown& shown, bool json) {
  const auto [from, to] = frame.ospf ? std::pair(frame.ospf->source, frame.ospf->destination)
                                     : std::pair(frame.rip->source, frame.rip->destination);
  const std::string source = from.to_text(), destination = to.to_text();
  if (json) {
    Json line = about(frame, source, destination);
    line["packet"] = shown.json;
    std::cout << report::json_text(line) << "\n";
  } else {
    std::cout << headline(frame, source, destination) << "\n" << shown.text << "\n";
  }
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
  std::string text;
  observer::Opener opener(keys);
  for (;;) {
    const auto next = reader->next();
    if (!next)
      return complain(next.error().message);
    if (!*next)
      break;
    const capture::Frame& frame = **next;
    if (frame.segment) {
      if (const auto segment = segments.show(frame))
        print_segment(frame, *segment, command.json);
      continue;
    }
    if (frame.ospf || frame.rip) {
      print_routing(frame, routing.show(frame), command.json);
      continue;
    }
    const Observed shown = opener.open(frame);
    ++datagrams;
    messages += shown.message ? 1U : 0U;
    if (command.json)
      print_json(about(frame, place(frame.datagram.source), place(frame.datagram.destination)),
                 shown);
    else
      print_datagram(frame, shown, text);
    if (reader->is_live())
      std::cout.flush();
  }
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
