#include "interop/holdings.h"

#include <algorithm>

namespace karpspec::interop {
namespace {

using Action = Exchange::Action;
using dut::Json;

std::string number(const Json& child, const char* name) {
  const Json value = child.value(name, Json());
  return value.is_number() ? value.dump() : "?";
}

HeldChild child_of(const Json& child) {
  if (child.value("kind", Json()) == "esp") {
    const std::string in = number(child, "spi_in"), out = number(child, "spi_out");
    return {"esp in " + in + " out " + out, "esp in " + out + " out " + in, false};
  }
  const Json protocol = child.value("protocol", Json("?"));
  const std::string what = (protocol.is_string() ? protocol.get<std::string>() : protocol.dump()) +
                           " key, algorithms " + number(child, "auth_alg") + " and " +
                           number(child, "kdf");
  const std::string send = number(child, "send_id"), receive = number(child, "recv_id");
  return {what + ", KeyIDs " + send + " and " + receive,
          what + ", KeyIDs " + receive + " and " + send, true};
}

std::vector<const HeldSa*> established(const Holdings& holdings) {
  std::vector<const HeldSa*> out;
  for (const HeldSa& sa : holdings)
    if (sa.established())
      out.push_back(&sa);
  return out;
}

std::vector<HeldChild> children(const Holdings& holdings) {
  std::vector<HeldChild> out;
  for (const HeldSa* sa : established(holdings))
    out.insert(out.end(), sa->children.begin(), sa->children.end());
  return out;
}

std::vector<HeldChild> without_lingering(std::vector<HeldChild> list) {
  std::erase_if(list, [](const HeldChild& child) { return child.may_linger; });
  return list;
}

bool has(const std::vector<HeldChild>& list, const HeldChild& child) {
  return std::find(list.begin(), list.end(), child) != list.end();
}

bool has(const std::vector<const HeldSa*>& list, const HeldSa& sa) {
  return std::any_of(list.begin(), list.end(),
                     [&](const HeldSa* other) { return other->same_sa(sa); });
}

std::string lacks_replacement(const Holdings& before, const Holdings& now) {
  const auto was = established(before), is = established(now);
  const auto fresh =
      std::find_if(is.begin(), is.end(), [&](const HeldSa* sa) { return !has(was, *sa); });
  if (fresh == is.end())
    return "has no new IKE SA";
  if (std::any_of(was.begin(), was.end(), [&](const HeldSa* sa) { return has(is, *sa); }))
    return "still has the old IKE SA";
  return (*fresh)->children.empty() ? "has no child below the new IKE SA" : "";
}

std::string lacks_new_child(const Holdings& before, const Holdings& now) {
  const auto was = children(before), is = children(now);
  if (std::all_of(is.begin(), is.end(), [&](const HeldChild& child) { return has(was, child); }))
    return "has no new child";
  const auto old = without_lingering(was);
  return std::any_of(old.begin(), old.end(), [&](const HeldChild& child) { return has(is, child); })
             ? "still has the old child"
             : "";
}

}  // namespace

Result<Holdings> holdings_of(const Json& result) {
  const Json list = result.is_object() ? result.value("sas", Json()) : Json();
  if (!list.is_array())
    return fail(ErrorCode::io, "its answer to 'sas' has no list");
  Holdings out;
  for (const Json& item : list) {
    HeldSa sa;
    for (const auto& [name, to] :
         {std::pair("spi_i", &sa.spi_i), {"spi_r", &sa.spi_r}, {"state", &sa.state}}) {
      const Json value = item.is_object() ? item.value(name, Json()) : Json();
      if (!value.is_string())
        return fail(ErrorCode::io,
                    std::string("its answer to 'sas' has an IKE SA without '") + name + "'");
      *to = value.get<std::string>();
    }
    for (const Json& child : item.value("children", Json::array()))
      if (child.is_object())
        sa.children.push_back(child_of(child));
    out.push_back(std::move(sa));
  }
  return out;
}

std::string in_words(const Holdings& holdings) {
  std::string out;
  for (const HeldSa& sa : holdings) {
    out += (out.empty() ? "" : "; ") + std::string("IKE SA ") + sa.spi_i + "/" + sa.spi_r + " " +
           sa.state;
    for (const HeldChild& child : sa.children)
      out += ", " + child.own;
  }
  return out.empty() ? "nothing" : out;
}

std::string lacks(Action action, const Holdings& before, const Holdings& now) {
  const auto standing = established(now);
  if (action == Action::delete_ike)
    return standing.empty() ? "" : "still has the IKE SA";
  if (standing.empty())
    return "has no IKE SA";
  switch (action) {
    case Action::initial:
      return children(now).empty() ? "has no child" : "";
    case Action::rekey_child:
      return lacks_new_child(before, now);
    case Action::rekey_ike:
    case Action::reauthenticate:
      return lacks_replacement(before, now);
    case Action::delete_child:
      return without_lingering(children(now)).empty() ? "" : "still has the child";
    case Action::liveness:
    case Action::delete_ike:
      break;
  }
  return "";
}

std::string disagreement(const Holdings& initiator, const Holdings& responder) {
  const auto a = established(initiator), b = established(responder);
  if (a.size() != b.size() ||
      !std::all_of(a.begin(), a.end(), [&](const HeldSa* sa) { return has(b, *sa); }))
    return "they name other IKE SAs";
  const auto mine = children(initiator), theirs = children(responder);
  const auto is_mirrored = [&](const HeldChild& child) {
    return has(theirs, HeldChild{child.mirrored, child.own, child.may_linger});
  };
  if (without_lingering(mine).size() != without_lingering(theirs).size() ||
      !std::all_of(mine.begin(), mine.end(), is_mirrored))
    return "they name other children";
  return "";
}

}  // namespace karpspec::interop
