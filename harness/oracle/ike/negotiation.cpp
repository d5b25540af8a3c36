#include "oracle/ike/negotiation.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace karpspec::oracle::ike {

namespace {

using wire::TransformType;
using Transforms = std::vector<wire::Transform>;

constexpr std::size_t most_suites = 64;

Transforms transforms_of(const crypto::IkeSuite& suite) {
  Transforms result;
  result.push_back(wire::make_transform(TransformType::ENCR, static_cast<std::uint16_t>(suite.encr),
                                        suite.key_bits));
  result.push_back(wire::make_transform(TransformType::PRF, static_cast<std::uint16_t>(suite.prf)));
  if (!crypto::is_aead(suite.encr))
    result.push_back(
        wire::make_transform(TransformType::INTEG, static_cast<std::uint16_t>(suite.integ)));
  result.push_back(wire::make_transform(TransformType::DH, static_cast<std::uint16_t>(suite.dh)));
  return result;
}

wire::Proposal make_proposal(std::uint8_t number, OctetView spi, Transforms transforms) {
  wire::Proposal proposal;
  proposal.number = number;
  proposal.protocol = static_cast<std::uint8_t>(wire::ProtocolId::IKE);
  proposal.spi.assign(spi.begin(), spi.end());
  proposal.transforms = std::move(transforms);
  return proposal;
}

// Whether no attribute but the key length is there (section 3.3.6).
bool attributes_known(const wire::Transform& candidate) {
  return std::all_of(candidate.attributes.begin(), candidate.attributes.end(),
                     [](const wire::Attribute& attribute) {
                       return attribute.type == wire::Attribute::key_length &&
                              std::holds_alternative<std::uint16_t>(attribute.value);
                     });
}

// The transforms of one type that can be chosen.
Transforms of_type(const Transforms& all, TransformType type) {
  Transforms result;
  for (const wire::Transform& candidate : all)
    if (candidate.type == static_cast<std::uint8_t>(type) && attributes_known(candidate) &&
        // Of the types known here only ciphers have a key length, and one (section 3.3.5).
        candidate.attributes.size() <= (type == TransformType::ENCR ? 1U : 0U))
      result.push_back(candidate);
  return result;
}

// The integrity algorithms that go with CIPHER: none with an AEAD, a real one otherwise.
std::vector<Integ> integrity_for(Encr cipher, const Transforms& all) {
  std::vector<Integ> result;
  const bool aead = crypto::is_aead(cipher);
  for (const wire::Transform& candidate : of_type(all, TransformType::INTEG))
    if ((candidate.id == 0) == aead)
      result.push_back(static_cast<Integ>(candidate.id));
  if (aead && !has_type(all, TransformType::INTEG))
    result.push_back(Integ::NONE);
  return result;
}

bool same_algorithm(const wire::Transform& a, const wire::Transform& b) {
  return a.type == b.type && a.id == b.id && a.attributes == b.attributes;
}

const std::pair<Encr, const char*> encr_names[] = {
    {Encr::AES_CBC, "AES_CBC"},
    {Encr::AES_GCM_16, "AES_GCM_16"},
    {Encr::CHACHA20_POLY1305, "CHACHA20_POLY1305"},
};
const std::pair<Integ, const char*> integ_names[] = {
    {Integ::HMAC_SHA1_96, "HMAC_SHA1_96"},
    {Integ::AES_XCBC_96, "AES_XCBC_96"},
    {Integ::AES_CMAC_96, "AES_CMAC_96"},
    {Integ::HMAC_SHA2_256_128, "HMAC_SHA2_256_128"},
    {Integ::HMAC_SHA2_384_192, "HMAC_SHA2_384_192"},
    {Integ::HMAC_SHA2_512_256, "HMAC_SHA2_512_256"},
};
const std::pair<Prf, const char*> prf_names[] = {
    {Prf::HMAC_SHA1, "HMAC_SHA1"},         {Prf::AES128_XCBC, "AES128_XCBC"},
    {Prf::HMAC_SHA2_256, "HMAC_SHA2_256"}, {Prf::HMAC_SHA2_384, "HMAC_SHA2_384"},
    {Prf::HMAC_SHA2_512, "HMAC_SHA2_512"}, {Prf::AES128_CMAC, "AES128_CMAC"},
};
const std::pair<DhGroup, const char*> dh_names[] = {
    {DhGroup::MODP_2048, "MODP_2048"},   {DhGroup::MODP_3072, "MODP_3072"},
    {DhGroup::MODP_4096, "MODP_4096"},   {DhGroup::ECP_256, "ECP_256"},
    {DhGroup::ECP_384, "ECP_384"},       {DhGroup::ECP_521, "ECP_521"},
    {DhGroup::CURVE25519, "CURVE25519"},
};

template <class T, std::size_t N>
std::string name_of(const std::pair<T, const char*> (&names)[N], T value) {
  for (const auto& [id, name] : names)
    if (id == value)
      return name;
  return std::to_string(static_cast<unsigned>(value));
}

template <class T, std::size_t N>
std::optional<T> value_of(const std::pair<T, const char*> (&names)[N], std::string_view name) {
  for (const auto& [id, known] : names)
    if (name == known)
      return id;
  return std::nullopt;
}

}  // namespace

