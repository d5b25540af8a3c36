#include "fuzz/mutate/capture_file.h"

#include <algorithm>
#include <optional>

#include "fuzz/mutate/packets.h"

namespace karpspec::fuzz {
namespace {

constexpr std::size_t most_parts = 64;
constexpr std::uint32_t enhanced_packet = 6, simple_packet = 3, section_header = 0x0a0d0d0a;

// Numbers of the file's byte order.
class Order {
 public:
  explicit Order(bool big) : big_(big) {}
  [[nodiscard]] std::uint32_t read(OctetView octets, std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value = value << 8 | octets[big_ ? at + i : at + 3 - i];
    return value;
  }
  void write(Octets& octets, std::size_t at, std::uint32_t value) const {
    for (std::size_t i = 0; i < 4; ++i, value >>= 8)
      octets[big_ ? at + 3 - i : at + i] = static_cast<std::uint8_t>(value);
  }
  friend bool operator==(const Order&, const Order&) = default;

 private:
  bool big_;
};

// pcap: a header (24) and records: seconds (4) | fraction (4) | captured (4) | on the wire (4) |
// frame. pcapng: blocks: type (4) | length (4) | body | length (4).
struct File {
  bool ng = false;
  Order order{false};
  Octets head;                // of a pcap file
  std::vector<Octets> parts;  // records, or blocks
  Octets tail;                // what could not be read
};

constexpr std::size_t head_size = 24, record_head = 16, block_frame = 12, packet_head = 28;

std::optional<File> read(OctetView octets) {
  if (octets.size() < head_size)
    return std::nullopt;
  File file;
  const std::uint32_t magic = Order(true).read(octets, 0);
  if (magic == section_header) {
    file.ng = true;
    file.order = Order(Order(true).read(octets, 8) == 0x1a2b3c4d);
  } else if (magic == 0xa1b2c3d4 || magic == 0xa1b23c4d) {
    file.order = Order(true);
  } else if (magic != 0xd4c3b2a1 && magic != 0x4d3cb2a1) {
    return std::nullopt;
  }
  if (!file.ng) {
    file.head.assign(octets.begin(), octets.begin() + head_size);
    octets = octets.subspan(head_size);
  }
  while (file.parts.size() < most_parts) {
    if (octets.size() < (file.ng ? block_frame : record_head))
      break;
    const std::size_t size = file.ng ? file.order.read(octets, 4)
                                     : record_head + std::size_t{file.order.read(octets, 8)};
    if (size < (file.ng ? block_frame : record_head) || size > octets.size())
      break;
    const OctetView part = octets.first(size);
    file.parts.emplace_back(part.begin(), part.end());
    octets = octets.subspan(size);
  }
  file.tail.assign(octets.begin(), octets.end());
  return file;
}

Octets write(const File& file) {
  Octets out = file.head;
  for (const Octets& part : file.parts)
    append(out, part);
  append(out, file.tail);
  return out;
}

// Where the frame of a record or packet block stands, and how long it is.
std::optional<std::pair<std::size_t, std::size_t>> frame_of(const File& file, const Octets& part) {
  if (!file.ng)
    return std::pair(record_head, part.size() - record_head);
  const std::uint32_t type = file.order.read(part, 0);
  if (type == simple_packet && part.size() >= 16)
    return std::pair(std::size_t{12}, part.size() - 16);
  if (type != enhanced_packet || part.size() < packet_head + 4)
    return std::nullopt;
  const std::size_t size = file.order.read(part, 20);
  if (size > part.size() - packet_head - 4)
    return std::nullopt;
  return std::pair(packet_head, size);
}

void change_frame_of(const File& file, Octets& part, Draw& draw) {
  const auto where = frame_of(file, part);
  if (!where)
    return draw.change_number(part, 8 + 2 * draw.below(part.size() / 2),
                              std::size_t{1} << draw.below(3));
  const auto from = part.begin() + static_cast<std::ptrdiff_t>(where->first);
  const auto end = from + static_cast<std::ptrdiff_t>(where->second);
  Octets frame(from, end);
  Octets rest(end, part.end());
  if (!change_frame(frame, draw))
    draw.change(frame);
  const auto size = static_cast<std::uint32_t>(frame.size());
  if (file.ng) {
    // Padded to four octets; options are left out. The length stands at both ends.
    frame.resize((frame.size() + 3) / 4 * 4);
    rest.assign(4, 0);
  }
  part.resize(where->first);
  append(part, frame);
  append(part, rest);
  if (!file.ng || file.order.read(part, 0) == enhanced_packet) {
    file.order.write(part, file.ng ? 20 : 8, size);
    file.order.write(part, file.ng ? 24 : 12, size);
  } else {
    file.order.write(part, 8, size);
  }
  if (file.ng) {
    file.order.write(part, 4, static_cast<std::uint32_t>(part.size()));
    file.order.write(part, part.size() - 4, static_cast<std::uint32_t>(part.size()));
  }
}

}  // namespace

bool change_capture(Octets& octets, Draw& draw) {
  auto file = read(octets);
  if (!file)
    return false;
  if (file->parts.empty() || draw.one_in(16)) {
    // Of the file's header the link type, or any.
    Octets& part = file->ng && !file->parts.empty() ? file->parts.front() : file->head;
    const std::size_t at = draw.one_in(2) ? 20 : 4 * draw.below(6);
    if (part.size() >= at + 4)
      file->order.write(part, at,
                        static_cast<std::uint32_t>(draw.near(file->order.read(part, at), 16)));
  } else if (draw.one_in(3)) {
    draw.rearrange(file->parts, most_parts);
  } else {
    Octets& part = file->parts[draw.below(file->parts.size())];
    if (draw.one_in(6)) {
      const std::size_t at = 4 * draw.below(part.size() / 4);
      file->order.write(part, at,
                        static_cast<std::uint32_t>(draw.near(file->order.read(part, at), 32)));
    } else {
      change_frame_of(*file, part, draw);
    }
  }
  if (draw.one_in(32) && !file->tail.empty())
    file->tail.clear();
  octets = write(*file);
  if (draw.one_in(32))
    octets.resize(octets.size() - std::min(octets.size(), draw.below(64)));
  return true;
}

bool cross_captures(Octets& octets, OctetView other, Draw& draw) {
  auto file = read(octets);
  const auto more = read(other);
  if (!file || !more || file->ng != more->ng || file->order != more->order || more->parts.empty())
    return false;
  file->parts.insert(
      file->parts.begin() + static_cast<std::ptrdiff_t>(draw.below(file->parts.size() + 1)),
      more->parts[draw.below(more->parts.size())]);
  octets = write(*file);
  return true;
}

}  // namespace karpspec::fuzz
