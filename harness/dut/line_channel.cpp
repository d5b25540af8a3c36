#include "dut/line_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "lab/socket_address.h"

namespace karpspec::dut {
namespace {

using std::chrono::milliseconds;

tl::unexpected<Error> hung_up(const char* what) {
  return fail(ErrorCode::io, std::string("the adapter is gone: ") + what);
}

void make_non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0)
    ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

// Waits for EVENTS on FD. Errors: timeout.
Result<void> wait_for(int fd, short events, Deadline deadline, const char* what) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return fail(ErrorCode::timeout, what);
    pollfd wanted{fd, events, 0};
    const int timeout = static_cast<int>(std::min<milliseconds::rep>(left.count(), 60'000));
    if (::poll(&wanted, 1, timeout) > 0)
      return {};
  }
}

// A hung-up reader must be an error of ours and not a signal to us.
ssize_t write_quietly(int fd, const char* data, std::size_t size) {
  const ssize_t done = ::send(fd, data, size, MSG_NOSIGNAL);
  if (done >= 0 || errno != ENOTSOCK)
    return done;
  sigset_t broken{}, before{};
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken, &before);
  const ssize_t written = ::write(fd, data, size);
  const int error = errno;
  if (written < 0 && error == EPIPE) {
    const timespec now{};
    while (sigtimedwait(&broken, nullptr, &now) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return written;
}

}  // namespace

std::optional<std::string> LineBuffer::next() {
  const std::size_t end = buffer_.find('\n', std::max(searched_, scanned_from_));
  if (end == std::string::npos) {
    buffer_.erase(0, scanned_from_);
    scanned_from_ = 0;
    searched_ = buffer_.size();
    return std::nullopt;
  }
  std::string line = buffer_.substr(scanned_from_, end - scanned_from_);
  scanned_from_ = end + 1;
  if (!line.empty() && line.back() == '\r')
    line.pop_back();
  return line;
}

LineChannel::LineChannel(int input, int output, std::shared_ptr<void> owner)
    : input_(input), output_(output), owner_(std::move(owner)) {
  make_non_blocking(input_);
  make_non_blocking(output_);
}

bool LineChannel::open() const {
  if (!open_)
    return false;
  pollfd state{output_, POLLRDHUP, 0};
  return ::poll(&state, 1, 0) < 1 || (state.revents & (POLLHUP | POLLRDHUP | POLLERR)) == 0;
}

Result<void> LineChannel::write(std::string_view line, Deadline deadline) {
  if (!open_)
    return hung_up("it hung up earlier");
  std::string octets(line);
  octets += '\n';
  std::size_t done = 0;
  while (done < octets.size()) {
    const ssize_t written = write_quietly(input_, octets.data() + done, octets.size() - done);
    if (written >= 0) {
      done += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN) {
      if (auto ready = wait_for(input_, POLLOUT, deadline, "the adapter does not read"); !ready) {
        // Half a line was written: what comes after it could not be understood.
        open_ = open_ && done == 0;
        return ready;
      }
    } else if (errno != EINTR) {
      open_ = false;
      return hung_up(std::strerror(errno));
    }
  }
  return {};
}

Result<std::string> LineChannel::read(Deadline deadline) {
  for (;;) {
    if (auto line = lines_.next())
      return *std::move(line);
    if (lines_.overflows()) {
      open_ = false;
      return fail(ErrorCode::io, "the adapter's line is longer than 4 MiB");
    }
    if (!open_)
      return hung_up("it hung up earlier");
    KARPSPEC_CHECK(wait_for(output_, POLLIN, deadline, "the adapter does not answer"));
    std::array<char, 16384> buffer{};
    const ssize_t got = ::read(output_, buffer.data(), buffer.size());
    if (got > 0) {
      lines_.add(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      open_ = false;
      return hung_up("it closed its output");
    } else if (errno != EAGAIN && errno != EINTR) {
      open_ = false;
      return hung_up(std::strerror(errno));
    }
  }
}

std::unique_ptr<LineChannel> channel_of(std::shared_ptr<lab::ChildProcess> child) {
  const int input = child->input();
  const int output = child->output();
  return std::make_unique<LineChannel>(input, output, std::move(child));
}

Result<std::unique_ptr<LineChannel>> connect_lines(const Endpoint& server, Deadline deadline) {
  KARPSPEC_TRY(address, lab::to_socket_address(server));
  const std::string name = server.address + " port " + std::to_string(server.port);
  std::string refusal;  // of an earlier try, which says more than that there is no time left
  for (;;) {
    auto socket = std::make_shared<lab::FileDescriptor>(
        ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!*socket)
      return fail(ErrorCode::io, std::string("cannot make a socket: ") + std::strerror(errno));
    int error = ::connect(socket->get(), address.get(), address.size) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      if (!wait_for(socket->get(), POLLOUT, deadline, "")) {
        return refusal.empty()
                   ? fail(ErrorCode::timeout, name + " takes no connection and refuses none")
                   : fail(ErrorCode::io, refusal);
      }
      socklen_t size = sizeof error;
      ::getsockopt(socket->get(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
    const int fd = socket->get();
    if (error == 0)
      return std::make_unique<LineChannel>(fd, fd, std::move(socket));
    refusal = "cannot connect to " + name + ": " + std::strerror(error);
    if (std::chrono::steady_clock::now() + milliseconds{20} >= deadline)
      return fail(ErrorCode::io, refusal);
    std::this_thread::sleep_for(milliseconds{20});
  }
}

}  // namespace karpspec::dut
