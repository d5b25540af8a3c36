#pragma once

#include <list>
#include <optional>

#include "request.h"

// The kernel keeps MKTs for each socket (TCP_AO_ADD_KEY), by the peer's address alone. What is for
// which socket is the application's to know: here.
namespace karpspec::agent {

// A connection's ends as an MKT has to fit them. A listener's `remote` is none, and its port 0.
struct Ends {
  wire::IpAddress local, remote;
  std::uint16_t local_port = 0, remote_port = 0;
  bool v4 = true;
};

// Owns a file descriptor.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket() { close(); }
  void close();
  [[nodiscard]] int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

struct Mkt {
  std::string name;  // in hexadecimal, so that it is one word
  Prefix local, remote;
  std::uint16_t local_port = 0, remote_port = 0;  // 0: any
  std::uint8_t send_id = 0, recv_id = 0;
  std::string algorithm;  // as the kernel calls it: "hmac(sha1)", "cmac(aes128)"
  bool covers_options = true;
  Octets key;
  // A socket that is never connected and holds this MKT alone: mkt-list reads it back from there.
  Socket holder;

  [[nodiscard]] bool fits(const Ends& ends) const;
};

// How the kernel protects one connection.
struct Protection {
  std::uint8_t current = 0, rnext = 0;  // SendID of current_key, RecvID of rnext_key
  std::uint64_t good = 0, bad = 0, key_not_found = 0, required = 0;
};

class Keys {
 public:
  // Errors: bad_value where the kernel refuses it, alone or beside the other MKTs of some
  // connection that could have both.
  [[nodiscard]] Result<void> add(Mkt mkt);
  // Errors: not_found.
  [[nodiscard]] Result<Mkt> remove(std::string_view name);
  // Each as the kernel has it. Errors: io.
  [[nodiscard]] Result<std::vector<std::string>> list() const;
  void clear() { mkts_.clear(); }

  // Puts the MKTs that fit ENDS and are not there yet on a socket; one that is connected without
  // TCP-AO stays so. Errors: bad_value where the kernel refuses one; unsupported for a listener's
  // MKT that has a port of the peer's, which the kernel does not know.
  [[nodiscard]] Result<void> put(int socket, const Ends& ends) const;

 private:
  std::list<Mkt> mkts_;
};

// Takes MKT from a socket. One that a connection uses stays (RFC 5925 section 3.1: removing an MKT
// does not touch the connections that have it).
void take(int socket, const Mkt& mkt, bool v4, bool listening);
// None: the connection is not protected by TCP-AO.
[[nodiscard]] std::optional<Protection> protection_of(int socket);
// Chooses current_key by SendID and rnext_key by RecvID. Errors: bad_value where the connection has
// no such MKT.
[[nodiscard]] Result<void> choose(int socket, std::optional<std::uint8_t> current,
                                  std::optional<std::uint8_t> rnext);

// "what: words of errno", of the code that fits it.
[[nodiscard]] tl::unexpected<Error> system_error(const std::string& what);

}  // namespace karpspec::agent
