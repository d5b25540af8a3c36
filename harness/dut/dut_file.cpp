#include "dut/dut_file.h"

#include <array>
#include <filesystem>

#include "dut/pics_file.h"
#include "lab/socket_address.h"
#include "transcript/node.h"

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;
using transcript::Node;

// VALUE is one of the words of CHOICES, of which the index is given.
Result<std::size_t> choice(const Node& value, const std::vector<std::string>& choices,
                           const std::string& what) {
  KARPSPEC_TRY(word, value.scalar(what));
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == word)
      return i;
  }
  return value.error("unknown " + what + " '" + word + "'" + transcript::suggestion(word, choices));
}

Result<const Node*> required(const Node& map, const char* key, const std::string& what) {
  const Node* found = map.find(key);
  if (found == nullptr)
    return map.error(what + " needs '" + key + "'");
  return found;
}

Result<std::uint16_t> port_of(const Node& value, std::int64_t least) {
  KARPSPEC_TRY(number, value.integer());
  if (number < least || number > 65535)
    return value.error("expected a port, " + std::to_string(least) + " to 65535");
  return static_cast<std::uint16_t>(number);
}

Result<std::string> address_of(const Node& value) {
  KARPSPEC_TRY(text, value.scalar("an address"));
  const auto read = lab::to_socket_address({text, 1});
  if (!read || lab::is_wildcard(*read))
    return value.error("'" + text + "' is no IPv4 or IPv6 address");
  return text;
}

Result<std::uint8_t> octet_of(const Node& value) {
  KARPSPEC_TRY(number, value.integer());
  if (number < 0 || number > 255)
    return value.error("expected a number from 0 to 255");
  return static_cast<std::uint8_t>(number);
}

Result<std::vector<std::string>> command_of(const Node& value) {
  KARPSPEC_TRY(words, value.texts("a command"));
  if (words.empty() || words.front().empty())
    return value.error("expected a program and its arguments");
  return words;
}

// A YAML value as JSON, as the scenarios' `setup` takes it.
Json json_of(const Node& node) {
  if (node.is_map()) {
    Json out = Json::object();
    for (const auto& [key, value] : node.entries())
      out[key.text()] = json_of(value);
    return out;
  }
  if (node.is_list()) {
    Json out = Json::array();
    for (const Node& item : node.items())
      out.push_back(json_of(item));
    return out;
  }
  if (node.is_null())
    return nullptr;
  if (!node.quoted()) {
    if (const auto truth = node.boolean())
      return *truth;
    if (!node.text().starts_with("0x")) {
      const auto number = node.integer();
      if (number && *number >= 0)
        return static_cast<std::uint64_t>(*number);
      if (number)
        return *number;
    }
  }
  return node.text();
}

class Reader {
 public:
  Reader(const std::string& file, const DutFileChecks& checks)
      : folder_(fs::path(file).parent_path()), checks_(checks) {
    dut_.path = file;
  }

  Result<DutFile> read(const Node& root) {
    KARPSPEC_CHECK(root.check_keys({"name", "start", "address", "port", "tester", "control",
                                    "child", "pics", "profile", "setup", "expected"},
                                   "a DUT file"));
    KARPSPEC_TRY(name, required(root, "name", "a DUT file"));
    KARPSPEC_TRY(text, name->scalar("a name"));
    dut_.name = std::move(text);
    KARPSPEC_TRY(start, required(root, "start", "a DUT file"));
    KARPSPEC_CHECK(read_start(*start));
    KARPSPEC_CHECK(read_control(root));
    if (const Node* esp = start->find("esp"); esp != nullptr && !dut_.start.makes_esp())
      return esp->error("'esp' is for control of kind strongswan and libreswan");
    if (const Node* child = root.find("child")) {
      KARPSPEC_TRY(kind, choice(*child, {"rkmp", "esp", "none"}, "kind of child"));
      dut_.child = std::array{"rkmp", "esp", "none"}[kind];
    }
    KARPSPEC_CHECK(read_addresses(root));
    KARPSPEC_CHECK(read_pics(root.find("pics")));
    if (const Node* profile = root.find("profile"))
      KARPSPEC_CHECK(read_profile(*profile));
    if (const Node* setup = root.find("setup")) {
      KARPSPEC_CHECK(setup->check_keys({"device", "tester"}, "setup"));
      for (const auto& [key, value] : setup->entries()) {
        if (!value.is_map())
          return value.error("expected a map of configuration");
        (key.text() == "device" ? dut_.device_setup : dut_.tester_setup) = json_of(value);
      }
      if (checks_.setup)
        KARPSPEC_CHECK(checks_.setup(*setup));
    }
    if (const Node* expected = root.find("expected")) {
      KARPSPEC_TRY(file, expected->scalar("a file"));
      dut_.expected = resolved(file);
      if (std::error_code code; !fs::is_regular_file(dut_.expected, code))
        return expected->error("there is no file '" + dut_.expected + "'");
    }
    return std::move(dut_);
  }

