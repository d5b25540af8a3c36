#include <iostream>
#include <map>
#include <tuple>

#include "capture/keys_file.h"
#include "capture/reader.h"
#include "cli/capture_keys.h"
#include "cli/commands.h"
#include "cli/routing_packets.h"
#include "cli/segments.h"
#include "oracle/ike/fragments.h"
#include "report/decimal.h"
#include "transcript/render.h"

namespace karpspec::cli {
namespace {

using report::Json;

struct Shown {
  std::optional<wire::Message> message;
  std::string trouble;  // why the message, or what is inside it, could not be shown
};

// Opens what the keys are for. Fragments (RFC 7383) are kept until their message is whole.
class Opener {
 public:
  explicit Opener(const capture::DecryptionTable& table) : table_(table) {}

  [[nodiscard]] Shown show(const Octets& octets) {
    auto message = wire::decode_message(octets);
    if (!message)
      return {std::nullopt, to_string(message.error())};
    if (message->payloads.empty() || !is_sealed(message->payloads.back().type))
      return {*std::move(message), ""};
    const auto keys = table_.find({message->header.spi_i, message->header.spi_r});
    if (keys == table_.end())
      return {*std::move(message), "no keys for this IKE SA"};
    const capture::DecryptionKeys& sa = keys->second;
    const bool from_initiator = message->header.from_initiator();
    const crypto::DirectionKeys direction{from_initiator ? sa.SK_ei.view() : sa.SK_er.view(),
                                          from_initiator ? sa.SK_ai.view() : sa.SK_ar.view()};
    if (message->payloads.back().type == wire::PayloadType::SKF)
      return show_fragment(*std::move(message), sa.suite, direction, octets);
    auto opened = oracle::ike::open_message(sa.suite, direction, octets);
    if (!opened)
      return {*std::move(message), to_string(opened.error())};
    return {*std::move(opened), ""};
  }

 private:
  static bool is_sealed(wire::PayloadType type) {
    return type == wire::PayloadType::SK || type == wire::PayloadType::SKF;
  }

  Shown show_fragment(wire::Message message, const crypto::IkeSuite& suite,
                      const crypto::DirectionKeys& direction, const Octets& octets) {
    constexpr std::size_t most_unfinished = 1024;
    const auto opened = oracle::ike::open_fragment(suite, direction, octets);
    if (!opened)
      return {std::move(message), to_string(opened.error())};
    const auto& place = opened->place;
    const std::string name =
        "fragment " + std::to_string(place.number) + " of " + std::to_string(place.total);
    if (place.number == 0 || place.number > place.total)
      return {std::move(message), name};
    const wire::Header& header = message.header;
    if (parts_.size() > most_unfinished)
      parts_.clear();
    oracle::ike::Reassembly& parts =
        parts_[{header.spi_i, header.spi_r, header.flags, header.message_id}];
    // A finer cut takes the place of what is there, a coarser one is passed over (section 2.6).
    if (!parts.empty() && place.total > parts.total())
      parts.clear();
    const bool kept = (parts.empty() || place.total == parts.total()) && !parts.has(place.number) &&
                      parts.add(*opened);
    if (!kept || !parts.complete())
      return {std::move(message), name + (kept ? "" : ", passed over")};
    const oracle::ike::Opened whole = parts.take();
    wire::CodePoints numbers;
    numbers.mrkmp = wire::is_mrkmp(header.exchange_type());
    auto payloads = wire::decode_chain(whole.first, whole.plaintext, numbers);
    if (!payloads)
      return {std::move(message), name + ", the last: " + to_string(payloads.error())};
    message.payloads = *std::move(payloads);
    return {std::move(message), name + ", put together"};
  }

  const capture::DecryptionTable& table_;
  std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint8_t, std::uint32_t>,
           oracle::ike::Reassembly>
      parts_;
};

std::string clock(Time time) {
  return report::decimal(std::chrono::duration<double>(time.time_since_epoch()).count(), 6);
}

std::string place(const Endpoint& endpoint) {
  return endpoint.address + ":" + std::to_string(endpoint.port);
}

// ABOUT says where the message was; its members come first.
void print_json(Json about, const Shown& shown) {
  if (shown.message) {
    about["message"] = transcript::one_line(*shown.message);
    Json fields = Json::object();
    for (const transcript::ShownField& field : transcript::show_fields(*shown.message))
      fields[field.path] = field.value;
    about["fields"] = std::move(fields);
  }
  if (!shown.trouble.empty())
    about["trouble"] = shown.trouble;
  std::cout << report::json_text(about) << "\n";
}

void print_text(const std::string& about, const Shown& shown) {
  if (!about.empty())
    std::cout << about << "\n";
  if (shown.message)
    std::cout << transcript::with_fields(*shown.message);
  if (!shown.trouble.empty())
    std::cout << "  (" << shown.trouble << ")\n";
  std::cout << "\n";
}

int decode_hex(const DecodeCommand& command, const capture::DecryptionTable& table) {
  const auto octets = from_hex(command.hex);
  if (!octets)
    return complain("--hex: " + octets.error().message);
  const Shown shown = Opener(table).show(*octets);
  if (command.json)
    print_json(Json::object(), shown);
  else
    print_text("", shown);
  return shown.message ? conforms : does_not;
}

Json about(const capture::Frame& frame, const std::string& source, const std::string& destination) {
  return {{"frame", frame.number},
          {"time", clock(frame.time)},
          {"source", source},
          {"destination", destination}};
}

std::string headline(const capture::Frame& frame, const std::string& source,
                     const std::string& destination) {
  return "frame " + std::to_string(frame.number) + "  " + clock(frame.time) + "  " + source +
         " -> " + destination;
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

int decode_capture(const DecodeCommand& command, const capture::DecryptionTable& table,
                   Segments segments, RoutingPackets routing) {
  auto reader = capture::CaptureReader::open(command.capture);
  if (!reader)
    return complain(reader.error().message);
  reader->with_segments();
  reader->with_routing();
  std::size_t datagrams = 0;
  std::size_t messages = 0;
  Opener opener(table);
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
    const Shown shown = opener.show(frame.datagram.payload);
    ++datagrams;
    messages += shown.message ? 1U : 0U;
    const std::string source = place(frame.datagram.source);
    const std::string destination = place(frame.datagram.destination);
    if (command.json) {
      print_json(about(frame, source, destination), shown);
    } else {
      print_text(headline(frame, source, destination), shown);
    }
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
  capture::DecryptionTable table;
  std::optional<CaptureKeys> keys;
  for (const std::string& path : command.keys) {
    if (path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json")) {
      if (keys)
        return complain(path + ": one key table at a time");
      const auto suites = find_suites(common.suites);
      if (!suites)
        return complain(suites.error().message);
      auto read = read_capture_keys(*suites, path);
      if (!read)
        return complain(read.error().message);
      keys = *std::move(read);
      continue;
    }
    auto read = capture::read_decryption_table(path);
    if (!read)
      return complain(read.error().message);
    table.merge(*read);
  }
  if (command.capture.empty())
    return decode_hex(command, table);
  if (!keys)
    keys.emplace();
  return decode_capture(command, table, Segments(std::move(keys->segments)),
                        RoutingPackets(std::move(keys->routing)));
}

}  // namespace karpspec::cli
