#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/machine.h"
#include "base/result.h"
#include "lab/child_process.h"
#include "lab/file_descriptor.h"

namespace karpspec::dut {

// A longer line is no answer to anything; it would only eat memory.
inline constexpr std::size_t longest_line = 4U << 20U;

using Deadline = std::chrono::steady_clock::time_point;

// Gathers octets into lines.
class LineBuffer {
 public:
  void add(const char* data, std::size_t size) { buffer_.append(data, size); }
  // The next whole line, without its end ("\n" or "\r\n").
  [[nodiscard]] std::optional<std::string> next();
  // More than longest_line octets without a line end.
  [[nodiscard]] bool overflows() const { return buffer_.size() - scanned_from_ > longest_line; }

 private:
  std::string buffer_;
  std::size_t scanned_from_ = 0;  // start of what no line has been made of yet
  std::size_t searched_ = 0;      // no line end before this
};

// Lines to and from another program, over file descriptors that may be pipes or one socket.
// Nothing here waits longer than its deadline, whatever the other side does.
class LineChannel {
 public:
  // OWNER keeps the descriptors open; they are made non-blocking.
  LineChannel(int input, int output, std::shared_ptr<void> owner);

  // Errors: timeout (the other side does not read), io (it hung up).
  [[nodiscard]] Result<void> write(std::string_view line, Deadline deadline);
  // Errors: timeout, io (it hung up; the line is longer than longest_line).
  [[nodiscard]] Result<std::string> read(Deadline deadline);
  // False once the other side has hung up, whether that was met or not.
  [[nodiscard]] bool open() const;

 private:
  int input_, output_;
  std::shared_ptr<void> owner_;
  LineBuffer lines_;
  bool open_ = true;
};

// Standard input and output of CHILD, which must be piped and is kept alive by the channel.
[[nodiscard]] std::unique_ptr<LineChannel> channel_of(std::shared_ptr<lab::ChildProcess> child);
// Connects to a TCP server, trying again until DEADLINE: a program that was just started needs a
// moment. Errors: bad_value for what is no address; timeout; io.
[[nodiscard]] Result<std::unique_ptr<LineChannel>> connect_lines(const Endpoint& server,
                                                                 Deadline deadline);

}  // namespace karpspec::dut
