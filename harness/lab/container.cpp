#include "lab/container.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace karpspec::lab {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds glance{250};
constexpr milliseconds last_word{3000};
constexpr std::chrono::seconds start_time{60};  // an image's layers may have to be copied first
constexpr int engine_failed = 125;  // exit status of `run` where it is not the program's

std::string in_mebibytes(std::uint64_t octets) {
  return std::to_string(octets >> 20U) + " MiB";
}

// Whether the engine's client goes by VARIABLE itself: PATH, HOME, DOCKER_HOST.
bool is_the_engines(const std::string& variable) {
  for (const char* prefix :
       {"CONTAINER", "DOCKER", "PODMAN", "XDG_", "LD_", "STORAGE_", "REGISTRY"})
    if (variable.starts_with(prefix))
      return true;
  return std::getenv(variable.c_str()) != nullptr;
}

std::vector<std::string> run_command_line(const ContainerEngine& engine,
                                          const ContainerNetwork& network,
                                          const ContainerOptions& options,
                                          const std::string& name) {
  std::vector<std::string> words = {"run", "--name", name, "--network", network.option()};
  const auto add = [&words](const std::string& option, const std::string& value) {
    words.push_back(option);
    words.push_back(value);
  };
  for (std::string& word : engine.run_options())
    words.push_back(std::move(word));
  if (options.piped)
    words.emplace_back("--interactive");
  for (const std::string& capability : options.capabilities)
    add("--cap-add", capability);
  for (const auto& [outside, inside] : options.binds)
    add("--volume", outside + ":" + inside);
  for (const auto& [variable, value] : options.environment)
    add("--env", is_the_engines(variable) ? variable + "=" + value : variable);
  if (options.memory) {
    // Swap would only make it slow instead of ending it.
    add("--memory", std::to_string(*options.memory) + "b");
    add("--memory-swap", std::to_string(*options.memory) + "b");
  }
  if (options.cpus) {
    std::ostringstream number;
    number << *options.cpus;
    add("--cpus", number.str());
  }
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  if (!options.command.empty())
    add("--entrypoint", "");
  words.push_back(options.image);
  words.insert(words.end(), options.command.begin(), options.command.end());
  return engine.command(std::move(words));
}

