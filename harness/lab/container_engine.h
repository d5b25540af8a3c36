#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lab/namespaces.h"

namespace karpspec::lab {

struct EngineOptions {
  enum class Kind { podman, docker };
  Kind kind = Kind::podman;
  std::string runtime;                 // OCI runtime, "runc"; empty: what fits here
  std::vector<std::string> arguments;  // more options of the engine, before its command
};

// Podman or docker: the one place that knows what they do differently. Containers are labelled with
// the process that made them, and named "karpspec-PID-LABEL", as network namespaces are.
class ContainerEngine {
 public:
  explicit ContainerEngine(EngineOptions options) : options_(std::move(options)) {}

  [[nodiscard]] const char* name() const;
  // Why no containers can be made here, for a reader; or "".
  [[nodiscard]] std::string why_not() const;
  // Why `exec` does not find a container's files here, or "": its first process is reached by its
  // mount namespace, whose root is not the container's where the engine was in a chroot.
  [[nodiscard]] static std::string why_no_exec();
  // The engine's command line with its options and REST: {"podman", ..., "rm", "x"}.
  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> rest) const;
  // Runs that to its end and gives what it printed, without the last line end. Errors: io with what
  // the engine said; timeout.
  [[nodiscard]] Result<std::string> run(std::vector<std::string> rest,
                                        std::chrono::milliseconds timeout = std::chrono::seconds{
                                            30}) const;
  // Options of `run` that this engine needs on this machine, and the label.
  [[nodiscard]] std::vector<std::string> run_options() const;
  // The id of IMAGE, which changes with what is in it. Errors: unsupported, with how IMAGE is got,
  // where it is not on this machine: nothing is pulled.
  [[nodiscard]] Result<std::string> id_of(const std::string& image) const;
  // Kills and removes; what is not there is as good as removed. Errors: io, timeout.
  [[nodiscard]] Result<void> remove(const std::string& container) const;
  // The words of that command without the container, for a shell.
  [[nodiscard]] std::vector<std::string> remove_command() const;
  // Names of the containers of harnesses: of OWNER, or of all. Errors: io, timeout.
  [[nodiscard]] Result<std::vector<std::string>> list(std::optional<pid_t> owner = {}) const;
  // Removes the containers whose harness no longer lives, and gives their names. Errors: io,
  // timeout.
  Result<std::vector<std::string>> sweep() const;

  // Of what an engine printed, the line that says why.
  [[nodiscard]] static std::string reason_in(const std::string& text);

  static constexpr const char* owner_label = "io.karpspec.owner";

 private:
  EngineOptions options_;
};

// The network of a device's containers, one after the other: a place that is there before the first
// and after the last, so that a cable or a port of a Bridge stays when the device is started again.
class ContainerNetwork {
 public:
  // LABEL as for NetworkNamespace::create; IMAGE: where the engine needs a container to hold the
  // place, it is made of that. Errors: bad_value, io, timeout.
  [[nodiscard]] static Result<ContainerNetwork> create(const ContainerEngine& engine,
                                                       const std::string& image,
                                                       const std::string& label);
  // The same at PLACE, which is whoever's asks: at a port of a Bridge with other devices. Errors:
  // unsupported for an engine that enters no such place.
  [[nodiscard]] static Result<ContainerNetwork> at(const ContainerEngine& engine,
                                                   std::shared_ptr<const NetworkNamespace> place);
  ContainerNetwork(ContainerNetwork&& other) noexcept;
  ContainerNetwork& operator=(ContainerNetwork&& other) noexcept;
  ~ContainerNetwork();

  // Where its interfaces are made: by connect() or Bridge::attach().
  [[nodiscard]] const NetworkNamespace& place() const { return *place_; }
  // What `run --network` is told.
  [[nodiscard]] const std::string& option() const { return option_; }

 private:
  ContainerNetwork(ContainerEngine engine, std::shared_ptr<const NetworkNamespace> place,
                   std::string option)
      : engine_(std::move(engine)), place_(std::move(place)), option_(std::move(option)) {}
  ContainerEngine engine_;
  std::shared_ptr<const NetworkNamespace> place_;
  std::string option_;
  std::string holder_;  // a container, or ""
};

}  // namespace karpspec::lab
