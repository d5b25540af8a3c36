#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "transcript/matcher.h"
#include "transcript/mutation.h"
#include "transcript/node.h"
#include "transcript/notation.h"
#include "verdict/requirement.h"
#include "wire/icmp_error.h"

// A scenario as loaded: checked, its fragments put in, nothing left to be looked up but what only
// the exchange itself can tell.
namespace karpspec::script {

using Json = nlohmann::ordered_json;
using transcript::Node;

struct Where {  // the `where:` of a step: what must hold at a path
  transcript::Path path;
  transcript::Matcher matcher;
  Node source;
};

// One of the fragments that a message is cut into, as it is sent (RFC 7383).
struct Piece {
  std::uint16_t piece = 1;  // which part of the message, from 1
  // What it says of itself, where that is not the truth.
  std::optional<std::uint16_t> number, total;
  std::optional<std::uint8_t> next_payload;
  std::optional<std::uint32_t> message_id;
  bool damaged = false;  // its first octets are altered under the old checksum
};
// How a protected message is cut, and what is sent of it.
struct Cut {
  std::uint16_t fragments = 0;  // 0: it goes whole
  std::vector<Piece> pieces;    // in this order; empty: all, in theirs
};

struct SendStep {
  transcript::MessageNotation message;
  std::vector<transcript::Mutation> mutations;  // `with` first, then `mutate`
  bool clear = false;                           // not protected although the exchange is
  bool second_address = false;                  // from: {address: second}
  std::optional<std::uint16_t> from_port;       // from: {port: N}
  unsigned copies = 1;
  Cut cut;
  std::string as;      // name under which the datagram is kept
  std::string new_sa;  // name of the IKE SA that results
  // "group", "device"; "": to the group what is meant for it (see goes_to_group), else the device.
  std::string to;
};
struct ResendStep {
  std::string name;
  bool second_address = false;
  std::optional<std::uint16_t> from_port;
  unsigned copies = 1;
  Cut cut;  // a number of fragments: it is cut anew
};
struct SendOctetsStep {
  Octets octets;
};
// What every permitted answer has, be it a message or a segment.
struct Permitted {
  std::optional<Duration> silence;  // instead of an answer
  std::string clause;
  std::string note;
  std::string verdict = "pass";  // pass, inconclusive
  Node source;
};
// What is expected of a list of rows, be it one that the device is asked for, or that a message
// holds.
struct ExpectedRows {
  using Row = std::vector<std::pair<std::string, transcript::Matcher>>;
  std::optional<std::vector<Row>> rows;      // exactly these, in any order
  std::optional<std::vector<Row>> contains;  // these among others
  std::optional<std::vector<Row>> sequence;  // these among others, in this order
  std::optional<std::vector<Row>> lacks;     // none like these
  std::optional<transcript::Matcher> count;
  std::map<std::string, std::string> bind;  // name to a field of the row that fits the first
};
// One permitted answer.
struct Alternative : Permitted {
  std::optional<transcript::MessageNotation> message;  // nothing: silence
  std::vector<Where> where;
  std::map<std::string, transcript::Path> bind;
  bool strict_order = false;
  bool only = false;
  bool clear = false;
  bool retransmission = false;
  std::optional<transcript::Matcher> fragments;      // in how many it comes; 0: whole
  std::optional<transcript::Matcher> fragment_size;  // octets of the largest datagram
  std::string as;
  std::string same_as;
  std::string new_sa;
  std::string sa;  // "": that of the step
  // Of messages to a group, that come again and again: which are meant. Others are passed over.
  std::vector<Where> pick;
  std::string to;                     // "group", or one of the tester's routers; "": any
  std::optional<ExpectedRows> items;  // of KD
  // Of silence: the message that is not to come. Nothing: none that is not for the group.
  std::optional<transcript::MessageNotation> of;

