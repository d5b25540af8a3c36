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
local decrypted = reader("isakmp.enc.decrypted")
local contained = reader("isakmp.enc.contained")
local wrong_icv = reader("isakmp.ikev2.integrity_checksum")

-- The octets of a field; nil where it says to be longer than the octets that it is in.
function karpspec.range_of(info)
  local there, range = pcall(function()
    return info and info.range
  end)
  return there and range or nil
end

-- What is inside the SK or SKF payload of this frame, which Wireshark has read. SEALED is
-- { key =, first =, number =, total = }: the message, the first payload's type, and of a fragment
-- its place. Returns { tvb =, first = } (no Tvb where nothing is inside), or nil and why: "sealed",
-- "icv" or "fragment".
function karpspec.inside(pinfo, sealed)
  if not decrypted() then
    return nil, "sealed"
  elseif wrong_icv() then
    return nil, "icv"
  end
  local range = karpspec.range_of(contained())
  if not sealed.number then
    return { tvb = range and range:tvb(), first = sealed.first }
  end
  local octets, first = karpspec.put_together(sealed.key, pinfo.number, {
    number = sealed.number,
    total = sealed.total,
    first = sealed.first,
    octets = range and range:bytes() or ByteArray.new(),
  })
  if not octets then
    return nil, "fragment"
  end
  return { tvb = octets:len() > 0 and octets:tvb("Message of fragments") or nil, first = first }
end

-- The key of a message for fragments, of the octets of its header.
function karpspec.message_key(header)
  return header:range(0, 16):bytes():tohex() .. header:range(19, 5):bytes():tohex()
end
