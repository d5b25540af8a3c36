// Peers that nobody has named: known by their key or their group (profile P-46).
#include <fstream>
#include <sstream>

#include "oracle/core.h"
#include "tests/oracle/two_routers.h"

namespace karpspec::oracle {
namespace {

const Endpoint somewhere{"192.0.2.9", 500};

struct TwoGroups {
  SeededRandom random{1};
  Core core{config(), random, no_seams()};
  Peer& first = *core.peers[0];
  Peer& second = *core.peers[1];

  static RouterConfig config() {
    RouterConfig out;
    for (const char* name : {"first", "second"}) {
      out.peers.push_back(peer_config(name, "192.0.2.2", ChildKind::tcp_ao));
      out.peers.back().any_identity = true;
    }
    out.peers.push_back(peer_config("Named.example", "192.0.2.3", ChildKind::tcp_ao));
    return out;
  }
};

TEST(GroupMembers, AreThoseOfOneGroup) {
  TwoGroups w;
  Peer* one = w.core.member_of(w.first, fqdn("x.example"), somewhere);
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->config.name, "first/x.example");
  EXPECT_EQ(one->config.endpoint, somewhere);
  EXPECT_EQ(w.core.member_of(w.first, fqdn("X.Example"), somewhere), one);
  Peer* other = w.core.member_of(w.second, fqdn("x.example"), somewhere);
  ASSERT_NE(other, nullptr);
  EXPECT_NE(other, one) << "who has proven a name to one group has not taken it from another";
  EXPECT_EQ(w.core.find_member(w.second, fqdn("x.example")), other);
  EXPECT_EQ(w.core.find_named_peer(fqdn("x.example")), nullptr);
}

TEST(GroupMembers, AreNamedSoThatOneCanReadIt) {
  TwoGroups w;
  const Peer* odd = w.core.member_of(w.first, fqdn("x\n/second"), somewhere);
  ASSERT_NE(odd, nullptr);
  EXPECT_EQ(odd->config.name, "first/0x780a2f7365636f6e64");
}

TEST(GroupMembers, OfOneGroupAreBounded) {
  TwoGroups w;
  std::vector<Peer*> members;
  for (int i = 0; i < 1024; ++i) {
    members.push_back(
        w.core.member_of(w.first, fqdn("r" + std::to_string(i) + ".example"), somewhere));
    ASSERT_NE(members.back(), nullptr) << i;
    members.back()->children.push_back(std::make_unique<Child>());
  }
  EXPECT_EQ(w.core.member_of(w.first, fqdn("late.example"), somewhere), nullptr);
  EXPECT_NE(w.core.member_of(w.first, fqdn("r7.example"), somewhere), nullptr);
  EXPECT_NE(w.core.member_of(w.second, fqdn("late.example"), somewhere), nullptr);
  members[7]->children.clear();
  EXPECT_NE(w.core.member_of(w.first, fqdn("late.example"), somewhere), nullptr);
  EXPECT_EQ(w.core.find_member(w.first, fqdn("r7.example")), nullptr);
}

TEST(GroupMembers, WhoHasAnIkeSaMakesNoRoom) {
  TwoGroups w;
  for (int i = 0; i < 1024; ++i)
    w.core.assign(w.core.new_sa(false, somewhere),
                  *w.core.member_of(w.first, fqdn("r" + std::to_string(i)), somewhere));
  EXPECT_EQ(w.core.member_of(w.first, fqdn("late.example"), somewhere), nullptr);
}

TEST(NamedPeers, AreFoundInUpperAndLowerCase) {
  TwoGroups w;
  EXPECT_EQ(w.core.find_named_peer(fqdn("nAMED.example")), w.core.peers[2].get());
  EXPECT_EQ(w.core.find_named_peer(
                {static_cast<std::uint8_t>(wire::IdType::ID_KEY_ID), octets_of("Named.example")}),
            nullptr);
}

crypto::PrivateKey key(const std::string& name) {
  std::ifstream in(KARPSPEC_SOURCE_DIR "/suites/credentials/" + name + ".key");
  std::ostringstream pem;
  pem << in.rdbuf();
  return crypto::PrivateKey::from_pem(pem.str()).value();
}

// Both know each other by key alone.
TwoRouters by_key() {
  TwoRouters net;
  net.a_config.credentials = {{"own", key("device-ec256"), {}}};
  net.b_config.credentials = {{"own", key("tester-ec256"), {}}};
  const auto trust = [](PeerConfig& peer, const RouterConfig& other) {
    peer.any_identity = true;
    peer.authentication = peer.own_authentication = Authentication::signature;
    peer.trust.keys = {other.credentials.front().key.public_key()};
    peer.protocols = {ProtocolPolicy{}, ProtocolPolicy{}};
    peer.protocols.back().protocol = 2;
  };
  trust(net.a_config.peers[0], net.b_config);
  trust(net.b_config.peers[0], net.a_config);
  return net;
}

TEST(GroupMembers, AnswerUnderTheNameOfTheirGroup) {
  TwoRouters net = by_key();
  net.establish();
  ASSERT_EQ(net.a().sas().size(), 1U) << all_events(net.a());
  EXPECT_EQ(net.a().sas().front().peer, "b/b");
  EXPECT_EQ(net.b().sas().front().peer, "a/a");
  // The second key is made on the IKE SA that stands, whoever asks for it.
  net.send(net.a().start("b", 2, net.now));
  net.deliver();
  net.send(net.b().rekey_key("a", bgp, false, net.now));
  net.deliver();
  EXPECT_EQ(net.a().sas().size(), 1U) << all_events(net.a());
  EXPECT_EQ(net.b().sas().size(), 1U) << all_events(net.b());
  EXPECT_EQ(net.a().key_table().rows().size(), 3U) << all_events(net.a());
  EXPECT_EQ(net.b().key_table().rows().size(), 3U) << all_events(net.b());
}

}  // namespace
}  // namespace karpspec::oracle
