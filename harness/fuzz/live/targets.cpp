#include <algorithm>

#include "fuzz/live/campaign.h"

namespace karpspec::fuzz {
namespace {

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string why_not(const Exchange& exchange, const script::Claims& claims) {
  if (claims.only_marked_ikev2 && !exchange.ikev2)
    return "the device speaks IKEv2 alone";
  if (exchange.role != "router" && !has(claims.roles, exchange.role))
    return "the PICS does not claim the role of " + exchange.role;
  for (const std::string& item : exchange.needs)
    if (!has(claims.items, item))
      return "the PICS does not claim '" + item + "'";
  return {};
}

}  // namespace

Result<std::vector<Target>> find_targets(Session& session, const script::Claims& claims,
                                         const Material& material, const wire::CodePoints& numbers,
                                         const Deadlines& deadlines,
                                         const std::vector<std::string>& only,
                                         std::vector<LeftOut>& left_out) {
  std::vector<Target> out;
  Deadlines generous = deadlines;
  generous.alive_ms *= 4;
  for (const Exchange& exchange : exchanges()) {
    if (!only.empty() && !has(only, exchange.name))
      continue;
    if (std::string reason = why_not(exchange, claims); !reason.empty()) {
      left_out.push_back({exchange.name, std::move(reason)});
      continue;
    }
    Case plain;
    plain.exchange = &exchange;
    // Of a forged message the original is enough: what is sent is as it should be but for the
    // forgery.
    KARPSPEC_TRY(played, session.play(plain, generous, "plain-" + exchange.name));
    if (played.end != Played::End::served) {
      KARPSPEC_TRY(again, session.play(plain, generous, "plain-again-" + exchange.name, true));
      played = std::move(again);
    }
    // An exchange that the device does not survive as it is: that is found, and no more to alter.
    if (played.end == Played::End::died || played.end == Played::End::not_served ||
        played.end == Played::End::state_changed) {
      out.push_back({&exchange, {{"message", exchange.name, "as it should be", {}, {}, 1}}, {}});
      session.renew();
      continue;
    }
    if (played.end != Played::End::served || !played.altered) {
      left_out.push_back({exchange.name, "it does not go through as it should: " + played.reason});
      session.renew();
      continue;
    }
    Target target;
    target.exchange = &exchange;
    wire::CodePoints points = numbers;
    points.mrkmp = exchange.role == "router";
    target.fields = operations_of(exchange, *played.altered, material, points);
    target.octets = octet_operations(exchange, *played.altered, points);
    out.push_back(std::move(target));
  }
  return out;
}

}  // namespace karpspec::fuzz
