#include "interop/matrix.h"

#include <algorithm>
#include <filesystem>

#include "oracle/ike/negotiation.h"
#include "script/setup.h"
#include "transcript/node.h"

namespace karpspec::interop {
namespace {

namespace fs = std::filesystem;
using transcript::Node;

constexpr const char* baseline = "AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048";
constexpr std::int64_t most_repetitions = 1000;
constexpr std::size_t most_devices = 64;

bool is_name(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

class Reader {
 public:
  Reader(const std::string& file, const MatrixChecks& checks)
      : folder_(fs::path(file).parent_path()), checks_(checks) {
    matrix_.path = file;
  }

  Result<Matrix> read(const Node& root) {
    KARPSPEC_CHECK(
        root.check_keys({"title", "seed", "repetitions", "patience", "with-itself", "devices",
                         "exchanges", "ike_proposals", "leave-out", "expected"},
                        "a matrix"));
    KARPSPEC_CHECK(read_numbers(root));
    KARPSPEC_CHECK(read_devices(root));
    KARPSPEC_CHECK(read_exchanges(root));
    KARPSPEC_CHECK(read_proposals(root));
    if (const Node* list = root.find("leave-out"))
      KARPSPEC_CHECK(read_left_out(*list));
    if (const Node* expected = root.find("expected")) {
      KARPSPEC_TRY(file, expected->scalar("a file"));
      matrix_.expected = resolved(file);
      if (std::error_code code; !fs::is_regular_file(matrix_.expected, code))
        return expected->error("there is no file '" + matrix_.expected + "'");
    }
    return std::move(matrix_);
  }

 private:
  [[nodiscard]] std::string resolved(const std::string& path) const {
    return fs::path(path).is_absolute() ? path : (folder_ / path).lexically_normal().string();
  }

  Result<void> read_numbers(const Node& root) {
    if (const Node* title = root.find("title")) {
      KARPSPEC_TRY(text, title->scalar("a title"));
      matrix_.title = std::move(text);
    }
    if (const Node* seed = root.find("seed")) {
      KARPSPEC_TRY(number, seed->integer());
      if (number < 0)
        return seed->error("expected a number that is not negative");
      matrix_.seed = static_cast<std::uint64_t>(number);
    }
    if (const Node* repetitions = root.find("repetitions")) {
      KARPSPEC_TRY(number, repetitions->integer());
      if (number < 1 || number > most_repetitions)
        return repetitions->error("expected 1 to " + std::to_string(most_repetitions));
      matrix_.repetitions = static_cast<unsigned>(number);
    }
    if (const Node* patience = root.find("patience")) {
      KARPSPEC_TRY(time, script::read_duration(*patience));
      matrix_.patience = std::chrono::duration_cast<std::chrono::milliseconds>(time);
      if (matrix_.patience < std::chrono::milliseconds{100})
        return patience->error("expected a tenth of a second at least");
    }
    if (const Node* itself = root.find("with-itself")) {
      KARPSPEC_TRY(truth, itself->boolean());
      matrix_.with_itself = truth;
    }
    return {};
  }

  Result<void> read_devices(const Node& root) {
    const Node* devices = root.find("devices");
    if (devices == nullptr)
      return root.error("a matrix needs 'devices'");
    if (!devices->is_map() || devices->entries().empty())
      return devices->error("expected a map: for each device's name its DUT file");
    if (devices->entries().size() > most_devices)
      return devices->error("more than " + std::to_string(most_devices) + " devices");
    for (const auto& [key, value] : devices->entries())
      KARPSPEC_CHECK(read_device(key, value));
    if (matrix_.devices.size() < 2 && !matrix_.with_itself)
      return devices->error("one device alone has no peer; 'with-itself: true' gives it one");
    return {};
  }

  Result<void> read_device(const Node& key, const Node& value) {
    MatrixDevice device;
    device.name = key.text();
    if (!is_name(device.name))
      return key.error("'" + device.name + "': a name is of small letters, digits and hyphens");
    const Node* file = &value;
    if (value.is_map()) {
      KARPSPEC_CHECK(value.check_keys({"dut", "children", "setup"}, "a device"));
      file = value.find("dut");
      if (file == nullptr)
        return value.error("a device needs 'dut'");
    }
    KARPSPEC_TRY(text, file->scalar("a DUT file"));
    device.dut_file = text;
    device.path = resolved(text);
    auto dut = checks_.read_dut(device.path);
    if (!dut && dut.error().code == ErrorCode::not_found)
      return file->error(dut.error().message);
    if (!dut)
      return tl::unexpected(std::move(dut).error());
    device.dut = *std::move(dut);
    if (checks_.why_not) {
      if (const std::string why = checks_.why_not(device.dut); !why.empty())
        return file->error("'" + text + "' cannot stand in a matrix: " + why);
    }
    device.children = {device.dut.child};
    if (const Node* children = value.is_map() ? value.find("children") : nullptr) {
      KARPSPEC_TRY(kinds, children->texts("kinds of child"));
      const std::vector<std::string> known = {"rkmp", "esp"};
      for (const std::string& kind : kinds)
        if (std::find(known.begin(), known.end(), kind) == known.end())
          return children->error("unknown kind of child '" + kind + "'" +
                                 transcript::suggestion(kind, known));
      device.children = kinds;
    }
    if (const Node* setup = value.is_map() ? value.find("setup") : nullptr) {
      if (!setup->is_map())
        return setup->error("expected a map of configuration");
      KARPSPEC_CHECK(check_device_setup(*setup));
      device.setup = script::to_json(*setup);
    }
    device.claims = script::claims_of(device.dut.pics, device.dut.child);
    matrix_.devices.push_back(std::move(device));
    return {};
  }

  // As a DUT file's `setup: {device: ...}` is checked.
  static Result<void> check_device_setup(const Node& setup) {
    Node around = Node::make(Node::Kind::map, {});
    around.mutable_entries().emplace_back(Node("device"), setup);
    return script::check_setup(around);
  }

  Result<void> read_exchanges(const Node& root) {
    const Node* list = root.find("exchanges");
    std::vector<std::string> known;
    for (const Exchange& exchange : exchanges())
      known.emplace_back(exchange.name);
    if (list == nullptr) {
      for (const Exchange& exchange : exchanges())
        matrix_.exchanges.push_back(&exchange);
      return {};
    }
    if (!list->is_list() || list->items().empty())
      return list->error("expected a list of exchanges");
    for (const Node& item : list->items()) {
      KARPSPEC_TRY(name, item.scalar("an exchange"));
      const Exchange* exchange = find_exchange(name);
      if (exchange == nullptr)
        return item.error("there is no exchange '" + name + "'" +
                          transcript::suggestion(name, known));
      if (std::find(matrix_.exchanges.begin(), matrix_.exchanges.end(), exchange) !=
          matrix_.exchanges.end())
        return item.error("'" + name + "' is listed twice");
      matrix_.exchanges.push_back(exchange);
    }
    return {};
  }

  Result<void> read_proposals(const Node& root) {
    const Node* list = root.find("ike_proposals");
    if (list == nullptr) {
      matrix_.ike_proposals = {baseline};
      return {};
    }
    KARPSPEC_TRY(texts, list->texts("cipher suites"));
    if (texts.empty())
      return list->error("expected at least one cipher suite");
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (auto suite = oracle::ike::suite_from_text(texts[i]); !suite)
        return (list->is_list() ? list->items()[i] : *list).error(suite.error().message);
    }
    matrix_.ike_proposals = texts;
    return {};
  }

  Result<void> read_left_out(const Node& list) {
    if (!list.is_list())
      return list.error("expected a list of cells that are left out");
    std::vector<std::string> devices;
    for (const MatrixDevice& device : matrix_.devices)
      devices.push_back(device.name);
    std::vector<std::string> names;
    for (const Exchange* exchange : matrix_.exchanges)
      names.emplace_back(exchange->name);
    for (const Node& item : list.items()) {
      KARPSPEC_CHECK(
          item.check_keys({"exchange", "initiator", "responder", "reason"}, "a cell left out"));
      LeftOut out;
      for (const auto& [key, to, known] : {std::tuple("exchange", &out.exchange, &names),
                                           {"initiator", &out.initiator, &devices},
                                           {"responder", &out.responder, &devices}}) {
        const Node* value = item.find(key);
        if (value == nullptr)
          continue;
        KARPSPEC_TRY(text, value->scalar("a name"));
        if (std::find(known->begin(), known->end(), text) == known->end())
          return value->error("this matrix has no " + std::string(key) + " '" + text + "'" +
                              transcript::suggestion(text, *known));
        *to = std::move(text);
      }
      const Node* reason = item.find("reason");
      if (reason == nullptr || reason->text().empty())
        return item.error("what is left out has a 'reason'");
      if (out.exchange.empty() && out.initiator.empty() && out.responder.empty())
        return item.error("this leaves out everything; name an exchange or a device");
      out.reason = reason->text();
      matrix_.left_out.push_back(std::move(out));
    }
    return {};
  }

  fs::path folder_;
  const MatrixChecks& checks_;
  Matrix matrix_;
};

bool has(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string lacks(const MatrixDevice& device, const std::vector<const char*>& wanted) {
  for (const char* item : wanted)
    if (!has(device.claims.items, item))
      return device.name + " does not claim '" + item + "'";
  return "";
}

std::string not_applicable(const Matrix& matrix, const Cell& cell) {
  for (const LeftOut& out : matrix.left_out) {
    if ((out.exchange.empty() || out.exchange == cell.exchange->name) &&
        (out.initiator.empty() || out.initiator == cell.initiator->name) &&
        (out.responder.empty() || out.responder == cell.responder->name))
      return "left out: " + out.reason;
  }
  for (const auto& [device, role] :
       {std::pair(cell.initiator, "initiator"), {cell.responder, "responder"}}) {
    if (!has(device->claims.roles, role))
      return device->name + " does not claim the role of the " + role;
    if (!has(device->claims.items, "control"))
      return device->name + " does not claim 'control'";
    if (!has(device->children, cell.exchange->child)) {
      std::string kinds;
      for (const std::string& kind : device->children)
        kinds += (kinds.empty() ? "" : ", ") + kind;
      return device->name + " makes children of kind " + kinds + " only";
    }
    if (std::string what = lacks(*device, cell.exchange->both_claim); !what.empty())
      return what;
  }
  return lacks(*cell.initiator, cell.exchange->initiator_claims);
}

}  // namespace

Result<Matrix> parse_matrix(std::string_view text, const std::string& file,
                            const MatrixChecks& checks) {
  KARPSPEC_TRY(root, transcript::parse_yaml(text, file));
  return Reader(file, checks).read(root);
}

Result<Matrix> read_matrix(const std::string& path, const MatrixChecks& checks) {
  KARPSPEC_TRY(root, transcript::read_yaml(path));
  return Reader(path, checks).read(root);
}

std::vector<Cell> cells_of(const Matrix& matrix) {
  std::vector<Cell> cells;
  for (const Exchange* exchange : matrix.exchanges) {
    for (const MatrixDevice& initiator : matrix.devices) {
      for (const MatrixDevice& responder : matrix.devices) {
        if (&initiator == &responder && !matrix.with_itself)
          continue;
        for (unsigned repetition = 1; repetition <= matrix.repetitions; ++repetition) {
          Cell cell;
          cell.name = std::string(exchange->name) + "/" + initiator.name + "/" + responder.name;
          if (repetition > 1)
            cell.name += "/" + std::to_string(repetition);
          cell.exchange = exchange;
          cell.initiator = &initiator;
          cell.responder = &responder;
          cell.repetition = repetition;
          cell.why_not = not_applicable(matrix, cell);
          cells.push_back(std::move(cell));
        }
      }
    }
  }
  return cells;
}

}  // namespace karpspec::interop
