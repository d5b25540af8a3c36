#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lab/cgroup.h"
#include "lab/child_process.h"
#include "lab/container_engine.h"

namespace karpspec::lab {

// What a device's containers took, from the first to the last.
struct ContainerUse {
  std::uint64_t peak_memory = 0;         // octets; of the one that took most
  std::chrono::microseconds cpu_time{};  // of all together
  unsigned starts = 0;
  unsigned deaths = 0;         // ended by themselves
  unsigned out_of_memory = 0;  // of these: killed by the kernel at their limit
};

// What is kept of a device's containers when they are gone: what they took, and their logs. May be
// used from several threads.
class ContainerRecord {
 public:
  // Where the logs are gathered, one after the other, each below a line that says of which tests.
  // FILE grows from where it is, to little more than largest_gathered. Empty: nowhere.
  static constexpr std::uint64_t largest_gathered = 256U << 20U;
  void gather_logs_in(const std::string& file);
  [[nodiscard]] ContainerUse use() const;
  // The id of the image that they are made of, as the engine has it; "" before the first.
  [[nodiscard]] std::string image() const;
  void set_image(const std::string& id);

 private:
  friend class Container;
  unsigned started();
  void ended(const CgroupUse& use, bool died, bool out_of_memory, const std::string& purpose,
             const std::string& log);

  mutable std::mutex mutex_;
  std::string file_, image_;
  ContainerUse use_;
};

struct ContainerOptions {
  std::string image;
  std::string label;                 // of its name: "karpspec-PID-LABEL-N"
  std::string purpose;               // the test that it is started for, or ""
  std::vector<std::string> command;  // instead of all that the image runs; empty: what it runs
  std::map<std::string, std::string> environment;
  std::vector<std::string> capabilities;                   // "NET_ADMIN"
  std::vector<std::pair<std::string, std::string>> binds;  // of the host (absolute) -> inside
  std::optional<std::uint64_t> memory;                     // octets, at most
  std::optional<double> cpus;                              // processors, at most
  std::vector<std::string> arguments;                      // more options of `run`
  std::string log_file;  // what it prints, as ChildOptions::log_file; must not be empty
  bool piped = false;    // as ChildOptions::piped
};

// How a container came to its end.
struct ContainerEnd {
  ExitStatus status;
  // "exit status 1", "killed at its memory limit of 64 MiB", "killed, having printed more than ..."
  std::string how;
};

// A container of an image from its start to its removal, attached to: what it prints comes here,
// and its end is noticed. A thread of its own looks every quarter of a second what it has taken.
class Container {
 public:
  // A log larger than this is a flood: the container is killed.
  static constexpr std::uint64_t largest_log = 64U << 20U;

  // On return its first program runs, or has ended already. Errors: unsupported for an image that
  // is not there; io with what the engine said when it could not be started; timeout.
  [[nodiscard]] static Result<std::unique_ptr<Container>> start(
      const ContainerEngine& engine, const ContainerNetwork& network,
      const ContainerOptions& options, std::shared_ptr<ContainerRecord> record);
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;
  // Killed and removed, without a word to its peers; its log goes into the record.
  ~Container();

  [[nodiscard]] const std::string& name() const { return name_; }
  // The engine's process that is attached: it ends when the container does, with its exit status.
  [[nodiscard]] const std::shared_ptr<ChildProcess>& client() const { return client_; }
  // A further test that it is there for; for its log.
  void serves(const std::string& test);
  // Its first program's number on this machine; 0 when it has ended.
  [[nodiscard]] pid_t pid() const;
  // Told by the kernel, which knows of an end before the engine does.
  [[nodiscard]] bool alive() const;
  // Nothing while it lives; its end is waited for at most so long.
  [[nodiscard]] std::optional<ContainerEnd> end(
      std::chrono::milliseconds wait = std::chrono::milliseconds{0}) const;
  // The command line that runs COMMAND inside, with its standard streams.
  [[nodiscard]] std::vector<std::string> inside(const std::vector<std::string>& command) const;

 private:
  struct State;
  Container(const ContainerEngine& engine, std::string name, std::shared_ptr<ChildProcess> client,
            const ContainerOptions& options, std::shared_ptr<ContainerRecord> record);
  [[nodiscard]] Result<void> wait_until_it_runs();

  ContainerEngine engine_;
  std::string name_;
  std::shared_ptr<ChildProcess> client_;
  std::shared_ptr<ContainerRecord> record_;
  std::unique_ptr<State> state_;
};

// Runs COMMAND in a container of its own to its end: what has to be done before the device starts.
// Errors: those of Container::start and run_command.
[[nodiscard]] Result<CommandResult> run_in_new_container(const ContainerEngine& engine,
                                                         const ContainerNetwork& network,
                                                         ContainerOptions options,
                                                         std::vector<std::string> command);

}  // namespace karpspec::lab