// The environment of the engine's client, from which the container gets its values: everybody sees
// a command line, and one may be a key.
std::optional<std::map<std::string, std::string>> environment_of_client(
    const ContainerOptions& options) {
  if (options.environment.empty())
    return std::nullopt;
  std::map<std::string, std::string> out;
  for (char** word = environ; *word != nullptr; ++word) {
    const std::string text = *word;
    if (const auto equals = text.find('='); equals != std::string::npos)
      out[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const auto& [variable, value] : options.environment)
    if (!is_the_engines(variable))
      out[variable] = value;
  return out;
}

// The container's own signals reach the client as a shell would tell them.
ExitStatus as_the_container_ended(ExitStatus status) {
  constexpr int by_signal = 128;
  if (!status.signalled && status.code > by_signal && status.code < by_signal + 65)
    return {true, status.code - by_signal};
  return status;
}

// Whether PROCESS is gone, or waits for its parent to see its end: `7 (sh) Z 1 ...`.
bool has_ended(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  if (!std::getline(in, text))
    return true;
  const std::size_t name_end = text.rfind(')');
  const char state = name_end + 2 < text.size() ? text[name_end + 2] : 'R';
  return state == 'Z' || state == 'X';
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void ContainerRecord::gather_logs_in(const std::string& file) {
  const std::lock_guard lock(mutex_);
  file_ = file;
}

ContainerUse ContainerRecord::use() const {
  const std::lock_guard lock(mutex_);
  return use_;
}

std::string ContainerRecord::image() const {
  const std::lock_guard lock(mutex_);
  return image_;
}

void ContainerRecord::set_image(const std::string& id) {
  const std::lock_guard lock(mutex_);
  image_ = id;
}

unsigned ContainerRecord::started() {
  const std::lock_guard lock(mutex_);
  return ++use_.starts;
}

void ContainerRecord::ended(const CgroupUse& use, bool died, bool out_of_memory,
                            const std::string& purpose, const std::string& log) {
  const std::lock_guard lock(mutex_);
  use_.peak_memory = std::max(use_.peak_memory, use.peak_memory);
  use_.cpu_time += use.cpu_time;
  use_.deaths += died ? 1U : 0U;
  use_.out_of_memory += out_of_memory ? 1U : 0U;
  std::ifstream in(log, std::ios::binary);
  if (file_.empty() || !in || in.peek() == std::ifstream::traits_type::eof())
    return;
  // The device's log tells of its peers and its keys as it likes: it is not for everybody.
  std::error_code ignored;
  const bool is_new = !fs::exists(file_, ignored);
  // A device may print without end each time it is started.
  if (!is_new && fs::file_size(file_, ignored) > largest_gathered)
    return;
  std::ofstream out(file_, std::ios::binary | std::ios::app);
  if (is_new)
    fs::permissions(file_, fs::perms::owner_read | fs::perms::owner_write, ignored);
  out << "--- karpspec: the device, started for " << (purpose.empty() ? "a look at it" : purpose)
      << "\n";
  std::array<char, 65536> buffer{};
  std::uint64_t left = Container::largest_log;
  char last = '\n';
  while (left > 0 && (in.read(buffer.data(), buffer.size()) || in.gcount() > 0)) {
    const std::uint64_t size =
        std::min<std::uint64_t>(left, static_cast<std::uint64_t>(in.gcount()));
    out.write(buffer.data(), static_cast<std::streamsize>(size));
    last = buffer[size - 1];
    left -= size;
  }
  if (last != '\n')
    out << "\n";
  if (static_cast<std::uint64_t>(out.tellp()) > largest_gathered)
    out << "--- karpspec: this is long enough, and what the device prints from here on is not "
           "kept\n";
}

// What the thread that looks has found out.
struct Container::State {
  std::string log_file, purpose, last_test;
  std::optional<std::uint64_t> memory;
  std::atomic<pid_t> pid{0};
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool ends = false;
  std::optional<Cgroup> cgroup;
  CgroupUse use;
  bool flooded = false;
  mutable std::optional<ContainerEnd> end;
  mutable bool out_of_memory = false;
  std::thread looker;

  void look() {
    if (!cgroup && pid != 0)
      cgroup = Cgroup::of(pid);
    const auto now = cgroup ? cgroup->read() : std::nullopt;
    if (!now)
      return;
    use.peak_memory = std::max(use.peak_memory, now->peak_memory);
    use.cpu_time = std::max(use.cpu_time, now->cpu_time);
  }
};

Container::Container(const ContainerEngine& engine, std::string name,
                     std::shared_ptr<ChildProcess> client, const ContainerOptions& options,
                     std::shared_ptr<ContainerRecord> record)
    : engine_(engine),
      name_(std::move(name)),
      client_(std::move(client)),
      record_(std::move(record)),
      state_(std::make_unique<State>()) {
  state_->log_file = options.log_file;
  state_->purpose = state_->last_test = options.purpose;
  state_->memory = options.memory;
}

Result<std::unique_ptr<Container>> Container::start(const ContainerEngine& engine,
                                                    const ContainerNetwork& network,
                                                    const ContainerOptions& options,
                                                    std::shared_ptr<ContainerRecord> record) {
  const std::string name = "karpspec-" + std::to_string(::getpid()) + "-" + options.label + "-" +
                           std::to_string(record->started());
  ChildOptions client;
  client.command = run_command_line(engine, network, options, name);
  client.environment = environment_of_client(options);
  client.log_file = options.log_file;
  // Podman leaves a file 'oom' where it stands when a container had too little memory.
  client.working_directory = fs::path(options.log_file).parent_path().string();
  client.piped = options.piped;
  std::error_code error;
  fs::remove(options.log_file, error);
  KARPSPEC_TRY(started, ChildProcess::start(client));
  std::unique_ptr<Container> container(
      new Container(engine, name, std::make_shared<ChildProcess>(std::move(started)), options,
                    std::move(record)));
  KARPSPEC_CHECK(container->wait_until_it_runs());
  State& state = *container->state_;
  const auto watched = container->client_;
  state.looker = std::thread([&state, watched] {
    std::unique_lock lock(state.mutex);
    while (!state.ends) {
      state.look();
      std::error_code ignored;
      const auto size = fs::file_size(state.log_file, ignored);
      if (!ignored && size > largest_log && !state.flooded) {
        state.flooded = true;
        if (const pid_t pid = state.pid; pid > 0 && watched->alive())
          ::kill(pid, SIGKILL);
      }
      state.changed.wait_for(lock, glance, [&state] { return state.ends; });
    }
  });
  return container;
}

Result<void> Container::wait_until_it_runs() {
  const auto deadline = steady_clock::now() + start_time;
  while (steady_clock::now() < deadline) {
    const auto ended = client_->exit_status();
    if (ended && ended->code == engine_failed) {
      return fail(ErrorCode::io, std::string(engine_.name()) + " cannot start the container: " +
                                     ContainerEngine::reason_in(text_of(state_->log_file)));
    }
    if (ended)
      return {};
    const auto text = engine_.run({"inspect", "--format", "{{.State.Pid}}", name_});
    pid_t pid = 0;
    if (text)
      std::from_chars(text->data(), text->data() + text->size(), pid);
    if (pid > 0) {
      state_->pid = pid;
      state_->cgroup = Cgroup::of(pid);
      return {};
    }
    std::this_thread::sleep_for(milliseconds{20});
  }
  return fail(ErrorCode::timeout, std::string(engine_.name()) +
                                      " has not started the container within " +
                                      std::to_string(start_time.count()) + " s");
}

Container::~Container() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ends = true;
    state_->look();
  }
  // The engine tells of an end when it has removed the network, and until then its client lives.
  const pid_t pid = state_->pid;
  const auto ended = end(pid != 0 && has_ended(pid) ? last_word : milliseconds{0});
  const bool died = ended && !(ended->status == ExitStatus{false, engine_failed});
  state_->changed.notify_all();
  if (state_->looker.joinable())
    state_->looker.join();
  // What fails here is found by the next sweep().
  static_cast<void>(engine_.remove(name_));
  client_->signal(SIGKILL);
  client_->stop();
  record_->ended(state_->use, died, state_->out_of_memory, state_->purpose, state_->log_file);
}

