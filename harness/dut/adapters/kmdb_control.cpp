#include "dut/adapters/kmdb_control.h"

#include <algorithm>
#include <cmath>

#include "dut/adapters/members.h"
#include "dut/adapters/router_config.h"

namespace karpspec::dut {
namespace {

using oracle::kmdb::KeyRequest;
using oracle::kmdb::Notification;
using oracle::kmdb::RequestInfo;

// Who needs a key for what with whom; the rest is for request_from().
Result<KeyRequest> subject_from(const Json& params) {
  KeyRequest request;
  KARPSPEC_TRY(client, text_member(params, "client"));
  KARPSPEC_TRY(peer, text_member(params, "peer"));
  KARPSPEC_TRY(protocol, routing_protocol_from(params.value("protocol", Json())));
  request.client = std::move(client);
  request.peer = std::move(peer);
  request.protocol = protocol;
  return request;
}

Result<KeyRequest> request_from(const Json& params) {
  KARPSPEC_TRY(request, subject_from(params));
  if (const auto found = params.find("transforms"); found != params.end()) {
    KARPSPEC_TRY(pairs, pairs_from(*found));
    request.pairs = std::move(pairs);
  }
  if (const auto found = params.find("life"); found != params.end()) {
    if (!found->is_number() || *found < 0 || *found > 1e9)
      return fail(ErrorCode::bad_value, "life: expected seconds");
    request.life = Duration{std::llround(found->get<double>() * 1e6)};
  }
  const Json passive = params.value("passive", Json(false));
  if (!passive.is_boolean())
    return fail(ErrorCode::bad_value, "passive: expected true or false");
  request.passive = passive.get<bool>();
  return request;
}

Json request_json(const RequestInfo& info) {
  const KeyRequest& request = info.request;
  Json out = {{"client", request.client},
              {"peer", request.peer},
              {"protocol", routing_protocol_name(request.protocol)},
              {"passive", request.passive},
              {"state", to_string(info.state)},
              {"tries", info.tries},
              {"rows", info.rows}};
  if (!request.pairs.empty()) {
    Json pairs = Json::array();
    for (const oracle::TcpAoPair& pair : request.pairs)
      pairs.push_back({pair.auth_alg, pair.kdf});
    out["transforms"] = std::move(pairs);
  }
  if (request.life)
    out["life"] = std::chrono::duration<double>(*request.life).count();
  return out;
}

Json notification_json(const Notification& one) {
  Json out = {{"n", one.n},
              {"time", keytable::to_text(one.time)},
              {"kind", one.kind},
              {"peer", one.peer},
              {"protocol", routing_protocol_name(one.protocol)},
              {"text", one.text}};
  if (!one.row.empty())
    out["row"] = one.row;
  if (one.mode)
    out["mode"] = to_string(*one.mode);
  if (!one.reason.empty())
    out["reason"] = one.reason;
  if (one.send_end)
    out["SendLifetimeEnd"] = keytable::to_text(*one.send_end);
  if (one.accept_end)
    out["AcceptLifetimeEnd"] = keytable::to_text(*one.accept_end);
  return out;
}

}  // namespace

bool is_kmdb_method(std::string_view method) {
  return method == "kmdb-request" || method == "kmdb-withdraw" || method == "kmdb-purge" ||
         method == "kmdb-requests" || method == "kmdb-notifications";
}

Result<Json> kmdb_command(oracle::Router& router, std::string_view method, const Json& params,
                          Time now, std::vector<Datagram>& sent) {
  if (method == "kmdb-requests") {
    Json list = Json::array();
    for (const RequestInfo& info : router.requests())
      list.push_back(request_json(info));
    return Json{{"requests", std::move(list)}};
  }
  if (method == "kmdb-notifications") {
    KARPSPEC_TRY(client, text_member(params, "client"));
    const Json since = params.value("since", Json(0U));
    if (!since.is_number_unsigned())
      return fail(ErrorCode::bad_value, "since: expected a number");
    Json list = Json::array();
    for (const Notification& one : router.notifications(client, since.get<std::uint64_t>()))
      list.push_back(notification_json(one));
    return Json{{"notifications", std::move(list)}};
  }
  oracle::Router::Sent done = std::vector<Datagram>();
  if (method == "kmdb-request") {
    KARPSPEC_TRY(request, request_from(params));
    done = router.request_key(request, now);
  } else if (method == "kmdb-withdraw") {
    KARPSPEC_TRY(subject, subject_from(params));
    done = router.withdraw_request(subject.client, subject.peer, subject.protocol, now);
  } else {
    KARPSPEC_TRY(row, text_member(params, "row"));
    done = router.purge_row(row, now);
  }
  if (!done)
    return fail(ErrorCode::bad_value, done.error().message);
  sent.insert(sent.end(), done->begin(), done->end());
  return Json::object();
}

}  // namespace karpspec::dut
