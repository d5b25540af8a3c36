#include "script/keyserver_packet.h"

#include <algorithm>

#include "oracle/keyserver/esp.h"
#include "transcript/number.h"

namespace karpspec::script {
namespace {

using oracle::keyserver::DataKey;
using oracle::keyserver::EspPacket;
using oracle::keyserver::GroupId;
using oracle::keyserver::GroupKeys;

constexpr std::uint8_t pim = 103;  // of IP

std::string member_text(const Json& object, const char* member) {
  const Json value = object.value(member, Json());
  return value.is_string() ? value.get<std::string>() : std::string();
}

// What PACKET does not say of its group is that of PARAMS.
GroupId group_of(const Json& params, const Json& packet, const std::string& speaker) {
  const auto of_group = [&](const char* member) {
    return packet.contains(member) ? member_text(packet, member) : member_text(params, member);
  };
  return {speaker, member_text(params, "vrf"), of_group("interface"), of_group("protocol")};
}

// A number up to MOST, or the text of one, as what was kept with `bind` may be.
Result<std::uint64_t> number_at(const Json& packet, const char* member, std::uint64_t most) {
  const Json value = packet.value(member, Json());
  std::optional<std::uint64_t> number;
  if (value.is_number_unsigned())
    number = value.get<std::uint64_t>();
  else if (value.is_string())
    number = transcript::read_number(value.get_ref<const std::string&>());
  if (!number || *number > most)
    return fail(ErrorCode::bad_value,
                std::string("esp.") + member + ": expected a number up to " + std::to_string(most));
  return *number;
}

Result<std::optional<std::uint32_t>> spi_at(const Json& packet, const char* member) {
  if (!packet.contains(member))
    return std::optional<std::uint32_t>();
  KARPSPEC_TRY(number, number_at(packet, member, 0xffffffff));
  return std::optional(static_cast<std::uint32_t>(number));
}

}  // namespace

Result<Json> with_sealed_packet(Json params, const KeyserverEnd& end) {
  const auto found = params.find("esp");
  if (found == params.end())
    return params;
  const Json packet = *found;
  params.erase(found);
  if (!packet.is_object())
    return fail(ErrorCode::bad_value, "esp: expected a map");
  const std::string speaker = member_text(packet, "speaker");
  const GroupKeys* known = end.keys(group_of(params, packet, speaker));
  KARPSPEC_TRY(wanted, spi_at(packet, "key"));
  const DataKey* key = nullptr;
  if (known != nullptr)
    for (const DataKey& each : known->keys)
      if (wanted ? each.key.id == *wanted : key == nullptr || key->order < each.order)
        key = &each;
  if (key == nullptr)
    return fail(ErrorCode::not_found, "esp: the tester knows no such key of '" + speaker + "'");
  EspPacket out;
  KARPSPEC_TRY(spi, spi_at(packet, "spi"));
  out.spi = spi.value_or(key->key.id);
  KARPSPEC_TRY(sequence, number_at(packet, "sequence", 0xffffffff));
  out.sequence = static_cast<std::uint32_t>(sequence);
  out.next_header = pim;
  if (packet.contains("next_header")) {
    KARPSPEC_TRY(number, number_at(packet, "next_header", 255));
    out.next_header = static_cast<std::uint8_t>(number);
  }
  auto payload = from_hex(member_text(packet, "payload"));
  if (!payload || payload->empty())
    return fail(ErrorCode::bad_value, "esp.payload: expected octets in hex");
  out.payload = *std::move(payload);
  KARPSPEC_TRY(octets, oracle::keyserver::seal_esp(out, key->key.algorithm, key->key.key));
  params["payload"] = to_hex(octets);
  return params;
}

void add_opened_packet(const Json& params, const KeyserverEnd& end, Json& result) {
  if (!result.is_object() || result.value("fate", Json()) != "protect")
    return;
  const auto octets = from_hex(member_text(result, "octets"));
  const GroupKeys* known = end.keys(group_of(params, Json::object(), end.device()));
  std::string problem = "the device has told of no key of this group";
  if (octets && known != nullptr) {
    const auto head = oracle::keyserver::read_esp_head(*octets);
    for (const DataKey& each : known->keys) {
      if (!head || each.key.id != head->spi) {
        problem = "no key that the device has told of has its SPI";
        continue;
      }
      const auto opened = oracle::keyserver::open_esp(*octets, each.key.algorithm, each.key.key);
      if (opened) {
        result["esp"] = {{"spi", opened->spi},
                         {"sequence", opened->sequence},
                         {"next_header", opened->next_header},
                         {"payload", to_hex(opened->payload)}};
        return;
      }
      problem = to_string(opened.error());
      break;
    }
  }
  result["esp"] = {{"problem", octets ? problem : "the octets are none"}};
}

}  // namespace karpspec::script
