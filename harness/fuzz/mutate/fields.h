#pragma once

#include <type_traits>
#include <variant>
#include <vector>

#include "transcript/reflection.h"

// Every field of a structure of the wire room, its lists and their members too, as the transcript
// room names them.
namespace karpspec::fuzz {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
// What std::visit takes: a variant, or what is derived from one.
template <class... T>
void take_variant(const std::variant<T...>& variant);
template <class T>
concept IsVariant = requires(const T& member) {
  take_variant(member);
};

// VISIT has number(info, n), octets(info, o), list(l), and done(), after which nothing is visited
// any more: what was visited may have changed the list that we are in.
template <class T, class Visit>
void walk(const transcript::Info& info, T& member, Visit& visit) {
  if (visit.done())
    return;
  if constexpr (std::is_same_v<T, Octets>) {
    visit.octets(info, member);
  } else if constexpr (std::is_integral_v<T>) {
    visit.number(info, member);
  } else if constexpr (IsVector<T>::value) {
    visit.list(member);
    for (std::size_t i = 0; !visit.done() && i < member.size(); ++i)
      walk(info, member[i], visit);
  } else if constexpr (IsVariant<T>) {
    std::visit([&](auto& held) { walk(info, held, visit); }, member);
  } else {
    transcript::each_field(member, [&](const char*, const transcript::Info& of, auto& field) {
      walk(of, field, visit);
    });
  }
}

}  // namespace karpspec::fuzz
