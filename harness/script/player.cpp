#include "script/player.h"

#include <cstdio>

#include "transcript/render.h"

namespace karpspec::script {

using transcript::Difference;
using verdict::Fault;
using verdict::Verdict;

namespace {

std::string seconds(Duration duration) {
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%9.3fs",
                      static_cast<double>(duration.count()) / 1'000'000.0);
  return text.data();
}

// What only the laboratory knows: addresses, and which kind of child is made.
void complete_device(Json& device, const World& world, const std::string& child) {
  if (!device.contains("peers") || !device["peers"].is_array())
    return;
  for (Json& peer : device["peers"]) {
    if (!peer.is_object())
      continue;
    const std::string name = peer.value("name", "");
    const bool tester = name == "tester";
    const bool other = !tester && !world.second_address.empty();
    const auto router = world.routers.find(name);
    if (!peer.contains("address"))
      peer["address"] = router != world.routers.end() ? router->second
                        : other                       ? world.second_address
                                                      : world.tester.address;
    if (peer.contains("addresses") && peer["addresses"].is_array())
      for (Json& each : peer["addresses"])
        if (each == "tester")
          each = world.tester.address;
    if (!peer.contains("port"))
      peer["port"] = world.tester.port;
    if (!peer.contains("child"))
      peer["child"] = child;
    if (peer.contains("options") && peer.contains("protocols"))
      for (Json& policy : peer["protocols"])
        if (!policy.contains("options") || tester)
          policy["options"] = peer["options"];
    peer.erase("options");
    if (child == "esp")
      peer.erase("protocols");
  }
}

Octets joined(const std::vector<Octets>& datagrams) {
  Octets out;
  for (const Octets& datagram : datagrams)
    append(out, datagram);
  return out;
}

// "in 3 fragments", "fragments 2, 1 of 3", "2 fragments" of one that was cut before
std::string in_fragments(const Cut& cut, std::size_t sent) {
  if (cut.pieces.empty())
    return "in " + std::to_string(sent) + " fragments";
  std::string out = "fragments";
  for (const Piece& piece : cut.pieces)
    out += (out.back() == 's' ? " " : ", ") + std::to_string(piece.piece) +
           (piece.damaged || piece.number || piece.total || piece.next_payload || piece.message_id
                ? " altered"
                : "");
  return out + (cut.fragments != 0 ? " of " + std::to_string(cut.fragments) : std::string());
}

std::string filled(std::string text, const std::string& test, std::uint64_t seed) {
  const auto put = [&](const std::string& name, const std::string& value) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
      text.replace(at, name.size(), value);
  };
  put("{test}", test);
  put("{seed}", std::to_string(seed));
  return text;
}

}  // namespace

Player::Player(const Scenario& scenario, World& world, const PlayOptions& options)
    : scenario_(scenario),
      world_(world),
      options_(options),
      numbers_(options.numbers),
      random_(options.seed, scenario.name) {
  numbers_.mrkmp = scenario.has_groups();
}

std::string Player::since_start() const {
  return seconds(world_.link->now() - start_);
}

void Player::log(bool sent, const wire::Message& message, const std::string& remark,
                 const Datagram& datagram) {
  if (options_.observe)
    options_.observe(step_number_, sent, message);
  collect_secrets(message, secrets_);
  const std::string when = since_start();
  const std::string way = "  " + name_of(sent ? datagram.source : Endpoint()) + " -> " +
                          name_of(datagram.destination) + "  ";
  std::string line = transcript::one_line(message, numbers_);
  if (!remark.empty())
    line += "  (" + remark + ")";
  exchange_.push_back(when + way + line);
  if (!options_.transcript)
    return;
  transcript_ +=
      when + way + datagram.source.address + ":" + std::to_string(datagram.source.port) + " -> " +
      datagram.destination.address + ":" + std::to_string(datagram.destination.port) + ", " +
      std::to_string(datagram.payload.size()) + " octets" + (remark.empty() ? "" : ", " + remark) +
      "\n" + transcript::with_fields(message, numbers_) + "\n";
}

Stopped Player::test_error(const Step& step, const Error& error) const {
  std::string text = error.message;
  const std::string where = step.source.where();
  if (text.find(step.source.file()) != 0)
    text = where + ": " + text;
  return {Verdict::error, Fault::test, text, std::nullopt};
}

Stopped Player::laboratory_error(const Error& error) const {
  const bool alive = world_.device == nullptr || world_.device->alive();
  return {Verdict::error, alive ? Fault::laboratory : Fault::device,
          alive ? "the laboratory failed: " + error.message
                : "the device died: " + error.message + how_it_died(),
          std::nullopt};
}

std::string Player::how_it_died() const {
  // Whoever has hold of the device knows, and says so when it is asked for anything.
  const auto said = world_.device->call("describe", Json::object());
  return !said && said.error().code == ErrorCode::io ? " (" + said.error().message + ")" : "";
}

