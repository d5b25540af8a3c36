#include "lab/container_engine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "lab/child_process.h"

namespace karpspec::lab {
namespace {

namespace fs = std::filesystem;

bool is_there(const char* path) {
  std::error_code error;
  return fs::exists(path, error);
}

// crun, podman's first choice, refuses a machine that has cgroups of both versions.
bool has_pure_cgroups() {
  return is_there("/sys/fs/cgroup/cgroup.controllers");
}

bool runs(std::vector<std::string> command) {
  ChildOptions options;
  options.command = std::move(command);
  const auto result = run_command(std::move(options));
  return result && result->status.success();
}

// NAME=N:N, at most LARGEST: podman asks for more than a harness without CAP_SYS_RESOURCE may give.
std::string limit(const char* name, int resource, rlim_t largest) {
  rlimit own{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &own) == 0)
    largest = std::min(largest, own.rlim_max);
  const std::string number = std::to_string(largest);
  return std::string(name) + "=" + number + ":" + number;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.empty())
      out.push_back(line);
  return out;
}

}  // namespace

// Warnings may stand before it, and how to get help after it.
std::string ContainerEngine::reason_in(const std::string& text) {
  std::string reason = "it said nothing";
  for (const std::string& line : lines_of(text)) {
    // Below its reason docker says how it is called, and where help is.
    if (line.starts_with("Usage:"))
      break;
    if (line.empty() || line.starts_with("See '") || line.starts_with("Run '"))
      continue;
    reason = line;
    if (line.starts_with("Error"))
      break;
  }
  return one_line(reason);
}

const char* ContainerEngine::name() const {
  return options_.kind == EngineOptions::Kind::docker ? "docker" : "podman";
}

std::string ContainerEngine::why_not() const {
  if (const std::string why = why_no_namespaces(); !why.empty())
    return why;
  ChildOptions options;
  options.command = command({"version"});
  const auto result = run_command(std::move(options), std::chrono::seconds{30});
  if (!result && result.error().code == ErrorCode::not_found)
    return std::string("containers need ") + name() + " (harness/packages containers installs " +
           "podman)";
  if (!result)
    return std::string("containers need ") + name() + ": " + result.error().message;
  if (!result->status.success())
    return std::string(name()) + " does not work here: " + reason_in(result->output);
  return {};
}

std::string ContainerEngine::why_no_exec() {
  const auto root_by = [](std::vector<std::string> command) {
    command.insert(command.end(), {"stat", "--format", "%d:%i", "/"});
    ChildOptions options;
    options.command = std::move(command);
    const auto result = run_command(std::move(options));
    return result && result->status.success() ? result->output : std::string();
  };
  const std::string of_namespace = root_by({"nsenter", "--mount=/proc/self/ns/mnt"});
  return of_namespace.empty() || of_namespace == root_by({})
             ? ""
             : "this is a chroot, and an engine's `exec` does not find the files of a container "
               "that was started in one";
}