bool has_type(const std::vector<wire::Transform>& transforms, wire::TransformType type) {
  return std::any_of(transforms.begin(), transforms.end(), [&](const wire::Transform& transform) {
    return transform.type == static_cast<std::uint8_t>(type);
  });
}

wire::Proposal proposal_of(const crypto::IkeSuite& suite, std::uint8_t number, OctetView spi) {
  return make_proposal(number, spi, transforms_of(suite));
}

wire::SaPayload offer(const std::vector<crypto::IkeSuite>& suites, OctetView spi) {
  wire::SaPayload sa;
  for (const crypto::IkeSuite& suite : suites)
    sa.proposals.push_back(
        proposal_of(suite, static_cast<std::uint8_t>(sa.proposals.size() + 1), spi));
  return sa;
}

wire::SaPayload offer_grouped(const std::vector<crypto::IkeSuite>& suites, OctetView spi) {
  wire::SaPayload sa;
  std::map<bool, std::size_t> place;  // by "is an AEAD": index of its proposal
  for (const crypto::IkeSuite& suite : suites) {
    const auto [at, fresh] = place.try_emplace(crypto::is_aead(suite.encr), sa.proposals.size());
    if (fresh)
      sa.proposals.push_back(
          make_proposal(static_cast<std::uint8_t>(sa.proposals.size() + 1), spi, {}));
    auto& transforms = std::get<Transforms>(sa.proposals[at->second].transforms);
    for (wire::Transform& wanted : transforms_of(suite)) {
      const bool there =
          std::any_of(transforms.begin(), transforms.end(),
                      [&](const wire::Transform& known) { return same_algorithm(known, wanted); });
      if (!there)
        transforms.push_back(std::move(wanted));
    }
  }
  for (wire::Proposal& proposal : sa.proposals) {
    auto& transforms = std::get<Transforms>(proposal.transforms);
    std::stable_sort(transforms.begin(), transforms.end(),
                     [](const auto& a, const auto& b) { return a.type < b.type; });
  }
  return sa;
}

std::vector<crypto::IkeSuite> suites_in(const wire::Proposal& proposal) {
  std::vector<crypto::IkeSuite> result;
  const auto* all = std::get_if<Transforms>(&proposal.transforms);
  if (all == nullptr)
    return result;
  // A proposal with a transform type that is unknown here cannot be accepted (section 3.3.6).
  for (const wire::Transform& candidate : *all)
    if (candidate.type == 0 || candidate.type > static_cast<std::uint8_t>(TransformType::DH))
      return result;
  const Transforms prfs = of_type(*all, TransformType::PRF);
  const Transforms groups = of_type(*all, TransformType::DH);
  for (const wire::Transform& encr : of_type(*all, TransformType::ENCR))
    for (const wire::Transform& prf : prfs)
      for (const Integ integ : integrity_for(static_cast<Encr>(encr.id), *all))
        for (const wire::Transform& group : groups) {
          if (result.size() == most_suites)
            return result;
          result.push_back({static_cast<Encr>(encr.id), encr.key_length().value_or(0), integ,
                            static_cast<Prf>(prf.id), static_cast<DhGroup>(group.id)});
        }
  return result;
}

