-- RKMP, behind what Wireshark shows of IKEv2: the payloads that it cannot know, of messages in
-- clear and of those that it has decrypted or put together.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = karpspec.names
local rkmp = karpspec.rkmp

local version = Field.new("isakmp.version")
local exchange = Field.new("isakmp.exchangetype")
local is_response = Field.new("isakmp.flag_r")
local message_id = Field.new("isakmp.messageid")
local group_message = Field.new("karpspec.hdr.exchange")

-- Whether the protocol is TCP-AO, or the LDP discovery key.
local function is_ours(protocol)
  local name = names.protocol[protocol]
  return name == "TCP_AO" or name == "LDP_DISCOVERY"
end

-- By the payload's name: whether its octets, a range, have something of RKMP.
local of_rkmp = {}
function of_rkmp.SA(range)
  local at = 4
  while at + 8 <= range:len() do
    if is_ours(range:range(at + 5, 1):uint()) then
      return true
    end
    at = at + math.max(8, range:range(at + 2, 2):uint())
  end
  return false
end
local function selects(range)
  local at = 8
  while at + 4 <= range:len() do
    if names.ts_type[range:range(at, 1):uint()] == "TS_RP" then
      return true
    end
    at = at + math.max(4, range:range(at + 2, 2):uint())
  end
  return false
end
of_rkmp.TSi, of_rkmp.TSr = selects, selects
local function begins_with_protocol(range)
  return range:len() > 4 and is_ours(range:range(4, 1):uint())
end
of_rkmp.N, of_rkmp.D = begins_with_protocol, begins_with_protocol
function of_rkmp.V(range)
  return range:len() == 20
    and range:range(4, 16):bytes():tohex(true) == karpspec.profile_vendor_id
end

-- The payloads of the message in this frame, each with its name, and whether any is of RKMP.
local function payloads()
  local out, any = {}, false
  for _, payload in ipairs(karpspec.payloads_read()) do
    payload.name = names.ike_payload[payload.number]
    local test = of_rkmp[payload.name]
    payload.ours = test ~= nil and test(payload.range)
    any = any or payload.ours
    out[#out + 1] = payload
  end
  return out, any
end

function rkmp.dissector(_, pinfo, root)
  local is_ike = version()
  if not is_ike or is_ike.value ~= 0x20 or group_message() then
    return
  end
  local list, any = payloads()
  if not any or karpspec.icv_is_wrong() then
    return
  end
  local tree = root:add(rkmp, list[1].range:range(0, 0))
  local message = karpspec.new_message(exchange().value, is_response().value, message_id().value)
  for _, payload in ipairs(list) do
    local octets = payload.range:tvb()
    if payload.ours then
      karpspec.guarded(karpspec.read_payload,
        karpspec.cursor(octets, 0, octets:captured_len(), tree), payload.number, message)
    end
  end
  local words = {}
  for _, payload in ipairs(message.payloads) do
    if payload.detail and payload.detail ~= "" then
      words[#words + 1] = payload.name .. " " .. payload.detail
    end
  end
  local line = table.concat(words, ", ")
  tree:append_text(", " .. line)
  pinfo.cols.protocol = "RKMP"
  pinfo.cols.info:append(" [" .. line .. "]")
end
-- All fields: without them a list of packets is made before Wireshark has read any payload.
register_postdissector(rkmp, true)
