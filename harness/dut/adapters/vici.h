#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/octets.h"
#include "base/result.h"
#include "lab/file_descriptor.h"

// The protocol by which strongSwan's charon is controlled over a unix socket (VICI): packets of a
// 32-bit length (big-endian), a type, and a message of named values, lists and sections.
namespace karpspec::dut::vici {

// A value, a list of values or a section, under a name. Order is kept.
class Message {
 public:
  struct Element {
    std::string name;
    Octets value;                // of a value
    std::vector<Octets> items;   // of a list
    std::vector<Element> inner;  // of a section
    enum class Kind { value, list, section } kind = Kind::value;
  };

  Message& add(std::string_view name, std::string_view value);
  Message& add(std::string_view name, OctetView value);
  Message& add_list(std::string_view name, const std::vector<std::string>& values);
  Message& add_section(std::string_view name, const Message& section);

  // The value at NAMES, each but the last a section; empty when there is none.
  [[nodiscard]] std::string text(std::initializer_list<std::string_view> names) const;
  [[nodiscard]] Message section(std::string_view name) const;
  [[nodiscard]] const std::vector<Element>& elements() const { return elements_; }

  // Errors of encode: bad_length for a name of more than 255 or a value of more than 65535 octets.
  [[nodiscard]] Result<Octets> encode() const;
  // Errors: truncated, bad_value, with the octet's offset.
  [[nodiscard]] static Result<Message> decode(OctetView octets);

 private:
  std::vector<Element> elements_;
};

// A connection to charon. Nothing waits longer than the time given.
class Session {
 public:
  // PATH of the socket. Errors: io.
  [[nodiscard]] static Result<Session> connect(const std::string& path,
                                               std::chrono::milliseconds timeout);

  // Errors: unsupported (charon does not know COMMAND), bad_value (its answer has success = no;
  // the message is charon's), timeout, io.
  [[nodiscard]] Result<Message> request(std::string_view command, const Message& message);
  // The same for a command that streams its result as EVENTs.
  [[nodiscard]] Result<std::vector<Message>> stream(std::string_view command,
                                                    const Message& message, std::string_view event);

 private:
  struct Packet {
    std::uint8_t type = 0;
    std::string name;
    Message message;
  };
  Session(lab::FileDescriptor fd, std::chrono::milliseconds timeout)
      : fd_(std::move(fd)), timeout_(timeout) {}
  Result<void> send(std::uint8_t type, std::string_view name, const Message& message);
  Result<Packet> receive();
  Result<Octets> read(std::size_t count, std::chrono::steady_clock::time_point deadline);

  lab::FileDescriptor fd_;
  std::chrono::milliseconds timeout_;
};

}  // namespace karpspec::dut::vici
