#include "planted/front.h"

#include "oracle/ike/sealed_message.h"

namespace karpspec::planted {
namespace {

constexpr std::size_t header_size = 28;
constexpr std::uint8_t init = 34, auth = 35, informational = 37;
constexpr std::uint8_t sk = 46, skf = 53, notify = 41, deletes = 42;
constexpr std::size_t half_open_room = 200;
constexpr std::size_t fragment_room = 1024;

std::uint64_t be(const Octets& octets, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = (value << 8U) | octets[at + i];
  return value;
}

[[gnu::noinline]] void sum_of_message(const Block& message, std::size_t length) {
  std::uint8_t sum = 0;
  for (std::size_t i = 0; i < length; ++i)
    sum = static_cast<std::uint8_t>(sum + message.data()[i]);
  sink = sum;
}

[[gnu::noinline]] void mark_in_window(std::uint8_t* window, std::uint32_t id) {
  window[id] = 1;
}

[[gnu::noinline]] void touch_sa(std::uint32_t& messages) {
  ++messages;
}

// What an IKE_AUTH has brought, by kind.
struct Brought {
  const MessageView* auth;
  const MessageView* other;
};

[[gnu::noinline]] void use_auth_payload(const MessageView& message) {
  auto* brought = static_cast<Brought*>(std::malloc(sizeof(Brought)));
  if (message.has_auth)
    brought->auth = &message;
  sink = brought->auth->exchange;
  std::free(brought);
}

// The group that was asked for; one that is not known is looked for again.
[[gnu::noinline]] unsigned choose_group(unsigned group, unsigned tries) {
  volatile std::uint8_t proposal[4096];
  proposal[tries % sizeof proposal] = static_cast<std::uint8_t>(group);
  if (group == 14 || group == 19 || group == 31)
    return group;
  const unsigned chosen = choose_group(group, tries + 1);
  return chosen + proposal[0] * 0U;
}

[[gnu::noinline]] void put_fragment_before(std::uint8_t* room, std::uint16_t number) {
  const std::ptrdiff_t at =
      (static_cast<std::ptrdiff_t>(number) - 1) * static_cast<std::ptrdiff_t>(fragment_room);
  room[at + static_cast<std::ptrdiff_t>(fragment_room) - 1] = 1;
}

[[gnu::noinline]] void put_fragment_behind(std::uint8_t* room, std::uint16_t number) {
  std::memset(room + (std::size_t{number} - 1) * fragment_room, 1, fragment_room);
}

}  // namespace

// Everything that belongs to a test; what was lost stays lost.
void PlantedFront::reset() {
  sas_.clear();
  reassembly_.clear();
  half_open_.clear();
  ended_.clear();
}

void PlantedFront::read_header(const Octets& octets) {
  if (!has(Bug::header_length))
    return;
  const Block message(octets.data(), octets.size());
  sum_of_message(message, be(octets, 24, 4));
}

// Whether the datagram is lost on a device that believes whatever it is told.
bool PlantedFront::forgets(const Datagram& datagram, std::uint64_t spi, std::uint8_t exchange,
                           bool response) {
  if (ended_.contains(spi) && exchange != init)
    return true;
  if (!has(Bug::half_open_exhaustion) || response)
    return false;
  if (exchange == init) {
    if (half_open_.contains(spi))
      return false;
    if (half_open_.size() >= half_open_room)
      return true;
    half_open_.insert(spi);
  } else if (exchange == auth && datagram.payload[16] == sk) {
    half_open_.erase(spi);
  }
  return false;
}

bool PlantedFront::passes(const Datagram& datagram, const dut::ReferenceRouter& router) {
  const Octets& octets = datagram.payload;
  if (octets.size() < header_size)
    return true;
  read_header(octets);
  const std::uint64_t spi = be(octets, 0, 8);
  const std::uint8_t exchange = octets[18];
  const bool response = (octets[19] & 0x20U) != 0;
  if (forgets(datagram, spi, exchange, response))
    return false;
  if (octets[16] == sk)
    read_opened(octets, spi, router);
  else if (octets[16] == skf && octets.size() >= header_size + 8)
    read_fragment(octets, header_size + 4, spi, static_cast<std::uint32_t>(be(octets, 20, 4)));
  else
    read_clear(octets, spi, exchange, response);
  return !(ended_.contains(spi) && exchange != init);
}

void PlantedFront::read_clear(const Octets& octets, std::uint64_t spi, std::uint8_t exchange,
                              bool response) {
  MessageView message;
  message.exchange = exchange;
  message.response = response;
  parser_.read_chain(message, octets[16], octets.data() + header_size, octets.size() - header_size);
  const std::uint8_t first = octets[16];
  if (exchange == informational && first == deletes && has(Bug::unauthenticated_delete))
    ended_.insert(spi);
  if (exchange == informational && first == notify && octets.size() >= header_size + 8) {
    constexpr std::uint16_t first_status = 16384;
    if (has(Bug::unauthenticated_notify) && be(octets, header_size + 6, 2) < first_status)
      ended_.insert(spi);
  }
  constexpr std::uint16_t invalid_ke_payload = 17;
  if (has(Bug::invalid_ke_recursion) && exchange == init && response && first == notify &&
      octets.size() >= header_size + 10 && octets[header_size + 5] == 0 &&
      be(octets, header_size + 6, 2) == invalid_ke_payload)
    sink = static_cast<std::uint8_t>(
        choose_group(static_cast<unsigned>(be(octets, header_size + 8, 2)), 0));
}

void PlantedFront::read_fragment(const Octets& octets, std::size_t at, std::uint64_t spi,
                                 std::uint32_t id) {
  const auto number = static_cast<std::uint16_t>(be(octets, at, 2));
  const auto total = static_cast<std::uint16_t>(be(octets, at + 2, 2));
  constexpr std::uint16_t many = 512;
  if (has(Bug::fragment_memory) && total > many) {
    auto* room = static_cast<std::uint8_t*>(std::malloc(std::size_t{total} * fragment_room / 4));
    std::memset(room, 1, std::size_t{total} * fragment_room / 4);
    sink = room[number];
  }
  Reassembly& parts = reassembly_[{spi, id}];
  if (parts.room == nullptr) {
    if (total == 0 || total > many)
      return;
    parts.total = total;
    parts.room = static_cast<std::uint8_t*>(std::calloc(total, fragment_room));
  }
  if (number == 0) {
    if (has(Bug::fragment_number))
      put_fragment_before(parts.room, number);
  } else if (number > parts.total) {
    if (has(Bug::fragment_total))
      put_fragment_behind(parts.room, number);
  } else {
    parts.room[(std::size_t{number} - 1) * fragment_room] = 1;
  }
}

void PlantedFront::read_opened(const Octets& octets, std::uint64_t spi,
                               const dut::ReferenceRouter& router) {
  const std::uint64_t spi_r = be(octets, 8, 8);
  const auto& keys = router.ike_keys();
  for (auto it = keys.rbegin(); it != keys.rend(); ++it) {
    if (it->spi_i != spi || it->spi_r != spi_r)
      continue;
    const bool by_initiator = (octets[19] & 0x08U) != 0;
    const auto opened =
        oracle::ike::open_sealed(it->suite,
                                 by_initiator ? oracle::ike::keys_of_initiator(it->keys)
                                              : oracle::ike::keys_of_responder(it->keys),
                                 octets);
    if (!opened)
      return;
    MessageView message;
    message.exchange = octets[18];
    message.response = (octets[19] & 0x20U) != 0;
    message.authentic = true;
    const auto first = static_cast<std::uint8_t>(opened->first);
    parser_.read_chain(message, first, opened->plaintext.data(), opened->plaintext.size());
    if (has(Bug::missing_payload) && message.exchange == auth && !message.response)
      use_auth_payload(message);
    const bool ends = message.exchange == informational && !message.response && first == deletes &&
                      opened->plaintext.size() >= 8 && opened->plaintext[4] == 1;
    follow_sa(spi, static_cast<std::uint32_t>(be(octets, 20, 4)), ends);
    return;
  }
}

void PlantedFront::follow_sa(std::uint64_t spi, std::uint32_t id, bool ends) {
  Sa*& sa = sas_[spi];
  if (sa == nullptr)
    sa = new Sa();
  if (has(Bug::use_after_delete))
    touch_sa(sa->messages);
  if (has(Bug::message_id_window))
    mark_in_window(sa->window, id);
  if (!ends)
    return;
  delete sa;
  if (!has(Bug::use_after_delete))
    sa = nullptr;
}

}  // namespace karpspec::planted
