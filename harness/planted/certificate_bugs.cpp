#include "planted/parser.h"

namespace karpspec::planted {
namespace {

// One value of DER: its tag, and where its contents are.
struct Der {
  std::uint8_t tag = 0;
  std::size_t begin = 0, size = 0;
};

// Reads the value at AT; false where it does not fit.
bool read_der(const std::vector<std::uint8_t>& in, std::size_t at, std::size_t end, Der& out) {
  if (at + 2 > end)
    return false;
  out.tag = in[at];
  std::size_t size = in[at + 1];
  at += 2;
  if ((size & 0x80U) != 0) {
    const std::size_t octets = size & 0x7fU;
    if (octets == 0 || octets > 3 || at + octets > end)
      return false;
    size = 0;
    for (std::size_t i = 0; i < octets; ++i)
      size = (size << 8U) | in[at++];
  }
  if (size > end - at)
    return false;
  out.begin = at;
  out.size = size;
  return true;
}

// Where the value behind the one at AT begins, in 32 bits.
[[gnu::noinline]] void skip_der(const Block& der) {
  std::uint32_t size = 0;
  const std::uint32_t octets = der.data()[2] & 0x7fU;
  for (std::uint32_t i = 0; i < octets && i < 4; ++i)
    size = (size << 8U) | der.data()[3 + i];
  const std::uint32_t next = 3U + octets + size;  // wraps
  if (next < der.size())
    sink = der.data()[std::size_t{3} + octets + size];
}

struct Names {
  std::vector<std::uint8_t> issuer, subject;
};

// Issuer and subject of a certificate, as octets.
bool read_names(const std::vector<std::uint8_t>& certificate, Names& out) {
  Der whole, tbs, field;
  if (!read_der(certificate, 0, certificate.size(), whole) ||
      !read_der(certificate, whole.begin, whole.begin + whole.size, tbs))
    return false;
  std::size_t at = tbs.begin;
  const std::size_t end = tbs.begin + tbs.size;
  std::vector<Der> fields;
  while (fields.size() < 7 && read_der(certificate, at, end, field)) {
    if (field.tag != 0xa0)  // the version
      fields.push_back(field);
    at = field.begin + field.size;
  }
  if (fields.size() < 5)
    return false;
  const auto octets = [&](const Der& der) {
    const auto from = certificate.begin() + static_cast<std::ptrdiff_t>(der.begin);
    return std::vector<std::uint8_t>(from, from + static_cast<std::ptrdiff_t>(der.size));
  };
  out.issuer = octets(fields[2]);
  out.subject = octets(fields[4]);
  return true;
}

// From the first certificate on to the issuer of each, until there is none.
[[gnu::noinline]] void follow(const std::vector<Names>& all) {
  std::size_t at = 0;
  for (bool found = true; found;) {
    found = false;
    for (std::size_t i = 0; i < all.size() && !found; ++i) {
      if (all[i].subject == all[at].issuer) {
        at = i;
        found = true;
      }
    }
    sink = static_cast<std::uint8_t>(at);
  }
}

}  // namespace

void Parser::read_certificate(MessageView& message, const Block& body) {
  if (body.size() < 8)
    return;
  if (has(Bug::certificate_length) && (body.data()[2] & 0x80U) != 0)
    skip_der(body);
  message.certificates.emplace_back(body.data() + 1, body.data() + body.size());
}

void Parser::follow_certificates(const MessageView& message) {
  if (!has(Bug::certificate_loop))
    return;
  std::vector<Names> all;
  for (const auto& certificate : message.certificates) {
    Names names;
    if (read_names(certificate, names))
      all.push_back(std::move(names));
  }
  if (!all.empty())
    follow(all);
}

}  // namespace karpspec::planted
