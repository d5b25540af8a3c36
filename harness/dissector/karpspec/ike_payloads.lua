-- The bodies of IKEv2's payloads (RFC 5996 section 3, RFC 7383), behind the generic header. SA has
-- a file of its own. A reader may return what the payload's line ends with; N and D return what
-- the notation of a message has in parentheses: N(REKEY_SA), D(TCP_AO).
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = karpspec.names
-- By the payload's name: reader(cursor, payload).
local bodies = {}
karpspec.bodies = bodies

-- Octets that can be read, or nil.
local function readable(range)
  if range:len() == 0 then
    return nil
  end
  local text = range:raw()
  return not text:find("[^\32-\126]") and text or nil
end

function bodies.KE(cursor)
  local group = cursor:number("ke.group", 2, "dh")
  cursor:number("ke.reserved", 2)
  cursor:octets("ke.data")
  return names.of("dh", group)
end

local function identity(name)
  return function(cursor)
    local id_type = cursor:number(name .. ".id_type", 1, "id_type")
    cursor:number(name .. ".reserved", 3)
    local range, item = cursor:octets(name .. ".data")
    if id_type == 1 or id_type == 5 then
      local address = karpspec.show_address(item, range)
      if not address then
        cursor:odd("an address has 4 or 16 octets")
      end
      return address
    end
    local text = readable(range)
    if text then
      item:append_text((' "%s"'):format(text))
      item:add(karpspec.field[name .. ".text"], range)
    end
    return text
  end
end
bodies.IDi = identity("idi")
bodies.IDr = identity("idr")

function bodies.CERT(cursor)
  local encoding = cursor:number("cert.encoding", 1, "cert_encoding")
  cursor:octets("cert.data")
  return names.of("cert_encoding", encoding)
end

function bodies.CERTREQ(cursor)
  local encoding = cursor:number("certreq.encoding", 1, "cert_encoding")
  cursor:octets("certreq.data")
  return names.of("cert_encoding", encoding)
end

function bodies.AUTH(cursor)
  local method = cursor:number("auth.method", 1, "auth_method")
  cursor:number("auth.reserved", 3)
  cursor:octets("auth.data")
  return names.of("auth_method", method)
end

function bodies.Nonce(cursor)
  cursor:octets("nonce.data")
end

-- What MRKMP's and the key servers' notifications say (P-203, P-242), below the item of the data.
local notify_data = {}
function notify_data.MRKMP_WRONG_GCKS(cursor, range, item)
  if not karpspec.show_address(item, range) then
    cursor:odd("the address of the GCKS has 4 or 16 octets")
  end
end
function notify_data.MRKMP_GCKS_UNKNOWN(cursor, range, item)
  if range:len() == 1 then
    item:add(karpspec.field["n.potential_candidate"], range)
  else
    cursor:odd("MRKMP_GCKS_UNKNOWN has one octet of data")
  end
end
-- In answer to a push of policy it has no data.
function notify_data.AUTHORIZATION_FAILED(cursor, range, item)
  if range:len() == 0 then
    return
  end
  local texts = karpspec.cursor(cursor.tvb, cursor.at - range:len(), cursor.at, item)
  karpspec.guarded(karpspec.speaker_group, texts, "n", "n.protocol_text")
end

-- An SPI of RKMP is one octet, the KeyID (P-09).
local function name_key(item, range, protocol)
  if names.protocol[protocol] == "TCP_AO" and range:len() == 1 then
    item:append_text((" (KeyID %d)"):format(range:uint()))
  end
end

function bodies.N(cursor)
  local protocol = cursor:number("n.protocol", 1, "protocol")
  local spi_size = cursor:number("n.spi_size", 1)
  local notify = cursor:number("n.type", 2, "notify")
  local spi, item = cursor:octets("n.spi", spi_size)
  name_key(item, spi, protocol)
  local data
  data, item = cursor:octets("n.data")
  local name = names.notify[notify]
  if notify_data[name] then
    notify_data[name](cursor, data, item)
  end
  return names.of("notify", notify)
end

