#include "dut/adapters/frr_config.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>

#include "dut/adapters/routing_daemon.h"

namespace karpspec::dut {
namespace {

using keytable::Row;

constexpr const char* chain = "karpspec";
constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// 00:00:00 Jan 1 1993 and 23:59:59 Dec 31 2035, the first and the last second that vtysh takes.
constexpr Time first_time{std::chrono::seconds{725846400}};
constexpr Time last_time{std::chrono::seconds{2082758399}};

bool has_no_limits(const Row& row) {
  return row.send_lifetime_start == keytable::always_start &&
         row.send_lifetime_end == keytable::always_end &&
         row.accept_lifetime_start == keytable::always_start &&
         row.accept_lifetime_end == keytable::always_end;
}

std::string frr_time(Time time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%02d:%02d:%02d %s %d %d",
                                  parts.tm_hour, parts.tm_min, parts.tm_sec,
                                  months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_mday,
                                  1900 + parts.tm_year));
  return text.data();
}

std::string lifetime(const char* command, Time start, Time end) {
  return std::string(command) + " " + frr_time(std::max(start, first_time)) + " " +
         (end == keytable::always_end ? std::string("infinite") : frr_time(end));
}

std::vector<const Row*> of(const std::vector<Row>& keys, std::string_view protocol) {
  std::vector<const Row*> out;
  for (const Row& row : keys)
    if (row.protocol == protocol && row.direction != keytable::Direction::disabled)
      out.push_back(&row);
  return out;
}

void rip_commands(const std::vector<Row>& before, const std::vector<Row>& after,
                  const std::string& interface, std::vector<std::string>& out) {
  const auto old = of(before, "rip"), now = of(after, "rip");
  if (old.empty() && now.empty())
    return;
  out.push_back(std::string("key chain ") + chain);
  for (const Row* row : old)
    out.push_back("no key " + row->local_key_name);
  for (const Row* row : now) {
    out.push_back("key " + row->local_key_name);
    out.push_back("key-string " + *printable_key(*row));
    out.push_back(
        lifetime("accept-lifetime", row->accept_lifetime_start, row->accept_lifetime_end));
    out.push_back(lifetime("send-lifetime", row->send_lifetime_start, row->send_lifetime_end));
    out.emplace_back("exit");
  }
  out.emplace_back("exit");
  if (!old.empty())
    return;
  for (const std::string& line :
       {std::string("router rip"), "network " + interface, std::string("redistribute connected"),
        std::string("timers basic 5 15 10"), std::string("exit"), "interface " + interface,
        std::string("ip rip authentication mode md5 auth-length rfc"),
        std::string("ip rip authentication key-chain ") + chain,
        std::string("ip rip split-horizon poisoned-reverse"), std::string("exit")})
    out.push_back(line);
}

void ospf_commands(const std::vector<Row>& before, const std::vector<Row>& after,
                   const std::string& interface, std::vector<std::string>& out) {
  const auto old = of(before, "ospfv2"), now = of(after, "ospfv2");
  if (old.empty() && now.empty())
    return;
  if (old.empty())
    for (const char* line : {"router ospf", "exit"})
      out.emplace_back(line);
  out.push_back("interface " + interface);
  if (old.empty())
    for (const char* line : {"ip ospf area 0", "ip ospf authentication message-digest",
                             "ip ospf hello-interval 1", "ip ospf dead-interval 4"})
      out.emplace_back(line);
  for (const Row* row : old)
    out.push_back("no ip ospf message-digest-key " + row->local_key_name);
  for (const Row* row : now)
    out.push_back("ip ospf message-digest-key " + row->local_key_name + " md5 " +
                  *printable_key(*row));
  out.emplace_back("exit");
}

void bgp_commands(const std::vector<Row>& before, const std::vector<Row>& after,
                  const std::string& tester, std::vector<std::string>& out) {
  const auto old = of(before, "bgp"), now = of(after, "bgp");
  if (old.empty() && now.empty())
    return;
  out.emplace_back("router bgp 65001");
  if (old.empty()) {
    out.push_back("neighbor " + tester + " remote-as 65002");
    out.push_back("neighbor " + tester + " timers connect 1");
  }
  out.push_back(now.empty() ? "no neighbor " + tester + " password"
                            : "neighbor " + tester + " password " + *printable_key(*now.front()));
  out.emplace_back("exit");
}

