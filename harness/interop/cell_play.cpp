#include "interop/cell_play.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include "crypto/digest.h"
#include "interop/cell_lab.h"
#include "interop/configuration.h"
#include "interop/holdings.h"
#include "interop/key_finder.h"
#include "interop/secrets.h"
#include "oracle/ike/negotiation.h"
#include "script/secrets.h"

namespace karpspec::interop {
namespace {

using dut::Json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Action = Exchange::Action;

constexpr milliseconds between_looks{50};
// Without a frame for so long what was sent last has been dealt with.
constexpr milliseconds silence{300};
// And nothing that is repeated after 1, 2 and 4 seconds is still to come.
constexpr milliseconds long_silence{4'500};

std::string one_line_of(const Error& error) {
  return one_line(error.message);
}

// One of the two devices of a cell.
struct End {
  Side side = Side::none;
  const MatrixDevice* device = nullptr;
  std::unique_ptr<dut::Device> running;
  Json configuration;
  std::vector<dut::ToldKeys> told;
  std::string version;
  Holdings before, now;
};

class Play {
 public:
  Play(const Matrix& matrix, const Cell& cell, const Tools& tools)
      : matrix_(matrix), cell_(cell), tools_(tools) {
    initiator_.side = Side::initiator;
    initiator_.device = cell.initiator;
    responder_.side = Side::responder;
    responder_.device = cell.responder;
    seen_.initiator = cell.initiator->name;
    seen_.responder = cell.responder->name;
    seen_.action = cell.exchange->action;
    capture_ = tools.folder + "/bridge.pcapng";
  }

  Played run() {
    const auto began = Clock::now();
    drive();
    note_secrets();
    Played out;
    collect(out);
    verdict::InteropCell& result = out.cell;
    const Judgment judged = judge_cell(seen_);
    result.verdict = judged.verdict;
    result.whose = judged.whose;
    result.reason = judged.reason;
    result.initiator_has = in_words(initiator_.now);
    result.responder_has = in_words(responder_.now);
    result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    out.initiator_version = initiator_.version;
    out.responder_version = responder_.version;
    hide_secrets(secrets_, out);
    return out;
  }

 private:
  // Whether all goes on; what does not is noted.
  bool trouble(Side whose, std::string text, bool not_offered = false) {
    seen_.trouble = Trouble{whose, std::move(text), not_offered};
    return false;
  }
  bool trouble(const End& end, const std::string& what, const Error& error) {
    return trouble(end.side, what + ": " + one_line_of(error),
                   error.code == ErrorCode::unsupported);
  }

  void drive() {
    auto made = CellLab::make(capture_);
    if (!made) {
      trouble(Side::laboratory, one_line_of(made.error()));
      return;
    }
    lab_ = *std::move(made);
    if (!start(initiator_) || !start(responder_) || !configure(responder_) ||
        !configure(initiator_))
      return;
    seen_.nothing_in_common =
        suites_in_common(initiator_.configuration, responder_.configuration).empty();
    if (auto started = lab_->start_capture(); !started) {
      trouble(Side::laboratory, one_line_of(started.error()));
      return;
    }
    exchange();
    end_capture();
  }

  bool start(End& end) {
    const bool first = end.side == Side::initiator;
    const std::uint64_t seed = seed_of(matrix_.seed, cell_.name, first);
    dut::Port port = first ? lab_->initiator(seed) : lab_->responder(seed);
    port.checks_liveness = first && cell_.exchange->action == Action::liveness;
    auto started = tools_.start(end.device->dut, port);
    if (!started)
      return trouble(end.side, "cannot be started: " + one_line_of(started.error()));
    end.running = *std::move(started);
    const auto described = end.running->call("describe", Json::object());
    if (!described)
      return trouble(end.side, "does not describe itself: " + one_line_of(described.error()));
    const Json version = described->is_object() ? described->value("version", Json()) : Json();
    if (version.is_string())
      end.version = version.get<std::string>();
    return true;
  }

  bool configure(End& end) {
    auto params = configuration(matrix_, cell_, end.side == Side::initiator, tools_.credentials);
    if (!params)
      return trouble(Side::laboratory, one_line_of(params.error()));
    end.configuration = *std::move(params);
    if (const auto done = end.running->call("reset", Json::object()); !done)
      return trouble(end, "reset", done.error());
    if (const auto done = end.running->call("configure", end.configuration); !done)
      return trouble(end, "configure", done.error());
    return true;
  }

  bool command(const char* method) {
    Json params = {{"peer", peer_name}};
    const std::string name = method;
    const bool of_child = name == "start" || name == "rekey-key" || name == "delete-key";
    if (of_child && std::string(cell_.exchange->child) == "rkmp")
      params["protocol"] = routing_protocol;
    if (name == "delete-ike")
      params["keep_keys"] = false;
    if (const auto done = initiator_.running->call(method, params); !done)
      return trouble(initiator_, method, done.error());
    return true;
  }

  static const char* method_of(Action action) {
    switch (action) {
      case Action::rekey_child:
        return "rekey-key";
      case Action::rekey_ike:
        return "rekey-ike";
      case Action::reauthenticate:
        return "reauthenticate";
      case Action::delete_child:
        return "delete-key";
      case Action::delete_ike:
        return "delete-ike";
      case Action::liveness:
        return "check-liveness";
      case Action::initial:
        break;
    }
    return "start";
  }

  void exchange() {
    if (!command("start"))
      return;
    seen_.begun = true;
    if (!wait_for(Action::initial))
      return;
    seen_.first_done = true;
    const Action action = cell_.exchange->action;
    if (action == Action::initial) {
      rest(silence);
      return;
    }
    // The responder's last message may be on its way still.
    rest(silence);
    initiator_.before = initiator_.now;
    responder_.before = responder_.now;
    const std::uint64_t frames = lab_->frames();
    if (!command(method_of(action)))
      return;
    // What devices have may say at once that all is done, or all the time: it is done when the
    // request was answered.
    if (action == Action::liveness || action == Action::delete_child ||
        action == Action::delete_ike)
      wait_for_frames(frames + 2);
    if (wait_for(action))
      rest(silence);
  }

  // Looks at what both have.
  bool look() {
    for (End* end : {&initiator_, &responder_}) {
      const auto sas = end->running->call("sas", Json::object());
      if (!sas)
        return trouble(end->side, "sas: " + one_line_of(sas.error()));
      auto held = holdings_of(*sas);
      if (!held)
        return trouble(end->side, one_line_of(held.error()));
      end->now = *std::move(held);
    }
    return true;
  }

  // Waits until ACTION is complete at both sides; false when patience or the wire says that it
  // will not be.
  bool wait_for(Action action) {
    const auto deadline = Clock::now() + matrix_.patience;
    std::uint64_t frames = lab_->frames();
    auto last_frame = Clock::now();
    for (;;) {
      if (!look())
        return false;
      seen_.initiator_lacks = lacks(action, initiator_.before, initiator_.now);
      seen_.responder_lacks = lacks(action, responder_.before, responder_.now);
      seen_.disagreement = disagreement(initiator_.now, responder_.now);
      if (seen_.initiator_lacks.empty() && seen_.responder_lacks.empty() &&
          seen_.disagreement.empty())
        return true;
      const auto now = Clock::now();
      if (const std::uint64_t more = lab_->frames(); more != frames) {
        frames = more;
        last_frame = now;
      }
      if (now >= deadline || (frames > 0 && now - last_frame >= long_silence))
        return false;
      std::this_thread::sleep_for(between_looks);
    }
  }

  void wait_for_frames(std::uint64_t wanted) {
    const auto deadline = Clock::now() + matrix_.patience;
    while (lab_->frames() < wanted && Clock::now() < deadline)
      std::this_thread::sleep_for(between_looks);
  }

  // Until nothing has crossed the bridge for TIME, within patience.
  void rest(milliseconds time) {
    const auto deadline = Clock::now() + matrix_.patience;
    std::uint64_t frames = lab_->frames();
    auto last_frame = Clock::now();
    while (Clock::now() < deadline && Clock::now() - last_frame < time) {
      std::this_thread::sleep_for(between_looks / 5);
      if (const std::uint64_t more = lab_->frames(); more != frames) {
        frames = more;
        last_frame = Clock::now();
      }
    }
  }

  void end_capture() {
    const auto stopped = lab_->stop_capture();
    if (stopped)
      return;
    captured_ = Captured::with_gaps;
    if (!seen_.trouble)
      trouble(Side::laboratory, one_line_of(stopped.error()));
  }

  // All that is known of secrets when the devices have done what they do.
  void note_secrets() {
    for (End* end : {&initiator_, &responder_}) {
      script::collect_secrets(end->configuration, secrets_);
      if (end->running)
        end->told = end->running->told_keys();
      collect_secrets(end->told, secrets_);
    }
  }

  void collect(Played& out) {
    verdict::InteropCell& cell = out.cell;
    std::error_code code;
    if (!std::filesystem::exists(capture_, code))
      return;
    out.capture = capture_;
    auto frames = read_frames(capture_);
    if (!frames) {
      if (!seen_.trouble)
        trouble(Side::laboratory, one_line_of(frames.error()));
      return;
    }
    std::vector<crypto::IkeSuite> suites;
    for (const std::string& text : matrix_.ike_proposals)
      if (const auto suite = oracle::ike::suite_from_text(text))
        suites.push_back(*suite);
    for (const End* end : {&initiator_, &responder_})
      for (const Json& text : end->configuration.value("ike_proposals", Json::array()))
        if (const auto suite = oracle::ike::suite_from_text(text.get<std::string>()))
          suites.push_back(*suite);
    observer::OpeningKeys keys;
    for (const End* end : {&initiator_, &responder_}) {
      for (observer::Secrets::IkeSa& sa : find_keys(*frames, end->told, suites)) {
        if (keys.secrets.ike_sa(sa.spi_i, sa.spi_r) != nullptr)
          continue;
        if (cell.keys_of.find(end->device->name) == std::string::npos)
          cell.keys_of += (cell.keys_of.empty() ? "" : ", ") + end->device->name;
        out.keys.push_back({sa.spi_i, sa.spi_r, sa.suite, sa.keys.clone()});
        keys.secrets.ike_sas.push_back(std::move(sa));
      }
    }
    for (const End* end : {&initiator_, &responder_}) {
      for (observer::Secrets::PresharedKey& one : preshared_keys_of(end->configuration)) {
        keys.secrets.preshared_keys.push_back({one.identity, one.key.clone()});
        out.secrets.push_back(std::move(one));
      }
    }
    Sighting sight = look_at(*frames, std::move(keys), *tools_.requirements, cell_.name, captured_);
    seen_.breaches = sight.breaches;
    seen_.refusal = sight.refusal;
    seen_.unanswered = sight.unanswered;
    seen_.initiator_auth = sight.initiator_auth;
    seen_.responder_auth = sight.responder_auth;
    seen_.asked_for_life = sight.asked_for_life;
    seen_.deleted =
        cell_.exchange->action == Action::delete_ike ? sight.deleted_ike : sight.deleted_child;
    seen_.messages = sight.messages;
    seen_.sealed = sight.sealed;
    cell.breaches = std::move(sight.breaches);
    cell.notes = std::move(sight.notes);
    cell.exchanged = std::move(sight.exchanged);
    cell.messages = sight.messages;
    cell.sealed = sight.sealed;
    out.transcript = std::move(sight.transcript);
    if (cell.sealed > 0)
      cell.notes.push_back(
          cell.keys_of.empty()
              ? "Neither device tells its keys: only what goes in clear was judged"
              : "Some messages stayed closed, for want of their keys: of these only what goes in "
                "clear was judged");
  }

  const Matrix& matrix_;
  const Cell& cell_;
  const Tools& tools_;
  std::string capture_;
  Captured captured_ = Captured::whole;
  HiddenSecrets secrets_;
  Seen seen_;
  // The devices go before their network.
  std::unique_ptr<CellLab> lab_;
  End initiator_, responder_;
};

}  // namespace

std::uint64_t seed_of(std::uint64_t seed, const std::string& cell, bool of_initiator) {
  const Octets digest = crypto::sha256(
      octets_of(std::to_string(seed) + " " + cell + (of_initiator ? " initiator" : " responder")));
  return unsigned_from(OctetView(digest).first(7));
}

Played play_cell(const Matrix& matrix, const Cell& cell, const Tools& tools) {
  Played out;
  if (cell.why_not.empty()) {
    std::error_code code;
    std::filesystem::remove(tools.folder + "/bridge.pcapng", code);
    out = Play(matrix, cell, tools).run();
  } else {
    out.cell.verdict = verdict::Verdict::not_applicable;
    out.cell.reason = cell.why_not;
  }
  out.cell.name = cell.name;
  out.cell.exchange = cell.exchange->name;
  out.cell.initiator = cell.initiator->name;
  out.cell.responder = cell.responder->name;
  out.cell.repetition = cell.repetition;
  return out;
}

}  // namespace karpspec::interop
