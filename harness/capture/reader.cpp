#include "capture/reader.h"

#include <pcap/pcap.h>
#include <tins/dot1q.h>
#include <tins/ethernetII.h>
#include <tins/exceptions.h>
#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>
#include <tins/sll.h>
#include <tins/udp.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace karpspec::capture {
namespace {

struct ClosePcap {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

constexpr std::array<std::uint16_t, 3> ike_ports = {500, 4500, 848};
constexpr std::uint16_t nat_port = 4500;

bool is_ike_port(std::uint16_t port) {
  return std::find(ike_ports.begin(), ike_ports.end(), port) != ike_ports.end();
}

std::unique_ptr<Tins::PDU> parse(int link_type, const std::uint8_t* octets, std::uint32_t size) {
  switch (link_type) {
    case DLT_EN10MB:
      return std::make_unique<Tins::EthernetII>(octets, size);
    case DLT_LINUX_SLL:
      return std::make_unique<Tins::SLL>(octets, size);
    case DLT_RAW:
      if (size > 0 && (octets[0] >> 4) == 6)
        return std::make_unique<Tins::IPv6>(octets, size);
      return std::make_unique<Tins::IP>(octets, size);
    default:
      return nullptr;
  }
}

bool is_known_link(int link_type) {
  return link_type == DLT_EN10MB || link_type == DLT_LINUX_SLL || link_type == DLT_RAW;
}

std::optional<Datagram> ike_datagram(const Tins::PDU& frame) {
  const auto* udp = frame.find_pdu<Tins::UDP>();
  if (udp == nullptr || (!is_ike_port(udp->sport()) && !is_ike_port(udp->dport()))) {
    return std::nullopt;
  }
  Datagram datagram;
  datagram.source.port = udp->sport();
  datagram.destination.port = udp->dport();
  if (const auto* ip = frame.find_pdu<Tins::IP>()) {
    datagram.source.address = ip->src_addr().to_string();
    datagram.destination.address = ip->dst_addr().to_string();
  } else if (const auto* ip6 = frame.find_pdu<Tins::IPv6>()) {
    datagram.source.address = ip6->src_addr().to_string();
    datagram.destination.address = ip6->dst_addr().to_string();
  }
  if (const auto* raw = frame.find_pdu<Tins::RawPDU>())
    datagram.payload = raw->payload();
  if (udp->sport() == nat_port || udp->dport() == nat_port) {
    const Octets& payload = datagram.payload;
    // Without four zero octets in front it is ESP, or a keepalive.
    if (payload.size() < 4 || std::any_of(payload.begin(), payload.begin() + 4,
                                          [](std::uint8_t octet) { return octet != 0; })) {
      return std::nullopt;
    }
    datagram.payload.erase(datagram.payload.begin(), datagram.payload.begin() + 4);
  }
  return datagram;
}

}  // namespace

struct CaptureReader::State {
  std::unique_ptr<pcap_t, ClosePcap> handle;
  std::string path;
  int link_type = 0;
  std::uint64_t number = 0;
  std::uint64_t malformed = 0;
};

CaptureReader::CaptureReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;
CaptureReader::~CaptureReader() = default;

Result<CaptureReader> CaptureReader::open(const std::string& path) {
  if (!std::filesystem::exists(path))
    return fail(ErrorCode::not_found, path + ": no such file");
  std::array<char, PCAP_ERRBUF_SIZE> message{};
  auto state = std::make_unique<State>();
  state->path = path;
  state->handle.reset(pcap_open_offline(path.c_str(), message.data()));
  if (!state->handle)
    return fail(ErrorCode::bad_value, path + ": " + message.data());
  state->link_type = pcap_datalink(state->handle.get());
  if (!is_known_link(state->link_type)) {
    return fail(ErrorCode::bad_value, path + ": link type " + std::to_string(state->link_type) +
                                          " is not read (Ethernet, Linux cooked or raw IP are)");
  }
  return CaptureReader(std::move(state));
}

Result<std::optional<Frame>> CaptureReader::next() {
  for (;;) {
    pcap_pkthdr* head = nullptr;
    const std::uint8_t* octets = nullptr;
    const int got = pcap_next_ex(state_->handle.get(), &head, &octets);
    if (got == PCAP_ERROR_BREAK)
      return std::optional<Frame>();
    if (got != 1) {
      return fail(ErrorCode::io, state_->path + ": after frame " + std::to_string(state_->number) +
                                     ": " + pcap_geterr(state_->handle.get()));
    }
    ++state_->number;
    try {
      const auto frame = parse(state_->link_type, octets, head->caplen);
      auto datagram = frame ? ike_datagram(*frame) : std::nullopt;
      if (!datagram)
        continue;
      const Duration since = std::chrono::seconds{head->ts.tv_sec} + Duration{head->ts.tv_usec};
      return Frame{state_->number, Time(since), *std::move(datagram)};
    } catch (const Tins::exception_base&) {
      ++state_->malformed;
    }
  }
}

std::uint64_t CaptureReader::malformed() const {
  return state_->malformed;
}

}  // namespace karpspec::capture
