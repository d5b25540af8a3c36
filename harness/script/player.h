#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "script/invariants.h"
#include "script/runner.h"
#include "script/secrets.h"
#include "script/tester/tcp_end.h"
#include "script/tester/tester.h"
#include "transcript/difference.h"

// The playing of one scenario. For the room's own use.
namespace karpspec::script {

// Why playing ended before the last step.
struct Stopped {
  verdict::Verdict verdict = verdict::Verdict::error;
  verdict::Fault fault = verdict::Fault::test;
  std::string reason;
  std::optional<verdict::Failure> failure;
};

// What did not fit when a datagram was compared with an alternative; the higher the rank, the more
// of it fitted.
struct Mismatch {
  transcript::Difference difference;
  int rank = 0;
};

class Player {
 public:
  Player(const Scenario& scenario, World& world, const PlayOptions& options);
  [[nodiscard]] Outcome run();

 private:
  using End = std::optional<Stopped>;

  // player.cpp
  End prepare();
  void hide_secrets(Outcome& out);
  End put_in_addresses(Json& device);
  End play_step(const Step& step);
  End play(const Step& step, const SendStep& send);
  End play(const Step& step, const ResendStep& resend);
  End play(const Step& step, const SendOctetsStep& send);
  End play(const Step& step, const ExpectStep& expect);
  End play(const Step& step, const ControlStep& control);
  End play(const Step& step, const CheckStep& check);
  End keep(const Step& step, const ExpectedRows& expected, const Json& rows);
  // PARAMS with what $NAME and =now stand for. Errors: not_found, bad_value.
  [[nodiscard]] Result<Json> with_bindings(const Json& params);
  // A packet of a routing protocol goes through a key server.
  [[nodiscard]] bool packet_passes(const ControlStep& control) const;
  End play(const Step& step, const WaitStep& wait);
  // survival.cpp
  End play(const Step& step, const AliveStep& alive);
  // A fresh exchange, or as far as it came by DEADLINE: what is missing, or nothing.
  End fresh_exchange(const Step& step, const AliveStep& alive, Time deadline,
                     std::optional<std::string>& missing);
  End standing_sa(const Step& step, Time deadline, std::optional<std::string>& missing);
  // Sends MESSAGE on the IKE SA NAME, and again while FITS wants something else of what comes.
  End ask(const Step& step, const std::vector<Octets>& datagrams, const std::string& router,
          Time deadline, const std::function<bool(const Received&)>& fits,
          std::optional<Received>& answer);
  End judge_growth(const Step& step, std::uint64_t most) const;
  // groups.cpp
  End play(const Step& step, const WatchStep& watch);
  End play(const Step& step, const AdvertiseStep& advertise);
  End play(const Step& step, const PartitionStep& partition);
  End play(const Step& step, const LoseStep& lose);
  // Gives the routers of the scenario's group their places in the laboratory.
  End place_routers(TesterConfig& config) const;
  [[nodiscard]] Endpoint group_endpoint() const;
  // Which of the tester's routers a step is about.
  [[nodiscard]] std::string router_of(const Step& step) const;
  // "tester", "second", "group"; "device" of no place or one that is not known.
  [[nodiscard]] std::string name_of(const Endpoint& end) const;
  // Whether DATAGRAM, of the device, gets lost on its way to one of the tester's routers.
  [[nodiscard]] bool is_lost(const Datagram& datagram, const Received& received);
  // Sends the advertisements that are due.
  End advertise_again();
  [[nodiscard]] Time next_advertisement() const;
  // Whether ALTERNATIVE (of silence: the message that breaks it) means the message to a group
  // RECEIVED.
  [[nodiscard]] bool means(const Alternative& alternative, const Received& received);
  // Whether one of the alternatives of EXPECT does; of a step that expects nothing: no.
  [[nodiscard]] bool is_meant(const Received& received, const ExpectStep* expect);
  // A message to the group that no step is about; what it says of keys is learned.
  void pass_over(Received received);
  // Whether RECEIVED, passed over or not, is new to a reader of the exchange.
  [[nodiscard]] bool is_news(const Received& received);
  // The first message of overheard_ that EXPECT means; what came before it is dropped.
  [[nodiscard]] std::optional<Received> overheard(const ExpectStep& expect);
  // Whether RECEIVED is about something else than ALTERNATIVE: it came to another router, or on
  // another association.
  [[nodiscard]] bool is_elsewhere(const Step& step, const Alternative& alternative,
                                  const Received& received) const;
  [[nodiscard]] std::optional<Mismatch> judge_for_group(const Alternative& alternative,
                                                        const Received& received);
  [[nodiscard]] std::optional<Mismatch> judge_items(const Alternative& alternative,
                                                    const Received& received);
  // Answers RECEIVED, where it is a push of keys and EXPECT is about policy or picks another
  // ks_group request. Whether it was.
  bool answer_push_beside(const Received& received, const ExpectStep& expect);
  End keep_items(const Step& step, const Alternative& alternative, const Received& received);
  // The tester's endpoint, or its other address or a port that a step names.
  [[nodiscard]] Endpoint source(bool second, std::optional<std::uint16_t> port,
                                const std::string& router = "tester") const;
  // Of a router that is cut off nothing arrives.
  End transmit(const std::vector<Octets>& datagrams, const Endpoint& from, const Endpoint& to);
  // The tester does something of its own: what came before is no answer to it.
  void begin_to_act();
  // clock.cpp
  // What the device's clock is ahead of the laboratory's.
  End read_clock();
  // Lets TIME pass where time is real and the device's clock can be put forward.
  End put_forward(const Step& step, Duration time);
  // What the device's clock should show: the laboratory's time, and what `clock` has added to it.
  [[nodiscard]] Time device_now() const { return world_.link->now() + moved_; }
  // Lets the laboratory's time pass until UNTIL, answering in the background.
  End pass_time(Time until);

