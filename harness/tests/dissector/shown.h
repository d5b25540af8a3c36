#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// What tshark shows of a capture, and how that compares with what `karpspec decode` says of it.
namespace karpspec::dissector {

struct Field {
  std::string name;      // as display filters have it
  std::string showname;  // as the tree has it
  std::string show;      // the value
  std::string value;     // its octets in hexadecimal
};

struct Frame {
  std::vector<Field> fields;
  bool lua_error = false;
  bool malformed = false;  // by Wireshark's own dissectors

  // Those of one name, in order.
  [[nodiscard]] std::vector<Field> named(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const { return !named(name).empty(); }
};

// The packets of `tshark -T pdml`.
[[nodiscard]] std::vector<Frame> read_pdml(const std::string& text);

// The filter's name for a path of decode: "SAi2.proposals[1].transforms[2].send_id" is
// "karpspec.sa.proposals.transforms.send_id".
[[nodiscard]] std::string filter_name(const std::string& path);

using Decoded = nlohmann::ordered_json;

// How FRAME differs from DECODED, a line of `karpspec decode --json` that has fields; empty where
// it does not. Of a message of MRKMP every field and its line are compared. Of any other the
// dissector shows what is RKMP's alone: where that is all of it, all fields but those of the header
// are compared, otherwise those of TCP-AO transforms and of selectors.
[[nodiscard]] std::vector<std::string> differences(const Decoded& decoded, const Frame& frame);

}  // namespace karpspec::dissector
