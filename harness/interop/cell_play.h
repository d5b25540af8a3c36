#pragma once

#include <string>
#include <vector>

#include "dut/port.h"
#include "interop/matrix.h"
#include "interop/sighting.h"
#include "observer/secrets_file.h"
#include "verdict/interop.h"

namespace karpspec::interop {

// What playing a cell takes.
struct Tools {
  dut::StartAtPort start;
  std::string credentials;  // folder of certificates and keys
  const Requirements* requirements = nullptr;
  std::string folder;  // for the capture, which is whoever's asks to move
};

struct Played {
  verdict::InteropCell cell;
  std::string capture;                                   // path of the pcapng file, or ""
  std::vector<observer::Secrets::IkeSa> keys;            // that opened it
  std::vector<observer::Secrets::PresharedKey> secrets;  // that AUTH was made with
  std::string transcript;                                // or ""
  std::string initiator_version, responder_version;      // what they say of themselves
};

// Plays one cell of MATRIX, on a bridge of its own and with devices that were just started. Never
// fails itself: what goes wrong is a verdict. A cell that does not apply is not played.
[[nodiscard]] Played play_cell(const Matrix& matrix, const Cell& cell, const Tools& tools);

// The seed of a device: another one for each cell and each of its sides, the same ones whatever
// else is played.
[[nodiscard]] std::uint64_t seed_of(std::uint64_t seed, const std::string& cell, bool of_initiator);

}  // namespace karpspec::interop