std::optional<IkeChoice> choose(const wire::SaPayload& offered,
                                const std::vector<crypto::IkeSuite>& acceptable,
                                std::size_t spi_size, bool last) {
  std::optional<IkeChoice> found;
  for (const wire::Proposal& proposal : offered.proposals) {
    if (proposal.protocol != static_cast<std::uint8_t>(wire::ProtocolId::IKE) ||
        proposal.spi.size() != spi_size)
      continue;
    const auto candidates = suites_in(proposal);
    const auto wanted =
        std::find_if(acceptable.begin(), acceptable.end(), [&](const crypto::IkeSuite& suite) {
          return std::find(candidates.begin(), candidates.end(), suite) != candidates.end();
        });
    if (wanted == acceptable.end())
      continue;
    found = IkeChoice{*wanted, proposal.number, proposal.spi};
    if (!last)
      return found;
  }
  return found;
}

wire::SaPayload answer(const IkeChoice& choice, OctetView spi) {
  return {{proposal_of(choice.suite, choice.number, spi)}};
}

Result<IkeChoice> check_answer(const wire::SaPayload& offered, const wire::SaPayload& answered) {
  if (answered.proposals.size() != 1)
    return fail(ErrorCode::no_match, "the answer holds " +
                                         std::to_string(answered.proposals.size()) +
                                         " proposals instead of one");
  const wire::Proposal& chosen = answered.proposals.front();
  const auto suites = suites_in(chosen);
  const auto* transforms = std::get_if<Transforms>(&chosen.transforms);
  if (suites.size() != 1 || transforms == nullptr)
    return fail(ErrorCode::no_match, "the answered proposal is not one whole suite");
  for (const wire::Proposal& proposal : offered.proposals) {
    if (proposal.number != chosen.number || proposal.protocol != chosen.protocol ||
        proposal.spi.size() != chosen.spi.size())
      continue;
    const auto& candidates = std::get<Transforms>(proposal.transforms);
    const bool all_offered =
        std::all_of(transforms->begin(), transforms->end(), [&](const wire::Transform& got) {
          return std::any_of(
              candidates.begin(), candidates.end(),
              [&](const wire::Transform& candidate) { return same_algorithm(candidate, got); });
        });
    if (all_offered)
      return IkeChoice{suites.front(), chosen.number, chosen.spi};
  }
  return fail(ErrorCode::no_match, "the answered proposal is none of those offered");
}

std::string to_text(const crypto::IkeSuite& suite) {
  std::string text = name_of(encr_names, suite.encr);
  if (suite.key_bits != 0)
    text += "-" + std::to_string(suite.key_bits);
  text += "/";
  if (!crypto::is_aead(suite.encr))
    text += name_of(integ_names, suite.integ);
  return text + "/" + name_of(prf_names, suite.prf) + "/" + name_of(dh_names, suite.dh);
}

Result<crypto::IkeSuite> suite_from_text(std::string_view text) {
  const auto refuse = [&](const char* why) {
    return fail(ErrorCode::bad_value, "'" + std::string(text) + "': " + why);
  };
  std::vector<std::string_view> parts;
  for (std::string_view rest = text;;) {
    const std::size_t slash = rest.find('/');
    parts.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos)
      break;
    rest.remove_prefix(slash + 1);
  }
  if (parts.size() != 4)
    return refuse("a suite is written CIPHER/INTEGRITY/PRF/GROUP");
  crypto::IkeSuite suite;
  const std::size_t dash = parts[0].find('-');
  const auto encr = value_of(encr_names, parts[0].substr(0, dash));
  if (!encr)
    return refuse("unknown cipher");
  suite.encr = *encr;
  suite.key_bits = 0;
  if (dash != std::string_view::npos) {
    const std::string_view digits = parts[0].substr(dash + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), suite.key_bits);
    if (error != std::errc{} || end != digits.data() + digits.size())
      return refuse("the key length is not a number");
  }
  if (crypto::is_aead(suite.encr)) {
    if (!parts[1].empty())
      return refuse("an AEAD cipher takes no integrity algorithm");
    suite.integ = Integ::NONE;
  } else {
    const auto integ = value_of(integ_names, parts[1]);
    if (!integ)
      return refuse("unknown integrity algorithm");
    suite.integ = *integ;
  }
  const auto prf = value_of(prf_names, parts[2]);
  if (!prf)
    return refuse("unknown PRF");
  suite.prf = *prf;
  const auto dh = value_of(dh_names, parts[3]);
  if (!dh)
    return refuse("unknown group");
  suite.dh = *dh;
  if (!crypto::is_supported(suite))
    return refuse("not implemented");
  return suite;
}

}  // namespace karpspec::oracle::ike
