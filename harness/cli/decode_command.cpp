#include <iostream>

#include "capture/keys_file.h"
#include "capture/reader.h"
#include "cli/commands.h"
#include "oracle/ike/sealed_message.h"
#include "report/decimal.h"
#include "transcript/render.h"

namespace karpspec::cli {
namespace {

using report::Json;

struct Shown {
  std::optional<wire::Message> message;
  std::string trouble;  // why the message, or what is inside it, could not be shown
};

bool is_protected(const wire::Message& message) {
  return !message.payloads.empty() && message.payloads.back().type == wire::PayloadType::SK;
}

Shown show(const Octets& octets, const capture::DecryptionTable& table) {
  auto message = wire::decode_message(octets);
  if (!message)
    return {std::nullopt, to_string(message.error())};
  if (!is_protected(*message))
    return {*std::move(message), ""};
  const auto keys = table.find({message->header.spi_i, message->header.spi_r});
  if (keys == table.end())
    return {*std::move(message), "no keys for this IKE SA"};
  const capture::DecryptionKeys& sa = keys->second;
  const bool from_initiator = message->header.from_initiator();
  const crypto::DirectionKeys direction{from_initiator ? sa.SK_ei.view() : sa.SK_er.view(),
                                        from_initiator ? sa.SK_ai.view() : sa.SK_ar.view()};
  auto opened = oracle::ike::open_message(sa.suite, direction, octets);
  if (!opened)
    return {*std::move(message), to_string(opened.error())};
  return {*std::move(opened), ""};
}

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
  const Shown shown = show(*octets, table);
  if (command.json)
    print_json(Json::object(), shown);
  else
    print_text("", shown);
  return shown.message ? conforms : does_not;
}

int decode_capture(const DecodeCommand& command, const capture::DecryptionTable& table) {
  auto reader = capture::CaptureReader::open(command.capture);
  if (!reader)
    return complain(reader.error().message);
  std::size_t datagrams = 0;
  std::size_t messages = 0;
  for (;;) {
    const auto next = reader->next();
    if (!next)
      return complain(next.error().message);
    if (!*next)
      break;
    const capture::Frame& frame = **next;
    const Shown shown = show(frame.datagram.payload, table);
    ++datagrams;
    messages += shown.message ? 1U : 0U;
    const std::string source = place(frame.datagram.source);
    const std::string destination = place(frame.datagram.destination);
    if (command.json) {
      print_json({{"frame", frame.number},
                  {"time", clock(frame.time)},
                  {"source", source},
                  {"destination", destination}},
                 shown);
    } else {
      std::string about = "frame " + std::to_string(frame.number);
      about.append("  ").append(clock(frame.time));
      about.append("  ").append(source).append(" -> ").append(destination);
      print_text(about, shown);
    }
  }
  for (const std::string& note : reader->notes())
    std::cerr << note << "\n";
  if (datagrams == 0)
    std::cerr << command.capture << ": no datagram of IKE (UDP ports 500, 4500 and 848)\n";
  return messages > 0 || datagrams == 0 ? conforms : does_not;
}

}  // namespace

int decode(const DecodeCommand& command) {
  capture::DecryptionTable table;
  if (!command.keys.empty()) {
    auto read = capture::read_decryption_table(command.keys);
    if (!read)
      return complain(read.error().message);
    table = *std::move(read);
  }
  return command.capture.empty() ? decode_hex(command, table) : decode_capture(command, table);
}

}  // namespace karpspec::cli
