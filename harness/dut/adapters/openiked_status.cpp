#include "dut/adapters/openiked_status.h"

#include <algorithm>
#include <charconv>

namespace karpspec::dut {
namespace {

// The word after MARK in LINE; empty when there is none.
std::string_view word_after(std::string_view line, std::string_view mark) {
  const std::size_t at = line.find(mark);
  if (at == std::string_view::npos)
    return {};
  line.remove_prefix(at + mark.size());
  return line.substr(0, line.find(' '));
}

// "0x1be915b4" -> 16 digits.
std::string spi_digits(std::string_view word) {
  std::string digits(word.substr(std::min<std::size_t>(2, word.size())));
  return digits.size() >= 16 ? digits : std::string(16 - digits.size(), '0') + digits;
}

// "ESTABLISHED" -> the control protocol's word.
std::string iked_state(std::string_view state) {
  if (state == "ESTABLISHED")
    return "established";
  return state == "CLOSING" || state == "CLOSED" ? "closing" : "half-open";
}

// "iked_sas: 0x.. rspi 0x.. ispi 0x.. 192.0.2.1:500->192.0.2.2:500<FQDN/b.example>[] ESTABLISHED r
// nexti ..."
IkedSa ike_sa(std::string_view line) {
  IkedSa sa;
  sa.spi_r = spi_digits(word_after(line, " rspi "));
  sa.spi_i = spi_digits(word_after(line, " ispi "));
  const std::size_t arrow = line.find("->");
  if (arrow == std::string_view::npos)
    return sa;
  line.remove_prefix(arrow + 2);
  std::string_view address = line.substr(0, std::min(line.find('<'), line.find('[')));
  sa.peer_address = address.substr(0, address.rfind(':'));
  sa.state = iked_state(word_after(line, "] "));
  const std::size_t next = line.find(" nexti ");
  sa.initiator = next != std::string_view::npos && next > 0 && line[next - 1] == 'i';
  return sa;
}

}  // namespace

std::vector<IkedSa> iked_sas(std::string_view lines) {
  std::vector<IkedSa> list;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.starts_with("iked_sas: ")) {
      list.push_back(ike_sa(line));
      continue;
    }
    // "  sa_childsas: 0x.. ESP 0x1be915b4 out ...", below its IKE SA.
    const std::string_view spi = word_after(line, " ESP 0x");
    if (list.empty() || spi.empty() || line.find(" sa_childsas: ") == std::string_view::npos)
      continue;
    std::uint32_t value = 0;
    std::from_chars(spi.data(), spi.data() + spi.size(), value, 16);
    const bool in = line.find(std::string(spi) + " in ") != std::string_view::npos;
    // The two of a pair come one after the other, in either order.
    std::vector<IkedSa::Child>& children = list.back().children;
    if (children.empty() || (in ? children.back().spi_in : children.back().spi_out) != 0)
      children.emplace_back();
    (in ? children.back().spi_in : children.back().spi_out) = value;
  }
  return list;
}

}  // namespace karpspec::dut
