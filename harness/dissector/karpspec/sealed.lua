-- What Wireshark has decrypted. Lua has no ciphers, but Wireshark opens SK and SKF of every message
-- that looks like IKEv2 when its table ikev2_decryption_table has the keys; a KEK stands in that
-- table too, as an IKE SA whose SPI is its key ID.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

-- A reader of the field NAME; one that finds nothing where this Wireshark has no such field.
local function reader(name)
  local known, found = pcall(Field.new, name)
  return known and found or function() end
end
local typepayload = reader("isakmp.typepayload")
local decrypted = reader("isakmp.enc.decrypted")
local contained = reader("isakmp.enc.contained")
local wrong_icv = reader("isakmp.ikev2.integrity_checksum")

-- The octets of a field; nil where it says to be longer than the octets that it is in.
local function range_of(info)
  local there, range = pcall(function()
    return info.range
  end)
  return there and range or nil
end

-- The payloads that Wireshark has read, in order: { number =, range = }. The ranges of what was
-- decrypted, or put together from fragments, lie in the octets of that. A payload that is longer
-- than what it stands in is left out: Wireshark has called the packet malformed.
function karpspec.payloads_read()
  local out = {}
  for _, info in ipairs({ typepayload() }) do
    local range = range_of(info)
    -- Proposals and transforms have the same field, and lower numbers.
    if info.value >= 33 and range and range:len() > 0 then
      out[#out + 1] = { number = info.value, range = range }
    end
  end
  return out
end

function karpspec.icv_is_wrong()
  return wrong_icv() ~= nil
end

local isakmp = Dissector.get("isakmp")

-- Lets Wireshark decrypt the last payload of MESSAGE, the datagram TVB, and reads what is in it.
function karpspec.open(tvb, pinfo, tree, message, show)
  local sealed = message.sealed
  local reading = show and tree or tree:add(karpspec.proto, tvb:range()):set_hidden()
  -- Wireshark may not like what is inside; what it has decrypted by then is there.
  pcall(function()
    isakmp:call(tvb, pinfo, reading)
  end)
  if not decrypted() then
    sealed.tree:add_proto_expert_info(karpspec.expert.sealed,
      "Not decrypted: no keys for these SPIs in ikev2_decryption_table")
    return
  elseif karpspec.icv_is_wrong() then
    sealed.tree:add_proto_expert_info(karpspec.expert.icv)
    return
  end
  sealed.tree:append_text(", decrypted by Wireshark")
  local outer = message.payloads
  local inside = outer[#outer]
  outer[#outer] = nil
  if sealed.name == "SK" then
    local info = contained()
    local range = info and range_of(info)
    if range then
      local octets = range:tvb()
      karpspec.read_chain(karpspec.cursor(octets, 0, octets:captured_len(), sealed.tree),
        message.first_inner, message)
    elseif message.first_inner ~= 0 then
      sealed.tree:add_proto_expert_info(karpspec.expert.malformed, "nothing is inside")
    end
    return
  end
  -- Of fragments the payloads stand behind the last one, when all of them have come.
  local behind, count = false, 0
  for _, payload in ipairs(karpspec.payloads_read()) do
    if behind then
      local octets = payload.range:tvb()
      count = count + 1
      karpspec.guarded(karpspec.read_payload,
        karpspec.cursor(octets, 0, octets:captured_len(), sealed.tree), payload.number, message)
    end
    behind = behind or payload.number == 53
  end
  if count == 0 then
    outer[#outer + 1] = inside
  end
end