Stopped Player::died(Stopped end) const {
  end.verdict = Verdict::error;
  end.fault = Fault::device;
  const std::string how = how_it_died();
  end.reason = "the device died: " + end.reason + how;
  if (end.failure)
    end.failure->got += ", the device died" + how;
  return end;
}

std::string Player::clause_of(const std::vector<std::string>& requirements) const {
  if (options_.requirements == nullptr)
    return {};
  std::string out;
  for (const std::string& id : requirements) {
    const auto found = options_.requirements->find(id);
    if (found == options_.requirements->end())
      continue;
    const verdict::Requirement& row = found->second;
    out += (out.empty() ? "" : "; ") + verdict::clause(row) + ": " + row.statement;
  }
  return out;
}

Stopped Player::failed(const Step& step, const Difference& difference,
                       const std::string& clause) const {
  verdict::Failure failure;
  failure.step = step_number_;
  failure.step_text = step.text;
  failure.where = step.source.where();
  failure.why = step.why;
  failure.field = difference.field;
  failure.octet = difference.octet;
  failure.expected = difference.expected;
  failure.got = difference.got;
  for (const std::string& id : step.checks)
    if (std::find(scenario_.advice.begin(), scenario_.advice.end(), id) == scenario_.advice.end())
      failure.requirements.push_back(id);
  failure.clause = clause.empty() ? clause_of(step.checks) : clause;
  std::string reason = step.text;
  if (!difference.field.empty())
    reason += ": " + difference.field;
  reason += ": expected " + difference.expected + ", got " + difference.got;
  if (!step.advised.empty() && step.fragment.empty())
    return {Verdict::inconclusive, Fault::none,
            "only advised (" + step.advised + "), and not done: " + reason, std::nullopt};
  if (!step.fragment.empty())
    return {Verdict::inconclusive, Fault::device,
            "the test's own steps were not reached, '" + step.fragment + "' failed: " + reason,
            std::move(failure)};
  return {Verdict::fail, Fault::device, reason, std::move(failure)};
}

Player::End Player::prepare() {
  start_ = world_.link->now();
  Json device = scenario_.device;
  Json tester = scenario_.tester;
  // A device's own peculiarities first, then what the scenario asks for beyond the defaults.
  merge(device, options_.device_overrides);
  merge(tester, options_.tester_overrides);
  merge(device, scenario_.device_patch);
  merge(tester, scenario_.tester_patch);
  complete_device(device, world_, options_.child);
  collect_secrets(device, secrets_);
  collect_secrets(tester, secrets_);
  auto config = read_tester_config(tester, device);
  if (!config)
    return Stopped{Verdict::error, Fault::test, scenario_.file + ": " + config.error().message,
                   std::nullopt};
  config->own = world_.tester;
  config->device = world_.device->endpoint();
  config->child = options_.child;
  config->numbers = numbers_;
  if (auto end = place_routers(*config))
    return end;
  tester_.emplace(*std::move(config), random_);
  tcp_.emplace(world_.packet_addresses, random_);
  if (auto end = put_in_addresses(device))
    return end;
  for (const auto& [method, params] :
       {std::pair<const char*, Json>{"reset", Json::object()}, {"configure", device}}) {
    const auto done = world_.device->call(method, params);
    was_reset_ = was_reset_ || (done && std::string_view(method) == "reset");
    if (done)
      continue;
    switch (done.error().code) {
      case ErrorCode::unsupported:
        // It is configured from outside; only what a scenario wants otherwise is then missing.
        if (std::string_view(method) == "configure" && scenario_.device_setup) {
          unsupported_ = method;
          return Stopped{
              Verdict::not_applicable, Fault::none,
              "the device cannot be configured as the test needs: " + done.error().message,
              std::nullopt};
        }
        break;
      case ErrorCode::bad_value:
      case ErrorCode::not_found:
        return Stopped{Verdict::error, Fault::device,
                       std::string("the device refused '") + method + "': " + done.error().message,
                       std::nullopt};
      default:
        return Stopped{
            Verdict::error, Fault::device,
            std::string("the device did not do '") + method + "': " + done.error().message,
            std::nullopt};
    }
  }
  memory_ = dut::resident_memory(world_.device->vitals());
  return !world_.simulated && options_.clock ? read_clock() : std::nullopt;
}

