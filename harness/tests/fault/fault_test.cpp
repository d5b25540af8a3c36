#include "fault/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "oracle/router.h"

namespace karpspec::fault {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// The faults of TEXT, read as the file "f.yaml".
Result<std::vector<Fault>> read(const std::string& text) {
  std::string folder = (std::filesystem::temp_directory_path() / "karpspec-fault-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr)
    return fail(ErrorCode::io, "no temporary folder");
  const std::string path = folder + "/f.yaml";
  std::ofstream(path) << text;
  auto faults = read_faults(path, "f.yaml");
  std::filesystem::remove_all(folder);
  return faults;
}

Fault one(const std::string& behaviour) {
  auto faults =
      read("faults:\n  - name: x\n    does: something\n    violates: [IKE-2.1-01]\n" + behaviour);
  EXPECT_TRUE(faults) << to_string(faults.error());
  return faults ? faults->at(0) : Fault{};
}

oracle::RouterConfig config(const char* own, const char* address, const char* peer,
                            const char* peer_address) {
  oracle::RouterConfig result;
  result.local = {address, 500};
  result.identity.value = octets_of(own);
  result.ike_proposals[0].dh = DhGroup::CURVE25519;
  oracle::PeerConfig other;
  other.name = peer;
  other.endpoint = {peer_address, 500};
  other.identity.value = octets_of(peer);
  other.psk = Secret(octets_of("a secret of sixteen or more"));
  other.protocols = {oracle::ProtocolPolicy{}};
  result.peers.push_back(std::move(other));
  return result;
}

// A correct initiator A, and B with the fault.
struct Pair {
  explicit Pair(const Fault& fault)
      : seams(make_seams(fault, 1)),
        a(config("a", "192.0.2.1", "b", "192.0.2.2"), a_random),
        b(config("b", "192.0.2.2", "a", "192.0.2.1"), b_random, *seams) {}

  // Plays the initial exchanges for DURATION; gives what B sent.
  std::vector<std::pair<Time, Datagram>> play(Duration duration = 0s) {
    std::vector<std::pair<Time, Datagram>> from_b;
    std::vector<Datagram> wire = *a.start("b", 1, now);
    const Time end = now + duration;
    for (;;) {
      while (!wire.empty()) {
        const Datagram next = wire.front();
        wire.erase(wire.begin());
        if (next.source.address == "192.0.2.2")
          from_b.emplace_back(now, next);
        auto& to = next.destination.address == "192.0.2.1" ? a : b;
        for (Datagram& datagram : to.receive(next, now))
          wire.push_back(std::move(datagram));
      }
      Time next = end + 1s;
      for (const auto& deadline : {a.deadline(), b.deadline()})
        if (deadline)
          next = std::min(next, *deadline);
      if (next > end)
        return from_b;
      now = next;
      for (auto* router : {&a, &b})
        for (Datagram& datagram : router->tick(now))
          wire.push_back(std::move(datagram));
    }
  }
  [[nodiscard]] bool established() const {
    return !a.key_table().rows().empty() && !b.key_table().rows().empty();
  }

  std::unique_ptr<oracle::Seams> seams;
  SeededRandom a_random{1}, b_random{2};
  oracle::Router a, b;
  Time now{1000s};
};

TEST(FaultFile, GivesWhatItSays) {
  const Fault fault = one(
      "    role: responder\n    skip: [auth-value, nonce-size]\n    tune: {retransmit_tries: 0}\n"
      "    alter:\n      - message: IKE_AUTH response containing SAr2\n        mutate:\n"
      "          - {set: {SAr2.transform.flags.O: 1}}\n          - {drop: true}\n");
  EXPECT_EQ(fault.name, "x");
  EXPECT_EQ(fault.where, "f.yaml:2:5");
  EXPECT_EQ(fault.role, "responder");
  EXPECT_THAT(fault.skip,
              testing::ElementsAre(oracle::Check::auth_value, oracle::Check::nonce_size));
  ASSERT_EQ(fault.alter.size(), 1u);
  EXPECT_EQ(fault.alter[0].delivery.copies, 0u);
  EXPECT_EQ(fault.alter[0].mutations.size(), 1u);
}

TEST(FaultFile, ErrorsNameTheirPlace) {
  const std::string head = "faults:\n  - name: x\n    does: y\n    violates: [z]\n";
  const std::pair<std::string, const char*> cases[] = {
      {"fault: []\n", "f.yaml:1:1"},
      {"faults:\n  - name: x\n", "f.yaml:2:5"},
      {head, "f.yaml:2:5"},
      {head + "    skipp: [auth-value]\n", "f.yaml:5:5"},
      {head + "    skip: [auth-valu]\n", "auth-value"},
      {head + "    tune: {retransmit_try: 1}\n", "f.yaml:5:12"},
      {head + "    tune: {retransmit_tries: many}\n", "a number"},
      {head + "    role: bystander\n    skip: [auth-value]\n", "f.yaml:5:11"},
      {head + "    alter:\n      - {message: IKE_OUT, mutate: []}\n", "f.yaml:6:"},
      {head + "    alter:\n      - {message: IKE_AUTH, mutate: [{delay: soon}]}\n", "2s"},
      {head + "    alter:\n      - {message: IKE_AUTH, mutate: [{delay: 99999999999s}]}\n", "2s"},
      {head + "    alter:\n      - {message: IKE_AUTH, mutate: [{sat: {}}]}\n", "f.yaml:6:"},
      {head + "    alter:\n      - {message: IKE_AUTH containing XY, mutate: []}\n", "f.yaml:6:"},
  };
  for (const auto& [text, expected] : cases) {
    const auto faults = read(text);
    ASSERT_FALSE(faults) << text;
    EXPECT_THAT(faults.error().message, HasSubstr(expected)) << text;
    EXPECT_THAT(faults.error().message, HasSubstr("f.yaml:")) << text;
  }
}

TEST(FaultFile, EveryFaultOfTheSuitesIsWellFormed) {
  const auto faults = read_fault_directory(KARPSPEC_SOURCE_DIR "/suites/faults");
  ASSERT_TRUE(faults) << to_string(faults.error());
  EXPECT_GT(faults->size(), 50u);
}

TEST(FaultSeams, AnyFaultOfTheSuitesCanBePlayed) {
  const auto faults = read_fault_directory(KARPSPEC_SOURCE_DIR "/suites/faults");
  ASSERT_TRUE(faults);
  for (const Fault& fault : *faults) {
    Pair pair(fault);
    (void)pair.play(100s);
    const auto more = pair.b.rekey_key("a", 1, true, pair.now);
    EXPECT_TRUE(more || more.error().code == ErrorCode::not_found) << fault.name;
  }
}

TEST(FaultSeams, NoFaultNoDifference) {
  Fault none;
  Pair pair(none);
  EXPECT_EQ(pair.play().size(), 2u);
  EXPECT_TRUE(pair.established());
}

TEST(FaultSeams, LeaveAChecksOut) {
  for (const bool faulty : {false, true}) {
    Fault fault;
    if (faulty)
      fault = one("    skip: [auth-value]\n");
    Pair pair(fault);
    oracle::RouterConfig wrong = config("a", "192.0.2.1", "b", "192.0.2.2");
    wrong.peers[0].psk = Secret(octets_of("not the secret that b knows"));
    pair.a = oracle::Router(std::move(wrong), pair.a_random);
    (void)pair.play();
    EXPECT_EQ(pair.b.key_table().rows().size(), faulty ? 1u : 0u);
  }
}

TEST(FaultSeams, AlterAField) {
  Pair pair(
      one("    alter:\n      - message: IKE_AUTH response\n        mutate:\n"
          "          - set: {SAr2.transform.flags.O: 1}\n"));
  (void)pair.play();
  EXPECT_TRUE(pair.a.key_table().rows().empty()) << "the initiator must see it";
  EXPECT_EQ(pair.b.key_table().rows().size(), 1u);
}

TEST(FaultSeams, GoOnWithTheNonceThatWasSent) {
  Pair pair(
      one("    alter:\n      - message: IKE_SA_INIT response\n        mutate:\n"
          "          - set: {Nr.data: '=repeat(0xAA, 40)'}\n"));
  (void)pair.play();
  EXPECT_TRUE(pair.established()) << "a nonce of 40 octets is a nonce like any other";
}

TEST(FaultSeams, PatchOctetsOfAProtectedMessageBeforeItIsSealed) {
  Pair pair(
      one("    alter:\n      - message: IKE_AUTH response\n        mutate:\n"
          "          - patch: {'SAr2.proposals[1].num_transforms': 9}\n"));
  (void)pair.play();
  EXPECT_TRUE(pair.a.key_table().rows().empty());
  bool malformed = false;
  for (const auto& event : pair.a.events())
    malformed = malformed || event.kind == "malformed";
  EXPECT_TRUE(malformed) << "authentic, but its payloads cannot be read";
}

TEST(FaultSeams, ChangeTheFinalDatagram) {
  Pair pair(
      one("    alter:\n      - message: IKE_AUTH response\n        mutate:\n"
          "          - octets: {at: -1, set: 0x00}\n          - append: 0x00\n"));
  (void)pair.play();
  EXPECT_FALSE(pair.established());
}

TEST(FaultSeams, DropDoubleAndDelay) {
  const std::string head = "    alter:\n      - message: IKE_SA_INIT response\n        mutate: ";
  Pair dropped(one(head + "[{drop: true}]\n"));
  EXPECT_TRUE(dropped.play(200s).empty());
  Pair doubled(one(head + "[{twice: true}]\n"));
  EXPECT_EQ(doubled.play().size(), 3u);
  EXPECT_TRUE(doubled.established());
  Pair delayed(one(head + "[{delay: 2s}]\n"));
  const auto sent = delayed.play(10s);
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.front().first, Time{1002s});
  EXPECT_TRUE(delayed.established());
}

TEST(FaultSeams, Tune) {
  Pair pair(one("    tune: {row_names: seed002}\n"));
  (void)pair.play();
  ASSERT_TRUE(pair.established());
  EXPECT_EQ(pair.a.key_table().rows().front().local_key_name,
            pair.b.key_table().rows().front().local_key_name);
}

TEST(FaultSeams, RepeatUnderTheSameSeed) {
  const Fault fault =
      one("    alter:\n      - message: IKE_SA_INIT response\n        mutate:\n"
          "          - set: {Nr.data: =random(24)}\n");
  Pair first(fault), second(fault);
  EXPECT_EQ(first.play().front().second.payload, second.play().front().second.payload);
}

}  // namespace
}  // namespace karpspec::fault
