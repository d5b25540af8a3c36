#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "report/run_results.h"

// Members of a report that is read back, by name. They throw as the library's own accessors do,
// with words that name the member and what is wanted there; whoever reads a whole file turns that
// into an error.
namespace karpspec::report {

[[noreturn]] void misread(const std::string& what);
// ERROR without the library's own head.
[[nodiscard]] std::string plain_words(const Json::exception& error);

template <class T>
constexpr const char* wanted_form() {
  if (std::is_same_v<T, std::string>)
    return "a text";
  return std::is_arithmetic_v<T> ? "a number" : "a list of texts";
}

// The member NAME of JSON, or OTHERWISE where there is none.
template <class T>
T member(const Json& json, const std::string& name, const std::optional<T>& otherwise) {
  if (!json.is_object())
    misread("an object with the member '" + name + "' is wanted");
  const auto found = json.find(name);
  if (found == json.end() && otherwise)
    return *otherwise;
  if (found == json.end())
    misread(name + ": missing");
  try {
    return found->template get<T>();
  } catch (const Json::exception&) {
    misread(name + ": " + wanted_form<T>() + " is wanted");
  }
}

[[nodiscard]] inline std::string text_in(const Json& json, const std::string& name) {
  return member<std::string>(json, name, std::string());
}

[[nodiscard]] inline std::vector<std::string> texts_in(const Json& json, const std::string& name) {
  return member<std::vector<std::string>>(json, name, std::vector<std::string>());
}

// The member NAME of JSON, which is a list.
[[nodiscard]] const Json& list_in(const Json& json, const std::string& name);

}  // namespace karpspec::report
