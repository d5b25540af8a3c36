-- MRKMP and the exchanges of key servers, at their UDP ports (suites/profile.md, P-200 to P-242).
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = karpspec.names
local prefs = karpspec.proto.prefs
local mrkmp = karpspec.mrkmp
local isakmp = Dissector.get("isakmp")
local gdoi_port = 848

-- Whether the datagram begins as a message of MRKMP: privileged ports are also the source of other
-- protocols' datagrams. A version that is not 2 is one when the length says so too.
local function looks_like_mrkmp(tvb)
  if tvb:captured_len() < 19 then
    return false
  end
  local version, exchange = tvb:range(17, 1):bitfield(0, 4), tvb:range(18, 1):uint()
  if not names.exchange[exchange] then
    return false
  end
  return version == 2 or (names.group_exchange[exchange] ~= nil and tvb:captured_len() >= 28
    and tvb:range(24, 4):uint() == tvb:reported_len())
end

-- Lets Wireshark decrypt the last payload of MESSAGE, the datagram TVB, and reads what is in it.
local function open(tvb, pinfo, tree, message)
  local sealed = message.sealed
  local reading = prefs.show_isakmp and tree
    or tree:add(karpspec.proto, tvb:range()):set_hidden()
  -- Wireshark may not like what is inside; what it has decrypted by then is there.
  pcall(function()
    isakmp:call(tvb, pinfo, reading)
  end)
  sealed.key = karpspec.message_key(tvb)
  local inside, why = karpspec.inside(pinfo, sealed)
  if why == "sealed" then
    sealed.tree:add_proto_expert_info(karpspec.expert.sealed,
      "Not decrypted: no keys for these SPIs in ikev2_decryption_table")
  elseif why == "icv" then
    sealed.tree:add_proto_expert_info(karpspec.expert.icv)
  else
    sealed.tree:append_text(", decrypted by Wireshark")
  end
  if not inside then
    return
  end
  -- What was under SK stands in the message in its place.
  message.payloads[#message.payloads] = nil
  if inside.tvb then
    karpspec.read_chain(karpspec.cursor(inside.tvb, 0, inside.tvb:captured_len(), sealed.tree),
      inside.first, message)
  elseif inside.first ~= 0 then
    sealed.tree:add_proto_expert_info(karpspec.expert.malformed, "nothing is inside")
  end
end

-- Reads the datagram into TREE. Returns the message, where it has a whole header.
local function read_message(tvb, pinfo, tree)
  local reported = tvb:reported_len()
  local cursor = karpspec.cursor(tvb, 0, reported, tree)
  local message, first
  local whole = karpspec.guarded(function()
    message, first = karpspec.read_header(cursor)
    local length = tvb:range(24, 4):uint()
    if length ~= reported then
      cursor:fail(("the header says %d octets, the datagram has %d"):format(length, reported))
    end
  end)
  if message then
    whole = whole and karpspec.read_chain(cursor, first, message)
    if whole and message.sealed and tvb:captured_len() == reported then
      open(tvb, pinfo, tree, message)
    end
    message.line = karpspec.one_line(message)
    tree:add(karpspec.field["message"], tvb:range(0, 0), message.line):set_generated()
  end
  return message
end

-- What the header says of a message to the group that nobody has opened (P-208).
local function under_kek(message)
  local last = message.payloads[#message.payloads]
  if not message.kek_id or not last or last.name ~= "SK" then
    return ""
  end
  return (", KEK %d, sequence number %d"):format(message.kek_id, message.id)
end

function mrkmp.dissector(tvb, pinfo, root)
  if not looks_like_mrkmp(tvb) then
    -- GDOI and G-IKEv2, whose port it is, are IKE to Wireshark.
    if pinfo.src_port == gdoi_port or pinfo.dst_port == gdoi_port then
      return isakmp:call(tvb, pinfo, root)
    end
    return 0
  end
  local tree = root:add(mrkmp, tvb:range())
  local message = read_message(tvb, pinfo, tree)
  pinfo.cols.protocol = "MRKMP"
  if message then
    local line = message.line .. under_kek(message)
    tree:append_text(", " .. line)
    pinfo.cols.info = line
  else
    pinfo.cols.info = "cut off in the header"
  end
  return tvb:captured_len()
end

local ports = DissectorTable.get("udp.port")
karpspec.on_numbers(function()
  ports:remove_all(mrkmp)
  ports:add(prefs.udp_ports, mrkmp)
end)
ports:add_for_decode_as(mrkmp)