  [[nodiscard]] std::string text() const {
    if (message)
      return message->text;
    return of ? "no " + of->text : "silence";
  }
};
struct ExpectStep {
  std::vector<Alternative> alternatives;  // one, unless `any_of`
  std::optional<Duration> within;
  bool counts_repeats = false;     // silence is broken by repeated datagrams too
  bool counts_beginnings = false;  // and by a new IKE_SA_INIT of a device that has begun before
};
struct ControlStep {
  std::string method;
  Json params;
  std::vector<std::pair<std::string, transcript::Matcher>> result;
  std::string error;                        // "unsupported", "refused" or empty
  std::map<std::string, std::string> bind;  // name to a member of the result
};
struct CheckStep : ExpectedRows {
  enum class What {
    key_table,
    sas,
    events,
    requests,
    notifications,
    associations,
    records,
    mkts,
    tcp_mkts,
    connections,
    groups,
    ks_groups,
    ks_neighbours,
    gspd,
    sad
  } what = What::key_table;
  std::optional<Duration> within;  // polls until then
  std::string client;              // notifications: whose
  std::string vrf;                 // key_table: whose, where it is not the default one's
};
struct WaitStep {
  Duration time{};
};
// The device still serves: a fresh exchange of the tester's is answered, whatever became of the
// ones before it; or an IKE SA that stands answers an empty request.
struct AliveStep {
  enum class By { init, auth, standing_sa } by = By::init;
  bool mrkmp = false;
  std::optional<Duration> within;
  std::optional<std::uint64_t>
      growth;  // KiB that its memory may have grown by since the test began
};
// Messages to a group are counted for a while, and each is judged.
struct WatchStep {
  Duration time{};
  Alternative of;
  transcript::Matcher times;
};
// A router of the tester's advertises itself from now on, until it rests.
struct AdvertiseStep {
  bool rest = false;
  transcript::MessageNotation message;
  std::vector<transcript::Mutation> mutations;
  Duration every{};
};
// What goes between the device and these routers of the tester's is lost, or no longer is.
struct PartitionStep {
  std::vector<std::string> routers;
  bool heal = false;
};
// The next so many messages of the device that are like this are lost.
struct LoseStep {
  transcript::MessageNotation message;
  std::uint64_t times = 1;
};

// "TCP {SYN, ACK}": flags as wire::TcpFlag has them.
struct SegmentNotation {
  std::uint8_t flags = 0;
  std::string text;
};
// A TCP segment that the tester sends.
struct SegmentStep {
  using Fields = std::vector<std::pair<std::string, transcript::Expression>>;
  SegmentNotation segment;
  // In its place: an ICMP error about the device's last segment. Of the rest nothing counts then.
  std::optional<wire::IcmpError> icmp;
  std::string mkt;  // "": the one that the connection goes with; "none": no TCP-AO option
  std::optional<transcript::Expression> md5;  // key of a TCP MD5 option
  std::optional<transcript::Expression> data;
  std::optional<transcript::Expression> options;  // other TCP options, before that of TCP-AO
  Fields with;                                    // before the MAC is made
  Fields altered;                                 // afterwards
  std::string keys_of;     // the connection whose ISNs the traffic key is bound to
  bool discarded = false;  // the device is to discard it, so the tester does not count on it
  bool ipv6 = false;
  std::optional<std::uint16_t> from_port, to_port;  // of a connection that begins
  std::optional<std::uint32_t> isn;
  std::string as;
};
// One permitted answer of the device's TCP.
struct SegmentAlternative : Permitted {
  std::optional<SegmentNotation> segment;  // nothing: silence
  std::string connection;                  // "": that of the step
  std::string mkt;                         // as in SegmentStep; "any": the one that the KeyID names
  std::optional<transcript::Matcher> data;  // nothing: there are none
  std::vector<std::pair<std::string, transcript::Matcher>> where;

  [[nodiscard]] std::string text() const { return segment ? segment->text : "silence"; }
};
struct SegmentExpectStep {
  std::vector<SegmentAlternative> alternatives;  // one, unless `any_of`
  std::optional<Duration> within;
  bool counts_repeats = false;  // silence is broken by retransmitted segments too
};

// How it is copied, moved and destroyed is compiled once, as of wire::Body.
struct Step {
  Step();
  Step(const Step& other);
  Step(Step&& other) noexcept;
  Step& operator=(const Step& other);
  Step& operator=(Step&& other) noexcept;
  ~Step();

