#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace karpspec::dut {

// An IKE SA as `ikectl show sa` lists it.
struct IkedSa {
  std::string spi_i, spi_r;  // hexadecimal, 16 digits
  std::string peer_address;
  bool initiator = false;
  std::string state;  // the control protocol's word
  struct Child {
    std::uint32_t spi_in = 0, spi_out = 0;
  };
  std::vector<Child> children;
};
// LINES are ikectl's. What is no line about an IKE SA or a Child SA is passed over.
[[nodiscard]] std::vector<IkedSa> iked_sas(std::string_view lines);

}  // namespace karpspec::dut