 private:
  [[nodiscard]] std::string resolved(const std::string& path) const {
    return fs::path(path).is_absolute() ? path : (folder_ / path).lexically_normal().string();
  }
  // A program named with a slash is a file like any other; one without is sought when it is run.
  [[nodiscard]] std::vector<std::string> resolved(std::vector<std::string> command) const {
    if (command.front().find('/') != std::string::npos)
      command.front() = resolved(command.front());
    return command;
  }

  Result<void> read_start(const Node& node) {
    KARPSPEC_TRY(kind, required(node, "kind", "start"));
    KARPSPEC_TRY(index, choice(*kind,
                               {"embedded", "process", "strongswan", "libreswan", "openiked", "frr",
                                "bird", "linux", "running", "container"},
                               "kind"));
    dut_.start.kind = static_cast<StartKind>(index);
    if (dut_.start.kind == StartKind::container)
      return read_container(node);
    KARPSPEC_CHECK(node.check_keys({"kind", "command", "root", "esp", "pf-key"}, "start"));
    const bool iked = dut_.start.kind == StartKind::openiked;
    for (const auto& [key, value] : node.entries()) {
      const std::string& name = key.text();
      const char* of = nullptr;
      if (name == "command" && dut_.start.kind != StartKind::process)
        of = "process";
      if (name == "root" && !dut_.start.in_root())
        of = "strongswan, libreswan, openiked, frr, bird and linux";
      if (name == "esp" && !dut_.start.makes_esp())
        of = "strongswan and libreswan";
      if (name == "pf-key" && !iked)
        of = "openiked";
      if (of != nullptr)
        return key.error("'" + name + "' is for kind " + of);
    }
    if (dut_.start.kind == StartKind::process) {
      KARPSPEC_TRY(command, required(node, "command", "kind process"));
      KARPSPEC_TRY(words, command_of(*command));
      dut_.start.command = resolved(std::move(words));
    }
    if (const Node* root = node.find("root")) {
      KARPSPEC_TRY(path, root->scalar("a folder"));
      dut_.start.root = resolved(path);
    }
    if (const Node* pf_key = node.find("pf-key")) {
      KARPSPEC_TRY(below, choice(*pf_key, {"kernel", "stand-in"}, "PF_KEY"));
      dut_.start.pf_key_stands_in = below == 1;
    }
    return read_esp(node);
  }

  Result<void> read_esp(const Node& start) {
    if (const Node* esp = start.find("esp")) {
      KARPSPEC_TRY(below, choice(*esp, {"auto", "kernel", "stand-in"}, "ESP"));
      dut_.start.esp = static_cast<EspBelow>(below);
    }
    return {};
  }

  Result<void> read_container(const Node& node) {
    KARPSPEC_CHECK(node.check_keys(
        {"kind", "image", "engine", "runtime", "engine_arguments", "arguments", "command",
         "environment", "capabilities", "volumes", "memory", "cpus", "ready", "esp"},
        "start"));
    KARPSPEC_TRY(container, read_container_start(node, [this](const std::string& path) {
                   return fs::absolute(resolved(path)).lexically_normal().string();
                 }));
    dut_.start.container = std::move(container);
    return read_esp(node);
  }

  // The adapter of a container that is the harness's own, which NAME names.
  Result<void> read_daemon(const Node& control, const std::string& name) {
    if (!dut_.start.container)
      return control.error("control of kind " + name +
                           " is for a device of kind container; 'start: {kind: " + name +
                           "}' has it built in");
    for (const auto& [key, value] : control.entries())
      if (key.text() != "kind")
        return key.error("control of kind " + name + " has nothing to choose");
    const ContainerStart& container = *dut_.start.container;
    if (!container.command.empty() || !container.ready.log.empty() || container.ready.tcp != 0)
      return control.error("control of kind " + name +
                           " starts the daemon itself: 'command' and 'ready' are not for it");
    dut_.control.over = DutControl::Over::built_in;
    dut_.start.kind = name == "strongswan"  ? StartKind::strongswan
                      : name == "libreswan" ? StartKind::libreswan
                      : name == "frr"       ? StartKind::frr
                                            : StartKind::bird;
    return {};
  }