// The addresses that a setup names by =tester-address and the like.
Player::End Player::put_in_addresses(Json& device) {
  const auto text = [](const std::string& address) {
    return transcript::Value(Octets(address.begin(), address.end()));
  };
  const PacketAddresses& tcp = world_.packet_addresses;
  for (const auto& [name, address] : {std::pair("tester-tcp-address", tcp.tester),
                                      {"device-tcp-address", tcp.device},
                                      {"tester-ipv6-address", tcp.tester6},
                                      {"device-ipv6-address", tcp.device6}})
    if (!address.octets().empty())
      tester_->set_function(name, text(address.to_text()));
  std::map<std::string, std::string> ends = world_.routers;
  ends["tester"] = world_.tester.address;
  ends["device"] = world_.device->endpoint().address;
  if (!world_.second_address.empty())
    ends["second"] = world_.second_address;
  for (const auto& [name, address] : ends) {
    tester_->set_function(name + "-address", text(address));
    if (const auto octets = wire::IpAddress::from_text(address))
      tester_->set_function(
          name + "-address-octets",
          transcript::Value(Octets(octets->octets().begin(), octets->octets().end())));
  }
  std::vector<Json*> places;
  if (const auto records = device.find("gatekeeper"); records != device.end())
    places.push_back(&*records);
  for (Json& peer : device.contains("peers") ? device["peers"] : device)
    if (peer.is_object() && peer.contains("address"))
      places.push_back(&peer["address"]);
  for (Json* place : places) {
    auto filled = with_bindings(*place);
    if (!filled)
      return Stopped{Verdict::not_applicable, Fault::none,
                     "the laboratory lacks an address: " + filled.error().message, std::nullopt};
    *place = *std::move(filled);
  }
  return std::nullopt;
}

Endpoint Player::source(bool second, std::optional<std::uint16_t> port,
                        const std::string& router) const {
  const auto other = world_.routers.find(router);
  return {second                          ? world_.second_address
          : other != world_.routers.end() ? other->second
                                          : world_.tester.address,
          port.value_or(world_.tester.port)};
}

Player::End Player::transmit(const std::vector<Octets>& datagrams, const Endpoint& from,
                             const Endpoint& to) {
  if (from.address.empty())
    return Stopped{Verdict::not_applicable, Fault::none,
                   "the laboratory gives the tester no second address", std::nullopt};
  if (cut_off_.contains(name_of(from)))
    return std::nullopt;
  for (const Octets& datagram : datagrams) {
    const Datagram out{from, to, datagram};
    if (const auto header = wire::decode_header(datagram, false); header && !header->is_response())
      asked_from_[{header->spi_i, header->message_id}].push_back(out.source);
    if (const auto sent = world_.link->send(out); !sent)
      return laboratory_error(sent.error());
    ++went_;
  }
  return std::nullopt;
}

Player::End Player::play(const Step& step, const SendStep& send) {
  tester_->set_now(world_.link->now());
  const std::string router = router_of(step);
  const auto built = tester_->build(send, step.sa, router);
  if (!built)
    return test_error(step, built.error());
  begin_to_act();
  if (!send.as.empty())
    kept_[send.as] = *built;
  std::string remark;
  const auto add = [&](const std::string& what) { remark += (remark.empty() ? "" : ", ") + what; };
  if (!send.mutations.empty())
    add("altered");
  if (send.clear)
    add("in clear");
  if (send.cut.fragments != 0)
    add(in_fragments(send.cut, built->sent.size()));
  const bool to_group = send.to.empty() ? goes_to_group(send.message.exchange) : send.to == "group";
  const Endpoint from = source(send.second_address, send.from_port, router);
  const Endpoint to = to_group ? group_endpoint() : world_.device->endpoint();
  if (cut_off_.contains(name_of(from)))
    add("lost");
  last_request_.reset();
  if (const auto header = wire::decode_header(built->datagrams.front(), false);
      header && !header->is_response() && !goes_to_group(header->exchange) &&
      built->sent == built->datagrams)
    last_request_ = LastRequest{built->datagrams, from};
  for (unsigned i = 0; i < send.copies; ++i) {
    log(true, built->message, remark, {from, to, joined(built->sent)});
    if (auto end = transmit(built->sent, from, to))
      return end;
  }
  return std::nullopt;
}

Player::End Player::play(const Step& step, const ResendStep& resend) {
  if (world_.packets && kept_packets_.contains(resend.name))
    return resend_segment(resend);
  const auto found = kept_.find(resend.name);
  if (found == kept_.end())
    return test_error(step, Error{ErrorCode::not_found,
                                  "no datagram was kept as '" + resend.name + "'", std::nullopt});
  const auto sent = tester_->again(found->second, resend.cut);
  if (!sent)
    return test_error(step, sent.error());
  begin_to_act();
  last_request_.reset();
  const std::string router = found->second.sa.empty() || !step.router.empty()
                                 ? router_of(step)
                                 : tester_->router_of(found->second.sa);
  const Endpoint from = source(resend.second_address, resend.from_port, router);
  const Endpoint to = goes_to_group(found->second.message.header.exchange)
                          ? group_endpoint()
                          : world_.device->endpoint();
  for (unsigned i = 0; i < resend.copies; ++i) {
    std::string line = since_start() + "  " + name_of(from) + " -> " + name_of(to) + "  '" +
                       resend.name + "' again, " + std::to_string(joined(*sent).size()) + " octets";
    if (found->second.datagrams.size() > 1 || resend.cut.fragments != 0)
      line += " (" + in_fragments(resend.cut, sent->size()) + ")";
    exchange_.push_back(std::move(line));
    if (auto end = transmit(*sent, from, to))
      return end;
  }
  return std::nullopt;
}

