#include "fuzz/live/exchange.h"

namespace karpspec::fuzz {
namespace {

const char* const auth_answer =
    "expect: 'IKE_AUTH {IDr, [CERT], AUTH, [SAr2], [TSi], [TSr], [N(NO_PROPOSAL_CHOSEN)], "
    "[N(TS_UNACCEPTABLE)]}'";
const char* const auth_request =
    "expect: 'IKE_AUTH request {IDi, [IDr], [CERT], AUTH, SAi2, TSi, TSr}'";
const char* const break_icv = "octets: {at: -1, set: =flip}";

// The device answers.
std::vector<Exchange> of_responder() {
  std::vector<Exchange> all;
  const auto add = [&](Exchange one) {
    one.role = "responder";
    all.push_back(std::move(one));
  };
  add({.name = "ike-sa-init", .message = "IKE_SA_INIT {SAi1, KEi, Ni}", .foreign = true});
  add({.name = "ike-sa-init-notified",
       .message = "IKE_SA_INIT {N(COOKIE), SAi1, KEi, Ni, N(NAT_DETECTION_SOURCE_IP), "
                  "N(NAT_DETECTION_DESTINATION_IP), V}",
       .with = {"with: {'N(COOKIE).data': =random(32), V.data: =random(16)}"}});
  add({.name = "ike-sa-init-answer-unasked",
       .message = "IKE_SA_INIT response {N(INVALID_KE_PAYLOAD)}",
       .with = {"with: {'N(INVALID_KE_PAYLOAD).data': 0x0015}", "clear: true"}});
  add({.name = "ike-auth",
       .before = {"use: ike-sa-init"},
       .message = "IKE_AUTH {IDi, AUTH, SAi2, TSi, TSr}",
       .foreign = true});
  add({.name = "ike-auth-notified",
       .before = {"use: ike-sa-init"},
       .message = "IKE_AUTH {IDi, IDr, CERTREQ, AUTH, N(INITIAL_CONTACT), SAi2, TSi, TSr, V}",
       .with = {"with: {V.data: =random(16), CERTREQ.encoding: 4, CERTREQ.data: =random(40)}"}});
  add({.name = "ike-auth-certificates",
       .needs = {"control", "ecdsa", "certificates"},
       .setup = "{use: certificates}",
       .before = {"use: ike-sa-init"},
       .message = "IKE_AUTH {IDi, CERT, CERTREQ, AUTH, SAi2, TSi, TSr}"});
  add({.name = "create-child-before-auth",
       .before = {"use: ike-sa-init"},
       .message = "CREATE_CHILD_SA {SA, Ni, TSi, TSr}"});
  add({.name = "informational-before-auth",
       .before = {"use: ike-sa-init"},
       .message = "INFORMATIONAL {D(IKE)}"});
  add({.name = "create-child",
       .needs = {"keeps-ike-sa"},
       .before = {"use: ike-established"},
       .message = "CREATE_CHILD_SA {SA, Ni, TSi, TSr}",
       .foreign = true});
  add({.name = "rekey-child",
       .needs = {"keeps-ike-sa"},
       .before = {"use: established"},
       .message = "CREATE_CHILD_SA {N(REKEY_SA), SA, Ni, TSi, TSr}"});
  add({.name = "rekey-ike",
       .needs = {"keeps-ike-sa"},
       .before = {"use: ike-established"},
       .message = "CREATE_CHILD_SA {SA, Ni, KEi}"});
  add({.name = "use-after-rekey",
       .needs = {"keeps-ike-sa"},
       .before = {"use: ike-established", "{send: 'CREATE_CHILD_SA {SA, Ni, KEi}', new-sa: next}",
                  "{expect: 'CREATE_CHILD_SA {SA, Nr, KEr}', new-sa: next}"},
       .message = "CREATE_CHILD_SA {SA, Ni, KEi}"});
  add({.name = "auth-again",
       .needs = {"keeps-ike-sa"},
       .before = {"use: ike-established"},
       .message = "IKE_AUTH {IDi, AUTH, SAi2, TSi, TSr}"});
  add({.name = "informational",
       .needs = {"keeps-ike-sa"},
       .before = {"use: ike-established"},
       .message = "INFORMATIONAL {}",
       .foreign = true});
  add({.name = "notify",
       .needs = {"keeps-ike-sa"},
       .before = {"use: ike-established"},
       .message = "INFORMATIONAL {N(INVALID_SYNTAX), V}",
       .with = {"with: {'N(INVALID_SYNTAX).data': =random(8), V.data: =random(16)}"}});
  add({.name = "delete-child",
       .needs = {"keeps-ike-sa"},
       .before = {"use: established"},
       .message = "INFORMATIONAL {D}"});
  add({.name = "delete-ike",
       .needs = {"keeps-ike-sa"},
       .before = {"use: ike-established"},
       .message = "INFORMATIONAL {D(IKE)}"});
  for (const auto& [name, message] :
       {std::pair("use-after-delete", "CREATE_CHILD_SA {SA, Ni, TSi, TSr}"),
        {"delete-after-delete", "INFORMATIONAL {D(IKE)}"},
        {"liveness-after-delete", "INFORMATIONAL {}"}})
    add({.name = name,
         .needs = {"keeps-ike-sa"},
         .before = {"use: ike-established", "send: 'INFORMATIONAL {D(IKE)}'",
                    "expect: 'INFORMATIONAL response {}'"},
         .message = message});
  add({.name = "fragments",
       .needs = {"control", "fragmentation"},
       .setup = "{device: {fragmentation: {size: 1280}}}",
       .before = {"use: fragmentation-agreed"},
       .message = "IKE_AUTH {IDi, AUTH, SAi2, TSi, TSr}",
       .fragments = true});
  add({.name = "fragments-established",
       .needs = {"control", "fragmentation", "keeps-ike-sa"},
       .setup = "{device: {fragmentation: {size: 1280}}}",
       .before = {"use: fragmentation-agreed", "send: 'IKE_AUTH {IDi, AUTH, SAi2, TSi, TSr}'",
                  auth_answer},
       .message = "CREATE_CHILD_SA {SA, Ni, KEi}",
       .fragments = true});
  // A device may refuse to begin more IKE SAs than it has room for, until those that are half open
  // are given up; then it serves again.
  add({.name = "flood-of-ike-sa-init",
       .needs = {"control", "timers"},
       .setup = "{device: {timers: {half_open: 2}}}",
       .message = "IKE_SA_INIT {SAi1, KEi, Ni}",
       .after = {"{wait: 4s, why: afterwards}"},
       .flood = true});
  return all;
}

// Nothing of it is authentic: the IKE SA stands afterwards.
std::vector<Exchange> forged() {
  std::vector<Exchange> all;
  const auto add = [&](std::string name, std::string message, bool clear) {
    Exchange one;
    one.name = std::move(name);
    one.role = "responder";
    one.needs = {"keeps-ike-sa"};
    one.before = {"use: ike-established"};
    one.message = std::move(message);
    if (clear)
      one.with = {"clear: true"};
    else
      one.always = {break_icv};
    one.stands = true;
    all.push_back(std::move(one));
  };
  add("delete-in-clear", "INFORMATIONAL {D(IKE)}", true);
  add("error-in-clear", "INFORMATIONAL {N(AUTHENTICATION_FAILED)}", true);
  add("unknown-spi-in-clear", "INFORMATIONAL response {N(INVALID_IKE_SPI)}", true);
  add("create-child-in-clear", "CREATE_CHILD_SA {SA, Ni, KEi}", true);
  add("auth-in-clear", "IKE_AUTH {IDi, AUTH, SAi2, TSi, TSr}", true);
  add("delete-not-authentic", "INFORMATIONAL {D(IKE)}", false);
  add("rekey-not-authentic", "CREATE_CHILD_SA {SA, Ni, KEi}", false);
  return all;
}

// The device asks, and is answered.
std::vector<Exchange> of_initiator() {
  std::vector<Exchange> all;
  const auto add = [&](Exchange one) {
    one.role = "initiator";
    one.needs.insert(one.needs.begin(), "control");
    one.fresh = true;
    all.push_back(std::move(one));
  };
  const std::string start = "{control: start, params: {peer: tester, protocol: BGP}}";
  const std::string init = "expect: 'IKE_SA_INIT request {SAi1, KEi, Ni}'";
  add({.name = "answer-ike-sa-init",
       .before = {start, init},
       .message = "IKE_SA_INIT {SAr1, KEr, Nr}",
       .foreign = true});
  add({.name = "answer-cookie",
       .before = {start, init},
       .message = "IKE_SA_INIT response {N(COOKIE)}",
       .with = {"with: {'N(COOKIE).data': =random(32)}"}});
  add({.name = "answer-invalid-ke",
       .before = {start, init},
       .message = "IKE_SA_INIT response {N(INVALID_KE_PAYLOAD)}",
       .with = {"with: {'N(INVALID_KE_PAYLOAD).data': 0x000e}"}});
  add({.name = "answer-refusal",
       .before = {start, init},
       .message = "IKE_SA_INIT response {N(NO_PROPOSAL_CHOSEN)}"});
  add({.name = "answer-ike-auth",
       .before = {"use: ike-sa-init-by-device", auth_request},
       .message = "IKE_AUTH {IDr, AUTH, SAr2, TSi, TSr}",
       .foreign = true});
  add({.name = "answer-rekey-ike",
       .needs = {"rekey-ike", "keeps-ike-sa"},
       .before = {"use: ike-established-by-device", "{control: rekey-ike, params: {peer: tester}}",
                  "expect: 'CREATE_CHILD_SA request {SA, Ni, KEi}'"},
       .message = "CREATE_CHILD_SA {SA, Nr, KEr}"});
  add({.name = "rekey-ike-at-once",
       .needs = {"rekey-ike", "keeps-ike-sa"},
       .before = {"use: ike-established-by-device", "{control: rekey-ike, params: {peer: tester}}",
                  "expect: 'CREATE_CHILD_SA request {SA, Ni, KEi}'"},
       .message = "CREATE_CHILD_SA request {SA, Ni, KEi}",
       .after = {"{send: 'CREATE_CHILD_SA response {SA, Nr, KEr}', why: afterwards}"}});
  add({.name = "answer-rekey-child",
       .needs = {"rekey-key", "keeps-ike-sa"},
       .before = {"use: established-by-device",
                  "{control: rekey-key, params: {peer: tester, protocol: BGP}}",
                  "expect: 'CREATE_CHILD_SA request {N(REKEY_SA), SA, Ni, [KEi], TSi, TSr}'"},
       .message = "CREATE_CHILD_SA {SA, Nr, [KEr], TSi, TSr}"});
  add({.name = "answer-delete",
       .needs = {"keeps-ike-sa"},
       .before = {"use: ike-established-by-device", "{control: delete-ike, params: {peer: tester}}",
                  "expect: 'INFORMATIONAL request {D(IKE)}'"},
       .message = "INFORMATIONAL response {}",
       .foreign = true});
  return all;
}

// Routers of MRKMP and key servers.
std::vector<Exchange> of_groups() {
  std::vector<Exchange> all;
  const auto add = [&](Exchange one, bool keyserver) {
    one.role = "router";
    one.ikev2 = false;
    one.needs = {"control", keyserver ? "keyservers" : "mrkmp"};
    one.setup = keyserver ? "{use: keyserver}" : "{use: mrkmp}";
    one.alive = "mrkmp_init";
    one.fresh = true;
    all.push_back(std::move(one));
  };
  add({.name = "mrkmp-init",
       .before = {"use: group-gcks"},
       .message = "mrkmp_init {SAi1, KEi, Ni}"},
      false);
  add({.name = "mrkmp-join",
       .before = {"use: group-gcks", "use: group-init"},
       .message = "mrkmp_auth {IDi, AUTH, GROUP, INC}",
       .foreign = true},
      false);
  add({.name = "mrkmp-join-answer",
       .before = {"use: group-asked"},
       .message = "mrkmp_auth {IDr, AUTH, KD, SEQ}"},
      false);
  add({.name = "mrkmp-advertisement",
       .before = {"use: group-gcks"},
       .message = "mrkmp_advert {GROUP, ADV}"},
      false);
  add({.name = "mrkmp-key-update",
       .before = {"use: group-member"},
       .message = "mrkmp_group {SEQ, GROUP, GKM, KD}"},
      false);
  add({.name = "key-server-pull",
       .before = {"use: ks-associated"},
       .message = "ks_group {KD}",
       .foreign = true},
      true);
  add({.name = "key-server-push",
       .before = {"use: ks-associated"},
       .message = "ks_group request {KD(push)}"},
      true);
  return all;
}

}  // namespace

const std::vector<Exchange>& exchanges() {
  static const std::vector<Exchange> all = [] {
    std::vector<Exchange> out = of_responder();
    for (auto&& list : {forged(), of_initiator(), of_groups()})
      out.insert(out.end(), list.begin(), list.end());
    return out;
  }();
  return all;
}

}  // namespace karpspec::fuzz
