#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include "planted/bug.h"

// A second reader of what comes, written as nobody should: with pointers, sizes out of the message,
// and buffers that are as large as somebody thought would do. Without bugs it reads carefully.
namespace karpspec::planted {

// A copy of octets in a block of exactly their size, so that a sanitizer sees every octet beyond.
class Block {
 public:
  Block(const std::uint8_t* from, std::size_t size)
      : data_(static_cast<std::uint8_t*>(std::malloc(size == 0 ? 1 : size))), size_(size) {
    if (size != 0)
      std::memcpy(data_, from, size);
  }
  ~Block() { std::free(data_); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  [[nodiscard]] std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::uint8_t* data_;
  std::size_t size_;
};

// What keeps the compiler from leaving out what only reads.
inline volatile std::uint8_t sink = 0;

[[nodiscard]] inline std::uint16_t be16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>((at[0] << 8) | at[1]);
}

// What is known of the message that is read.
struct MessageView {
  std::uint8_t exchange = 0;
  bool response = false;
  bool authentic = false;  // the payloads were in SK, and it opened
  std::size_t rekeys = 0, deletes = 0;
  std::vector<std::vector<std::uint8_t>> certificates;
  bool has_auth = false;
};

class Parser {
 public:
  explicit Parser(const Bugs& bugs) : bugs_(bugs) {}
  // Reads the chain of payloads whose first is of TYPE.
  void read_chain(MessageView& message, std::uint8_t type, const std::uint8_t* chain,
                  std::size_t size);

 private:
  [[nodiscard]] bool has(Bug bug) const { return bugs_.has(bug); }
  void read_payload(MessageView& message, std::uint8_t type, const Block& body);
  // sa_bugs.cpp
  void read_sa(const Block& body);
  void read_ke(const Block& body);
  void read_nonce(const Block& body);
  void read_selectors_payload(const Block& body);
  // payload_bugs.cpp
  void read_identity(const Block& body);
  void read_certreq(const Block& body);
  void read_auth(const Block& body);
  void read_notify(MessageView& message, const Block& body);
  void read_delete(MessageView& message, const Block& body);
  void read_vendor(const Block& body);
  void read_config(const Block& body);
  void read_eap(const Block& body);
  void read_unknown(const Block& body);
  // certificate_bugs.cpp
  void read_certificate(MessageView& message, const Block& body);
  void follow_certificates(const MessageView& message);

  const Bugs& bugs_;
};

}  // namespace karpspec::planted
