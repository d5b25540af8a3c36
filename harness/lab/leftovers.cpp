#include "lab/leftovers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lab/launch.h"

namespace karpspec::lab {
namespace {

// $1: the harness that has died; $2: how its folders begin, or nothing; $3 and $4: the commands
// that remove a container and that list the harness's. A container may have been in the making when
// the harness died: it is looked again, until nothing was found twice.
constexpr const char* script = R"(
harness=$1 folders=$2 remove=$3 list=$4
nothing=0 tries=0
while [ $nothing -lt 2 ] && [ $tries -lt 20 ]; do
  found=$(eval "$list") || break
  if [ -n "$found" ]; then nothing=0; eval "$remove \$found"; else nothing=$((nothing + 1)); fi
  tries=$((tries + 1))
  sleep 0.5
done
for place in /run/netns/karpspec-"$harness"-*; do
  [ ! -e "$place" ] || ip netns del "${place##*/}"
done
[ -z "$folders" ] || rm -rf "$folders"*
)";

// COMMAND as a shell reads it.
std::string quoted(const std::vector<std::string>& command) {
  std::string out;
  for (const std::string& word : command) {
    out += " '";
    for (const char c : word)
      out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    out += '\'';
  }
  return out;
}

// System calls alone: the process that forked may have threads.
[[noreturn]] void wait_and_remove(int alive, int nothing, char* const* command) {
  // Whoever ends the harness by its process group or its terminal does not mean this one.
  ::setsid();
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    ::dup2(nothing, standard);
  ::dup2(alive, STDERR_FILENO + 1);
  ::close_range(STDERR_FILENO + 2, ~0U, 0);
  char word = 0;
  ssize_t size = 0;
  while ((size = ::read(STDERR_FILENO + 1, &word, 1)) < 0 && errno == EINTR) {
  }
  if (size != 0)
    ::_exit(0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::close(STDERR_FILENO + 1);
  ::execvp(command[0], command);
  ::_exit(127);
}

}  // namespace

Result<std::unique_ptr<Leftovers>> Leftovers::watch(const ContainerEngine& engine,
                                                    const std::string& folders) {
  const std::string own = std::to_string(::getpid());
  const std::string filter = std::string("label=") + ContainerEngine::owner_label + "=" + own;
  const auto list = engine.command({"ps", "--all", "--quiet", "--filter", filter});
  std::vector<std::string> words = {
      "sh", "-c", script, "sh", own, folders, quoted(engine.remove_command()), quoted(list)};
  const std::vector<char*> command = argument_pointers(words);
  // A socket and not a pipe: that the other end is gone must be no signal to this process.
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(ErrorCode::io, std::string("socketpair: ") + std::strerror(errno));
  const FileDescriptor low(ends[0]);
  FileDescriptor own_end(ends[1]);
  const FileDescriptor alive(::fcntl(low.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 2));
  const FileDescriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing || !alive)
    return fail(ErrorCode::io,
                std::string("cannot watch over containers: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0)
    return fail(ErrorCode::io, std::string("fork: ") + std::strerror(errno));
  if (child == 0)
    wait_and_remove(alive.get(), nothing.get(), command.data());
  return std::unique_ptr<Leftovers>(new Leftovers(std::move(own_end), child));
}

Leftovers::~Leftovers() {
  const char done = 0;
  ::send(alive_.get(), &done, 1, MSG_NOSIGNAL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace karpspec::lab