  std::variant<SendStep, ResendStep, SendOctetsStep, ExpectStep, ControlStep, CheckStep, WaitStep,
               SegmentStep, SegmentExpectStep, WatchStep, AdvertiseStep, PartitionStep, LoseStep,
               AliveStep>
      action;
  std::string text;  // "expect: IKE_AUTH {IDr, AUTH}"
  std::string why;
  // The clause by which it is only advised: as a control or check step says, or since nothing that
  // it judges binds the device. One that does otherwise makes the test inconclusive (decision
  // 0002).
  std::string advised;
  std::vector<std::string> checks;  // the step's own, else the scenario's; empty in a fragment
  std::string sa = "main";          // of segments, the name of the connection
  std::string router;               // of the tester's; "": that of the IKE SA, else "tester"
  std::string fragment;             // the fragment it comes from, or empty
  Node source;
  Node written;  // the whole step, for `explain`
};

struct Scenario {
  std::string name;  // "rkmp/3.2/responder/options-flag"
  std::string file;  // "suites/rkmp/3.2/responder/options-flag.yaml"
  std::string title;
  std::string purpose;
  std::vector<std::string> checks;
  std::vector<std::string> advice;  // those of `checks` that no device fails, see verdict::binds
  std::string role;                 // of the device
  bool device_setup = false;        // the device needs another configuration than the defaults'
  std::vector<std::string> marks;
  std::vector<std::string> needs;
  bool background = true;
  std::vector<std::string> every_message;  // names of invariants.h
  Json device;                             // configuration of the device: suites/defaults.yaml
  Json tester;
  Json device_patch;  // what `setup` changes in it
  Json tester_patch;
  std::vector<Step> steps;

  // Whether the device is a router of MRKMP or a key server in it, with routers of the tester's
  // beside it.
  [[nodiscard]] bool has_groups() const;
  // Whether it is a key server.
  [[nodiscard]] bool has_keyserver() const;
  // Whether its groups are on a link of IPv6 (`tester: {family: ipv6}`).
  [[nodiscard]] bool on_ipv6() const;
};

// Whether a message of this exchange is for a group, and not an answer or a request to one router.
[[nodiscard]] bool goes_to_group(std::uint8_t exchange);

// What has been read of files that many scenarios use, by their names. Several threads may ask.
template <class Value>
class ReadOnce {
 public:
  // What READ, a function that gives a Result<Value>, gave for NAME. What it fails with is not
  // kept. The lock is not held meanwhile, so two threads may read the same; what one of them keeps
  // counts.
  template <class Read>
  [[nodiscard]] Result<std::shared_ptr<const Value>> get(const std::string& name, Read&& read) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = known_.find(name); known != known_.end())
        return known->second;
    }
    KARPSPEC_TRY(value, read());
    auto kept = std::make_shared<const Value>(std::move(value));
    const std::lock_guard lock(mutex_);
    return known_.emplace(name, std::move(kept)).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Value>> known_;
};

// What one layer of a setup changes in the defaults.
struct SetupLayer {
  Json device, tester;  // null where it changes nothing
};

// Of the folders fragments/ and setups/.
struct SharedParts {
  ReadOnce<std::vector<Step>> fragments;  // with the steps of those that they use
  ReadOnce<SetupLayer> setups;
};

// What a loader needs to know beside the file itself.
struct LoadContext {
  std::string suites;  // path of the folder suites/
  std::map<std::string, verdict::Requirement> requirements;
  Json defaults;  // suites/defaults.yaml: {device: ..., tester: ...}
  // A file that has been read once is not looked at again.
  std::shared_ptr<SharedParts> parts = std::make_shared<SharedParts>();
};

// Reads and checks one scenario. FILE is a path below `context.suites`, such as
// "rkmp/3.2/responder/options-flag.yaml".
// Errors: not_found, bad_value "FILE:LINE:COLUMN: MESSAGE", one line.
[[nodiscard]] Result<Scenario> load_scenario(const std::string& file, const LoadContext& context);
// The same of a file at PATH, outside of the suites. Its name is the path without ".yaml", relative
// and without ".."; what it uses (fragments, setups) is the suites'.
[[nodiscard]] Result<Scenario> load_scenario_elsewhere(const std::string& path,
                                                       const LoadContext& context);
// The same of what has been read already. The fragments it uses are read.
[[nodiscard]] Result<Scenario> read_scenario(const Node& root, const std::string& file,
                                             const LoadContext& context);

// A YAML value as JSON: numbers and booleans where they are plain.
[[nodiscard]] Json to_json(const Node& node);
// A merge patch (RFC 7396), in which lists of objects are merged too: by their `name`, else their
// `protocol`. A null of PATCH takes its member away, or is KEPT, to do so when INTO is merged
// itself.
enum class Nulls { applied, kept };
void merge(Json& into, const Json& patch, Nulls nulls = Nulls::applied);
// "=now", "=now+1h", "=now-5s": by how much it differs from now. Errors: bad_value.
[[nodiscard]] Result<Duration> offset_from_now(std::string_view text);
// "5s", "200ms", "2m", "1h", "30d", or nothing.
[[nodiscard]] std::optional<Duration> duration_from(std::string_view text);
// The same in a scenario. Errors: bad_value with file, line and column.
[[nodiscard]] Result<Duration> read_duration(const Node& node);

}  // namespace karpspec::script
