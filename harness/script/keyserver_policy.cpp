#include "script/keyserver_policy.h"

#include <algorithm>
#include <initializer_list>
#include <limits>

namespace karpspec::script {
namespace {

namespace keyserver = oracle::keyserver;

// One object of the policy, whose members are taken one after the other; what is wrong first is
// kept.
class Members {
 public:
  Members(const Json& object, std::string where, std::initializer_list<const char*> known)
      : object_(object), where_(std::move(where)) {
    if (!object.is_object()) {
      wrong("", "expected an object");
      return;
    }
    for (const auto& [name, value] : object.items())
      if (std::find(known.begin(), known.end(), name) == known.end())
        wrong(name, "is no member of it");
  }

  std::string text(const char* member, bool needed) {
    const Json value = get(member);
    if (value.is_string())
      return value.get<std::string>();
    if (needed || !value.is_null())
      wrong(member, "expected a text");
    return {};
  }
  std::uint64_t number(const char* member, std::uint64_t otherwise, std::uint64_t most) {
    const Json value = get(member);
    if (value.is_null())
      return otherwise;
    if (value.is_number_unsigned() && value <= most)
      return value.get<std::uint64_t>();
    wrong(member, "expected a number up to " + std::to_string(most));
    return otherwise;
  }
  Duration seconds(const char* member, Duration otherwise, std::uint64_t most = 65535) {
    if (get(member).is_null())
      return otherwise;
    return std::chrono::seconds{number(member, 0, most)};
  }
  bool flag(const char* member) {
    const Json value = get(member);
    if (!value.is_null() && !value.is_boolean())
      wrong(member, "expected true or false");
    return value == true;
  }
  [[nodiscard]] Json get(const char* member) const {
    return object_.is_object() ? object_.value(member, Json()) : Json();
  }
  // FIRST wrong thing.
  void wrong(const std::string& member, const std::string& why) {
    if (problem_.empty())
      problem_ = where_ + (member.empty() ? "" : "." + member) + ": " + why;
  }
  [[nodiscard]] Result<void> result() const {
    if (problem_.empty())
      return {};
    return fail(ErrorCode::bad_value, problem_);
  }

 private:
  const Json& object_;
  std::string where_, problem_;
};

Result<void> read_permission(const Json& value, const std::string& where,
                             keyserver::DomainPolicy& out) {
  Members in(value, where, {"speaker", "receiver", "vrf", "interface", "protocol", "both"});
  const std::string speaker = in.text("speaker", true), receiver = in.text("receiver", true);
  const keyserver::GroupId group{speaker, in.text("vrf", false), in.text("interface", true),
                                 in.text("protocol", true)};
  if (in.flag("both"))
    out.permit_both(speaker, receiver, group.vrf, group.interface, group.protocol);
  else
    out.permissions.push_back({group, receiver, {}});
  return in.result();
}

Result<void> read_interface(const Json& value, const std::string& where,
                            keyserver::DomainPolicy& out) {
  Members in(value, where, {"router", "vrf", "interface", "mode", "central", "permit_for"});
  keyserver::InterfacePolicy entry;
  entry.router = in.text("router", true);
  entry.vrf = in.text("vrf", false);
  entry.interface = in.text("interface", true);
  entry.central = in.flag("central");
  entry.permit_for =
      in.seconds("permit_for", Duration::zero(), std::numeric_limits<std::uint32_t>::max());
  const std::string mode = in.text("mode", true);
  bool known = false;
  for (const auto each : {keyserver::Mode::off, keyserver::Mode::permit, keyserver::Mode::require})
    if (mode == keyserver::mode_name(each)) {
      entry.mode = each;
      known = true;
    }
  if (!known)
    in.wrong("mode", "expected off, permit or require");
  out.interfaces.push_back(std::move(entry));
  return in.result();
}

Result<void> read_reconnect(const Json& value, const std::string& where,
                            keyserver::Reconnect& out) {
  Members in(value, where, {"first", "longest", "spread", "jitter", "addresses"});
  out.first = in.seconds("first", out.first);
  out.longest = in.seconds("longest", out.longest);
  out.spread = in.seconds("spread", out.spread);
  out.jitter_percent = static_cast<unsigned>(in.number("jitter", out.jitter_percent, 100));
  for (const Json& address : in.get("addresses"))
    if (address.is_string() && wire::IpAddress::from_text(address.get<std::string>()))
      out.addresses.push_back(address.get<std::string>());
    else
      in.wrong("addresses", "expected addresses");
  return in.result();
}

Result<wire::Material> read_material(const Json& value, const std::string& where) {
  Members in(value, where, {"kind", "value"});
  const std::string kind = in.text("kind", true), text = in.text("value", true);
  wire::Material out;
  if (kind == "address") {
    out.kind = wire::Material::address;
    if (const auto address = wire::IpAddress::from_text(text))
      out.value.assign(address->octets().begin(), address->octets().end());
    else
      in.wrong("value", "expected an address");
  } else if (kind == "key-sha256" || kind == "anchor") {
    out.kind = kind == "anchor" ? wire::Material::anchor : wire::Material::key_sha256;
    if (auto octets = from_hex(text))
      out.value = *std::move(octets);
    else
      in.wrong("value", "expected octets in hex");
  } else {
    in.wrong("kind", "expected address, key-sha256 or anchor");
  }
  KARPSPEC_CHECK(in.result());
  return out;
}

// READ each of the list MEMBER, where there is one.
template <class Read>
Result<void> each_of(const Json& value, const std::string& where, Read&& read) {
  if (value.is_null())
    return {};
  if (!value.is_array())
    return fail(ErrorCode::bad_value, where + ": expected a list");
  for (std::size_t i = 0; i < value.size(); ++i)
    KARPSPEC_CHECK(read(value[i], where + "[" + std::to_string(i + 1) + "]"));
  return {};
}

}  // namespace

Result<keyserver::DomainPolicy> read_domain_policy(const Json& value, const std::string& where) {
  keyserver::DomainPolicy out;
  Members in(value, where, {"version", "permissions", "interfaces", "reconnect", "materials"});
  out.version = in.number("version", 1, std::numeric_limits<std::uint64_t>::max());
  KARPSPEC_CHECK(in.result());
  KARPSPEC_CHECK(each_of(
      in.get("permissions"), where + ".permissions",
      [&](const Json& each, const std::string& at) { return read_permission(each, at, out); }));
  KARPSPEC_CHECK(each_of(
      in.get("interfaces"), where + ".interfaces",
      [&](const Json& each, const std::string& at) { return read_interface(each, at, out); }));
  if (const Json reconnect = in.get("reconnect"); !reconnect.is_null())
    KARPSPEC_CHECK(read_reconnect(reconnect, where + ".reconnect", out.reconnect));
  const Json materials = in.get("materials");
  if (!materials.is_null() && !materials.is_object())
    return fail(ErrorCode::bad_value, where + ".materials: expected lists by router");
  for (const auto& [router, list] : materials.items()) {
    std::vector<wire::Material>& of_router = out.materials[router];
    KARPSPEC_CHECK(each_of(list, where + ".materials." + router,
                           [&of_router](const Json& each, const std::string& at) -> Result<void> {
                             KARPSPEC_TRY(material, read_material(each, at));
                             of_router.push_back(std::move(material));
                             return {};
                           }));
  }
  return out;
}

}  // namespace karpspec::script
