-- SA (RFC 5996 section 3.3), with the transforms of TCP-AO (RKMP 4.1.1.1, profile P-01 and P-21).
-- Which kind of transform a proposal has follows from its protocol.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = karpspec.names
local proposal_field = "sa.proposals"
local field = "sa.proposals.transforms"

-- The octet that says whether more follow must say what is so.
local function check_last(cursor, octet, more, is_last, what)
  local wanted = is_last and 0 or more
  if octet ~= wanted then
    cursor:fail(("%s is marked %d where its place wants %d"):format(what, octet, wanted))
  end
end

-- Returns the line of the transform, and its SendID.
local function tcp_ao(cursor)
  if cursor.to - cursor.from ~= 8 then
    cursor:fail(("a TCP-AO transform has 8 octets, this one %d"):format(cursor.to - cursor.from))
  end
  cursor:number(field .. ".reserved", 1)
  cursor:number(field .. ".length", 2)
  local send_id = cursor:number(field .. ".send_id", 1)
  local auth_alg = cursor:number(field .. ".auth_alg", 1, "tcp_ao_auth_alg")
  local kdf = cursor:number(field .. ".kdf", 1, "tcp_ao_kdf")
  local range, flags = cursor:octets(field .. ".flags", 1)
  flags:add(karpspec.field[field .. ".flags.o"], range)
  flags:add(karpspec.field[field .. ".flags.x"], range)
  return ("SendID %d, %s, %s, O %s"):format(send_id, names.of("tcp_ao_auth_alg", auth_alg),
    names.of("tcp_ao_kdf", kdf), range:bitfield(0, 1) == 1 and "set" or "clear"), send_id
end

-- Its transforms are undefined: they are passed over by their lengths (P-02).
local function undefined(cursor)
  cursor:number(field .. ".reserved", 1)
  cursor:number(field .. ".length", 2)
  cursor:octets(field .. ".data")
  return "undefined"
end

local function attribute(cursor)
  local short = (cursor:peek(0, 1) or 0) >= 128
  local length = short and 0 or cursor:peek(2, 2) or 0
  local item = cursor.tree:add(karpspec.field[field .. ".attributes"], cursor:seen(4 + length))
  local one = karpspec.cursor(cursor.tvb, cursor.at, cursor.to, item)
  local head = one:take(2, "attribute type")
  local kind = head:bitfield(1, 15)
  item:add(karpspec.field[field .. ".attributes.type"], head)
    :set_text("Type: " .. names.text("attribute", kind))
  local line = names.of("attribute", kind)
  if short then
    line = line .. " " .. one:number(field .. ".attributes.value", 2)
  else
    one:number(field .. ".attributes.length", 2)
    one:octets(field .. ".attributes.octets", length)
  end
  item:set_text("Attribute: " .. line)
  cursor.at = one.at
  return line
end

local function plain(cursor)
  cursor:number(field .. ".reserved1", 1)
  cursor:number(field .. ".length", 2)
  local kind = cursor:number(field .. ".type", 1, "transform_type")
  cursor:number(field .. ".reserved2", 1)
  local ids = names.transform_id[kind]
  local id = cursor:number(field .. ".id", 2, ids)
  local line = names.of("transform_type", kind) .. " " .. (ids and ids[id] or tostring(id))
  while cursor:left() > 0 do
    line = line .. ", " .. attribute(cursor)
  end
  return line
end

-- Returns the SendID of a TCP-AO transform.
local function transform(cursor, number, read)
  local one = cursor:element(field, ("Transform %d"):format(number), 2, 8)
  one.from = cursor.at - (one.to - one.at)
  local last = one:number(field .. ".last", 1)
  check_last(one, last, 3, cursor:left() == 0, "the transform")
  local line, send_id = read(one)
  one.tree:append_text(": " .. line)
  return send_id
end

-- Returns what the payload's line says of the proposal: its protocol, and its SendIDs.
local function proposal(cursor, number)
  local one = cursor:element(proposal_field, ("Proposal %d"):format(number), 2, 8)
  local last = one:number(proposal_field .. ".last", 1)
  check_last(one, last, 2, cursor:left() == 0, "the proposal")
  one:number(proposal_field .. ".reserved", 1)
  one:number(proposal_field .. ".length", 2)
  one:number(proposal_field .. ".number", 1)
  local protocol = one:number(proposal_field .. ".protocol", 1, "protocol")
  local spi_size = one:number(proposal_field .. ".spi_size", 1)
  local count = one:number(proposal_field .. ".num_transforms", 1)
  one:octets(proposal_field .. ".spi", spi_size)
  local name = names.of("protocol", protocol)
  one.tree:append_text(": " .. name)
  local read = name == "TCP_AO" and tcp_ao or name == "LDP_DISCOVERY" and undefined or plain
  local held, seen = 0, {}
  while one:left() > 0 and held < count do
    held = held + 1
    local send_id = transform(one, held, read)
    if send_id and not seen[send_id] then
      seen[send_id] = true
      name = name .. " SendID " .. send_id
    end
  end
  if held ~= count or one:left() > 0 then
    one:fail(("%d transforms are counted, and %s there"):format(count,
      held == count and "more are" or held .. " are"))
  end
  return name
end

function karpspec.bodies.SA(cursor)
  local proposals = {}
  while cursor:left() > 0 do
    proposals[#proposals + 1] = proposal(cursor, #proposals + 1)
  end
  return table.concat(proposals, ", ")
end
