#include "fuzz/live/generator.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"

namespace karpspec::fuzz {
namespace {

// How many cases of one configuration come in a row.
constexpr std::size_t row = 40;

template <class T>
void shuffle(std::vector<T>& list, Random& random) {
  for (std::size_t i = list.size(); i > 1; --i)
    std::swap(list[i - 1], list[static_cast<std::size_t>(random.u64() % i)]);
}

}  // namespace

Generator::Generator(std::vector<Target> targets, std::uint64_t seed)
    : targets_(std::move(targets)), seed_(seed) {
  add_round(false, seed);
  fields_ = order_.size();
  add_round(true, seed);
  for (std::size_t i = 0; i < targets_.size(); ++i)
    if (!targets_[i].exchange->fragments && !targets_[i].exchange->flood &&
        targets_[i].fields.size() > 1)
      drawn_from_.push_back(i);
}

void Generator::add_round(bool octets, std::uint64_t seed) {
  SeededRandom random(seed, octets ? "octets" : "fields");
  // By what the device has to be configured with before. Where there is little to do it is done at
  // once: exchanges that fail as they are, floods.
  constexpr std::size_t little = 3;
  using Lanes = std::map<std::string, std::vector<Place>>;
  std::vector<Place> first, all;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const auto& list = octets ? targets_[i].octets : targets_[i].fields;
    for (std::size_t j = 0; j < list.size(); ++j)
      (list.size() <= little && !octets ? first : all).push_back({i, j, octets});
  }
  shuffle(all, random);
  // Each thing to do to each field once, in one exchange or another, before the same in all of
  // them; where there is a choice, in one that the device need not be reset for.
  std::stable_partition(all.begin(), all.end(), [&](const Place& place) {
    return !targets_[place.target].exchange->fresh;
  });
  std::set<std::string> done;
  Lanes cover, rest;
  for (const Place& place : all) {
    const Target& target = targets_[place.target];
    const Operation& operation = (octets ? target.octets : target.fields)[place.operation];
    const std::string lane = target.exchange->setup + (target.exchange->fresh ? " fresh" : "");
    (done.insert(operation.key()).second ? cover : rest)[lane].push_back(place);
  }
  order_.insert(order_.end(), first.begin(), first.end());
  for (Lanes* lanes : {&cover, &rest}) {
    std::vector<std::vector<Place>> rows;
    for (const auto& [name, lane] : *lanes)
      for (std::size_t at = 0; at < lane.size(); at += row)
        rows.emplace_back(
            lane.begin() + static_cast<std::ptrdiff_t>(at),
            lane.begin() + static_cast<std::ptrdiff_t>(std::min(lane.size(), at + row)));
    shuffle(rows, random);
    for (const auto& each : rows)
      order_.insert(order_.end(), each.begin(), each.end());
  }
}

Case Generator::at(std::size_t number) const {
  Case out;
  if (number < order_.size()) {
    const Place& place = order_[number];
    const Target& target = targets_[place.target];
    out.exchange = target.exchange;
    out.operations.push_back(place.octets ? target.octets[place.operation]
                                          : target.fields[place.operation]);
    return out;
  }
  if (drawn_from_.empty())
    return out;
  SeededRandom random(seed_, "case " + std::to_string(number));
  // Those of one row share a target, so that the device is not configured anew each time.
  SeededRandom of_row(seed_, "row " + std::to_string(number / row));
  const Target& target =
      targets_[drawn_from_[static_cast<std::size_t>(of_row.u64() % drawn_from_.size())]];
  out.exchange = target.exchange;
  const std::size_t count = 2 + static_cast<std::size_t>(random.u64() % 3);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t all = target.fields.size() + target.octets.size();
    const auto drawn = static_cast<std::size_t>(random.u64() % all);
    out.operations.push_back(drawn < target.fields.size()
                                 ? target.fields[drawn]
                                 : target.octets[drawn - target.fields.size()]);
  }
  // What takes payloads away comes last, where it disturbs the others least.
  std::stable_partition(out.operations.begin(), out.operations.end(), [](const Operation& one) {
    return one.name != "removed" && one.name != "alone";
  });
  return out;
}

}  // namespace karpspec::fuzz
