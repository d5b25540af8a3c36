#include "interop/configuration.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace karpspec::interop {
namespace {

using dut::Json;

Result<std::string> text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || text.empty())
    return fail(ErrorCode::io, path + ": cannot be read");
  return text;
}

Json identity(const Place& place) {
  return {{"type", "ID_FQDN"}, {"value", place.identity}};
}

}  // namespace

Result<Json> configuration(const Matrix& matrix, const Cell& cell, bool of_initiator,
                           const std::string& credentials) {
  const Place& own = of_initiator ? initiator_place : responder_place;
  const Place& other = of_initiator ? responder_place : initiator_place;
  const std::string child = cell.exchange->child;
  Json peer = {{"name", peer_name},
               {"address", other.address},
               {"port", ike_port},
               {"identity", identity(other)},
               {"child", child}};
  if (child == "rkmp")
    peer["protocols"] = Json::array({{{"protocol", routing_protocol},
                                      {"transforms", Json::array({{1, 1}, {2, 2}})},
                                      {"options", "any"}}});
  Json out = {{"identity", identity(own)},
              {"ike_proposals", matrix.ike_proposals},
              {"cookies", "never"},
              // Nothing gets lost on a bridge; what is repeated was not answered.
              {"timers", {{"retransmit_first", 1}, {"retransmit_tries", 3}, {"half_open", 30}}}};
  if (cell.exchange->certificates) {
    KARPSPEC_TRY(key, text_of(credentials + "/" + own.credential + ".key"));
    KARPSPEC_TRY(certificate, text_of(credentials + "/" + own.credential + ".crt"));
    KARPSPEC_TRY(authority, text_of(credentials + "/ca.crt"));
    out["credentials"] = Json::array({{{"name", own.credential},
                                       {"private_key", std::move(key)},
                                       {"certificates", Json::array({std::move(certificate)})}}});
    peer["auth"] = "signature";
    peer["trust"] = {{"anchors", Json::array({std::move(authority)})}};
  } else {
    peer["auth"] = "psk";
    peer["psk"] = preshared_key;
  }
  out["peers"] = Json::array({std::move(peer)});
  const MatrixDevice& device = of_initiator ? *cell.initiator : *cell.responder;
  script::merge(out, device.dut.device_setup);
  script::merge(out, device.setup);
  return out;
}

std::vector<std::string> suites_in_common(const Json& a, const Json& b) {
  std::vector<std::string> out;
  for (const Json& suite : a.value("ike_proposals", Json::array())) {
    const Json others = b.value("ike_proposals", Json::array());
    if (suite.is_string() && std::find(others.begin(), others.end(), suite) != others.end())
      out.push_back(suite.get<std::string>());
  }
  return out;
}

}  // namespace karpspec::interop
