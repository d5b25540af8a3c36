#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "dut/device.h"

// Members of the parameters of control methods, as texts. In errors, which are bad_value, WHERE
// stands in front of the member's name: "peers[1].psk: missing".
namespace karpspec::dut {

[[nodiscard]] Result<std::string> text_member(const Json& object, const char* name,
                                              const std::string& where = "");
// The same, OTHERWISE where it is left out.
[[nodiscard]] Result<std::string> text_member_or(const Json& object, const char* name,
                                                 const std::string& otherwise,
                                                 const std::string& where = "");
// One that is not empty.
[[nodiscard]] Result<std::string> filled_member(const Json& object, const char* name,
                                                const std::string& where = "");
// A list of texts, empty where it is left out.
[[nodiscard]] Result<std::vector<std::string>> text_list_member(const Json& object,
                                                                const char* name,
                                                                const std::string& where = "");

}  // namespace karpspec::dut
