#include "capture/reader.h"

#include <poll.h>
#include <tins/exceptions.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string_view>

#include "capture/ip_payload.h"
#include "capture/packet.h"
#include "capture/pcap_source.h"
#include "wire/ip_packet.h"

namespace karpspec::capture {
namespace {

constexpr int longest_wait_ms = 100;

// When a frame was captured. A damaged file can name any time: one that is beyond this clock is its
// last one that still leaves room to count with (year 36812), or its first.
Time time_of(const timeval& at) {
  constexpr std::int64_t last_second = std::int64_t{1} << 40;
  return Time(std::chrono::seconds{std::clamp<std::int64_t>(at.tv_sec, 0, last_second)} +
              Duration{std::clamp<std::int64_t>(at.tv_usec, 0, 999'999)});
}

// Takes the non-ESP marker off; false when there is none, that is for ESP and keepalives.
bool strip_marker(Octets& payload) {
  if (payload.size() < non_esp_marker_size ||
      std::any_of(payload.begin(), payload.begin() + non_esp_marker_size,
                  [](std::uint8_t octet) { return octet != 0; })) {
    return false;
  }
  payload.erase(payload.begin(), payload.begin() + non_esp_marker_size);
  return true;
}

}  // namespace

struct CaptureReader::State {
  PcapHandle handle;
  std::string path;
  bool live = false;
  const std::atomic<bool>* stop = nullptr;
  std::vector<std::uint16_t> ports;
  int link_type = 0;
  std::uint64_t number = 0;
  std::uint64_t malformed = 0;
  bool cut_short = false;
  bool segments = false;
  bool routing = false;
  Fragments fragments, tcp_fragments, ospf_fragments;

  // Until an interface has a frame, or for a tenth of a second.
  Result<void> wait() {
    pollfd wanted{pcap_get_selectable_fd(handle.get()), POLLIN, 0};
    if (::poll(&wanted, 1, longest_wait_ms) < 0 && errno != EINTR)
      return fail(ErrorCode::io, path + ": " + std::strerror(errno));
    return {};
  }

  // Puts what is not UDP into OUT, unread; false where FRAME has nothing of it.
  Result<bool> take_unread(OctetView frame, Frame& out) {
    if (segments) {
      KARPSPEC_TRY(tcp, ip_payload(link_type, frame, wire::protocol_tcp, tcp_fragments));
      if (tcp) {
        out.segment = {tcp->source, tcp->destination, std::move(tcp->octets)};
        return true;
      }
    }
    if (routing) {
      KARPSPEC_TRY(ospf, ip_payload(link_type, frame, wire::protocol_ospf, ospf_fragments));
      // OSPFv3 has the same protocol number over IPv6.
      if (ospf && ospf->source.is_v4()) {
        out.ospf = {ospf->source, ospf->destination, std::move(ospf->octets)};
        return true;
      }
    }
    return false;
  }

  // DATAGRAM as a RIP message, where it is one.
  [[nodiscard]] std::optional<wire::RipPacket> rip_of(const Datagram& datagram) const {
    if (!routing ||
        (datagram.source.port != wire::rip_port && datagram.destination.port != wire::rip_port))
      return std::nullopt;
    const auto source = wire::IpAddress::from_text(datagram.source.address);
    const auto destination = wire::IpAddress::from_text(datagram.destination.address);
    if (!source || !destination)
      return std::nullopt;
    return wire::RipPacket{*source, *destination, datagram.payload};
  }

  [[nodiscard]] bool is_wanted(const Datagram& datagram) const {
    return std::any_of(ports.begin(), ports.end(), [&](std::uint16_t port) {
      return port == datagram.source.port || port == datagram.destination.port;
    });
  }
};

CaptureReader::CaptureReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;
CaptureReader::~CaptureReader() = default;

Result<CaptureReader> CaptureReader::open(const std::string& path,
                                          std::vector<std::uint16_t> ports) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->ports = std::move(ports);
  const auto interface = interface_of(path);
  state->live = interface.has_value();
  KARPSPEC_TRY(handle, interface ? open_interface(*interface) : open_file(path));
  state->handle = std::move(handle);
  state->link_type = pcap_datalink(state->handle.get());
  if (!is_known_link(state->link_type)) {
    return fail(ErrorCode::bad_value, path + ": link type " + std::to_string(state->link_type) +
                                          " is not read (Ethernet, Linux cooked or raw IP are)");
  }
  return CaptureReader(std::move(state));
}

void CaptureReader::stop_at(const std::atomic<bool>& stop) {
  state_->stop = &stop;
}

bool CaptureReader::is_live() const {
  return state_->live;
}

void CaptureReader::with_segments() {
  state_->segments = true;
}

void CaptureReader::with_routing() {
  if (!state_->routing)
    state_->ports.push_back(wire::rip_port);
  state_->routing = true;
}

Result<std::optional<Frame>> CaptureReader::next() {
  State& state = *state_;
  while (!state.cut_short) {
    if (state.live && state.stop != nullptr && *state.stop)
      break;
    pcap_pkthdr* head = nullptr;
    const std::uint8_t* octets = nullptr;
    const int got = pcap_next_ex(state.handle.get(), &head, &octets);
    if (got == 0) {
      KARPSPEC_CHECK(state.wait());
      continue;
    }
    if (got == PCAP_ERROR_BREAK)
      break;
    if (got != 1) {
      const std::string_view why = pcap_geterr(state.handle.get());
      if (why.find("truncated") != std::string_view::npos) {
        state.cut_short = true;
        break;
      }
      return fail(ErrorCode::io, state.path + ": after frame " + std::to_string(state.number) +
                                     ": " + std::string(why));
    }
    ++state.number;
    const Time time = time_of(head->ts);
    const OctetView whole(octets, head->caplen);
    Frame frame{state.number, time, {}, {}, {}, {}};
    const auto taken = state.take_unread(whole, frame);
    if (!taken) {
      ++state.malformed;
      continue;
    }
    if (*taken)
      return frame;
    try {
      auto datagram = udp_datagram(state.link_type, whole, state.fragments);
      if (!datagram || !state.is_wanted(*datagram))
        continue;
      if ((datagram->source.port == nat_traversal_port ||
           datagram->destination.port == nat_traversal_port) &&
          !strip_marker(datagram->payload)) {
        continue;
      }
      frame.rip = state.rip_of(*datagram);
      if (!frame.rip)
        frame.datagram = *std::move(datagram);
      return frame;
    } catch (const Tins::exception_base&) {
      ++state.malformed;
    }
  }
  return std::optional<Frame>();
}

std::uint64_t CaptureReader::malformed() const {
  return state_->malformed;
}
std::uint64_t CaptureReader::incomplete() const {
  return state_->fragments.incomplete() + state_->tcp_fragments.incomplete() +
         state_->ospf_fragments.incomplete();
}
bool CaptureReader::cut_short() const {
  return state_->cut_short;
}

std::vector<std::string> CaptureReader::notes() const {
  std::vector<std::string> notes;
  if (malformed() > 0) {
    notes.push_back(state_->path + ": " + std::to_string(malformed()) +
                    " frame(s) left out whose IP or UDP part does not parse or is not whole");
  }
  if (incomplete() > 0) {
    notes.push_back(state_->path + ": " + std::to_string(incomplete()) +
                    " packet(s) left out of which fragments are missing");
  }
  if (cut_short()) {
    notes.push_back(state_->path + ": ends within the frame after number " +
                    std::to_string(state_->number));
  }
  return notes;
}

}  // namespace karpspec::capture
