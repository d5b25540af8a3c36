-- The payloads of MRKMP (suites/profile.md, P-204 to P-209), and KD as the key servers have it
-- (P-241, P-254).
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = karpspec.names
local bodies = karpspec.bodies
local item_field = "kd.items"

-- The four texts of a speaker's group below PREFIX; PROTOCOL is the field of the last one.
-- Returns them as one line.
function karpspec.speaker_group(cursor, prefix, protocol)
  local speaker = cursor:text(prefix .. ".speaker")
  local vrf = cursor:text(prefix .. ".vrf")
  local interface = cursor:text(prefix .. ".interface")
  local name = cursor:text(protocol or prefix .. ".protocol")
  return ("%s, %s, %s, %s"):format(speaker, vrf, interface, name)
end

function bodies.GROUP(cursor)
  local protocol = cursor:number("group.protocol", 1, "group_protocol")
  local instance = cursor:number("group.instance", 1)
  cursor:number("group.reserved", 2)
  local name = names.of("group_protocol", protocol)
  local area, item = cursor:number("group.area", 4)
  local words = tostring(area)
  if name:find("OSPF") then
    words = ("%d.%d.%d.%d"):format(math.floor(area / 16777216), math.floor(area / 65536) % 256,
      math.floor(area / 256) % 256, area % 256)
    item:set_text(("Area: %s (%d)"):format(words, area))
  elseif name == "IS-IS" then
    item:set_text(("Level: %d"):format(area))
  end
  return ("%s, instance %d, %s %s"):format(name, instance, name == "IS-IS" and "level" or "area",
    words)
end

-- A lifetime in seconds from the sending of the message; the greatest number has no limit.
local function lifetime(cursor, name)
  local range, item = cursor:octets(name, 4)
  local seconds = range:int()
  item:append_text(seconds == 0x7fffffff and " (without limit)" or " s")
  return seconds
end

-- Octets that the algorithms of P-235 want.
local key_octets = { KEK = { [20] = 20 }, PMK = { 20, 32, 48, 64, 16 } }

local function key(cursor, kind)
  local id = cursor:number(item_field .. ".key_id", 4)
  local algorithm = cursor:number(item_field .. ".algorithm", 2,
    kind == "KEK" and "kek_algorithm" or "pmk_algorithm")
  local length = cursor:number(item_field .. ".key_length", 2)
  local receive_start = lifetime(cursor, item_field .. ".receive_start")
  local send_start = lifetime(cursor, item_field .. ".send_start")
  local send_end = lifetime(cursor, item_field .. ".send_end")
  local receive_end = lifetime(cursor, item_field .. ".receive_end")
  cursor:octets(item_field .. ".key", length)
  cursor:finish("the key")
  local line = ("key ID %d, "):format(id)
    .. names.of(kind == "KEK" and "kek_algorithm" or "pmk_algorithm", algorithm)
  if length == 0 then
    return ("key ID %d"):format(id)  -- asks for this key (P-222)
  end
  if key_octets[kind][algorithm] ~= length then
    cursor:odd("the algorithm is unknown or wants a key of another length: "
      .. "the item is passed over (P-205)")
  end
  if receive_start > send_start or send_start > send_end or send_end > receive_end then
    cursor:odd("the times are not in order: the item is passed over (P-205)")
  end
  return line
end

-- By the item's name: reader(cursor), which returns its line.
local items = {
  KEK = function(cursor) return key(cursor, "KEK") end,
  PMK = function(cursor) return key(cursor, "PMK") end,
}
function items.GCKS(cursor)
  local range, item = cursor:octets(item_field .. ".value")
  local address = karpspec.show_address(item, range)
  if not address then
    cursor:odd("an address has 4 or 16 octets")
  end
  return address
end
function items.GROUP(cursor)
  local line = karpspec.speaker_group(cursor, item_field)
  cursor:finish("the group")
  return line
end
function items.ORDER(cursor)
  local version = cursor:number(item_field .. ".policy_version", 8)
  local sequence = cursor:number(item_field .. ".sequence", 8)
  cursor:finish("the order")
  return ("policy version %s, sequence %s"):format(tostring(version), tostring(sequence))
end

-- UTC, where the number is one that a calendar has.
local function clock(cursor)
  local seconds, item = cursor:number("kd.clock", 8)
  if seconds < UInt64(0, 1) then
    item:append_text(os.date("! (%Y-%m-%d %H:%M:%S UTC)", seconds:tonumber()))
  end
end

function bodies.KD(cursor)
  clock(cursor)
  local kinds = {}
  while cursor:left() > 0 do
    local one = cursor:element(item_field, ("Item %d"):format(#kinds + 1), 2, 4)
    local number = one:number(item_field .. ".type", 1, "key_item")
    one:number(item_field .. ".reserved", 1)
    one:number(item_field .. ".length", 2)
    local kind = names.of("key_item", number)
    kinds[#kinds + 1] = kind
    one.tree:append_text(": " .. kind)
    local line
    if items[kind] then
      line = items[kind](one)
    else
      one:octets(item_field .. ".value")
      line = "of an unknown type, passed over"
    end
    if line then
      one.tree:append_text(", " .. line)
    end
  end
  return table.concat(kinds, ", ")
end

function bodies.SEQ(cursor)
  return tostring((cursor:number("seq.number", 8)))
end

function bodies.ADV(cursor)
  cursor:number("adv.version", 1)
  local kind = cursor:number("adv.type", 1, "advertisement")
  local priority = cursor:number("adv.priority", 2)
  local _, item = cursor:number("adv.interval", 2)
  item:append_text(" ms")
  cursor:number("adv.reserved", 2)
  return ("%s, priority %d"):format(names.of("advertisement", kind), priority)
end

function bodies.GKM(cursor)
  local kind = cursor:number("gkm.type", 1, "group_message")
  cursor:number("gkm.reserved", 1)
  local _, item = cursor:number("gkm.rejoin_within", 2)
  item:append_text(" s")
  return names.group_message[kind] or "kind " .. kind
end

function bodies.INC(cursor)
  cursor:number("inc.number", 8)
end
