// Initial exchanges (IKE_SA_INIT, IKE_AUTH) with one responder as fast as it answers, OUTSTANDING
// of them at a time: the oracle as initiator, over UDP. What answers may be any IKEv2 daemon.
//
//   karpspec_load ADDRESS:PORT SUITE HANDSHAKES OUTSTANDING WARM_UP OWN_ADDRESS...
//
// has HANDSHAKES of them after WARM_UP uncounted ones, each from the next of the own addresses
// (port 500), and prints what came of it as one JSON object. Identities and the preshared key are
// those of suites/defaults.yaml, the children ESP. Ends with 1 where one of them failed.
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>

#include "lab/live_link.h"
#include "oracle/ike/negotiation.h"
#include "oracle/router.h"

namespace {

using namespace karpspec;
using Clock = std::chrono::steady_clock;

struct Options {
  Endpoint responder;
  crypto::IkeSuite suite;
  std::size_t handshakes = 0, outstanding = 0, warm_up = 0;
  std::vector<Endpoint> own;
};

oracle::Identity named(std::string_view name) {
  oracle::Identity identity;
  identity.value = octets_of(name);
  return identity;
}

oracle::RouterConfig config_for(const Options& options, const Endpoint& own) {
  oracle::RouterConfig config;
  config.local = own;
  config.identity = named("tester.example");
  config.ike_proposals = {options.suite};
  // Every handshake makes one more IKE SA of the same two; none of them is to end the others.
  config.tunables.send_initial_contact = false;
  // A datagram that was lost costs time, which is seen; that the responder is busy is no loss.
  config.tunables.retransmit_first = std::chrono::seconds{2};
  oracle::PeerConfig peer;
  peer.name = "device";
  peer.endpoint = options.responder;
  peer.identity = named("device.example");
  peer.psk = Secret(octets_of("a preshared key of one pair of routers"));
  peer.child = oracle::ChildKind::esp;
  config.peers.push_back(std::move(peer));
  return config;
}

// The initiator of the IKE SA that begins with these octets (RFC 5996 section 3.1).
std::uint64_t spi_i_of(const Octets& message) {
  return unsigned_from(OctetView(message).first(std::min<std::size_t>(8, message.size())));
}

struct Tally {
  std::uint64_t done = 0, failed = 0, children = 0, cookies = 0, retransmitted = 0;
  std::vector<double> milliseconds;
  std::string why;  // of the first that failed
};

// One handshake at a time, each with a router of its own.
struct Slot {
  Endpoint own;
  std::unique_ptr<oracle::Router> router;
  std::uint64_t spi_i = 0;
  std::size_t seen = 0;  // of the router's events
  bool has_ike_sa = false, has_child = false, is_over = false;
  Clock::time_point begun;

  void look_at_events(Tally& tally) {
    const auto& events = router->events();
    for (; seen < events.size(); ++seen) {
      const oracle::Event& event = events[seen];
      if (event.kind == "ike-sa-established")
        has_ike_sa = true;
      else if (event.kind == "child-established")
        has_child = true;
      else if (event.kind == "cookie-requested")
        ++tally.cookies;
      else if (event.kind == "retransmitted")
        ++tally.retransmitted;
      else if (event.kind == "ike-sa-failed" || event.kind == "gave-up")
        is_over = true;
      if (is_over && tally.why.empty())
        tally.why = event.kind + ": " + event.text;
    }
    is_over = is_over || has_ike_sa;
  }
};

class Load {
 public:
  Load(const Options& options, lab::LiveLink& link) : options_(options), link_(link) {
    slots_.resize(options.outstanding);
    for (std::size_t i = 0; i < slots_.size(); ++i)
      slots_[i].own = options.own[i % options.own.size()];
  }

  // COUNT handshakes from the first request to the last answer.
  Result<Tally> run(std::size_t count) {
    Tally tally;
    left_ = count;
    for (Slot& slot : slots_)
      KARPSPEC_CHECK(begin(slot));
    while (!by_spi_.empty()) {
      KARPSPEC_TRY(datagram, link_.receive(next_deadline()));
      if (datagram) {
        const auto found = by_spi_.find(spi_i_of(datagram->payload));
        // What belongs to an earlier handshake is nobody's any more.
        if (found == by_spi_.end())
          continue;
        Slot& slot = *found->second;
        KARPSPEC_CHECK(send(slot.router->receive(*datagram, link_.now())));
        KARPSPEC_CHECK(look_at(slot, tally));
        continue;
      }
      const Time now = link_.now();
      for (Slot& slot : slots_) {
        if (!slot.router || slot.router->deadline().value_or(Time::max()) > now)
          continue;
        KARPSPEC_CHECK(send(slot.router->tick(now)));
        KARPSPEC_CHECK(look_at(slot, tally));
      }
    }
    return tally;
  }

