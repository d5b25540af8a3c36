// Makes seeds of captures: karpspec_fuzz_seeds FOLDER OUT
// Of every capture below FOLDER, with the keys file of the same name beside it, what the targets
// take is written to OUT/TARGET: messages in clear and opened, payloads, the messages of an IKE SA
// as what its peer sends, segments, packets of routing protocols, frames, the first frames as
// captures of each link type, and keys files. Names are digests, so that the same octets are
// written once. With --scenarios it takes what the scenarios below a folder say of messages, with
// --dictionaries it writes those that follow from names and numbers.
// `harness/fuzz/seeds` keeps the few of them that reach something new.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "capture/keys_file.h"
#include "capture/pcapng_writer.h"
#include "capture/reader.h"
#include "oracle/ike/fragments.h"
#include "oracle/ike/sealed_message.h"
#include "transcript/field.h"
#include "wire/ip_packet.h"

namespace {

using namespace karpspec;
namespace fs = std::filesystem;

constexpr std::size_t most_octets = 4096;  // of a seed
constexpr std::size_t most_frames = 200;   // of a capture: what comes later is more of the same

class Seeds {
 public:
  explicit Seeds(fs::path out) : out_(std::move(out)) {}

  void put(const char* target, OctetView octets) {
    if (octets.empty() || octets.size() > most_octets)
      return;
    std::uint64_t digest = 0xcbf29ce484222325ULL;  // FNV-1a, for a name
    for (const std::uint8_t octet : octets)
      digest = (digest ^ octet) * 0x100000001b3ULL;
    if (!written_.emplace(target, digest).second)
      return;
    fs::create_directories(out_ / target);
    std::ofstream file(
        out_ / target / (std::to_string(octets.size()) + "-" + std::to_string(digest)),
        std::ios::binary);
    file.write(reinterpret_cast<const char*>(octets.data()),
               static_cast<std::streamsize>(octets.size()));
    if (!file)
      throw std::runtime_error((out_ / target).string() + ": cannot be written");
  }

 private:
  fs::path out_;
  std::set<std::pair<std::string, std::uint64_t>> written_;
};

Octets slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Bodies by themselves, and chains as streams have them: type, length, octets.
void put_payloads(Seeds& seeds, const std::vector<wire::Payload>& payloads) {
  for (const wire::Payload& payload : payloads) {
    Octets body = wire::encode_chain({payload});
    body.erase(body.begin(), body.begin() + 4);
    body.insert(body.begin(), static_cast<std::uint8_t>(payload.type));
    seeds.put("payload", body);
  }
  Octets certificates;
  std::vector<wire::Payload> proof;
  for (const wire::Payload& payload : payloads)
    if (payload.type == wire::PayloadType::CERT || payload.type == wire::PayloadType::CERTREQ ||
        payload.type == wire::PayloadType::AUTH)
      proof.push_back(payload);
  if (!proof.empty() && proof.front().type == wire::PayloadType::CERT)
    seeds.put("certificate", wire::encode_chain(proof));
}

// What the peer of an IKE SA seals, as steps of the target `ike`: 5 is sealed(), and then how, the
// exchange, and a chain as a piece.
void put_step(Octets& steps, const wire::Message& message) {
  const Octets chain = wire::encode_chain(message.payloads);
  if (chain.size() > 255 || message.header.exchange < 35 || message.header.exchange > 38)
    return;
  const std::uint8_t how = message.header.is_response() ? 2 : 0;
  steps.insert(steps.end(),
               {5, how, static_cast<std::uint8_t>(message.header.exchange - 35),
                message.payloads.empty() ? std::uint8_t{0}
                                         : static_cast<std::uint8_t>(message.payloads.front().type),
                static_cast<std::uint8_t>(chain.size())});
  append(steps, chain);
}

// What stands in a sealed message, if there are keys of it.
std::optional<wire::Message> open(const capture::DecryptionTable& table, const Octets& octets,
                                  Seeds& seeds) {
  const auto header = wire::decode_header(octets);
  if (!header)
    return std::nullopt;
  const auto keys = table.find({header->spi_i, header->spi_r});
  if (keys == table.end())
    return std::nullopt;
  const capture::DecryptionKeys& sa = keys->second;
  const bool initiator = header->from_initiator();
  const crypto::DirectionKeys direction{initiator ? sa.SK_ei.view() : sa.SK_er.view(),
                                        initiator ? sa.SK_ai.view() : sa.SK_ar.view()};
  if (const auto part = oracle::ike::open_fragment(sa.suite, direction, octets);
      part && part->plaintext.size() <= 255) {
    // As the target `sealed` takes fragments: suite, exchange, no whole message, then the pieces.
    Octets steps{0,
                 header->exchange,
                 0,
                 0,
                 part->place.first_inner,
                 static_cast<std::uint8_t>(part->place.number),
                 static_cast<std::uint8_t>(part->place.total),
                 static_cast<std::uint8_t>(part->plaintext.size())};
    append(steps, part->plaintext);
    seeds.put("sealed", steps);
    return std::nullopt;
  }
  if (const auto inner = oracle::ike::open_sealed(sa.suite, direction, octets);
      inner && inner->plaintext.size() <= 255) {
    Octets steps{0, header->exchange, static_cast<std::uint8_t>(inner->first),
                 static_cast<std::uint8_t>(inner->plaintext.size())};
    append(steps, inner->plaintext);
    seeds.put("sealed", steps);
  }
  auto opened = oracle::ike::open_message(sa.suite, direction, octets);
  return opened ? std::optional(*std::move(opened)) : std::nullopt;
}

// Frames of every link type that is read, around the same IP packet.
struct Link {
  std::uint8_t index;  // in the table of the target `packet`
  std::uint16_t type;
  Octets head;
};
std::vector<Link> links(bool v6) {
  const Octets ether_type = v6 ? Octets{0x86, 0xdd} : Octets{0x08, 0x00};
  const auto with = [&](Octets before, const Octets& after) {
    append(before, ether_type);
    append(before, after);
    return before;
  };
  return {{0, 1, with(Octets(12, 2), {})},
          {0, 1, with({2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x81, 0, 0, 7}, {})},
          {1, 113, with({0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0}, {})},
          {2, 276, with({}, {0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0})},
          {static_cast<std::uint8_t>(v6 ? 4 : 3), static_cast<std::uint16_t>(v6 ? 229 : 228), {}}};
}

// A classic capture of one frame: header (24), record header (16), frame.
Octets classic_capture(const Octets& frame, std::uint32_t link_type, bool big) {
  Octets out;
  const auto put = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i)
      out.push_back(static_cast<std::uint8_t>(value >> 8 * (big ? size - 1 - i : i)));
  };
  put(0xa1b2c3d4, 4);
  put(2, 2);
  put(4, 2);
  for (const std::uint32_t value : {0U, 0U, 0x40000U, link_type, 1767225600U, 0U})
    put(value, 4);
  put(static_cast<std::uint32_t>(frame.size()), 4);
  put(static_cast<std::uint32_t>(frame.size()), 4);
  append(out, frame);
  return out;
}