  Result<void> read_control(const Node& root) {
    DutControl& control = dut_.control;
    const bool built_in = dut_.start.kind == StartKind::embedded || dut_.start.in_root();
    if (built_in)
      control.over = DutControl::Over::built_in;
    const Node* node = root.find("control");
    if (node == nullptr)
      return {};
    if (built_in)
      return node->error("this kind of device has its adapter built in");
    KARPSPEC_CHECK(node->check_keys({"kind", "over", "command", "exec", "timeout_ms"}, "control"));
    KARPSPEC_TRY(kind, required(*node, "kind", "control"));
    KARPSPEC_TRY(index,
                 choice(*kind, {"json-rpc", "none", "strongswan", "libreswan", "frr", "bird"},
                        "kind of control"));
    if (index > 1)
      return read_daemon(*node, kind->text());
    const Node* over = node->find("over");
    const Node* command = node->find("command");
    const Node* exec = node->find("exec");
    const int given = (over != nullptr) + (command != nullptr) + (exec != nullptr);
    if (index == 1) {
      if (given != 0)
        return node->error("kind none has neither 'over' nor 'command' nor 'exec'");
      return {};
    }
    if (given != 1)
      return node->error("control needs one of 'over', 'command' and 'exec'");
    if (exec != nullptr) {
      if (dut_.start.kind != StartKind::container)
        return exec->error("'exec' runs a program inside a device of kind container");
      KARPSPEC_TRY(words, command_of(*exec));
      control.over = DutControl::Over::exec;
      control.command = std::move(words);
    } else if (command != nullptr) {
      KARPSPEC_TRY(words, command_of(*command));
      control.over = DutControl::Over::command;
      control.command = resolved(std::move(words));
    } else {
      KARPSPEC_CHECK(read_over(*over));
    }
    if (const Node* timeout = node->find("timeout_ms")) {
      KARPSPEC_TRY(number, timeout->integer());
      if (number < 1 || number > 600'000)
        return timeout->error("expected 1 to 600000 milliseconds");
      control.timeout = std::chrono::milliseconds(number);
    }
    return {};
  }

  Result<void> read_over(const Node& over) {
    KARPSPEC_TRY(text, over.scalar("stdio or tcp:ADDRESS:PORT"));
    if (text == "stdio") {
      if (dut_.start.kind != StartKind::process && dut_.start.kind != StartKind::container)
        return over.error("stdio needs a device of kind process or container");
      dut_.control.over = DutControl::Over::stdio;
      return {};
    }
    const auto endpoint = endpoint_from(text);
    if (!endpoint)
      return over.error(endpoint.error().message);
    dut_.control.over = DutControl::Over::tcp;
    dut_.control.endpoint = *endpoint;
    return {};
  }

  Result<void> read_addresses(const Node& root) {
    dut_.endpoint = {"192.0.2.1", 500};
    dut_.tester = {"192.0.2.2", 500};
    dut_.second_address = "192.0.2.3";
    const Node* address = root.find("address");
    const Node* port = root.find("port");
    const Node* tester = root.find("tester");
    if (dut_.start.has_own_network()) {
      const bool image = dut_.start.kind == StartKind::container;
      // Nobody else is on that network, so there is nothing to choose but what the image has
      // chosen.
      for (const Node* given : {address, image ? nullptr : port, tester}) {
        if (given != nullptr)
          return given->error("this kind of device has a network of its own");
      }
      return image && port != nullptr ? read_image_port(*port) : Result<void>();
    }
    if (dut_.child == "none" && address == nullptr && tester == nullptr && port == nullptr) {
      dut_.endpoint = {"127.0.0.1", 5500};
      dut_.tester = {"127.0.0.2", 5500};
      dut_.second_address.clear();
      dut_.on_wire = false;
      return {};
    }
    if (address == nullptr || tester == nullptr) {
      return root.error(
          "this kind of device needs 'address' and 'tester'; only one with 'child: none', which is "
          "asked by control alone, has neither");
    }
    KARPSPEC_TRY(device, address_of(*address));
    dut_.endpoint.address = std::move(device);
    if (port != nullptr) {
      KARPSPEC_TRY(number, port_of(*port, 1));
      dut_.endpoint.port = number;
    }
    KARPSPEC_CHECK(tester->check_keys({"address", "port", "second_address", "routers"}, "tester"));
    KARPSPEC_TRY(own, required(*tester, "address", "tester"));
    KARPSPEC_TRY(own_address, address_of(*own));
    dut_.tester.address = std::move(own_address);
    dut_.tester.port = dut_.endpoint.port;
    if (const Node* number = tester->find("port")) {
      KARPSPEC_TRY(own_port, port_of(*number, 1));
      dut_.tester.port = own_port;
    }
    dut_.second_address.clear();
    if (const Node* second = tester->find("second_address")) {
      KARPSPEC_TRY(other, address_of(*second));
      dut_.second_address = std::move(other);
    }
    if (const Node* routers = tester->find("routers")) {
      KARPSPEC_CHECK(routers->check_keys({"second", "third"}, "the tester's routers"));
      for (const auto& [name, value] : routers->entries()) {
        KARPSPEC_TRY(other, address_of(value));
        dut_.routers[name.text()] = std::move(other);
      }
    }
    return {};
  }

  Result<void> read_image_port(const Node& port) {
    constexpr std::uint16_t group_port = 1021;  // of MRKMP, profile P-201
    KARPSPEC_TRY(number, port_of(port, 1));
    dut_.endpoint.port = dut_.tester.port = number;
    if (number == group_port)
      dut_.routers = {{"second", "192.0.2.4"}, {"third", "192.0.2.5"}};
    return {};
  }

  Result<void> read_pics(const Node* pics) {
    const bool control = dut_.control.over != DutControl::Over::none;
    dut_.pics = {{"roles", {"initiator", "responder"}},
                 {"auth", {"psk"}},
                 {"control", control},
                 {"key-table", false},
                 {"claims", Json::array()}};
    if (pics == nullptr)
      return {};
    if (pics->is_scalar()) {
      KARPSPEC_TRY(file, pics->scalar("a file"));
      const std::string path = resolved(file);
      if (std::error_code code; !fs::is_regular_file(path, code))
        return pics->error("there is no file '" + path + "'");
      KARPSPEC_TRY(answers, read_pics_file(path, checks_.claims, control));
      dut_.pics.update(answers);
      return {};
    }
    KARPSPEC_CHECK(
        pics->check_keys({"roles", "auth", "control", "key-table", "claims", "facts"}, "pics"));
    for (const auto& [key, value] : pics->entries()) {
      const std::string& name = key.text();
      if (name == "control" || name == "key-table") {
        KARPSPEC_TRY(claimed, value.boolean());
        if (claimed && !control)
          return value.error("'" + name + "' is claimed, but the file has no control");
        dut_.pics[name] = claimed;
      } else {
        KARPSPEC_CHECK(read_pics_list(name, value));
      }
    }
    return {};
  }

  Result<void> read_pics_list(const std::string& name, const Node& value) {
    Json list = Json::array();
    const std::vector<Node> alone = {value};
    for (const Node& item : value.is_list() ? value.items() : alone) {
      KARPSPEC_TRY(word, item.scalar("a text"));
      if (name == "roles")
        KARPSPEC_CHECK(choice(item, {"initiator", "responder"}, "role"));
      if (name == "auth")
        KARPSPEC_CHECK(choice(item,
                              {"psk", "rsa", "ecdsa", "digital-signature", "digital-ecdsa",
                               "raw-key", "fingerprint", "certificates"},
                              "authentication"));
      if (name == "claims" && !checks_.claims.empty())
        KARPSPEC_CHECK(choice(item, checks_.claims, "claim"));
      list.push_back(std::move(word));
    }
    dut_.pics[name] = std::move(list);
    return {};
  }

  Result<void> read_profile(const Node& profile) {
    KARPSPEC_CHECK(
        profile.check_keys({"tcp_ao_protocol", "ldp_discovery_protocol", "rp_ts_type"}, "profile"));
    for (const auto& [key, value] : profile.entries()) {
      KARPSPEC_TRY(number, octet_of(value));
      if (key.text() == "tcp_ao_protocol")
        dut_.numbers.tcp_ao_protocol = number;
      else if (key.text() == "ldp_discovery_protocol")
        dut_.numbers.ldp_discovery_protocol = number;
      else
        dut_.numbers.rp_ts_type = number;
    }
    return {};
  }

  fs::path folder_;
  const DutFileChecks& checks_;
  DutFile dut_;
};

}  // namespace

Result<Endpoint> endpoint_from(std::string_view text) {
  const std::string quoted = "'" + std::string(text) + "'";
  const tl::unexpected<Error> wrong =
      fail(ErrorCode::bad_value, quoted + " is not tcp:ADDRESS:PORT");
  const std::size_t colon = text.rfind(':');
  if (!text.starts_with("tcp:") || colon <= 4)
    return wrong;
  std::string address(text.substr(4, colon - 4));
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  const auto port = Node(std::string(text.substr(colon + 1))).integer();
  if (!port || *port < 1 || *port > 65535 || !lab::to_socket_address({address, 1}))
    return wrong;
  return Endpoint{address, static_cast<std::uint16_t>(*port)};
}

Result<DutFile> parse_dut_file(std::string_view text, const std::string& file,
                               const DutFileChecks& checks) {
  KARPSPEC_TRY(root, transcript::parse_yaml(text, file));
  return Reader(file, checks).read(root);
}

Result<DutFile> read_dut_file(const std::string& path, const DutFileChecks& checks) {
  KARPSPEC_TRY(root, transcript::read_yaml(path));
  return Reader(path, checks).read(root);
}

}  // namespace karpspec::dut
