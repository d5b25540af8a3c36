-- RKMP, behind what Wireshark shows of IKEv2: the payloads that it cannot know, of messages in
-- clear and of those that it has decrypted or put together.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = karpspec.names
local rkmp = karpspec.rkmp

local isakmp = Field.new("isakmp")
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

-- Appends the payloads of a chain in TVB to LIST, each { number =, tvb =, from =, to = }, from type
-- FIRST on, as far as their lengths hold: what is wrong behind that Wireshark says. Returns the
-- last one where it is SK or SKF.
local function walk(list, tvb, from, first)
  local octets = tvb:captured_len()
  while first ~= 0 and from + 4 <= octets do
    local length = tvb:range(from + 2, 2):uint()
    if length < 4 or from + length > octets then
      return nil
    end
    local name = names.ike_payload[first]
    local test = of_rkmp[name]
    local payload = { number = first, tvb = tvb, from = from, to = from + length }
    payload.ours = test ~= nil and test(tvb:range(from, length))
    list[#list + 1] = payload
    first = tvb:range(from, 1):uint()
    if name == "SK" or name == "SKF" then
      payload.first = first
      if name == "SKF" and length >= 8 then
        payload.fragment = tvb:range(from + 4, 2):uint()
        payload.total = tvb:range(from + 6, 2):uint()
      end
      return payload
    end
    from = from + length
  end
  return nil
end

-- The payloads of the message TVB, in clear and decrypted.
local function payloads(tvb, pinfo)
  local list = {}
  local last = walk(list, tvb, karpspec.header_size, tvb:range(16, 1):uint())
  if last then
    local inside = karpspec.inside(pinfo, {
      key = karpspec.message_key(tvb),
      first = last.first,
      number = last.fragment,
      total = last.total,
    })
    if inside and inside.tvb then
      walk(list, inside.tvb, 0, inside.first)
    end
  end
  return list
end

-- Shows those payloads of LIST that are of RKMP below TREE. Returns the line about them.
local function show(list, tree, message)
  for _, payload in ipairs(list) do
    if payload.ours then
      karpspec.guarded(karpspec.read_payload,
        karpspec.cursor(payload.tvb, payload.from, payload.to, tree), payload.number, message)
    end
  end
  local words = {}
  for _, payload in ipairs(message.payloads) do
    local detail = payload.detail and payload.detail ~= "" and " " .. payload.detail or ""
    words[#words + 1] = payload.name .. detail
  end
  return table.concat(words, ", ")
end

function rkmp.dissector(_, pinfo, root)
  local range = karpspec.range_of(isakmp())
  if not range or group_message() or range:len() < karpspec.header_size
    or range:range(17, 1):bitfield(0, 4) ~= 2 then
    return
  end
  local tvb = range:tvb()
  local list, any = payloads(tvb, pinfo), false
  for _, payload in ipairs(list) do
    any = any or payload.ours
  end
  if not any then
    return
  end
  local tree = root:add(rkmp, tvb:range())
  local message = karpspec.new_message(tvb:range(18, 1):uint(),
    tvb:range(19, 1):bitfield(2, 1) == 1, tvb:range(20, 4):uint())
  local line = show(list, tree, message)
  tree:append_text(", " .. line)
  pinfo.cols.protocol = "RKMP"
  pinfo.cols.info:append(" [" .. line .. "]")
end
-- All fields: without them a list of packets is made before Wireshark has read any payload.
register_postdissector(rkmp, true)