void Container::serves(const std::string& test) {
  const std::lock_guard lock(state_->mutex);
  if (state_->last_test == test || test.empty())
    return;
  state_->purpose += (state_->purpose.empty() ? "" : ", ") + test;
  state_->last_test = test;
}

bool Container::alive() const {
  const pid_t pid = state_->pid;
  return client_->alive() && (pid == 0 || !has_ended(pid));
}

pid_t Container::pid() const {
  return alive() ? state_->pid.load() : 0;
}

std::optional<ContainerEnd> Container::end(milliseconds wait) const {
  const auto status = client_->wait(wait);
  if (!status)
    return std::nullopt;
  const std::lock_guard lock(state_->mutex);
  if (state_->end)
    return state_->end;
  ContainerEnd end{as_the_container_ended(*status), {}};
  end.how = to_string(end.status);
  const auto killed = engine_.run({"inspect", "--format", "{{.State.OOMKilled}}", name_});
  // Not every engine gets to know on every kind of cgroups.
  const bool by_kill = end.status == ExitStatus{true, SIGKILL};
  state_->out_of_memory = (killed && *killed == "true") ||
                          (by_kill && state_->cgroup && state_->cgroup->ran_out_of_memory());
  if (state_->out_of_memory) {
    end.how = state_->memory ? "killed at its memory limit of " + in_mebibytes(*state_->memory)
                             : "killed for want of memory";
  } else if (state_->flooded) {
    end.how = "killed, having printed more than " + in_mebibytes(largest_log);
  } else if (by_kill && state_->memory) {
    end.how += ", as the kernel does at a memory limit, which is " + in_mebibytes(*state_->memory);
  }
  state_->end = end;
  return end;
}

std::vector<std::string> Container::inside(const std::vector<std::string>& command) const {
  std::vector<std::string> words = {"exec", "--interactive", name_};
  words.insert(words.end(), command.begin(), command.end());
  return engine_.command(std::move(words));
}

Result<CommandResult> run_in_new_container(const ContainerEngine& engine,
                                           const ContainerNetwork& network,
                                           ContainerOptions options,
                                           std::vector<std::string> command) {
  static std::atomic<unsigned> count{0};
  options.command = std::move(command);
  options.piped = false;
  const std::string name = "karpspec-" + std::to_string(::getpid()) + "-" + options.label +
                           "-before-" + std::to_string(++count);
  ChildOptions client;
  client.command = run_command_line(engine, network, options, name);
  client.environment = environment_of_client(options);
  auto result = run_command(std::move(client), start_time);
  static_cast<void>(engine.remove(name));
  if (result && !result->status.signalled && result->status.code == engine_failed)
    return fail(ErrorCode::io,
                std::string(engine.name()) + ": " + ContainerEngine::reason_in(result->output));
  return result;
}

}  // namespace karpspec::lab