// The packets of many captures are alike: each is put on one link, in turn, and few of a capture.
class Packets {
 public:
  Packets(Seeds& seeds, fs::path scratch) : seeds_(seeds), scratch_(std::move(scratch)) {}
  void begin_capture() { of_this_ = 0; }
  void put(const Octets& packet, Time time) {
    constexpr int most_of_a_capture = 2;
    if (packet.empty() || of_this_++ >= most_of_a_capture)
      return;
    const auto all = links(packet[0] >> 4 == 6);
    const Link& link = all[turn_++ / 2 % all.size()];
    Octets frame = link.head;
    append(frame, packet);
    Octets seed{link.index};
    append(seed, frame);
    seeds_.put("packet", seed);
    if (turn_ % 2 == 0) {
      const bool big = turn_ % 4 == 0;
      return seeds_.put("capture", classic_capture(frame, link.type, big));
    }
    auto writer = capture::PcapngWriter::create(scratch_.string(), link.type);
    if (!writer || !writer->write_frame(frame, frame.size(), time) || !writer->flush())
      throw std::runtime_error(scratch_.string() + ": cannot be written");
    seeds_.put("capture", slurp(scratch_));
  }

 private:
  Seeds& seeds_;
  fs::path scratch_;
  std::size_t turn_ = 0;
  int of_this_ = 0;
};

void read_capture(const fs::path& path, Seeds& seeds, Packets& packets) {
  packets.begin_capture();
  capture::DecryptionTable table;
  fs::path keys = path;
  keys.replace_extension(".keys");
  if (fs::exists(keys)) {
    seeds.put("keys_file", slurp(keys));
    if (auto read = capture::read_decryption_table(keys.string()))
      table = *std::move(read);
  }
  seeds.put("capture", slurp(path));
  auto reader = capture::CaptureReader::open(path.string());
  if (!reader)
    return;
  reader->with_segments();
  reader->with_routing();
  Octets steps{16};  // the device begins
  for (std::size_t frames = 0; frames < most_frames; ++frames) {
    const auto next = reader->next();
    if (!next || !*next)
      break;
    const capture::Frame& frame = **next;
    if (frame.segment) {
      seeds.put("tcp_ao", frame.segment->segment);
      if (const auto packet = wire::encode_ip(*frame.segment))
        packets.put(*packet, frame.time);
    } else if (frame.ospf) {
      seeds.put("routing", frame.ospf->octets);
      if (const auto packet = wire::encode_ip(frame.ospf->source, frame.ospf->destination,
                                              wire::protocol_ospf, frame.ospf->octets))
        packets.put(*packet, frame.time);
    } else if (frame.rip) {
      seeds.put("routing", frame.rip->octets);
    } else {
      seeds.put("message", frame.datagram.payload);
      auto message = open(table, frame.datagram.payload, seeds);
      if (message) {
        put_step(steps, *message);
        seeds.put("message", wire::encode_message(*message));
      } else if (auto clear = wire::decode_message(frame.datagram.payload)) {
        message = *std::move(clear);
      }
      if (message)
        put_payloads(seeds, message->payloads);
      if (const auto framed = capture::ethernet_frame(frame.datagram)) {
        const Octets packet(framed->begin() + 14, framed->end());
        packets.put(packet, frame.time);
      }
    }
  }
  if (steps.size() > 1)
    seeds.put("ike", steps);
}