Player::End Player::play(const Step&, const SendOctetsStep& send) {
  begin_to_act();
  last_request_.reset();
  exchange_.push_back(since_start() + "  tester -> device  " + std::to_string(send.octets.size()) +
                      " octets");
  return transmit({send.octets}, world_.tester, world_.device->endpoint());
}

Player::End Player::play(const Step& step, const WaitStep& wait) {
  auto end = !world_.simulated && options_.clock ? put_forward(step, wait.time)
                                                 : pass_time(world_.link->now() + wait.time);
  overheard_.clear();
  return end;
}

Player::End Player::play_step(const Step& step) {
  return std::visit([&](const auto& action) { return play(step, action); }, step.action);
}

Outcome Player::run() {
  Outcome out;
  verdict::TestResult& result = out.result;
  result.test = scenario_.name;
  result.title = scenario_.title;
  result.role = scenario_.role;
  result.marks = scenario_.marks;
  result.checks = scenario_.checks;
  result.needs = scenario_.needs;
  // One that lies elsewhere has no name by which it would be found again.
  const bool in_suites = scenario_.file.starts_with("suites/");
  result.repeat =
      filled(options_.repeat, in_suites ? scenario_.name : scenario_.file, options_.seed);
  world_.link->set_tap([&](const Datagram& datagram, Time time) {
    out.datagrams.push_back({datagram, time});
  });
  if (world_.packets)
    world_.packets->set_tap([&](OctetView packet, Time time) {
      out.packets.push_back({Octets(packet.begin(), packet.end()), time});
    });
  End end = prepare();
  for (const Step& step : scenario_.steps) {
    if (end)
      break;
    ++step_number_;
    end = play_step(step);
  }
  const bool judged =
      !end || end->verdict == Verdict::fail || end->verdict == Verdict::inconclusive;
  if (judged && !world_.device->alive()) {
    // What died under the test did not conform, but it is the death that has to be told; and the
    // silence of the dead is no silence that was asked for.
    if (!end)
      end = Stopped{Verdict::error, Fault::device, "all steps fitted until then", std::nullopt};
    end = died(*std::move(end));
  }
  // What a flood hits first is chance; and it would hit the next tests too.
  const bool misfit =
      end && (end->verdict == Verdict::fail || end->verdict == Verdict::inconclusive);
  if (misfit && is_flooded()) {
    end->verdict = Verdict::error;
    end->reason = "the device floods the tester; the first that did not fit: " + end->reason;
    world_.device->give_up();
  }
  result.verdict = end ? end->verdict : Verdict::pass;
  result.fault = end ? end->fault : Fault::none;
  if (end) {
    result.reason = end->reason;
    result.failure = std::move(end->failure);
  }
  result.notes = std::move(notes_);
  result.exchange = std::move(exchange_);
  if (result.verdict == Verdict::not_applicable)
    result.unsupported = std::move(unsupported_);
  result.lab_time = world_.link->now() - start_;
  out.transcript = std::move(transcript_);
  if (tester_)
    out.keys = tester_->take_keys();
  if (tester_)
    for (const Octets* psk : {&tester_->config().psk, &tester_->config().device_psk})
      out.preshared_keys.emplace_back(OctetView(*psk));
  if (tester_ && tester_->group() != nullptr)
    out.keks = tester_->group()->keks();
  if (tcp_)
    out.key_table = tcp_->key_table();
  world_.link->set_tap({});
  if (world_.packets)
    world_.packets->set_tap({});
  if (world_.end_capture) {
    if (auto file = world_.end_capture())
      out.wire_capture = *std::move(file);
    else
      result.notes.push_back("the capture is of the tester's end only: " + file.error().message);
  }
  hide_secrets(out);
  return out;
}

// Whatever texts say, of keys they say nothing: those are in files of their own.
void Player::hide_secrets(Outcome& out) {
  collect_secrets(out, secrets_);
  if (tester_)
    for (const Secret& key : tester_->master_keys())
      secrets_.add(key.view());
  script::hide_secrets(secrets_, out.result);
  out.transcript = secrets_.hide(out.transcript);
}

Outcome play(const Scenario& scenario, World& world, const PlayOptions& options) {
  return Player(scenario, world, options).run();
}

}  // namespace karpspec::script