 private:
  Result<void> begin(Slot& slot) {
    if (left_ == 0)
      return {};
    --left_;
    Slot fresh;
    fresh.own = slot.own;
    fresh.begun = Clock::now();
    fresh.router = std::make_unique<oracle::Router>(config_for(options_, slot.own), random_);
    slot = std::move(fresh);
    KARPSPEC_TRY(sent, slot.router->start("device", 0, link_.now()));
    if (sent.empty())
      return fail(ErrorCode::internal, "the initiator sends nothing");
    slot.spi_i = spi_i_of(sent.front().payload);
    by_spi_.emplace(slot.spi_i, &slot);
    return send(sent);
  }

  Result<void> send(const std::vector<Datagram>& datagrams) {
    for (const Datagram& datagram : datagrams)
      KARPSPEC_CHECK(link_.send(datagram));
    return {};
  }

  Result<void> look_at(Slot& slot, Tally& tally) {
    slot.look_at_events(tally);
    if (!slot.is_over)
      return {};
    by_spi_.erase(slot.spi_i);
    if (slot.has_ike_sa) {
      ++tally.done;
      tally.children += slot.has_child ? 1 : 0;
      tally.milliseconds.push_back(
          std::chrono::duration<double, std::milli>(Clock::now() - slot.begun).count());
    } else {
      ++tally.failed;
    }
    slot.router.reset();
    return begin(slot);
  }

  [[nodiscard]] Time next_deadline() const {
    Time first = Time::max();
    for (const Slot& slot : slots_)
      if (slot.router)
        first = std::min(first, slot.router->deadline().value_or(Time::max()));
    return first;
  }

  const Options& options_;
  lab::LiveLink& link_;
  SeededRandom random_{static_cast<std::uint64_t>(Clock::now().time_since_epoch().count())};
  std::vector<Slot> slots_;
  std::unordered_map<std::uint64_t, Slot*> by_spi_;
  std::size_t left_ = 0;
};

double own_processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double at_share(std::vector<double>& sorted, double share) {
  if (sorted.empty())
    return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

Result<bool> measure(const Options& options) {
  KARPSPEC_TRY(link, lab::LiveLink::open({options.own, ""}));
  Load load(options, *link);
  KARPSPEC_TRY(warm, load.run(options.warm_up));
  const auto begun = Clock::now();
  const double used = own_processor_seconds();
  KARPSPEC_TRY(tally, load.run(options.handshakes));
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  std::sort(tally.milliseconds.begin(), tally.milliseconds.end());
  std::cout << nlohmann::json{{"handshakes", tally.done},
                              {"failed", tally.failed + warm.failed},
                              {"why", warm.why.empty() ? tally.why : warm.why},
                              {"children", tally.children},
                              {"cookies", tally.cookies},
                              {"retransmitted", tally.retransmitted},
                              {"seconds", seconds},
                              {"own_processor_seconds", own_processor_seconds() - used},
                              {"median_ms", at_share(tally.milliseconds, 0.5)},
                              {"p99_ms", at_share(tally.milliseconds, 0.99)}}
                   .dump()
            << "\n";
  return tally.failed + warm.failed == 0;
}

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

std::optional<Options> options_from(const std::vector<std::string>& words) {
  if (words.size() < 6)
    return std::nullopt;
  Options options;
  const std::size_t colon = words[0].rfind(':');
  if (colon == std::string::npos)
    return std::nullopt;
  const auto port = number_of(std::string_view(words[0]).substr(colon + 1));
  const auto suite = oracle::ike::suite_from_text(words[1]);
  const auto handshakes = number_of(words[2]), outstanding = number_of(words[3]),
             warm_up = number_of(words[4]);
  if (!port || *port > 65535 || !suite || !handshakes || outstanding.value_or(0) == 0 || !warm_up)
    return std::nullopt;
  options.responder = {words[0].substr(0, colon), static_cast<std::uint16_t>(*port)};
  options.suite = *suite;
  options.handshakes = *handshakes;
  options.outstanding = *outstanding;
  options.warm_up = *warm_up;
  for (std::size_t i = 5; i < words.size(); ++i)
    options.own.push_back({words[i], 500});
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = options_from({argv + 1, argv + argc});
  if (!options) {
    std::cerr << "usage: karpspec_load ADDRESS:PORT SUITE HANDSHAKES OUTSTANDING WARM_UP "
                 "OWN_ADDRESS...\n";
    return 2;
  }
  const auto good = measure(*options);
  if (!good)
    std::cerr << "karpspec_load: " << good.error().message << "\n";
  return good.value_or(false) ? 0 : 1;
}
