#include "wire/sa_payload.h"

#include <algorithm>

#include "wire/codec.h"

namespace karpspec::wire {
namespace {

constexpr std::uint8_t more_proposals = 2;
constexpr std::uint8_t more_transforms = 3;
constexpr std::size_t least_transform = 8;  // octets

using Transforms = decltype(Proposal::transforms);

// Reads the "last or more" octet. IS_LAST is whether nothing follows.
Result<void> check_last(std::uint8_t octet, bool is_last, std::uint8_t more, const char* what,
                        std::size_t at) {
  const std::uint8_t wanted = is_last ? 0 : more;
  if (octet != wanted) {
    return fail(ErrorCode::bad_value,
                std::string(what) + " is marked " + std::to_string(octet) +
                    " where its place wants " + std::to_string(wanted),
                at);
  }
  return {};
}

Result<Attribute> read_attribute(Reader& in) {
  Attribute attribute;
  KARPSPEC_TRY(head, in.u16("attribute type"));
  KARPSPEC_TRY(second, in.u16("attribute value or length"));
  attribute.type = head & 0x7fffU;
  if ((head & 0x8000U) != 0) {
    attribute.value = second;
  } else {
    KARPSPEC_TRY(value, in.octets(second, "attribute value"));
    attribute.value = copy(value);
  }
  return attribute;
}

Result<Transform> read_transform(Reader& in, std::uint8_t reserved) {
  Transform transform;
  transform.reserved1 = reserved;
  KARPSPEC_TRY(type, in.u8("transform type"));
  KARPSPEC_TRY(reserved2, in.u8("transform reserved field"));
  KARPSPEC_TRY(id, in.u16("transform ID"));
  transform.type = type;
  transform.reserved2 = reserved2;
  transform.id = id;
  while (!in.empty()) {
    KARPSPEC_TRY(attribute, read_attribute(in));
    transform.attributes.push_back(std::move(attribute));
  }
  return transform;
}

Result<TcpAoTransform> read_tcp_ao_transform(Reader& in, std::uint8_t reserved) {
  TcpAoTransform transform;
  transform.reserved = reserved;
  KARPSPEC_TRY(send_id, in.u8("SendID"));
  KARPSPEC_TRY(auth_alg, in.u8("Auth Alg"));
  KARPSPEC_TRY(kdf, in.u8("KDF"));
  KARPSPEC_TRY(flags, in.u8("TCP-AO flags"));
  KARPSPEC_CHECK(in.finish("TCP-AO transform"));
  transform.send_id = send_id;
  transform.auth_alg = auth_alg;
  transform.kdf = kdf;
  transform.flags = flags;
  return transform;
}

// Reads one transform of the kind that LIST holds, and appends it.
Result<void> read_one_transform(Reader& in, Transforms& list) {
  const std::size_t start = in.offset();
  KARPSPEC_TRY(last, in.u8("last transform octet"));
  KARPSPEC_TRY(reserved, in.u8("transform reserved field"));
  KARPSPEC_TRY(length, in.u16("transform length"));
  auto* tcp_ao = std::get_if<std::vector<TcpAoTransform>>(&list);
  if (length < least_transform || (tcp_ao != nullptr && length != least_transform)) {
    return fail(ErrorCode::bad_length,
                "transform length is " + std::to_string(length) +
                    (tcp_ao != nullptr ? ", a TCP-AO transform has 8" : ", the least is 8"),
                start + 2);
  }
  KARPSPEC_TRY(body, in.sub(length - 4U, "transform"));
  KARPSPEC_CHECK(check_last(last, in.empty(), more_transforms, "transform", start));
  if (tcp_ao != nullptr) {
    KARPSPEC_TRY(transform, read_tcp_ao_transform(body, reserved));
    tcp_ao->push_back(transform);
  } else {
    KARPSPEC_TRY(transform, read_transform(body, reserved));
    std::get<std::vector<Transform>>(list).push_back(std::move(transform));
  }
  return {};
}

Result<Proposal> read_proposal(Reader& in, const CodePoints& numbers, bool& is_last) {
  Proposal proposal;
  const std::size_t start = in.offset();
  KARPSPEC_TRY(last, in.u8("last proposal octet"));
  KARPSPEC_TRY(reserved, in.u8("proposal reserved field"));
  KARPSPEC_TRY(length, in.u16("proposal length"));
  if (length < 8)
    return fail(ErrorCode::bad_length, "proposal length below 8", start + 2);
  KARPSPEC_TRY(body, in.sub(length - 4U, "proposal"));
  is_last = in.empty();
  KARPSPEC_CHECK(check_last(last, is_last, more_proposals, "proposal", start));
  KARPSPEC_TRY(number, body.u8("proposal number"));
  KARPSPEC_TRY(protocol, body.u8("proposal protocol ID"));
  KARPSPEC_TRY(spi_size, body.u8("proposal SPI size"));
  KARPSPEC_TRY(count, body.u8("number of transforms"));
  KARPSPEC_TRY(spi, body.octets(spi_size, "proposal SPI"));
  proposal.reserved = reserved;
  proposal.number = number;
  proposal.protocol = protocol;
  proposal.spi = copy(spi);
  if (protocol == numbers.tcp_ao_protocol)
    proposal.transforms = std::vector<TcpAoTransform>{};
  const std::size_t room_for = std::min<std::size_t>(count, body.left() / least_transform);
  std::visit([room_for](auto& list) { list.reserve(room_for); }, proposal.transforms);
  unsigned held = 0;
  for (; !body.empty() && held < count; ++held) {
    KARPSPEC_CHECK(read_one_transform(body, proposal.transforms));
  }
  if (held != count || !body.empty()) {
    return fail(ErrorCode::bad_length,
                "proposal counts " + std::to_string(count) + " transforms and holds " +
                    (held == count ? "more" : std::to_string(held)),
                start + 7);
  }
  return proposal;
}

void write_transform(Writer& out, const Transform& transform) {
  out.u8(transform.type, "type");
  out.u8(transform.reserved2, "reserved2");
  out.u16(transform.id, "id");
  for (std::size_t k = 0; k < transform.attributes.size(); ++k) {
    const Attribute& attribute = transform.attributes[k];
    const auto scope = out.scope("attributes", k + 1);
    if (const auto* value = std::get_if<std::uint16_t>(&attribute.value)) {
      out.u16(static_cast<std::uint16_t>(0x8000U | attribute.type), "type");
      out.u16(*value, "value");
    } else {
      const Octets& octets = std::get<Octets>(attribute.value);
      out.u16(attribute.type & 0x7fffU, "type");
      out.u16(static_cast<std::uint16_t>(octets.size()), "length");
      out.octets(octets, "value");
    }
  }
}

void write_transform(Writer& out, const TcpAoTransform& transform) {
  out.u8(transform.send_id, "send_id");
  out.u8(transform.auth_alg, "auth_alg");
  out.u8(transform.kdf, "kdf");
  out.u8(transform.flags, "flags");
}

std::pair<std::uint8_t, const char*> reserved_of(const Transform& transform) {
  return {transform.reserved1, "reserved1"};
}
std::pair<std::uint8_t, const char*> reserved_of(const TcpAoTransform& transform) {
  return {transform.reserved, "reserved"};
}

template <class T>
void write_transforms(Writer& out, const std::vector<T>& transforms) {
  for (std::size_t j = 0; j < transforms.size(); ++j) {
    const auto scope = out.scope("transforms", j + 1);
    const std::size_t from = out.size();
    out.u8(j + 1 == transforms.size() ? 0 : more_transforms, "last");
    const auto [reserved, name] = reserved_of(transforms[j]);
    out.u8(reserved, name);
    const auto length = out.length16(from, "length");
    write_transform(out, transforms[j]);
  }
}

}  // namespace

Transform make_transform(TransformType type, std::uint16_t id, std::uint16_t key_bits) {
  Transform result;
  result.type = static_cast<std::uint8_t>(type);
  result.id = id;
  if (key_bits != 0)
    result.attributes.push_back({Attribute::key_length, key_bits});
  return result;
}

std::optional<std::uint16_t> Transform::key_length() const {
  for (const Attribute& attribute : attributes) {
    if (attribute.type != Attribute::key_length)
      continue;
    if (const auto* bits = std::get_if<std::uint16_t>(&attribute.value))
      return *bits;
  }
  return std::nullopt;
}

Result<SaPayload> read_sa(Reader& in, const CodePoints& numbers) {
  SaPayload body;
  bool is_last = in.empty();
  while (!is_last) {
    KARPSPEC_TRY(proposal, read_proposal(in, numbers, is_last));
    body.proposals.push_back(std::move(proposal));
  }
  return body;
}

void write(Writer& out, const SaPayload& body) {
  for (std::size_t i = 0; i < body.proposals.size(); ++i) {
    const Proposal& proposal = body.proposals[i];
    const auto scope = out.scope("proposals", i + 1);
    const std::size_t from = out.size();
    out.u8(i + 1 == body.proposals.size() ? 0 : more_proposals, "last");
    out.u8(proposal.reserved, "reserved");
    const auto length = out.length16(from, "length");
    out.u8(proposal.number, "number");
    out.u8(proposal.protocol, "protocol");
    out.u8(static_cast<std::uint8_t>(proposal.spi.size()), "spi_size");
    out.u8(std::visit([](const auto& list) { return static_cast<std::uint8_t>(list.size()); },
                      proposal.transforms),
           "num_transforms");
    out.octets(proposal.spi, "spi");
    std::visit([&out](const auto& list) { write_transforms(out, list); }, proposal.transforms);
  }
}

}  // namespace karpspec::wire