// What scenarios say of messages: the value of each `send`, `expect`, `with`, `where` and `mutate`,
// a block below it moved to the left.
void read_scenario(const fs::path& path, Seeds& seeds) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  const auto indent = [](const std::string& line) {
    return std::min(line.find_first_not_of(' '), line.size());
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    for (const std::string_view key : {"send: ", "expect: ", "with:", "where:", "mutate:"}) {
      const std::size_t at = line.find(key);
      if (at == std::string::npos || line.find_first_not_of(" -") != at)
        continue;
      std::string text = line.substr(at + key.size());
      if (text.empty())
        for (std::size_t below = i + 1, left = 0; below < lines.size() && indent(lines[below]) > at;
             ++below) {
          left = left == 0 ? indent(lines[below]) : left;
          text += lines[below].substr(std::min(left, indent(lines[below]))) + "\n";
        }
      seeds.put("notation", octets_of(text));
    }
  }
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text)
    out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  return out + "\"\n";
}

// Every number that has a name, in as many octets as its field has; those of one octet need no
// dictionary.
void put_numbers(std::ostream& out) {
  using transcript::Names;
  for (const auto& [names, size] :
       {std::pair(Names::notify, 2), std::pair(Names::dh, 2), std::pair(Names::encr, 2),
        std::pair(Names::prf, 2), std::pair(Names::integ, 2)})
    for (const std::string& name : transcript::names_of(names)) {
      const auto number = transcript::number_from_name(names, name);
      if (!number)
        continue;
      out << "# " << name << "\n\"";
      for (int i = size - 1; i >= 0; --i)
        out << "\\x" << to_hex(Octets{static_cast<std::uint8_t>(*number >> 8 * i)});
      out << "\"\n";
    }
}

int write_dictionaries(const fs::path& out) {
  std::ofstream numbers(out / "payload.dict"), words(out / "notation.dict");
  numbers << "# Made by karpspec_fuzz_seeds: numbers of the wire room that have names.\n";
  put_numbers(numbers);
  words << "# Made by karpspec_fuzz_seeds: names of payloads, their fields, and their values.\n";
  for (const std::string& name : transcript::payload_names()) {
    words << in_quotes(name);
    for (const std::string& path : transcript::fields_of(name))
      words << in_quotes(path);
  }
  for (int i = 0; i <= static_cast<int>(transcript::Names::address); ++i)
    for (const std::string& name : transcript::names_of(static_cast<transcript::Names>(i)))
      words << in_quotes(name);
  for (const char* word :
       {"set",        "add",      "remove",  "double",   "move",     "order",    "patch",
        "octets",     "truncate", "append",  "inner",    "at",       "first",    "last",
        "before",     "after",    "with",    "value",    "to",       "proposal", "transform",
        "transforms", "=random(", "=zeros(", "=repeat(", "=flip",    "=reverse", "=auth",
        "one-of",     "same-as",  "length",  "prefix",   "contains", "min",      "max",
        "above",      "below",    "not",     "any",      "absent",   "request",  "response",
        "HDR.",       "SK."})
    words << in_quotes(word);
  return numbers && words ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3 && std::string_view(arguments[1]) == "--dictionaries")
    return write_dictionaries(arguments[2]);
  const bool scenarios = count == 4 && std::string_view(arguments[1]) == "--scenarios";
  if (count != 3 && !scenarios) {
    std::cerr << "usage: karpspec_fuzz_seeds FOLDER OUT\n"
                 "       karpspec_fuzz_seeds --scenarios FOLDER OUT\n"
                 "       karpspec_fuzz_seeds --dictionaries OUT\n";
    return 2;
  }
  const fs::path out = arguments[count - 1];
  try {
    fs::create_directories(out);
    Seeds seeds(out);
    if (scenarios) {
      for (const auto& entry : fs::recursive_directory_iterator(arguments[2]))
        if (entry.path().extension() == ".yaml")
          read_scenario(entry.path(), seeds);
      return 0;
    }
    Packets packets(seeds, out / "frame.pcapng");
    std::set<fs::path> captures;
    for (const auto& entry : fs::recursive_directory_iterator(arguments[1]))
      if (const auto kind = entry.path().extension(); kind == ".pcapng" || kind == ".pcap")
        captures.insert(entry.path());
    for (const fs::path& capture : captures)
      read_capture(capture, seeds, packets);
    fs::remove(out / "frame.pcapng");
    std::cout << captures.size() << " captures\n";
    return captures.empty() ? 1 : 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
