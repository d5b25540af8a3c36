#include <iostream>

#include "capture/keys_file.h"
#include "capture/reader.h"
#include "cli/commands.h"
#include "oracle/ike/sealed_message.h"
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
  char text[32];
  std::snprintf(text, sizeof text, "%.6f",
                std::chrono::duration<double>(time.time_since_epoch()).count());
  return text;
}

std::string place(const Endpoint& endpoint) {
  return endpoint.address + ":" + std::to_string(endpoint.port);
}

void print_json(const capture::Frame& frame, const Shown& shown) {
  Json item = {{"frame", frame.number},
               {"time", clock(frame.time)},
               {"source", place(frame.datagram.source)},
               {"destination", place(frame.datagram.destination)}};
  if (shown.message) {
    item["message"] = transcript::one_line(*shown.message);
    Json fields = Json::object();
    for (const transcript::ShownField& field : transcript::show_fields(*shown.message)) {
      fields[field.path] = field.value;
    }
    item["fields"] = std::move(fields);
  }
  if (!shown.trouble.empty())
    item["trouble"] = shown.trouble;
  std::cout << item.dump() << "\n";
}

void print_text(const capture::Frame& frame, const Shown& shown) {
  std::cout << "frame " << frame.number << "  " << clock(frame.time) << "  "
            << place(frame.datagram.source) << " -> " << place(frame.datagram.destination) << "\n";
  if (shown.message)
    std::cout << transcript::with_fields(*shown.message);
  if (!shown.trouble.empty())
    std::cout << "  (" << shown.trouble << ")\n";
  std::cout << "\n";
}

}  // namespace

int decode(const std::string& capture_file, const std::string& keys_file, bool json) {
  capture::DecryptionTable table;
  if (!keys_file.empty()) {
    auto read = capture::read_decryption_table(keys_file);
    if (!read)
      return complain(read.error().message);
    table = *std::move(read);
  }
  auto reader = capture::CaptureReader::open(capture_file);
  if (!reader)
    return complain(reader.error().message);
  for (;;) {
    auto frame = reader->next();
    if (!frame)
      return complain(frame.error().message);
    if (!*frame)
      break;
    const Shown shown = show((*frame)->datagram.payload, table);
    if (json) {
      print_json(**frame, shown);
    } else {
      print_text(**frame, shown);
    }
  }
  if (reader->malformed() > 0) {
    std::cerr << reader->malformed() << " frames did not parse below UDP\n";
  }
  return conforms;
}

}  // namespace karpspec::cli
