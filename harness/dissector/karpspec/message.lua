-- A message: header (RFC 5996 section 3.1) and chain of payloads, and the one line that says what
-- it is, in the notation of the documents as `karpspec decode` writes it.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = karpspec.names
karpspec.header_size = 28

-- What is known of a message while it is read. Payloads are { name =, detail =, critical = }.
function karpspec.new_message(exchange, is_response, id)
  return {
    exchange = names.of("exchange", exchange),
    is_response = is_response,
    id = id,
    payloads = {},
  }
end

-- Reads the header, and returns the message and the first payload's type.
function karpspec.read_header(cursor)
  local tree = cursor.tree
  local spi_i = cursor:peek(4, 4)
  local high = cursor:peek(0, 4)
  cursor:number("hdr.spi_i", 8)
  cursor:number("hdr.spi_r", 8)
  local first = cursor:number("hdr.next_payload", 1, "next_payload")
  local range, item = cursor:octets("hdr.version", 1)
  item:set_text(("Version: %d.%d"):format(range:bitfield(0, 4), range:bitfield(4, 4)))
  item:add(karpspec.field["hdr.version.major"], range)
  item:add(karpspec.field["hdr.version.minor"], range)
  if range:bitfield(0, 4) ~= 2 then
    cursor:odd("the major version is not 2")
  end
  local exchange = cursor:number("hdr.exchange", 1, "exchange")
  range, item = cursor:octets("hdr.flags", 1)
  item:add(karpspec.field["hdr.flags.r"], range)
  item:add(karpspec.field["hdr.flags.v"], range)
  item:add(karpspec.field["hdr.flags.i"], range)
  local id
  id, item = cursor:number("hdr.message_id", 4)
  cursor:number("hdr.length", 4)
  local message = karpspec.new_message(exchange, range:bitfield(2, 1) == 1, id)
  -- A message to the group has the KEK's ID for an SPI, and its sequence number for an ID (P-208).
  if message.exchange == "mrkmp_group" then
    item:append_text(" (lower 32 bits of the sequence number)")
    if high == 0 then
      tree:add(karpspec.field["hdr.kek_id"], cursor.tvb:range(cursor.at - 24, 4)):set_generated()
      message.kek_id = spi_i
    end
  end
  return message, first
end

-- Reads one payload of type NUMBER, generic header included. Returns its Next Payload field; where
-- its body is malformed that has been told, and what follows can still be read.
function karpspec.read_payload(cursor, number, message)
  local name = names.payload[number] or "P" .. number
  local words = names.payload_words[name]
  local title = ("Payload: %s (%d)"):format(words and name .. ", " .. words or name, number)
  local one = cursor:element("payload", title, 2, 4, number)
  local sealed = name == "SK" or name == "SKF"
  -- What SK says there is the type of the first payload inside.
  local next = one:number(sealed and name:lower() .. ".first_inner" or "payload.next_payload", 1,
    "next_payload")
  local range = one.tvb:range(one.at, 1)
  one:take(1, "flags")
  one.tree:add(karpspec.field["payload.critical"], range)
  one.tree:add(karpspec.field["payload.generic_reserved"], range)
  one:number("payload.length", 2)
  local payload = { name = name, critical = range:bitfield(0, 1) == 1, tree = one.tree }
  message.payloads[#message.payloads + 1] = payload
  payload.whole = karpspec.guarded(function()
    local body = karpspec.bodies[name]
    if body then
      payload.detail = body(one, payload)
    else
      one:octets("payload.data")
    end
    one:finish("the body of " .. name)
  end)
  if payload.detail and payload.detail ~= "" then
    one.tree:append_text(": " .. payload.detail)
  end
  message.whole = message.whole ~= false and payload.whole
  if sealed then
    payload.first = next
    message.sealed = payload
    return 0
  end
  return next
end

-- Reads payloads from type FIRST on to the end of the cursor. Says whether all of it was there.
function karpspec.read_chain(cursor, first, message)
  local done = karpspec.guarded(function()
    while first ~= 0 do
      first = karpspec.read_payload(cursor, first, message)
    end
    cursor:finish("the last payload")
  end)
  return done and message.whole ~= false
end

-- What the documents' figures call a payload: SAi1, KEr, Ni, N(REKEY_SA).
local function figure_name(message, payload)
  local side = message.is_response and "r" or "i"
  local name = payload.name
  if name == "SA" then
    if message.exchange == "IKE_SA_INIT" or message.exchange == "mrkmp_init" then
      return "SA" .. side .. "1"
    end
    return message.exchange == "IKE_AUTH" and "SA" .. side .. "2" or "SA"
  elseif name == "KE" then
    return "KE" .. side
  elseif name == "Nonce" then
    return "N" .. side
  elseif (name == "N" or name == "D" or name == "SKF") and payload.detail then
    return ("%s(%s)"):format(name, payload.detail)
  end
  return payload.critical and name .. "!" or name
end

-- What is asked first of a message to a group: " GCKS, priority 32768", " update 7".
local function group_words(message)
  local details = {}
  for _, payload in ipairs(message.payloads) do
    details[payload.name] = details[payload.name] or payload.detail
  end
  if details.ADV then
    return " " .. details.ADV
  elseif details.GKM and details.SEQ then
    return (" %s%s %s"):format(details.GKM, details.GKM:find("^kind") and "," or "", details.SEQ)
  end
  return ""
end

-- "mrkmp_join request, id 2 {GROUP, INC}"
function karpspec.one_line(message)
  local list = {}
  for i, payload in ipairs(message.payloads) do
    list[i] = figure_name(message, payload)
  end
  local head
  if message.exchange == "mrkmp_advert" or message.exchange == "mrkmp_group" then
    head = message.exchange .. group_words(message)
  else
    head = ("%s %s, id %d"):format(message.exchange,
      message.is_response and "response" or "request", message.id)
  end
  return ("%s {%s}"):format(head, table.concat(list, ", "))
end