std::vector<std::string> ContainerEngine::command(std::vector<std::string> rest) const {
  std::vector<std::string> out = {name()};
  if (options_.kind == EngineOptions::Kind::podman) {
    std::string runtime = options_.runtime;
    static const bool has_runc = !has_pure_cgroups() && runs({"runc", "--version"});
    if (runtime.empty() && has_runc)
      runtime = "runc";
    if (!runtime.empty())
      out.insert(out.end(), {"--runtime", runtime});
    // Without systemd there is nobody to make cgroups and to keep a journal.
    if (!is_there("/run/systemd/system"))
      out.insert(out.end(), {"--cgroup-manager", "cgroupfs", "--events-backend", "file"});
  }
  out.insert(out.end(), options_.arguments.begin(), options_.arguments.end());
  out.insert(out.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
  return out;
}

Result<std::string> ContainerEngine::run(std::vector<std::string> rest,
                                         std::chrono::milliseconds timeout) const {
  const std::string verb = rest.empty() ? "" : " " + rest.front();
  ChildOptions options;
  options.command = command(std::move(rest));
  KARPSPEC_TRY(result, run_command(std::move(options), timeout));
  if (!result.status.success())
    return fail(ErrorCode::io, name() + verb + ": " + reason_in(result.output));
  while (!result.output.empty() && result.output.back() == '\n')
    result.output.pop_back();
  return std::move(result.output);
}

std::vector<std::string> ContainerEngine::run_options() const {
  std::vector<std::string> out = {
      "--label", std::string(owner_label) + "=" + std::to_string(::getpid()), "--pull=never"};
  if (options_.kind == EngineOptions::Kind::podman) {
    out.insert(out.end(), {"--log-driver", "none", "--ulimit", limit("nofile", RLIMIT_NOFILE, 8192),
                           "--ulimit", limit("nproc", RLIMIT_NPROC, 4096)});
  } else {
    out.insert(out.end(), {"--log-driver", "none"});
    if (!options_.runtime.empty())
      out.insert(out.end(), {"--runtime", options_.runtime});
  }
  return out;
}

Result<std::string> ContainerEngine::id_of(const std::string& image) const {
  if (auto id = run({"image", "inspect", "--format", "{{.Id}}", image}))
    return id;
  constexpr std::string_view ours = "karpspec/";
  const std::size_t at = image.find(ours);
  std::string how = std::string(name()) + " pull " + image + " fetches it, if there is a registry";
  if (at != std::string::npos)
    how = "containers/images/build " + image.substr(at + ours.size()) + " makes it";
  return fail(ErrorCode::unsupported,
              std::string(name()) + " has no image '" + image + "'; " + how);
}

std::vector<std::string> ContainerEngine::remove_command() const {
  return options_.kind == EngineOptions::Kind::podman ? command({"rm", "--force", "--time", "0"})
                                                      : command({"rm", "--force"});
}

Result<void> ContainerEngine::remove(const std::string& container) const {
  ChildOptions options;
  options.command = remove_command();
  options.command.push_back(container);
  KARPSPEC_TRY(result, run_command(std::move(options), std::chrono::seconds{60}));
  const std::string& said = result.output;
  if (result.status.success())
    return {};
  // It is not there, or somebody else is at it.
  for (const char* gone : {"o such container", "no container with", "already in progress"})
    if (said.find(gone) != std::string::npos)
      return {};
  return fail(ErrorCode::io, name() + (" rm " + container) + ": " + reason_in(said));
}

Result<std::vector<std::string>> ContainerEngine::list(std::optional<pid_t> owner) const {
  const std::string label =
      std::string("label=") + owner_label + (owner ? "=" + std::to_string(*owner) : "");
  KARPSPEC_TRY(text, run({"ps", "--all", "--filter", label, "--format", "{{.Names}}"}));
  return lines_of(text);
}

Result<std::vector<std::string>> ContainerEngine::sweep() const {
  KARPSPEC_TRY(all, list());
  std::vector<std::string> removed;
  Result<void> all_removed;
  for (const std::string& container : all) {
    if (!is_left_behind(container))
      continue;
    if (auto done = remove(container))
      removed.push_back(container);
    else
      all_removed = std::move(done);
  }
  KARPSPEC_CHECK(std::move(all_removed));
  std::sort(removed.begin(), removed.end());
  return removed;
}

Result<ContainerNetwork> ContainerNetwork::create(const ContainerEngine& engine,
                                                  const std::string& image,
                                                  const std::string& label) {
  if (std::string(engine.name()) == "podman") {
    KARPSPEC_TRY(place, NetworkNamespace::create(label));
    return at(engine, std::make_shared<const NetworkNamespace>(std::move(place)));
  }
  // Docker enters no namespace but another container's: one that does nothing holds it.
  const std::string holder = "karpspec-" + std::to_string(::getpid()) + "-" + label + "-holder";
  std::vector<std::string> run = {"run", "--detach", "--name", holder, "--network", "none"};
  for (std::string& option : engine.run_options())
    run.push_back(std::move(option));
  run.insert(run.end(), {"--entrypoint", "sleep", image, "infinity"});
  if (auto held = engine.run(std::move(run)); !held) {
    // One that did not start stands about as 'created'.
    static_cast<void>(engine.remove(holder));
    return fail(held.error().code, held.error().message + " (docker needs an image with 'sleep')");
  }
  const auto place_of_holder = [&]() -> Result<NetworkNamespace> {
    KARPSPEC_TRY(text, engine.run({"inspect", "--format", "{{.State.Pid}}", holder}));
    return NetworkNamespace::adopt(label, static_cast<pid_t>(std::atol(text.c_str())));
  };
  auto place = place_of_holder();
  if (!place) {
    static_cast<void>(engine.remove(holder));
    return tl::unexpected(std::move(place).error());
  }
  ContainerNetwork made(engine, std::make_shared<const NetworkNamespace>(*std::move(place)),
                        "container:" + holder);
  made.holder_ = holder;
  return made;
}

Result<ContainerNetwork> ContainerNetwork::at(const ContainerEngine& engine,
                                              std::shared_ptr<const NetworkNamespace> place) {
  if (std::string(engine.name()) != "podman")
    return fail(ErrorCode::unsupported,
                std::string(engine.name()) + " starts no container in a network that is there");
  std::string option = "ns:" + place->path();
  return ContainerNetwork(engine, std::move(place), std::move(option));
}

ContainerNetwork::ContainerNetwork(ContainerNetwork&& other) noexcept
    : engine_(std::move(other.engine_)),
      place_(std::move(other.place_)),
      option_(std::move(other.option_)),
      holder_(std::exchange(other.holder_, {})) {}

ContainerNetwork& ContainerNetwork::operator=(ContainerNetwork&& other) noexcept {
  std::swap(engine_, other.engine_);
  std::swap(place_, other.place_);
  std::swap(option_, other.option_);
  std::swap(holder_, other.holder_);
  return *this;
}

ContainerNetwork::~ContainerNetwork() {
  // What fails here is found by the next sweep().
  if (!holder_.empty())
    static_cast<void>(engine_.remove(holder_));
}

}  // namespace karpspec::lab
