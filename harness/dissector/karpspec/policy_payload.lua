-- POLICY, what a DKS tells a router (suites/profile.md, P-242 and P-253).
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = karpspec.names
local field = "policy.entries"

-- Material by which a router is known, to the end of the entry; LIST is the field's last word.
local function materials(cursor, list)
  local name = field .. "." .. list
  local number = 0
  while cursor:left() > 0 do
    number = number + 1
    local length = cursor:peek(1, 2) or 0
    local item = cursor.tree:add(karpspec.field[name], cursor:seen(3 + length))
    item:set_text(("%s %d"):format(karpspec.label[name], number))
    local one = karpspec.cursor(cursor.tvb, cursor.at, cursor.to, item)
    local kind = names.of("material", one:number(name .. ".kind", 1, "material"))
    one:number(name .. ".length", 2)
    local range, value = one:octets(name .. ".value", length)
    local address = kind == "address" and karpspec.show_address(value, range)
    item:append_text(": " .. kind .. (address and " " .. address or ""))
    cursor.at = one.at
  end
end

-- By the entry's name: reader(cursor), which returns its line.
local entries = {}
function entries.PERMIT(cursor)
  local speaker = cursor:text(field .. ".speaker")
  local receiver = cursor:text(field .. ".receiver")
  local vrf = cursor:text(field .. ".vrf")
  local interface = cursor:text(field .. ".interface")
  local protocol = cursor:text(field .. ".protocol")
  cursor:number(field .. ".direction", 1, "direction")
  materials(cursor, "materials")
  return ("%s hears %s, %s, %s, %s"):format(receiver, speaker, vrf, interface, protocol)
end
function entries.INTERFACE(cursor)
  local router = cursor:text(field .. ".router")
  local vrf = cursor:text(field .. ".vrf")
  local interface = cursor:text(field .. ".interface")
  local mode = cursor:number(field .. ".mode", 1, "mode")
  local range, flags = cursor:octets(field .. ".flags", 1)
  flags:add(karpspec.field[field .. ".flags.central"], range)
  local _, item = cursor:number(field .. ".permit_seconds", 4)
  item:append_text(" s")
  cursor:finish("the interface")
  return ("%s, %s, %s: %s%s"):format(router, vrf, interface, names.of("mode", mode),
    range:bitfield(7, 1) == 1 and ", central" or "")
end
function entries.RECONNECT(cursor)
  local seconds = {}
  for i, name in ipairs({ "first", "longest", "spread" }) do
    local item
    seconds[i], item = cursor:number(field .. "." .. name, 2)
    item:append_text(" s")
  end
  local _, item = cursor:number(field .. ".jitter", 1)
  item:append_text(" %")
  cursor:number(field .. ".unused", 1)
  materials(cursor, "addresses")
  return ("first %d s, longest %d s, spread %d s"):format(table.unpack(seconds))
end

function karpspec.bodies.POLICY(cursor)
  local version = cursor:number("policy.version", 8)
  local count = 0
  while cursor:left() > 0 do
    count = count + 1
    local one = cursor:element(field, ("Entry %d"):format(count), 2, 4)
    local kind = names.of("policy_entry", one:number(field .. ".type", 1, "policy_entry"))
    one:number(field .. ".reserved", 1)
    one:number(field .. ".length", 2)
    one.tree:append_text(": " .. kind)
    local line
    if entries[kind] then
      line = entries[kind](one)
    else
      one:octets(field .. ".value")
      line = "of an unknown type, passed over"
    end
    one.tree:append_text(", " .. line)
  end
  return ("version %s, %d %s"):format(tostring(version), count, count == 1 and "entry" or "entries")
end
