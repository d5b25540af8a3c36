#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "keyfile/check.h"

namespace karpspec::keyfile {

std::string text_of(const std::filesystem::path& file);
// The rules of suites/protocols/.
const keytable::Rulebook& book();
// For key chains, of keys that are for PROTOCOL and PEERS.
ChainContext context_for(std::string protocol = {}, std::vector<std::string> peers = {});

struct Outcome {
  std::string error;
  Checked checked;
  std::vector<Reported> reported;
  // "2 key-name-clash LocalKeyName" each, in the order of their octets.
  [[nodiscard]] std::vector<std::string> faults() const;
  // All messages, a line each.
  [[nodiscard]] std::string text() const;
};
Outcome check_text(const std::string& text, const ChainContext& context = context_for(),
                   std::size_t memory = std::size_t{1} << 20);

// A row of RFC 7210 in flow style, which OSPFv2 takes and nobody has advice about; VALUES take the
// place of its fields: {"Key", "00"}. Without a value a field is left out.
std::string row_text(const std::string& name,
                     const std::vector<std::pair<std::string, std::string>>& values = {});

}  // namespace karpspec::keyfile