  // expect.cpp
  // The next datagram that the step has to judge; nothing when DEADLINE came first.
  // One more datagram has come. Ends the test when they are more than any exchange has.
  End count_arrival();
  // Whether datagrams go on coming by the hundred where none is due any more.
  [[nodiscard]] bool is_flooded() const;
  End next(Time deadline, const Step& step, const ExpectStep* expect, std::optional<Received>& out);
  // Whether a response went to where its request came from (RFC 5996 section 2.11).
  [[nodiscard]] bool misdirected(const Received& received, const Endpoint& destination) const;
  // Whether RECEIVED is a datagram that came before, and not a new answer that looks the same.
  [[nodiscard]] bool repeats(const Received& received) const;
  // Whether RECEIVED is dealt with here: repetitions, liveness checks.
  bool set_aside(const Received& received, const Step& step, const ExpectStep* expect);
  [[nodiscard]] bool expects_response(const Step& step, const Alternative& alternative) const;
  [[nodiscard]] std::optional<Mismatch> judge(const Step& step, const Alternative& alternative,
                                              const Received& received);
  [[nodiscard]] std::optional<Mismatch> judge_header(const Step& step,
                                                     const Alternative& alternative,
                                                     const Received& received) const;
  [[nodiscard]] std::optional<Mismatch> judge_fields(const Step& step,
                                                     const Alternative& alternative,
                                                     const Received& received);
  [[nodiscard]] std::optional<Mismatch> judge_contents(const Step& step,
                                                       const Alternative& alternative,
                                                       const Received& received);
  End take(const Step& step, const ExpectStep& expect, const Alternative& alternative,
           const Received& received);
  End silent(const Step& step, const ExpectStep& expect);
  End judge_always(const Received& received);
  [[nodiscard]] bool begins_anew(const Received& received, const ExpectStep& expect) const;
  [[nodiscard]] bool breaks(const Received& received, const ExpectStep& expect);
  [[nodiscard]] bool repeats_request(const Step& step, const ExpectStep& expect) const;
  End repeat_request();
  // The laboratory's time since the test began, as the exchange shows it.
  [[nodiscard]] std::string since_start() const;
  // Notes which of NUMBER alternatives was seen, and whether anything can be judged after it. TEXT
  // is what it is called.
  End note_alternative(std::size_t number, const Permitted& seen, const std::string& text);

  // fragments.cpp
  // A fragment that came: the message if it is its last missing one.
  std::optional<Received> put_together(const Received& fragment, const Datagram& datagram);
  [[nodiscard]] bool comes_as_asked(const Received& received, const Datagram& datagram) const;
  [[nodiscard]] bool has_new_fragments(const ExpectStep& expect) const;
  [[nodiscard]] std::optional<Mismatch> judge_fragments(const Alternative& alternative,
                                                        const Received& received);

