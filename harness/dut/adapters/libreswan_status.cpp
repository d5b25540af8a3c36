#include "dut/adapters/libreswan_status.h"

#include <algorithm>
#include <charconv>

namespace karpspec::dut {
namespace {

// Calls TAKE for each line of TEXT.
template <class Take>
void for_each_line(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Number after the first MARK of LINE; 0 when there is none.
unsigned long number_after(std::string_view line, std::string_view mark) {
  unsigned long number = 0;
  const std::size_t at = line.find(mark);
  if (at != std::string_view::npos)
    std::from_chars(line.data() + at + mark.size(), line.data() + line.size(), number);
  return number;
}

// What stands between OPEN and CLOSE; empty when they do not.
std::string_view between(std::string_view line, std::string_view open, std::string_view close) {
  const std::size_t at = line.find(open);
  if (at == std::string_view::npos)
    return {};
  line.remove_prefix(at + open.size());
  const std::size_t end = line.find(close);
  return end == std::string_view::npos ? std::string_view() : line.substr(0, end);
}

// "STATE_V2_ESTABLISHED_IKE_SA" -> the control protocol's word.
std::string pluto_state(std::string_view name) {
  if (name.find("ESTABLISHED") != std::string_view::npos)
    return "established";
  if (name.ends_with("_DEL") || name.ends_with("_DELETE"))
    return "closing";
  return "half-open";
}

// The ESP SPI in a line like "... esp.c0ffee00@192.0.2.2 esp.deadbeef@192.0.2.1 ...".
std::uint32_t esp_spi(std::string_view line, const std::string& address, bool at_address) {
  constexpr std::string_view mark = " esp.";
  for (std::size_t at = line.find(mark); at != std::string_view::npos;
       at = line.find(mark, at + 1)) {
    std::string_view said = line.substr(at + mark.size());
    said = said.substr(0, said.find(' '));
    const std::size_t end = said.find('@');
    if (end == std::string_view::npos || (said.substr(end + 1) == address) != at_address)
      continue;
    std::uint32_t spi = 0;
    std::from_chars(said.data(), said.data() + end, spi, 16);
    return spi;
  }
  return 0;
}

// Octets as pluto's log has them, "29 47 21 fc  c0 2c ..." -> "294721fc..."; SIZE octets.
std::string octets_of_dump(std::string_view dump, std::size_t size) {
  std::string out;
  for (const char c : dump) {
    if (out.size() == 2 * size)
      break;
    if (c != ' ')
      out.push_back(c);
  }
  return out;
}

}  // namespace

std::vector<PlutoSa> pluto_sas(std::string_view lines, const std::string& own) {
  std::vector<PlutoSa> list;
  for_each_line(lines, [&](std::string_view line) {
    const unsigned long number = number_after(line, " #");
    const std::string_view connection = between(line, ": \"", "\"");
    if (number == 0 || connection.empty())
      return;
    const auto known = std::find_if(list.begin(), list.end(),
                                    [&](const PlutoSa& sa) { return sa.number == number; });
    if (known != list.end()) {
      // The second line about a child has its SPIs.
      if (line.find(" esp.") != std::string_view::npos) {
        known->spi_in = esp_spi(line, own, true);
        known->spi_out = esp_spi(line, own, false);
      }
      return;
    }
    const std::string_view state = between(line, " STATE_", " ");
    if (state.empty())
      return;
    PlutoSa sa;
    sa.number = number;
    sa.connection = connection;
    sa.child = state.find("CHILD") != std::string_view::npos;
    sa.state = pluto_state(state);
    sa.established = state.find("ESTABLISHED") != std::string_view::npos;
    sa.newest = line.find(" newest;") != std::string_view::npos;
    sa.ike_sa = number_after(line, "; IKE SA #");
    if (sa.ike_sa == 0)
      sa.ike_sa = number_after(line, " IKE SA #");
    list.push_back(std::move(sa));
  });
  return list;
}

std::optional<PlutoSaLog> pluto_sa_log(std::string_view log, unsigned long number) {
  const std::string mark = " #" + std::to_string(number) + ": ";
  const std::string begun = "state #" + std::to_string(number) + ": UNDEFINED(";
  PlutoSaLog out;
  bool found = false;
  for_each_line(log, [&](std::string_view line) {
    if (line.find(begun) != std::string_view::npos) {
      out.initiator = between(line, " => ", "(").ends_with("_I0");
      return;
    }
    if (line.find(" hash_table_entries.ike_spis@") == std::string_view::npos ||
        line.find(" added to hash table") == std::string_view::npos)
      return;
    const std::size_t at = line.find(mark);
    if (at == std::string_view::npos)
      return;
    const std::string spis = octets_of_dump(line.substr(at + mark.size()), 16);
    if (spis.size() != 32)
      return;
    out.spi_i = spis.substr(0, 16);
    out.spi_r = spis.substr(16);
    found = true;
  });
  return found ? std::optional(out) : std::nullopt;
}

}  // namespace karpspec::dut
