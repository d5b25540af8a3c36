#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dut/device.h"

namespace karpspec::dut {

// An SA as `whack --showstates` lists it.
struct PlutoSa {
  unsigned long number = 0;  // "#1"
  std::string connection;    // its name without the instance
  bool child = false;
  std::string state;                      // the control protocol's word for an IKE SA's
  bool established = false;               // "established" by pluto's own word
  bool newest = false;                    // of its connection and kind
  unsigned long ike_sa = 0;               // child: number of its IKE SA
  std::uint32_t spi_in = 0, spi_out = 0;  // child: of ESP
};
// LINES are whack's, each with its number in front; OWN is pluto's address. What is no line about
// an SA is passed over.
[[nodiscard]] std::vector<PlutoSa> pluto_sas(std::string_view lines, const std::string& own);

// What of an SA only pluto's log tells (debug class `base`).
struct PlutoSaLog {
  std::string spi_i, spi_r;  // hexadecimal
  bool initiator = false;
};
// Of the IKE SA with NUMBER, as LOG has it last; nothing when it is not there.
[[nodiscard]] std::optional<PlutoSaLog> pluto_sa_log(std::string_view log, unsigned long number);

}  // namespace karpspec::dut