  // checks.cpp
  End device_error(const Step& step, const std::string& method, const Error& error);
  // WHAT is what the rows are called.
  [[nodiscard]] std::optional<transcript::Difference> compare_rows(const std::string& what,
                                                                   const ExpectedRows& expected,
                                                                   const Json& rows);
  [[nodiscard]] bool row_fits(const ExpectedRows::Row& row, const Json& found,
                              transcript::Difference* difference);

  // segments.cpp
  End play(const Step& step, const SegmentStep& send);
  End send_icmp(const Step& step, const SegmentStep& send);
  End play(const Step& step, const SegmentExpectStep& expect);
  // The MKT that RKMP has made last is 'rkmp' to the tester's TCP.
  void learn_agreed_mkt();
  End resend_segment(const ResendStep& resend);
  End next_segment(const Step& step, Time deadline, std::optional<ArrivedSegment>& out);
  End aside(const Step& step, const SegmentExpectStep& expect, const ArrivedSegment& segment,
            bool& set_aside);
  [[nodiscard]] std::optional<Mismatch> judge_segment(const Step& step,
                                                      const SegmentAlternative& alternative,
                                                      const ArrivedSegment& segment);
  void log_segment(bool sent, const wire::TcpPacket& packet, const std::string& remark);

  // A step's expectation was not met: fail, or inconclusive inside a fragment.
  Stopped failed(const Step& step, const transcript::Difference& difference,
                 const std::string& clause = {}) const;
  Stopped test_error(const Step& step, const Error& error) const;
  Stopped laboratory_error(const Error& error) const;
  // " (the device is dead: its process ended with exit status 1)"; or "" where nobody knows.
  [[nodiscard]] std::string how_it_died() const;
  // END, of a test whose device was found to be dead.
  [[nodiscard]] Stopped died(Stopped end) const;
  [[nodiscard]] std::string clause_of(const std::vector<std::string>& requirements) const;

  void log(bool sent, const wire::Message& message, const std::string& remark,
           const Datagram& datagram);

  const Scenario& scenario_;
  World& world_;
  const PlayOptions& options_;
  wire::CodePoints numbers_;
  SeededRandom random_;
  std::optional<Tester> tester_;
  Time start_{};
  std::size_t step_number_ = 0;
  std::deque<Received> inbox_;  // came while something else was awaited
  // How many of the newest of them came since the tester last sent or expected something, during a
  // wait or a check: a silence that is demanded next is broken by them.
  std::size_t unjudged_ = 0;
  std::size_t came_ = 0, went_ = 0;  // datagrams so far
  std::set<Octets> taken_;           // all datagrams of the device so far
  // Where requests came from, by SPIi and message id: there their responses go.
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::vector<Endpoint>> asked_from_;
  std::map<std::string, Built> kept_;
  // Messages to the group that came since the tester last did something, and that no step has
  // looked at.
  std::deque<Received> overheard_;
  std::set<std::string> cut_off_;  // routers of the tester's that the device does not reach
  std::vector<LoseStep> losses_;
  struct Advertising {
    Octets datagram;
    Duration every{};
    Time next{};
  };
  std::map<std::string, Advertising> advertising_;  // by router
  std::set<std::string> shown_;  // of messages to the group: what is in the exchange already
  std::optional<TcpEnd> tcp_;
  std::map<std::string, std::pair<wire::TcpPacket, Octets>> kept_packets_;
  // The tester's last request, to be repeated when nothing answers it; nothing after a resend.
  struct LastRequest {
    std::vector<Octets> datagrams;
    Endpoint from;
  };
  std::optional<LastRequest> last_request_;
  InvariantWatch watch_;
  bool was_reset_ = false;    // nothing of earlier tests is left in the device
  std::uint64_t memory_ = 0;  // KiB of the device's process when the test began; 0: not known
  std::size_t probes_ = 0;    // fresh exchanges so far
  Duration moved_{};          // by how much the device's clock has been put forward
  std::vector<std::string> exchange_;
  std::string unsupported_;  // the control method that the device answered so to
  HiddenSecrets secrets_;    // that no text of the outcome holds
  std::vector<std::string> notes_;
  std::string transcript_;
};

}  // namespace karpspec::script
