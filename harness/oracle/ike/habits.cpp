#include "oracle/ike/habits.h"

#include <algorithm>

#include "crypto/prf.h"
#include "oracle/ike/negotiation.h"

namespace karpspec::oracle::ike {

using wire::TransformType;
using Transforms = std::vector<wire::Transform>;

namespace {

Result<Secret> plain_skeyseed(const Core& core, Prf prf, OctetView ni, OctetView nr,
                              OctetView g_ir) {
  if (core.tunables.seed_nonces_swapped)
    std::swap(ni, nr);
  if (core.tunables.xcbc_whole_nonces)
    return crypto::prf(prf, concat({ni, nr}), {g_ir});
  return crypto::derive_skeyseed(prf, crypto::Ni{ni}, crypto::Nr{nr}, crypto::SharedSecret{g_ir});
}

// Whether the ID of a transform is one that has a meaning here.
bool id_known(const wire::Transform& transform) {
  crypto::IkeSuite suite;
  switch (static_cast<TransformType>(transform.type)) {
    case TransformType::ENCR:
      suite.encr = static_cast<Encr>(transform.id);
      suite.key_bits = transform.key_length().value_or(0);
      if (crypto::is_aead(suite.encr))
        suite.integ = Integ::NONE;
      return crypto::is_supported(suite);
    case TransformType::PRF:
      return crypto::prf_output_size(static_cast<Prf>(transform.id)) != 0;
    case TransformType::INTEG:
      suite.integ = static_cast<Integ>(transform.id);
      return transform.id == 0 || crypto::is_supported(suite);
    case TransformType::DH:
      return crypto::ke_size(static_cast<DhGroup>(transform.id)) != 0;
    default:
      return false;
  }
}

// Adds what WANTED has and TRANSFORMS lacks altogether.
void add_missing_types(Transforms& transforms, const crypto::IkeSuite& wanted) {
  const wire::Proposal whole = proposal_of(wanted, 1);
  for (const wire::Transform& transform : std::get<Transforms>(whole.transforms))
    if (!has_type(transforms, static_cast<TransformType>(transform.type)))
      transforms.push_back(transform);
}

}  // namespace

Result<void> derive_first_keys(Core& core, IkeSa& sa, OctetView g_ir) {
  KARPSPEC_TRY(skeyseed, plain_skeyseed(core, sa.suite.prf, sa.ni, sa.nr, g_ir));
  KARPSPEC_TRY(keys,
               crypto::derive_ike_keys(sa.suite, skeyseed, crypto::Ni{sa.ni}, crypto::Nr{sa.nr},
                                       crypto::SpiI{sa.spi_i}, crypto::SpiR{sa.spi_r}));
  sa.keys = std::move(keys);
  core.log_keys(sa);
  return {};
}

Result<Secret> rekeyed_skeyseed(const Core& core, const IkeSa& old, Prf new_prf, OctetView g_ir,
                                OctetView ni, OctetView nr) {
  const Prf prf = core.tunables.rekey_seed_old_prf ? old.suite.prf : new_prf;
  if (!core.tunables.rekey_seed_with_sk_d)
    return plain_skeyseed(core, prf, ni, nr, g_ir);
  return crypto::derive_rekeyed_skeyseed(prf, old.keys.SK_d.view(), crypto::SharedSecret{g_ir},
                                         crypto::Ni{ni}, crypto::Nr{nr});
}

Octets covered_message(const Core& core, const Octets& message) {
  if (!core.tunables.auth_over_known_payloads)
    return message;
  auto decoded = wire::decode_message(message, core.config.numbers);
  if (!decoded)
    return message;
  std::erase_if(decoded->payloads, [](const wire::Payload& payload) {
    return payload.as<wire::UnknownPayload>() != nullptr;
  });
  for (wire::Payload& payload : decoded->payloads) {
    payload.reserved = 0;
    if (auto* ke = payload.as<wire::KePayload>())
      ke->reserved = 0;
  }
  return wire::encode_message(*decoded);
}

wire::IdPayload covered_id(const Core& core, wire::IdPayload id) {
  if (!core.tunables.auth_over_id_reserved)
    id.reserved = 0;
  return id;
}

Secret shared_secret(const Core& core, const PeerConfig& peer) {
  const OctetView psk = peer.psk.view();
  switch (core.tunables.psk_text) {
    case PskText::as_is:
      break;
    case PskText::null_terminated: {
      Secret longer(psk.size() + 1);
      std::copy(psk.begin(), psk.end(), longer.writable().begin());
      return longer;
    }
    case PskText::cut_at_zero: {
      const auto zero = std::find(psk.begin(), psk.end(), std::uint8_t{0});
      return Secret(psk.first(static_cast<std::size_t>(zero - psk.begin())));
    }
  }
  return Secret(psk);
}

bool goes(const Core& core, const Octets& ours, const Octets& theirs) {
  return core.tunables.collision_lowest ? ours < theirs : theirs < ours;
}

wire::SaPayload considered_offer(Core& core, const wire::SaPayload& offered, std::size_t spi_size) {
  const auto ike = static_cast<std::uint8_t>(wire::ProtocolId::IKE);
  wire::SaPayload result = offered;
  if (core.tunables.unknown_transform_spoils)
    std::erase_if(result.proposals, [](const wire::Proposal& proposal) {
      const auto* transforms = std::get_if<Transforms>(&proposal.transforms);
      return transforms != nullptr &&
             !std::all_of(transforms->begin(), transforms->end(), id_known);
    });
  for (wire::Proposal& proposal : result.proposals) {
    if (proposal.protocol != ike && !core.holds(Check::ike_proposal_protocol, false))
      continue;
    proposal.protocol = ike;
    if (proposal.spi.size() != spi_size && core.holds(Check::ike_spi_size, false))
      proposal.spi.resize(spi_size);
    auto* transforms = std::get_if<Transforms>(&proposal.transforms);
    if (transforms == nullptr || core.config.ike_proposals.empty())
      continue;
    const crypto::IkeSuite& preferred = core.config.ike_proposals.front();
    if (core.holds(Check::transform_type_known, false))
      std::erase_if(*transforms, [](const wire::Transform& transform) {
        return transform.type == 0 || transform.type > static_cast<std::uint8_t>(TransformType::DH);
      });
    if (core.holds(Check::attributes_known, false))
      for (wire::Transform& transform : *transforms)
        std::erase_if(transform.attributes, [&](const wire::Attribute& attribute) {
          return attribute.type != wire::Attribute::key_length ||
                 transform.type != static_cast<std::uint8_t>(TransformType::ENCR);
        });
    if (core.holds(Check::transform_type_missing, false))
      add_missing_types(*transforms, preferred);
    if (core.holds(Check::key_length_present, false))
      for (wire::Transform& transform : *transforms)
        if (transform.type == static_cast<std::uint8_t>(TransformType::ENCR) &&
            transform.id == static_cast<std::uint16_t>(preferred.encr) && !transform.key_length() &&
            preferred.key_bits != 0)
          transform.attributes.push_back({wire::Attribute::key_length, preferred.key_bits});
  }
  return result;
}

}  // namespace karpspec::oracle::ike
