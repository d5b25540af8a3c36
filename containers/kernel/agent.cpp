// The first and only program of a machine whose kernel is tested: it does with TCP and TCP-AO what
// it is told, a line a request, on the machine's second port. An answer is any number of lines "=
// ..." and then "ok", or one line "no CODE WHY". containers/kernel/README.md has the requests.
#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

// After <netinet/in.h>, which it then leaves alone.
#include <linux/ipv6.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "connections.h"

namespace karpspec::agent {
namespace {

// Of the requests and answers; the harness's adapter knows one.
constexpr const char* protocol = "1";
constexpr const char* card = "eth0";
// Of the machine's one virtio-serial device; the first number is that of the device.
constexpr const char* ports = "/dev/vport*p1";
constexpr std::size_t most_data = 16U << 10U, most_key = 80, most_name = 100;

using Answer = Result<std::vector<std::string>>;
using Words = std::vector<std::string>;

Answer done(const Result<void>& result) {
  return result ? Answer(std::vector<std::string>()) : tl::unexpected(result.error());
}

Result<void> request_of(int socket, unsigned long what, void* with, const char* name) {
  if (::ioctl(socket, what, with) != 0 && errno != EEXIST)
    return system_error(name);
  return {};
}

void setting(const std::string& path, const char* value) {
  const Socket file(::open(("/proc/sys/net/" + path).c_str(), O_WRONLY | O_CLOEXEC));
  if (::write(file.get(), value, std::strlen(value)) < 0)
    std::perror(path.c_str());
}

// The card has one neighbor, the harness, to whom everything goes without asking for its address:
// no ARP and no neighbor discovery.
Result<void> set_up(const Prefix& v4, const Prefix& v6) {
  const Socket socket4(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const Socket socket6(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  KARPSPEC_CHECK(request_of(socket4.get(), SIOCSIFFLAGS, &request, "lo"));
  for (const char* name : {"accept_ra", "router_solicitations", "accept_dad"})
    setting(std::string("ipv6/conf/") + card + "/" + name, "0");
  std::strcpy(request.ifr_name, card);
  request.ifr_flags = IFF_UP | IFF_NOARP;
  KARPSPEC_CHECK(request_of(socket4.get(), SIOCSIFFLAGS, &request, "the network card"));
  KARPSPEC_CHECK(request_of(socket4.get(), SIOCGIFINDEX, &request, "the network card"));
  const int index = request.ifr_ifindex;

  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::copy(v4.address.octets().begin(), v4.address.octets().end(),
            reinterpret_cast<std::uint8_t*>(&address.sin_addr));
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  KARPSPEC_CHECK(request_of(socket4.get(), SIOCSIFADDR, &request, "the IPv4 address"));
  rtentry route{};
  address.sin_addr.s_addr = 0;
  std::memcpy(&route.rt_dst, &address, sizeof address);
  std::memcpy(&route.rt_genmask, &address, sizeof address);
  std::string device = card;
  route.rt_dev = device.data();
  route.rt_flags = RTF_UP;
  KARPSPEC_CHECK(request_of(socket4.get(), SIOCADDRT, &route, "the IPv4 route"));

  in6_ifreq request6{};
  std::copy(v6.address.octets().begin(), v6.address.octets().end(),
            reinterpret_cast<std::uint8_t*>(&request6.ifr6_addr));
  request6.ifr6_prefixlen = v6.length;
  request6.ifr6_ifindex = index;
  KARPSPEC_CHECK(request_of(socket6.get(), SIOCSIFADDR, &request6, "the IPv6 address"));
  in6_rtmsg route6{};
  route6.rtmsg_metric = 1;
  route6.rtmsg_flags = RTF_UP;
  route6.rtmsg_ifindex = index;
  return request_of(socket6.get(), SIOCADDRT, &route6, "the IPv6 route");
}

Result<Mkt> mkt_of(const Words& words) {
  Mkt mkt;
  KARPSPEC_CHECK(hex_of(words[1], most_name));
  mkt.name = words[1];
  KARPSPEC_TRY(local, prefix_of(words[2]));
  KARPSPEC_TRY(local_port, port_of(words[3]));
  KARPSPEC_TRY(remote, prefix_of(words[4]));
  KARPSPEC_TRY(remote_port, port_of(words[5]));
  KARPSPEC_TRY(send_id, octet_of(words[6]));
  KARPSPEC_TRY(recv_id, octet_of(words[7]));
  if (words[8] != "hmac(sha1)" && words[8] != "cmac(aes128)")
    return fail(ErrorCode::unsupported, "no such algorithm");
  if (words[9] != "include" && words[9] != "exclude")
    return fail(ErrorCode::bad_value, "options: include or exclude");
  KARPSPEC_TRY(key, hex_of(words[10], most_key));
  mkt.local = local;
  mkt.local_port = local_port;
  mkt.remote = remote;
  mkt.remote_port = remote_port;
  mkt.send_id = send_id;
  mkt.recv_id = recv_id;
  mkt.algorithm = words[8];
  mkt.covers_options = words[9] == "include";
  mkt.key = std::move(key);
  return mkt;
}

class Agent {
 public:
  Answer answer(std::string_view line) {
    KARPSPEC_TRY(words, words_of(line));
    for (const Request& request : requests())
      if (request.name == words[0]) {
        if (words.size() != request.words)
          return fail(ErrorCode::bad_value, "'" + words[0] + "' has " +
                                                std::to_string(request.words - 1) + " parameters");
        connections_.pump(keys_);
        return (this->*request.does)(words);
      }
    return fail(ErrorCode::unsupported, "no such request");
  }
  void wanted(std::vector<pollfd>& descriptors) const { connections_.wanted(descriptors); }
  void pump() { connections_.pump(keys_); }

 private:
  struct Request {
    std::string_view name;
    std::size_t words;  // its own name counted
    Answer (Agent::*does)(const Words& words);
  };
  static std::span<const Request> requests();

  Answer hello(const Words&) {
    utsname system{};
    ::uname(&system);
    return std::vector<std::string>{protocol, system.release};
  }
  Answer interface(const Words& words) {
    KARPSPEC_TRY(v4, prefix_of(words[1]));
    KARPSPEC_TRY(v6, prefix_of(words[2]));
    if (v4.any() || !v4.address.is_v4() || v6.any() || v6.address.is_v4())
      return fail(ErrorCode::bad_value, "an IPv4 and an IPv6 address");
    return done(set_up(v4, v6));
  }
  Answer reset(const Words&) {
    keys_.clear();
    return done(connections_.reset());
  }
  Answer mkt_add(const Words& words) {
    KARPSPEC_TRY(mkt, mkt_of(words));
    const std::string name = mkt.name;
    KARPSPEC_CHECK(keys_.add(std::move(mkt)));
    auto put = connections_.put(keys_);
    if (!put)
      static_cast<void>(remove(name));
    return done(put);
  }
  Answer mkt_remove(const Words& words) { return done(remove(words[1])); }
  Result<void> remove(const std::string& name) {
    KARPSPEC_TRY(removed, keys_.remove(name));
    connections_.take(removed);
    return {};
  }
  Answer mkt_list(const Words&) { return keys_.list(); }
  Answer listen(const Words& words) {
    KARPSPEC_TRY(port, port_of(words[1]));
    return done(connections_.listen(port, keys_));
  }
  Answer connect(const Words& words) {
    KARPSPEC_TRY(remote, wire::IpAddress::from_text(words[1]));
    KARPSPEC_TRY(port, port_of(words[2]));
    KARPSPEC_TRY(local_port, port_of(words[3]));
    return done(connections_.connect(remote, port, local_port, keys_));
  }
  Answer send(const Words& words) {
    KARPSPEC_TRY(remote, wire::IpAddress::from_text(words[1]));
    KARPSPEC_TRY(port, port_of(words[2]));
    KARPSPEC_TRY(data, hex_of(words[3], most_data));
    return done(connections_.send(remote, port, data));
  }
  Answer close(const Words& words) {
    KARPSPEC_TRY(remote, wire::IpAddress::from_text(words[1]));
    KARPSPEC_TRY(port, port_of(words[2]));
    return done(connections_.close(remote, port));
  }
  Answer close_listener(const Words& words) {
    KARPSPEC_TRY(port, port_of(words[1]));
    return done(connections_.close_listener(port));
  }
  Answer choose(const Words& words) {
    KARPSPEC_TRY(remote, wire::IpAddress::from_text(words[1]));
    KARPSPEC_TRY(port, port_of(words[2]));
    std::optional<std::uint8_t> ids[2];
    for (const std::size_t i : {0U, 1U})
      if (words[3 + i] != "-") {
        KARPSPEC_TRY(id, octet_of(words[3 + i]));
        ids[i] = id;
      }
    return done(connections_.choose(remote, port, ids[0], ids[1]));
  }
  Answer connections(const Words&) { return connections_.list(); }

  Keys keys_;
  Connections connections_;
};

std::span<const Agent::Request> Agent::requests() {
  static constexpr Request all[] = {{"hello", 1, &Agent::hello},
                                    {"interface", 3, &Agent::interface},
                                    {"reset", 1, &Agent::reset},
                                    {"mkt-add", 11, &Agent::mkt_add},
                                    {"mkt-remove", 2, &Agent::mkt_remove},
                                    {"mkt-list", 1, &Agent::mkt_list},
                                    {"listen", 2, &Agent::listen},
                                    {"close-listener", 2, &Agent::close_listener},
                                    {"connect", 4, &Agent::connect},
                                    {"send", 4, &Agent::send},
                                    {"close", 3, &Agent::close},
                                    {"choose", 5, &Agent::choose},
                                    {"connections", 1, &Agent::connections}};
  return all;
}

// As the adapter has them: parameters that are refused, what there is no way to do, and the rest.
const char* code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_value:
    case ErrorCode::bad_length:
    case ErrorCode::not_found:
      return "refused";
    case ErrorCode::unsupported:
      return "unsupported";
    default:
      return "failed";
  }
}

std::string text_of(const Answer& answer) {
  if (!answer)
    return std::string("no ") + code_of(answer.error().code) + " " + answer.error().message + "\n";
  std::string text;
  for (const std::string& line : *answer)
    text += "= " + line + "\n";
  return text + "ok\n";
}

void write_all(int port, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::write(port, text.data(), text.size());
    if (sent > 0)
      text.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno != EINTR)
      return;  // nobody listens, so nobody misses it
  }
}

