// How many messages a second are parsed, by our decoder and by what libtins offers.
//
//   karpspec_parse_rates gather OUT CAPTURE...   the IKE messages of captures, each behind its size
//                                                (4 octets, big-endian)
//   karpspec_parse_rates ours FILE SECONDS       each with wire::decode_message
//   karpspec_parse_rates frames FILE SECONDS     each within IPv4 and UDP: libtins, then ours
//   karpspec_parse_rates tins FILE SECONDS       the same packets with libtins alone, which ends at
//                                                UDP's payload: it knows nothing of IKE
//
// The last three print one JSON object.
#include <tins/tins.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "capture/reader.h"
#include "wire/message.h"

namespace {

using namespace karpspec;

int refuse(const std::string& why) {
  std::cerr << "karpspec_parse_rates: " << why << "\n";
  return 1;
}

Result<std::size_t> gather(const std::string& path, const std::vector<std::string>& captures) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  std::size_t messages = 0;
  for (const std::string& capture : captures) {
    KARPSPEC_TRY(reader, capture::CaptureReader::open(capture));
    for (;;) {
      KARPSPEC_TRY(frame, reader.next());
      if (!frame)
        break;
      const Octets& payload = frame->datagram.payload;
      const auto size = static_cast<std::uint32_t>(payload.size());
      if (size == 0)
        continue;
      for (const int shift : {24, 16, 8, 0})
        out.put(static_cast<char>(size >> shift & 0xffU));
      out.write(reinterpret_cast<const char*>(payload.data()), size);
      ++messages;
    }
  }
  if (!out.flush())
    return fail(ErrorCode::io, path + ": cannot be written");
  return messages;
}

std::vector<Octets> read_messages(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<Octets> out;
  for (;;) {
    std::uint32_t size = 0;
    for (int i = 0; i < 4; ++i)
      size = size << 8 | static_cast<std::uint32_t>(in.get() & 0xff);
    if (!in)
      return out;
    Octets message(size);
    in.read(reinterpret_cast<char*>(message.data()), size);
    out.push_back(std::move(message));
  }
}

std::vector<Octets> packets_of(const std::vector<Octets>& messages) {
  std::vector<Octets> out;
  out.reserve(messages.size());
  for (const Octets& message : messages) {
    Tins::IP packet = Tins::IP("192.0.2.1", "192.0.2.2") / Tins::UDP(500, 500) /
                      Tins::RawPDU(message.data(), static_cast<std::uint32_t>(message.size()));
    out.push_back(packet.serialize());
  }
  return out;
}

// Of this program's: what others have of the processor meanwhile does not count.
double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// PARSE is asked for each of ALL, again and again, and says whether it could read it.
template <class Parse>
void measure(const std::vector<Octets>& all, double seconds, Parse parse) {
  std::size_t unreadable = 0, messages = 0;
  for (const Octets& one : all)
    unreadable += parse(one) ? 0 : 1;
  const double begun = processor_seconds();
  double passed = 0;
  while (passed < seconds) {
    for (const Octets& one : all)
      messages += parse(one) ? 1 : 0;
    passed = processor_seconds() - begun;
  }
  std::cout << nlohmann::json{{"per_second", static_cast<double>(messages) / passed},
                              {"messages", all.size()},
                              {"unreadable", unreadable}}
                   .dump()
            << "\n";
}

bool decodes(OctetView octets) {
  return wire::decode_message(octets).has_value();
}

// What UDP carries, or nothing.
const Tins::RawPDU* payload_of(const Tins::IP& packet) {
  return packet.find_pdu<Tins::UDP>() == nullptr ? nullptr : packet.find_pdu<Tins::RawPDU>();
}

int rate(const std::string& what, const std::string& path, double seconds) {
  const std::vector<Octets> messages = read_messages(path);
  if (messages.empty())
    return refuse(path + ": no messages");
  if (what == "ours") {
    measure(messages, seconds, [](const Octets& message) { return decodes(message); });
    return 0;
  }
  measure(packets_of(messages), seconds, [&](const Octets& octets) {
    const Tins::IP packet(octets.data(), static_cast<std::uint32_t>(octets.size()));
    const Tins::RawPDU* payload = payload_of(packet);
    return payload != nullptr && (what == "tins" || decodes(payload->payload()));
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() > 2 && words[0] == "gather") {
    const auto messages = gather(words[1], {words.begin() + 2, words.end()});
    if (!messages)
      return refuse(messages.error().message);
    std::cout << *messages << "\n";
    return 0;
  }
  const double seconds = words.size() == 3 ? std::atof(words[2].c_str()) : 0;
  if (seconds > 0 && (words[0] == "ours" || words[0] == "frames" || words[0] == "tins"))
    return rate(words[0], words[1], seconds);
  std::cerr
      << "usage: karpspec_parse_rates gather OUT CAPTURE... | ours|frames|tins FILE SECONDS\n";
  return 2;
}