function bodies.D(cursor)
  local protocol = cursor:number("d.protocol", 1, "protocol")
  local spi_size = cursor:number("d.spi_size", 1)
  local count = cursor:number("d.num_spis", 2)
  if spi_size == 0 and count > 0 then
    cursor:fail("SPIs that have no octets")
  end
  if cursor:left() ~= spi_size * count then
    cursor:fail(("%d SPIs of %d octets, and %d octets of them"):format(count, spi_size,
      cursor:left()))
  end
  for _ = 1, count do
    local spi, item = cursor:octets("d.spis", spi_size)
    name_key(item, spi, protocol)
  end
  return names.of("protocol", protocol)
end

-- MD5 of "karpspec RKMP profile 1" (P-31).
karpspec.profile_vendor_id = "38b814d91c087a6e9d550de99cd1b5d6"

function bodies.V(cursor)
  local range = cursor:octets("v.data")
  if range:len() == 16 and range:bytes():tohex(true) == karpspec.profile_vendor_id then
    return "karpspec RKMP profile 1"
  end
end

local address_size = { TS_IPV4_ADDR_RANGE = 4, TS_IPV6_ADDR_RANGE = 16 }

-- One selector; returns its line.
local function selector(cursor, name, number)
  local one = cursor:element(name, ("Selector %d"):format(number), 2, 4)
  local kind = names.ts_type[one:number(name .. ".type", 1, "ts_type")]
  if kind == "TS_RP" then
    local protocol = one:number(name .. ".routing_protocol", 1, "routing_protocol")
    one:number(name .. ".length", 2)
    one:finish("a routing protocol selector")
    local line = names.of("routing_protocol", protocol)
    one.tree:append_text(": TS_RP, " .. line)
    return line
  end
  local size = address_size[kind]
  if not size then
    one:number(name .. ".second_octet", 1)
    one:number(name .. ".length", 2)
    one:octets(name .. ".body")
    return "unknown selector"
  end
  one:number(name .. ".ip_protocol", 1)
  one:number(name .. ".length", 2)
  one:number(name .. ".start_port", 2)
  one:number(name .. ".end_port", 2)
  local range, item = one:octets(name .. ".start_address", size)
  local first = karpspec.show_address(item, range)
  range, item = one:octets(name .. ".end_address", size)
  local last = karpspec.show_address(item, range)
  one:finish("an address selector")
  local line = first .. " - " .. last
  one.tree:append_text(": " .. line)
  return line
end

local function selectors(name)
  return function(cursor)
    local count = cursor:number(name .. ".num_selectors", 1)
    cursor:number(name .. ".reserved", 3)
    local lines = {}
    for i = 1, count do
      if cursor:left() == 0 then
        cursor:fail(("%d selectors are counted, and %d there"):format(count, i - 1))
      end
      lines[i] = selector(cursor, name .. ".selectors", i)
    end
    cursor:finish("the last selector counted")
    return table.concat(lines, ", ")
  end
end
bodies.TSi = selectors("tsi")
bodies.TSr = selectors("tsr")

function bodies.CP(cursor)
  local cfg_type = cursor:number("cp.cfg_type", 1, "cfg_type")
  cursor:number("cp.reserved", 3)
  while cursor:left() > 0 do
    local length = cursor:peek(2, 2) or 0
    local item = cursor.tree:add(karpspec.field["cp.attributes"], cursor:seen(4 + length))
    local one = karpspec.cursor(cursor.tvb, cursor.at, cursor.to, item)
    local head = one:take(2, "attribute type")
    item:add(karpspec.field["cp.attributes.reserved"], head)
    item:add(karpspec.field["cp.attributes.type"], head)
    one:number("cp.attributes.length", 2)
    one:octets("cp.attributes.value", length)
    cursor.at = one.at
  end
  return names.of("cfg_type", cfg_type)
end

function bodies.EAP(cursor)
  cursor:octets("eap.data")
end

function bodies.SK(cursor)
  cursor:octets("sk.data")
end

function bodies.SKF(cursor, payload)
  payload.number = cursor:number("skf.fragment_number", 2)
  payload.total = cursor:number("skf.total_fragments", 2)
  cursor:octets("skf.data")
  return ("%d/%d"):format(payload.number, payload.total)
end
