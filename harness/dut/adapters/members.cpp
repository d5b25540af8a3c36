#include "dut/adapters/members.h"

namespace karpspec::dut {
namespace {

tl::unexpected<Error> expected_here(const char* what, const char* name, const std::string& where) {
  return fail(ErrorCode::bad_value, where + name + ": expected " + what);
}

}  // namespace

Result<std::string> text_member(const Json& object, const char* name, const std::string& where) {
  const auto found = object.find(name);
  if (found == object.end())
    return fail(ErrorCode::bad_value, where + name + ": missing");
  if (!found->is_string())
    return expected_here("a text", name, where);
  return found->get<std::string>();
}

Result<std::string> text_member_or(const Json& object, const char* name,
                                   const std::string& otherwise, const std::string& where) {
  return object.contains(name) ? text_member(object, name, where) : otherwise;
}

Result<std::string> filled_member(const Json& object, const char* name, const std::string& where) {
  auto out = text_member(object, name, where);
  if (out && out->empty())
    return expected_here("a text", name, where);
  return out;
}

Result<std::vector<std::string>> text_list_member(const Json& object, const char* name,
                                                  const std::string& where) {
  std::vector<std::string> out;
  const auto found = object.find(name);
  if (found == object.end())
    return out;
  if (!found->is_array())
    return expected_here("a list of texts", name, where);
  for (const Json& item : *found) {
    if (!item.is_string())
      return expected_here("a list of texts", name, where);
    out.push_back(item.get<std::string>());
  }
  return out;
}

}  // namespace karpspec::dut
