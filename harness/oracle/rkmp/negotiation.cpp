#include "oracle/rkmp/negotiation.h"

namespace karpspec::oracle::rkmp {

namespace {

constexpr std::uint8_t option_bit = wire::TcpAoTransform::flag_options;

const std::vector<wire::TcpAoTransform>* transforms_of(const wire::Proposal& proposal,
                                                       const wire::CodePoints& numbers) {
  if (proposal.protocol != numbers.tcp_ao_protocol)
    return nullptr;
  return std::get_if<std::vector<wire::TcpAoTransform>>(&proposal.transforms);
}

bool acceptable(const wire::TcpAoTransform& transform, const ProtocolPolicy& policy) {
  const bool excludes = (transform.flags & option_bit) != 0;
  if (!policy.any_options && excludes != policy.exclude_options)
    return false;
  for (const TcpAoPair& pair : policy.pairs)
    if (pair.auth_alg == transform.auth_alg && pair.kdf == transform.kdf)
      return true;
  return false;
}

}  // namespace

wire::SaPayload offer(const ProtocolPolicy& policy, std::uint8_t send_id,
                      const wire::CodePoints& numbers) {
  std::vector<wire::TcpAoTransform> transforms;
  for (const TcpAoPair& pair : policy.pairs)
    transforms.push_back({0, send_id, pair.auth_alg, pair.kdf,
                          policy.exclude_options ? option_bit : std::uint8_t{0}});
  wire::Proposal proposal;
  proposal.number = 1;
  proposal.protocol = numbers.tcp_ao_protocol;
  proposal.transforms = std::move(transforms);
  return {{std::move(proposal)}};
}

std::optional<TcpAoChoice> choose(const wire::SaPayload& offered, const ProtocolPolicy& policy,
                                  const wire::CodePoints& numbers, bool last) {
  std::optional<TcpAoChoice> found;
  for (const wire::Proposal& proposal : offered.proposals) {
    const auto* transforms = transforms_of(proposal, numbers);
    if (transforms == nullptr || !proposal.spi.empty())
      continue;
    for (const wire::TcpAoTransform& transform : *transforms) {
      if (!acceptable(transform, policy))
        continue;
      found = TcpAoChoice{proposal.number, transform};
      if (!last)
        return found;
    }
  }
  return found;
}

wire::SaPayload answer(const TcpAoChoice& choice, std::uint8_t own_send_id,
                       const wire::CodePoints& numbers) {
  wire::TcpAoTransform transform = choice.transform;
  transform.reserved = 0;
  transform.send_id = own_send_id;
  transform.flags = static_cast<std::uint8_t>(transform.flags & option_bit);
  wire::Proposal proposal;
  proposal.number = choice.number;
  proposal.protocol = numbers.tcp_ao_protocol;
  proposal.transforms = std::vector<wire::TcpAoTransform>{transform};
  return {{std::move(proposal)}};
}

Result<TcpAoChoice> check_answer(const wire::SaPayload& offered, const wire::SaPayload& answered,
                                 const wire::CodePoints& numbers) {
  if (answered.proposals.size() != 1)
    return fail(ErrorCode::no_match, "the answer holds " +
                                         std::to_string(answered.proposals.size()) +
                                         " proposals instead of one");
  const wire::Proposal& chosen = answered.proposals.front();
  const auto* transforms = transforms_of(chosen, numbers);
  if (transforms == nullptr)
    return fail(ErrorCode::no_match, "the answered proposal is not for TCP-AO");
  if (!chosen.spi.empty())
    return fail(ErrorCode::no_match, "the answered proposal has an SPI");
  if (transforms->size() != 1)
    return fail(ErrorCode::no_match, "the answered proposal holds " +
                                         std::to_string(transforms->size()) +
                                         " transforms instead of one");
  const wire::TcpAoTransform& got = transforms->front();
  for (const wire::Proposal& proposal : offered.proposals) {
    const auto* candidates = transforms_of(proposal, numbers);
    if (candidates == nullptr || proposal.number != chosen.number)
      continue;
    for (const wire::TcpAoTransform& candidate : *candidates)
      if (candidate.auth_alg == got.auth_alg && candidate.kdf == got.kdf &&
          ((candidate.flags ^ got.flags) & option_bit) == 0)
        return TcpAoChoice{chosen.number, got};
  }
  return fail(ErrorCode::no_match, "the answered transform is none of those offered");
}

wire::TsPayload selector(std::uint8_t protocol, const wire::CodePoints& numbers) {
  return {0, {wire::RpSelector{numbers.rp_ts_type, protocol}}};
}

}  // namespace karpspec::oracle::rkmp