// "00:00:00 Jan 01 1993", or "infinite".
Result<std::string> read_time(std::istream& in) {
  std::string clock, month;
  int day = 0, year = 0;
  in >> clock;
  if (clock == "infinite")
    return keytable::to_text(keytable::always_end);
  in >> month >> day >> year;
  const auto at = std::find(months.begin(), months.end(), month);
  int hour = 0, minute = 0, second = 0;
  if (!in || at == months.end() ||
      std::sscanf(clock.c_str(), "%d:%d:%d", &hour, &minute, &second) != 3)
    return fail(ErrorCode::io, "FRR's configuration has a lifetime that does not read");
  std::tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = static_cast<int>(at - months.begin());
  parts.tm_mday = day;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  parts.tm_sec = second;
  const Time time{std::chrono::seconds{::timegm(&parts)}};
  return keytable::to_text(time <= first_time ? keytable::always_start : time);
}

Json key_json(const std::string& protocol, const std::string& id, const std::string& key) {
  return {{"LocalKeyName", id},
          {"Protocol", protocol},
          {"AlgID", "md5"},
          {"Key", to_hex(octets_of(key))},
          {"SendLifetimeStart", keytable::to_text(keytable::always_start)},
          {"SendLifetimeEnd", keytable::to_text(keytable::always_end)},
          {"AcceptLifetimeStart", keytable::to_text(keytable::always_start)},
          {"AcceptLifetimeEnd", keytable::to_text(keytable::always_end)}};
}

}  // namespace

std::string frr_cannot(const Row& row, const std::vector<Row>& keys) {
  if (row.alg_id != "md5")
    return "FRR 8.4 has no " + row.alg_id + " for " + row.protocol;
  const auto key = printable_key(row);
  if (!key || key->find(' ') != std::string::npos)
    return "FRR takes keys that are one printable word";
  if (row.protocol == "rip") {
    for (const Time end : {row.send_lifetime_end, row.accept_lifetime_end})
      if (end != keytable::always_end && (end > last_time || end < first_time))
        return "a key chain of FRR ends from 1993 to 2035, or never";
    return "";
  }
  if (!has_no_limits(row))
    return row.protocol + " of FRR 8.4 has keys without lifetimes";
  if (row.protocol == "bgp" && !of(keys, "bgp").empty())
    return "bgpd has one password for a neighbor";
  return "";
}

std::vector<std::string> frr_commands(const std::vector<Row>& before, const std::vector<Row>& after,
                                      const std::string& interface, const std::string& tester) {
  std::vector<std::string> out;
  rip_commands(before, after, interface, out);
  ospf_commands(before, after, interface, out);
  bgp_commands(before, after, tester, out);
  return out;
}

Result<Json> frr_keys(const std::string& running_config) {
  Json rows = Json::array();
  std::istringstream lines(running_config);
  bool in_chain = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, second;
    words >> first >> second;
    if (first == "key" && second == "chain")
      in_chain = true;
    else if (in_chain && line == "exit")
      in_chain = false;
    else if (in_chain && first == "key")
      rows.push_back(key_json("rip", second, ""));
    if (in_chain && !rows.empty() && first == "key-string")
      rows.back()["Key"] = to_hex(octets_of(second));
    if (in_chain && !rows.empty() && (first == "send-lifetime" || first == "accept-lifetime")) {
      const std::string field = first == "send-lifetime" ? "SendLifetime" : "AcceptLifetime";
      std::istringstream again(line.substr(line.find(first) + first.size()));
      KARPSPEC_TRY(start, read_time(again));
      KARPSPEC_TRY(end, read_time(again));
      rows.back()[field + "Start"] = start;
      rows.back()[field + "End"] = end;
    }
    std::string third, fourth, fifth;
    words >> third >> fourth >> fifth;
    if (second == "ospf" && third == "message-digest-key") {
      std::string key;
      words >> key;
      rows.push_back(key_json("ospfv2", fourth, key));
    }
    if (first == "neighbor" && third == "password")
      rows.push_back(key_json("bgp", "", fourth));
  }
  return rows;
}

}  // namespace karpspec::dut
