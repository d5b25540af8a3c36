#pragma once

#include <map>
#include <set>
#include <vector>

#include "dut/adapters/device_process.h"
#include "planted/parser.h"

namespace karpspec::planted {

// Reads every datagram before the reference router does, with the bugs that are planted: in clear
// what is in clear, opened what the router has keys for. What survives goes on to the router, which
// is as correct as ever.
class PlantedFront final : public dut::Front {
 public:
  explicit PlantedFront(const Bugs& bugs) : bugs_(bugs), parser_(bugs) {}
  [[nodiscard]] bool passes(const Datagram& datagram, const dut::ReferenceRouter& router) override;
  void reset() override;

 private:
  // What is kept of an IKE SA, by the initiator's SPI.
  struct Sa {
    std::uint32_t messages = 0;
    std::uint8_t window[64] = {};
  };
  struct Reassembly {
    std::uint16_t total = 0;
    std::uint8_t* room = nullptr;
  };

  [[nodiscard]] bool has(Bug bug) const { return bugs_.has(bug); }
  [[nodiscard]] bool forgets(const Datagram& datagram, std::uint64_t spi, std::uint8_t exchange,
                             bool response);
  void read_header(const Octets& octets);
  void read_fragment(const Octets& octets, std::size_t at, std::uint64_t spi, std::uint32_t id);
  void read_clear(const Octets& octets, std::uint64_t spi, std::uint8_t exchange, bool response);
  void read_opened(const Octets& octets, std::uint64_t spi, const dut::ReferenceRouter& router);
  void follow_sa(std::uint64_t spi, std::uint32_t id, bool deletes);

  const Bugs& bugs_;
  Parser parser_;
  std::map<std::uint64_t, Sa*> sas_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, Reassembly> reassembly_;
  std::set<std::uint64_t> half_open_;
  std::set<std::uint64_t> ended_;  // by somebody who has proved nothing
};

}  // namespace karpspec::planted