void serve(int port) {
  Agent agent;
  std::string line;
  bool too_long = false;
  for (;;) {
    std::vector<pollfd> descriptors = {{port, POLLIN, 0}};
    agent.wanted(descriptors);
    ::poll(descriptors.data(), descriptors.size(), -1);
    agent.pump();
    if ((descriptors[0].revents & POLLIN) == 0) {
      // Nobody holds the port's other end.
      if (descriptors[0].revents != 0)
        ::usleep(20000);
      continue;
    }
    char data[4096];
    const ssize_t got = ::read(port, data, sizeof data);
    for (const char letter : std::string_view(data, got > 0 ? static_cast<std::size_t>(got) : 0)) {
      if (letter != '\n') {
        too_long = too_long || line.size() > longest_line;
        if (!too_long)
          line += letter;
        continue;
      }
      write_all(port, text_of(too_long ? fail(ErrorCode::bad_length, "the line is too long")
                                       : agent.answer(line)));
      line.clear();
      too_long = false;
    }
  }
}

int run() {
  for (const auto& [type, where] : {std::pair("devtmpfs", "/dev"), std::pair("proc", "/proc")}) {
    ::mkdir(where, 0755);
    if (::mount(type, where, type, 0, nullptr) != 0 && errno != EBUSY)
      std::perror(where);
  }
  for (;;) {
    glob_t found{};
    if (::glob(ports, 0, nullptr, &found) == 0) {
      const Socket port(::open(found.gl_pathv[0], O_RDWR | O_CLOEXEC));
      if (port)
        serve(port.get());
    }
    ::globfree(&found);
    ::usleep(20000);  // its driver is not ready yet
  }
}

}  // namespace
}  // namespace karpspec::agent

int main() {
  return karpspec::agent::run();
}
