#include <algorithm>
#include <array>
#include <set>

#include "crypto/dh.h"
#include "crypto/ike_keys.h"
#include "crypto/prf.h"
#include "observer/judge/rules.h"
#include "transcript/message_rules.h"

namespace karpspec::observer {
namespace {

using transcript::Difference;
using wire::ExchangeType;
using wire::PayloadType;
using wire::TransformType;

bool is_init(const wire::Message& message) {
  return wire::makes_ike_sa(message.header.exchange_type());
}

const std::vector<wire::Transform>* transforms_of(const wire::Proposal& proposal) {
  return std::get_if<std::vector<wire::Transform>>(&proposal.transforms);
}

std::string place(std::size_t proposal, std::size_t transform) {
  return "SA.proposals[" + std::to_string(proposal + 1) + "].transforms[" +
         std::to_string(transform + 1) + "]";
}

std::optional<Difference> attribute_twice(const wire::SaPayload& sa) {
  for (std::size_t i = 0; i < sa.proposals.size(); ++i) {
    const auto* list = transforms_of(sa.proposals[i]);
    for (std::size_t k = 0; list != nullptr && k < list->size(); ++k) {
      std::set<std::uint16_t> types;
      for (const wire::Attribute& attribute : (*list)[k].attributes)
        if (!types.insert(attribute.type).second)
          return Difference{place(i, k), std::nullopt, "an attribute of each type",
                            "two of type " + std::to_string(attribute.type)};
    }
  }
  return std::nullopt;
}

std::optional<Difference> long_key_length(const wire::SaPayload& sa) {
  for (std::size_t i = 0; i < sa.proposals.size(); ++i) {
    const auto* list = transforms_of(sa.proposals[i]);
    for (std::size_t k = 0; list != nullptr && k < list->size(); ++k)
      for (const wire::Attribute& attribute : (*list)[k].attributes)
        if (attribute.type == wire::Attribute::key_length &&
            std::holds_alternative<Octets>(attribute.value))
          return Difference{place(i, k), std::nullopt, "the key length in two octets (AF = 1)",
                            "in the long format"};
  }
  return std::nullopt;
}

// A combined-mode cipher beside an integrity algorithm, other than NONE.
std::optional<Difference> cipher_with_integrity(const wire::SaPayload& sa) {
  for (std::size_t i = 0; i < sa.proposals.size(); ++i) {
    const auto* list = transforms_of(sa.proposals[i]);
    if (list == nullptr)
      continue;
    const auto is = [](const wire::Transform& transform, TransformType type) {
      return transform.type == static_cast<std::uint8_t>(type);
    };
    const bool combined = std::ranges::any_of(*list, [&](const wire::Transform& transform) {
      return is(transform, TransformType::ENCR) &&
             crypto::is_aead(static_cast<wire::Encr>(transform.id));
    });
    const bool integrity = std::ranges::any_of(*list, [&](const wire::Transform& transform) {
      return is(transform, TransformType::INTEG) && transform.id != 0;
    });
    if (combined && integrity)
      return Difference{"SA.proposals[" + std::to_string(i + 1) + "]", std::nullopt,
                        "combined-mode ciphers in a proposal of their own",
                        "one beside an integrity algorithm"};
  }
  return std::nullopt;
}

// The most that the nonce has to have for the PRFs of SA.
std::size_t least_nonce(const wire::SaPayload* sa) {
  std::size_t least = 16;
  if (sa == nullptr)
    return least;
  for (const wire::Proposal& proposal : sa->proposals) {
    const auto* list = transforms_of(proposal);
    if (list == nullptr || proposal.protocol != protocol_ike)
      continue;
    for (const wire::Transform& transform : *list)
      if (transform.type == static_cast<std::uint8_t>(TransformType::PRF))
        least = std::max(least, crypto::prf_key_size(static_cast<Prf>(transform.id)) / 2);
  }
  return least;
}

void judge_nonce(Ledger& ledger, const Said& said, const wire::Message& message) {
  const auto* nonce = body_of<wire::NoncePayload>(message, PayloadType::Nonce);
  if (nonce == nullptr)
    return;
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  const std::size_t least = least_nonce(sa);
  const std::size_t size = nonce->data.size();
  ledger.judge(said, "IKE-2.10-01",
               unless(size >= least && size <= 256, message, "Nonce.data",
                      std::to_string(least) + " to 256 octets", std::to_string(size) + " octets"));
}

// Why KE is no public value of its group that anybody may use; nullopt where nothing is wrong with
// it, or that cannot be said (RFC 6989).
std::optional<std::string> improper(DhGroup group, OctetView data) {
  static constexpr std::array<std::uint8_t, 32> any_private{
      0x60, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
      16,   2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0x40};
  const auto pair = crypto::DhKeyPair::from_private(group, any_private);
  if (!pair)
    return std::nullopt;
  const auto agreed = pair->agree(data);
  if (agreed || agreed.error().code != ErrorCode::bad_value)
    return std::nullopt;
  return agreed.error().message;
}

void judge_ke(Ledger& ledger, const Said& said, const wire::Message& message) {
  const auto* ke = body_of<wire::KePayload>(message, PayloadType::KE);
  if (ke == nullptr)
    return;
  const auto group = static_cast<DhGroup>(ke->group);
  const std::size_t size = crypto::ke_size(group);
  if (size != 0) {
    ledger.judge(
        said, "IKE-3.4-01",
        unless(ke->data.size() == size, message, "KE.data",
               std::to_string(size) + " octets, as group " + std::to_string(ke->group) + " has it",
               std::to_string(ke->data.size()) + " octets"));
    if (ke->data.size() == size) {
      const auto why = improper(group, ke->data);
      ledger.judge(
          said, "IKE-3.4-06",
          unless(!why, message, "KE.data", "a public value of its group", why.value_or("")));
    }
  }
  if (message.header.is_response())
    return;
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  if (sa == nullptr)
    return;
  bool names_groups = false, offered = false;
  for (const wire::Proposal& proposal : sa->proposals)
    if (const auto* list = transforms_of(proposal))
      for (const wire::Transform& transform : *list)
        if (transform.type == static_cast<std::uint8_t>(TransformType::DH)) {
          names_groups = true;
          offered = offered || transform.id == ke->group;
        }
  if (names_groups || is_init(message))
    ledger.judge(said, is_init(message) ? "IKE-3.4-02" : "IKE-1.3-02",
                 unless(offered, message, "KE.group", "a group of its own offer",
                        std::to_string(ke->group)));
}

}  // namespace

void judge_negotiation(Ledger& ledger, const Said& said, const wire::Message& message) {
  judge_nonce(ledger, said, message);
  judge_ke(ledger, said, message);
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  if (sa == nullptr)
    return;
  if (!message.header.is_response())
    ledger.judge(said, "IKE-3.3-02", transcript::misnumbered(message, *sa));
  ledger.judge(said, "IKE-3.3-03", attribute_twice(*sa));
  ledger.judge(said, "IKE-3.3.5-02", long_key_length(*sa));
  ledger.judge(said, "IKE-2.7-06", cipher_with_integrity(*sa));
  if (!is_init(message))
    return;
  const auto with_spi = std::ranges::find_if(
      sa->proposals, [](const wire::Proposal& proposal) { return !proposal.spi.empty(); });
  ledger.judge(said, "IKE-3.3.1-02",
               unless(with_spi == sa->proposals.end(), "SA.proposals", "no SPI",
                      with_spi == sa->proposals.end() ? "" : "0x" + to_hex(with_spi->spi)));
}

namespace {

// AES of which no offer has a key length.
bool takes_aes_without_length(const std::vector<wire::Transform>& offered,
                              const std::vector<wire::Transform>& answered) {
  const auto is_aes = [](const wire::Transform& transform) {
    return transform.type == static_cast<std::uint8_t>(TransformType::ENCR) &&
           (transform.id == static_cast<std::uint16_t>(wire::Encr::AES_CBC) ||
            transform.id == static_cast<std::uint16_t>(wire::Encr::AES_GCM_16));
  };
  for (const wire::Transform& taken : answered)
    if (is_aes(taken) &&
        std::ranges::none_of(offered,
                             [&](const wire::Transform& each) {
                               return each.type == taken.type && each.id == taken.id &&
                                      !each.attributes.empty();
                             }) &&
        std::ranges::any_of(offered, [&](const wire::Transform& each) {
          return each.type == taken.type && each.id == taken.id;
        }))
      return true;
  return false;
}

// How ANSWERED, a transform, is none of OFFERED.
enum class Found { offered, other_attributes, no };
Found find_transform(const std::vector<wire::Transform>& offered, const wire::Transform& answered) {
  Found out = Found::no;
  for (const wire::Transform& each : offered) {
    if (each.type != answered.type || each.id != answered.id)
      continue;
    if (each.attributes == answered.attributes)
      return Found::offered;
    out = Found::other_attributes;
  }
  return out;
}

}  // namespace

void judge_answered_suites(Ledger& ledger, const Said& said, const wire::Message& request,
                           const wire::Message& answer, bool group_counts) {
  const auto* offered = body_of<wire::SaPayload>(request, PayloadType::SA);
  const auto* answered = body_of<wire::SaPayload>(answer, PayloadType::SA);
  if (offered == nullptr || answered == nullptr)
    return;
  const bool of_group = wire::is_mrkmp(answer.header.exchange_type());
  const auto judge = [&](std::string_view requirement, const std::optional<Difference>& breach) {
    ledger.judge(said, requirement, breach);
    if (of_group)
      ledger.judge(said, "MRKMP-2.3-10", breach);
  };
  judge("IKE-2.7-01", unless(answered->proposals.size() == 1, answer, "SA.proposals",
                             "one proposal", std::to_string(answered->proposals.size())));
  if (answered->proposals.size() != 1)
    return;
  const wire::Proposal& taken = answered->proposals.front();
  std::vector<const wire::Proposal*> of_number;
  for (const wire::Proposal& proposal : offered->proposals)
    if (proposal.number == taken.number)
      of_number.push_back(&proposal);
  judge("IKE-3.3.1-01", unless(!of_number.empty(), answer, "SA.proposals[1].number",
                               "that of an offered proposal", std::to_string(taken.number)));
  // Of several with one number nobody can say which one is meant.
  if (of_number.size() != 1)
    return;
  const wire::Proposal& proposal = *of_number.front();
  judge("IKE-2.7-03",
        unless(proposal.protocol == taken.protocol, answer, "SA.proposals[1].protocol",
               std::to_string(proposal.protocol) + ", as it was offered",
               std::to_string(taken.protocol)));
  if (is_init(answer))
    judge("IKE-3.3.1-04", unless(taken.protocol == protocol_ike, answer, "SA.proposals[1].protocol",
                                 "1, IKE", std::to_string(taken.protocol)));
  const auto* ours = transforms_of(proposal);
  const auto* theirs = transforms_of(taken);
  if (ours == nullptr || theirs == nullptr || proposal.protocol != taken.protocol)
    return;
  std::optional<Difference> count, attributes;
  std::set<std::uint8_t> types;
  for (const wire::Transform& transform : *ours)
    types.insert(transform.type);
  for (const std::uint8_t type : types) {
    if (type == static_cast<std::uint8_t>(TransformType::DH) && !group_counts)
      continue;
    const auto n = std::ranges::count_if(
        *theirs, [&](const wire::Transform& each) { return each.type == type; });
    // What may be NONE may be left out.
    const bool may_be_none = std::ranges::any_of(*ours, [&](const wire::Transform& each) {
      return each.type == type && each.id == 0 &&
             type != static_cast<std::uint8_t>(TransformType::ENCR) &&
             type != static_cast<std::uint8_t>(TransformType::PRF);
    });
    if (!count && n != 1 && !(n == 0 && may_be_none))
      count = unless(false, "SA.proposals[1]", "one transform of type " + std::to_string(type),
                     std::to_string(n));
  }
  for (std::size_t k = 0; k < theirs->size(); ++k) {
    const std::uint8_t type = (*theirs)[k].type;
    if ((type == static_cast<std::uint8_t>(TransformType::DH) && !group_counts) ||
        (type == static_cast<std::uint8_t>(TransformType::ESN) && !types.contains(type)))
      continue;
    const Found found = find_transform(*ours, (*theirs)[k]);
    if (found == Found::no && !count)
      count = unless(
          false, place(0, k), "a transform that was offered",
          "type " + std::to_string((*theirs)[k].type) + ", ID " + std::to_string((*theirs)[k].id));
    if (found == Found::other_attributes && !attributes)
      attributes = unless(false, place(0, k), "its attributes as they were offered",
                          "others, such as another key length");
  }
  judge("IKE-2.7-04", count);
  judge("IKE-3.3.6-01", attributes);
  if (proposal.protocol == protocol_ike)
    judge("IKE-3.3.6-04",
          unless(types.contains(static_cast<std::uint8_t>(TransformType::ENCR)) &&
                     types.contains(static_cast<std::uint8_t>(TransformType::PRF)) &&
                     types.contains(static_cast<std::uint8_t>(TransformType::DH)),
                 answer, "SA.proposals[1].number",
                 "that of a proposal with a cipher, a PRF and a group",
                 std::to_string(taken.number)));
  judge("IKE-3.3.5-01", unless(!takes_aes_without_length(*ours, *theirs), answer, "SA.proposals[1]",
                               "no AES that was offered without a key length", "such a one"));
}

}  // namespace karpspec::observer
