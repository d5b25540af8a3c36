#include <algorithm>

#include "script/player.h"

// Messages of the device that come in fragments (RFC 7383).
namespace karpspec::script {

bool Player::comes_as_asked(const Received& received, const Datagram& datagram) const {
  return datagram.source == world_.device->endpoint() &&
         !misdirected(received, datagram.destination);
}

std::optional<Received> Player::put_together(const Received& fragment, const Datagram& datagram) {
  const auto& place = fragment.fragment->place;
  log(false, fragment.message,
      "fragment " + std::to_string(place.number) + " of " + std::to_string(place.total), datagram);
  return tester_->collect(fragment);
}

// Whether fragments have come that are of no whole message, where silence is demanded.
bool Player::has_new_fragments(const ExpectStep& expect) const {
  const std::vector<Octets> fragments = tester_->incomplete();
  return std::any_of(fragments.begin(), fragments.end(), [&](const Octets& fragment) {
    return expect.counts_repeats || taken_.count(fragment) == 0;
  });
}

std::optional<Mismatch> Player::judge_fragments(const Alternative& alternative,
                                                const Received& received) {
  const transcript::MatchScope scope{*tester_, &received.message};
  const auto breach = [&](const char* field, const std::optional<transcript::Matcher>& matcher,
                          std::size_t number) -> std::optional<Mismatch> {
    if (!matcher)
      return std::nullopt;
    const transcript::FieldValue value{std::uint64_t{number}, transcript::Names::none, 32};
    const auto fits = transcript::matches(*matcher, value, scope);
    if (fits && *fits)
      return std::nullopt;
    return Mismatch{
        {field, std::nullopt, transcript::describe(*matcher, value, scope), std::to_string(number)},
        3};
  };
  if (auto mismatch = breach("fragments", alternative.fragments, received.fragments.size()))
    return mismatch;
  return breach("octets of the largest fragment", alternative.fragment_size, received.largest());
}

}  // namespace karpspec::script
