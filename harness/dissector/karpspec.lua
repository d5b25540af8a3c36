-- Wireshark dissector for what Wireshark does not know of router key management: the TCP-AO
-- transforms and routing protocol selectors of RKMP inside IKEv2, MRKMP, and the exchanges of key
-- servers. The octets are those of suites/profile.md; README.md has filters and preferences.
--
-- This file loads the parts in the folder karpspec/ beside it, in the order below. Wireshark also
-- loads each file below its plugin folder by itself: a part that is not given the table does
-- nothing, and a second copy of this file (a plugin beside -X lua_script) does nothing either.
if package.loaded["karpspec.dissector"] then
  return
end
package.loaded["karpspec.dissector"] = true

local karpspec = {
  -- Owns fields, expert information and preferences.
  proto = Proto("karpspec", "Router key management (karpspec)"),
  -- What stands in the tree, and names the two to a display filter.
  rkmp = Proto("rkmp", "Router Key Management Protocol"),
  mrkmp = Proto("mrkmp", "Multicast Router Key Management Protocol"),
}

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or ""
for _, part in ipairs({
  "numbers",
  "names",
  "fields",
  "cursor",
  "ike_payloads",
  "sa_payload",
  "group_payloads",
  "policy_payload",
  "message",
  "fragments",
  "sealed",
  "mrkmp",
  "rkmp",
}) do
  local load_part = assert(loadfile(folder .. "karpspec/" .. part .. ".lua"))
  load_part(karpspec)
end
