#pragma once

#include "keyfile/rulebook.h"
#include "tests/oracle/two_routers.h"

// Routers whose key tables are administered, for tests.
namespace karpspec::oracle {

using keytable::Field;
using keytable::FieldText;

inline std::shared_ptr<const keytable::Rulebook> rules() {
  static const auto book = [] {
    auto read = keyfile::read_rulebook(KARPSPEC_SOURCE_DIR "/suites");
    EXPECT_TRUE(read) << read.error().message;
    return std::make_shared<const keytable::Rulebook>(*std::move(read));
  }();
  return book;
}

inline void set(keytable::RowText& text, Field field, const std::string& value) {
  text[field].form = FieldText::Form::text;
  text[field].items = {value};
}

inline keytable::RowText bgp_row(const std::string& name, const std::string& local,
                                 const std::string& peer, const std::string& whom) {
  keytable::RowText text;
  set(text, Field::AdminKeyName, name);
  set(text, Field::LocalKeyName, local);
  set(text, Field::PeerKeyName, peer);
  set(text, Field::Peers, whom);
  set(text, Field::Protocol, "bgp");
  set(text, Field::KDF, "HMAC-SHA-1");
  set(text, Field::AlgID, "HMAC-SHA-1-96");
  set(text, Field::Key, "000102030405060708090a0b0c0d0e0f10111213");
  set(text, Field::Direction, "both");
  set(text, Field::SendLifetimeStart, "19700101000000Z");
  set(text, Field::SendLifetimeEnd, "99991231235959Z");
  set(text, Field::AcceptLifetimeStart, "19700101000000Z");
  set(text, Field::AcceptLifetimeEnd, "99991231235959Z");
  return text;
}

inline TwoRouters with_rules() {
  TwoRouters net;
  net.a_config.rules = net.b_config.rules = rules();
  return net;
}

}  // namespace karpspec::oracle
