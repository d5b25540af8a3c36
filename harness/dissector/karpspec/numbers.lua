-- The numbers that nobody assigned, as preferences: a device may use others than suites/profile.md
-- has, and its DUT file says so.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

-- Preference, default, what it is, where it is decided.
local assigned = {
  { "tcp_ao_protocol", 201, "Security protocol TCP-AO", "P-01" },
  { "ldp_discovery_protocol", 202, "Security protocol LDP discovery key", "P-01" },
  { "rp_ts_type", 241, "Traffic selector type TS_RP", "P-01" },
  { "mrkmp_init", 240, "Exchange mrkmp_init", "P-202" },
  { "mrkmp_auth", 241, "Exchange mrkmp_auth", "P-202" },
  { "mrkmp_join", 242, "Exchange mrkmp_join", "P-202" },
  { "mrkmp_merge_sa", 243, "Exchange mrkmp_merge_sa", "P-202" },
  { "mrkmp_newkey", 244, "Exchange mrkmp_newkey", "P-202" },
  { "mrkmp_group", 245, "Exchange mrkmp_group", "P-202" },
  { "mrkmp_advert", 246, "Exchange mrkmp_advert", "P-202" },
  { "ks_policy", 247, "Exchange ks_policy", "P-242" },
  { "ks_group", 248, "Exchange ks_group", "P-242" },
  { "group", 128, "Payload GROUP", "P-202" },
  { "kd", 129, "Payload KD", "P-202" },
  { "seq", 130, "Payload SEQ", "P-202" },
  { "adv", 131, "Payload ADV", "P-202" },
  { "gkm", 132, "Payload GKM", "P-202" },
  { "inc", 133, "Payload INC", "P-202" },
  { "policy", 134, "Payload POLICY", "P-242" },
  { "mrkmp_wrong_gcks", 8192, "Notification MRKMP_WRONG_GCKS", "P-203" },
  { "mrkmp_gcks_unknown", 8193, "Notification MRKMP_GCKS_UNKNOWN", "P-203" },
  { "mrkmp_not_permitted", 8194, "Notification MRKMP_NOT_PERMITTED", "P-203" },
  { "mrkmp_merge_refused", 8195, "Notification MRKMP_MERGE_REFUSED", "P-203" },
}

local prefs = karpspec.proto.prefs
prefs.udp_ports = Pref.range("UDP ports of MRKMP", "848,1021",
  "Ports at which MRKMP and the key servers' exchanges are looked for (P-201: 1021)", 65535)
for _, number in ipairs(assigned) do
  local name, default, what, where = table.unpack(number)
  prefs[name] = Pref.uint(what, default, what .. " (suites/profile.md, " .. where .. ")")
end
prefs.show_isakmp = Pref.bool("Show Wireshark's own reading of MRKMP too", false,
  "Wireshark reads MRKMP as IKEv2, and some payloads wrongly as those of old NAT drafts; "
  .. "its reading is needed to decrypt, and hidden otherwise")

-- Those who depend on the preferences; each is called once at the start, and after every change.
local followers = {}
function karpspec.on_numbers(follow)
  followers[#followers + 1] = follow
  follow(prefs)
end
function karpspec.proto.prefs_changed()
  for _, follow in ipairs(followers) do
    follow(prefs)
  end
end
