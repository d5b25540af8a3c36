#pragma once

#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>

#include "script/suite.h"

// A laboratory made of callbacks, for tests of the engine itself.
namespace karpspec::script {

struct FakeState {
  Time now{};
  std::multimap<Time, Datagram> coming;  // for the tester
  std::vector<Datagram> sent;            // by the tester
  // What the device does with a datagram: datagrams it answers, after a delay of 1 ms each.
  std::function<std::vector<Octets>(const wire::Message&)> answer;
  std::map<std::string, Result<Json>> control;
  bool alive = true;
  bool broken = false;  // the link fails

  void comes(Duration after, Octets octets) {
    coming.emplace(now + after,
                   Datagram{{"192.0.2.1", 500}, {"192.0.2.2", 500}, std::move(octets)});
  }
};

class FakeLink final : public lab::Link {
 public:
  explicit FakeLink(FakeState& state) : state_(state) {}
  [[nodiscard]] Time now() const override { return state_.now; }
  Result<void> send(const Datagram& datagram) override {
    if (tap_)
      tap_(datagram, state_.now);
    state_.sent.push_back(datagram);
    const auto message = wire::decode_message(datagram.payload);
    Duration delay{};
    if (message && state_.answer)
      for (Octets& octets : state_.answer(*message))
        state_.comes(delay += std::chrono::milliseconds{1}, std::move(octets));
    return {};
  }
  Result<std::optional<Datagram>> receive(Time deadline) override {
    if (state_.broken)
      return fail(ErrorCode::io, "the cable is cut");
    if (state_.coming.empty() || state_.coming.begin()->first > deadline) {
      state_.now = std::max(state_.now, deadline);
      return std::optional<Datagram>();
    }
    const auto first = state_.coming.begin();
    state_.now = std::max(state_.now, first->first);
    Datagram datagram = first->second;
    state_.coming.erase(first);
    if (tap_)
      tap_(datagram, state_.now);
    return std::optional(datagram);
  }
  void set_tap(Tap tap) override { tap_ = std::move(tap); }

 private:
  FakeState& state_;
  Tap tap_;
};

class FakeDevice final : public dut::Device {
 public:
  explicit FakeDevice(FakeState& state) : state_(state) {}
  Result<Json> call(std::string_view method, const Json&) override {
    const auto found = state_.control.find(std::string(method));
    if (found == state_.control.end())
      return Json::object();
    return found->second;
  }
  [[nodiscard]] Endpoint endpoint() const override { return {"192.0.2.1", 500}; }
  [[nodiscard]] bool alive() const override { return state_.alive; }

 private:
  FakeState& state_;
};

inline World fake_world(FakeState& state) {
  World world;
  world.link = std::make_unique<FakeLink>(state);
  world.device = std::make_unique<FakeDevice>(state);
  world.tester = {"192.0.2.2", 500};
  world.second_address = "192.0.2.3";
  return world;
}

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Scenarios written down by a test, in a folder of their own.
class Desk {
 public:
  Desk() {
    // Tests run side by side, as processes of their own.
    std::string name = (std::filesystem::temp_directory_path() / "karpspec-script-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error(name + ": cannot be made");
    path_ = name;
    write("requirements/rkmp.yaml",
          "document: RKMP\nrequirements:\n  - id: RKMP-4.1-02\n    section: \"4.1\"\n    level: "
          "MUST\n    role: responder\n    statement: Attributes come back unmodified\n    tested: "
          "wire\n"
          "  - id: RKMP-4.1-03\n    section: \"4.1\"\n    level: SHOULD\n    role: responder\n"
          "    statement: Attributes are in order\n    tested: wire\n    claim: orderly\n");
    std::filesystem::copy_file(KARPSPEC_SOURCE_DIR "/suites/defaults.yaml",
                               path_ / "defaults.yaml");
    write("fragments/asked.yaml",
          "steps:\n  - send: IKE_SA_INIT {SAi1, KEi, Ni}\n  - expect: IKE_SA_INIT "
          "{N(NO_PROPOSAL_CHOSEN)}\n");
  }
  ~Desk() { std::filesystem::remove_all(path_); }
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((path_ / file).parent_path());
    std::ofstream(path_ / file) << text;
  }
  // A scenario of these steps, each line indented by two already.
  void scenario(const std::string& name, const std::string& steps,
                const std::string& more = {}) const {
    write("rkmp/" + name + ".yaml",
          "title: A claim\nchecks: [RKMP-4.1-02]\nrole: responder\n" + more + "steps:\n" + steps);
  }
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] Result<Suite> load() const { return load_suite(path_.string(), {}); }

 private:
  std::filesystem::path path_;
};

}  // namespace karpspec::script
