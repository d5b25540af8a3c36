#include "dut/container_start.h"

#include <charconv>

namespace karpspec::dut {
namespace {

using transcript::Node;

constexpr std::uint64_t least_memory = 4U << 20U;  // less is refused by the engines

// "256M", "1g", "512MiB": powers of 1024. A plain number is octets.
Result<std::uint64_t> memory_of(const Node& value) {
  KARPSPEC_TRY(text, value.scalar("a size, such as 256M"));
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  std::string unit(at, end);
  while (!unit.empty() && unit.front() == ' ')
    unit.erase(0, 1);
  unsigned shift = 0;
  bool known = error == std::errc{};
  if (!unit.empty()) {
    const std::string rest = unit.substr(1);
    known = known && (rest.empty() || rest == "B" || rest == "b" || rest == "iB");
    switch (unit.front()) {
      case 'k':
      case 'K':
        shift = 10;
        break;
      case 'm':
      case 'M':
        shift = 20;
        break;
      case 'g':
      case 'G':
        shift = 30;
        break;
      default:
        known = false;
    }
  }
  if (!known || number > (UINT64_MAX >> shift))
    return value.error("'" + text + "' is no size, such as 256M or 1G");
  if (number << shift < least_memory)
    return value.error("less than 4M is too little for any container");
  return number << shift;
}

Result<double> cpus_of(const Node& value) {
  KARPSPEC_TRY(text, value.scalar("a number of processors"));
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || at != end || !(number >= 0.01) || number > 1024)
    return value.error("'" + text + "' is no number of processors, such as 0.5 or 2");
  return number;
}

Result<std::map<std::string, std::string>> environment_of(const Node& value) {
  if (!value.is_map())
    return value.error("expected a map of variables");
  std::map<std::string, std::string> out;
  for (const auto& [key, entry] : value.entries()) {
    KARPSPEC_TRY(text, entry.scalar("a text"));
    if (key.text().empty() || key.text().find('=') != std::string::npos)
      return key.error("'" + key.text() + "' is no name of a variable");
    out[key.text()] = std::move(text);
  }
  return out;
}

Result<ContainerReady> ready_of(const Node& value) {
  KARPSPEC_CHECK(value.check_keys({"log", "tcp", "within_ms"}, "ready"));
  ContainerReady ready;
  if (const Node* log = value.find("log")) {
    KARPSPEC_TRY(text, log->scalar("a text that it prints"));
    if (text.empty())
      return log->error("an empty text is always printed");
    ready.log = std::move(text);
  }
  if (const Node* tcp = value.find("tcp")) {
    KARPSPEC_TRY(port, tcp->integer());
    if (port < 1 || port > 65535)
      return tcp->error("expected a port, 1 to 65535");
    ready.tcp = static_cast<std::uint16_t>(port);
  }
  if (const Node* within = value.find("within_ms")) {
    KARPSPEC_TRY(number, within->integer());
    if (number < 1 || number > 600'000)
      return within->error("expected 1 to 600000 milliseconds");
    ready.within = std::chrono::milliseconds(number);
  }
  return ready;
}

// "PATH:INSIDE".
Result<std::pair<std::string, std::string>> volume_of(
    const Node& value, const std::function<std::string(const std::string&)>& resolved) {
  KARPSPEC_TRY(text, value.scalar("PATH:INSIDE"));
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string::npos || text.substr(colon + 1, 1) != "/")
    return value.error("'" + text + "' is not PATH:INSIDE, of which INSIDE begins with a slash");
  return std::pair(resolved(text.substr(0, colon)), text.substr(colon + 1));
}

}  // namespace

Result<ContainerStart> read_container_start(
    const Node& start, const std::function<std::string(const std::string&)>& resolved) {
  ContainerStart out;
  out.record = std::make_shared<lab::ContainerRecord>();
  const Node* image = start.find("image");
  if (image == nullptr)
    return start.error("kind container needs 'image'");
  KARPSPEC_TRY(name, image->scalar("an image"));
  if (name.empty() || name.front() == '-')
    return image->error("'" + name + "' is no name of an image");
  out.image = std::move(name);
  if (const Node* engine = start.find("engine")) {
    KARPSPEC_TRY(word, engine->scalar("an engine"));
    if (word != "podman" && word != "docker")
      return engine->error("unknown engine '" + word + "'" +
                           transcript::suggestion(word, {"podman", "docker"}));
    if (word == "docker")
      out.engine.kind = lab::EngineOptions::Kind::docker;
  }
  if (const Node* runtime = start.find("runtime")) {
    KARPSPEC_TRY(word, runtime->scalar("a runtime"));
    out.engine.runtime = std::move(word);
  }
  for (const auto& [key, list] :
       {std::pair("engine_arguments", &out.engine.arguments),
        std::pair("arguments", &out.arguments), std::pair("command", &out.command),
        std::pair("capabilities", &out.capabilities)}) {
    if (const Node* value = start.find(key)) {
      KARPSPEC_TRY(words, value->texts("a list of texts"));
      *list = std::move(words);
    }
  }
  if (const Node* environment = start.find("environment")) {
    KARPSPEC_TRY(variables, environment_of(*environment));
    out.environment = std::move(variables);
  }
  if (const Node* volumes = start.find("volumes")) {
    if (!volumes->is_list())
      return volumes->error("expected a list of PATH:INSIDE");
    for (const Node& item : volumes->items()) {
      KARPSPEC_TRY(volume, volume_of(item, resolved));
      out.volumes.push_back(std::move(volume));
    }
  }
  if (const Node* memory = start.find("memory")) {
    KARPSPEC_TRY(octets, memory_of(*memory));
    out.memory = octets;
  }
  if (const Node* cpus = start.find("cpus")) {
    KARPSPEC_TRY(number, cpus_of(*cpus));
    out.cpus = number;
  }
  if (const Node* ready = start.find("ready")) {
    KARPSPEC_TRY(when, ready_of(*ready));
    out.ready = std::move(when);
  }
  return out;
}

lab::ContainerOptions container_options(const ContainerStart& container, const std::string& label) {
  lab::ContainerOptions options;
  options.image = container.image;
  options.label = label;
  options.command = container.command;
  options.environment = container.environment;
  options.capabilities = container.capabilities;
  options.binds = container.volumes;
  options.memory = container.memory;
  options.cpus = container.cpus;
  options.arguments = container.arguments;
  return options;
}

}  // namespace karpspec::dut
