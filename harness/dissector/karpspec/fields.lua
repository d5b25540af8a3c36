-- The fields that display filters name. A field is called as `karpspec decode` calls it, in lower
-- case and without indexes, behind `karpspec.`: SAi2.proposals[1].transforms[2].send_id is
-- karpspec.sa.proposals.transforms.send_id. What comes first is the type of the payload.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local field, label, all = {}, {}, {}
karpspec.field = field  -- by its name without the prefix
karpspec.label = label

local function put(name, text, made)
  field[name], label[name] = made, text
  all[#all + 1] = made
end
-- KIND is a constructor of ProtoField; numbers are shown in decimal unless BASE says otherwise.
local function add(name, text, kind, shown)
  local filter = "karpspec." .. name
  if kind:find("int") then
    put(name, text, ProtoField[kind](filter, text, shown or base.DEC))
  else
    put(name, text, ProtoField[kind](filter, text))
  end
end
local function bits(name, text, octets, mask, words)
  local filter = "karpspec." .. name
  if words then
    put(name, text, ProtoField.bool(filter, text, octets * 8, words, mask))
  else
    put(name, text, ProtoField["uint" .. octets * 8](filter, text, base.DEC, nil, mask))
  end
end

add("message", "Message", "string")
add("ipv4", "Address", "ipv4")
add("ipv6", "Address", "ipv6")

add("hdr.spi_i", "Initiator's SPI", "uint64", base.HEX)
add("hdr.spi_r", "Responder's SPI", "uint64", base.HEX)
add("hdr.kek_id", "KEK's key ID", "uint32")
add("hdr.next_payload", "Next payload", "uint8")
add("hdr.version", "Version", "uint8", base.HEX)
bits("hdr.version.major", "Major version", 1, 0xf0)
bits("hdr.version.minor", "Minor version", 1, 0x0f)
add("hdr.exchange", "Exchange type", "uint8")
add("hdr.flags", "Flags", "uint8", base.HEX)
bits("hdr.flags.i", "I", 1, 0x08, { "sent by the SA's initiator", "sent by the SA's responder" })
bits("hdr.flags.v", "V", 1, 0x10,
  { "a higher major version is spoken", "no higher major version is spoken" })
bits("hdr.flags.r", "R", 1, 0x20, { "response", "request" })
add("hdr.message_id", "Message ID", "uint32")
add("hdr.length", "Length", "uint32")

add("payload", "Payload", "uint8")
add("payload.next_payload", "Next payload", "uint8")
bits("payload.critical", "Critical", 1, 0x80, { "yes", "no" })
bits("payload.generic_reserved", "Reserved", 1, 0x7f)
add("payload.length", "Payload length", "uint16")
add("payload.data", "Data", "bytes")

add("sa.proposals", "Proposal", "none")
add("sa.proposals.last", "Last or more", "uint8")
add("sa.proposals.reserved", "Reserved", "uint8")
add("sa.proposals.length", "Length", "uint16")
add("sa.proposals.number", "Number", "uint8")
add("sa.proposals.protocol", "Protocol", "uint8")
add("sa.proposals.spi_size", "SPI size", "uint8")
add("sa.proposals.num_transforms", "Number of transforms", "uint8")
add("sa.proposals.spi", "SPI", "bytes")
local transform = "sa.proposals.transforms"
add(transform, "Transform", "none")
add(transform .. ".last", "Last or more", "uint8")
add(transform .. ".reserved", "Reserved", "uint8")
add(transform .. ".reserved1", "Reserved", "uint8")
add(transform .. ".reserved2", "Reserved", "uint8")
add(transform .. ".length", "Length", "uint16")
add(transform .. ".type", "Transform type", "uint8")
add(transform .. ".id", "Transform ID", "uint16")
add(transform .. ".data", "Data", "bytes")
add(transform .. ".send_id", "SendID", "uint8")
add(transform .. ".auth_alg", "Auth Alg", "uint8")
add(transform .. ".kdf", "KDF", "uint8")
add(transform .. ".flags", "Flags", "uint8", base.HEX)
bits(transform .. ".flags.o", "O", 1, 0x80,
  { "TCP options are left out of the MAC", "TCP options are covered by the MAC" })
bits(transform .. ".flags.x", "X, unused", 1, 0x7f)
add(transform .. ".attributes", "Attribute", "none")
bits(transform .. ".attributes.type", "Type", 2, 0x7fff)
add(transform .. ".attributes.length", "Length", "uint16")
add(transform .. ".attributes.value", "Value", "uint16")
add(transform .. ".attributes.octets", "Value", "bytes")

add("ke.group", "Group", "uint16")
add("ke.reserved", "Reserved", "uint16", base.HEX)
add("ke.data", "KE data", "bytes")
for _, id in ipairs({ "idi", "idr" }) do
  add(id .. ".id_type", "ID type", "uint8")
  add(id .. ".reserved", "Reserved", "uint24", base.HEX)
  add(id .. ".data", "Identification data", "bytes")
  add(id .. ".text", "Text", "string")
end
add("cert.encoding", "Encoding", "uint8")
add("cert.data", "Certificate data", "bytes")
add("certreq.encoding", "Encoding", "uint8")
add("certreq.data", "Certification authority", "bytes")
add("auth.method", "Method", "uint8")
add("auth.reserved", "Reserved", "uint24", base.HEX)
add("auth.data", "Authentication data", "bytes")
add("nonce.data", "Nonce", "bytes")
add("n.protocol", "Protocol", "uint8")
add("n.spi_size", "SPI size", "uint8")
add("n.type", "Notify message type", "uint16")
add("n.spi", "SPI", "bytes")
add("n.data", "Data", "bytes")
bits("n.potential_candidate", "potential_candidate", 1, 0x80, { "yes", "no" })
add("d.protocol", "Protocol", "uint8")
add("d.spi_size", "SPI size", "uint8")
add("d.num_spis", "Number of SPIs", "uint16")
add("d.spis", "SPI", "bytes")
add("v.data", "Vendor ID", "bytes")
for _, ts in ipairs({ "tsi", "tsr" }) do
  add(ts .. ".num_selectors", "Number of selectors", "uint8")
  add(ts .. ".reserved", "Reserved", "uint24", base.HEX)
  add(ts .. ".selectors", "Selector", "none")
  add(ts .. ".selectors.type", "Type", "uint8")
  add(ts .. ".selectors.routing_protocol", "Routing protocol", "uint8")
  add(ts .. ".selectors.ip_protocol", "IP protocol", "uint8")
  add(ts .. ".selectors.second_octet", "Second octet", "uint8")
  add(ts .. ".selectors.length", "Length", "uint16")
  add(ts .. ".selectors.start_port", "Start port", "uint16")
  add(ts .. ".selectors.end_port", "End port", "uint16")
  add(ts .. ".selectors.start_address", "Starting address", "bytes")
  add(ts .. ".selectors.end_address", "Ending address", "bytes")
  add(ts .. ".selectors.body", "Body", "bytes")
end
add("cp.cfg_type", "Type", "uint8")
add("cp.reserved", "Reserved", "uint24", base.HEX)
add("cp.attributes", "Attribute", "none")
bits("cp.attributes.reserved", "Reserved", 2, 0x8000)
bits("cp.attributes.type", "Type", 2, 0x7fff)
add("cp.attributes.length", "Length", "uint16")
add("cp.attributes.value", "Value", "bytes")
add("eap.data", "EAP message", "bytes")
add("sk.first_inner", "First payload inside", "uint8")
add("sk.data", "Encrypted data", "bytes")
add("skf.first_inner", "First payload inside", "uint8")
add("skf.fragment_number", "Fragment number", "uint16")
add("skf.total_fragments", "Total fragments", "uint16")
add("skf.data", "Encrypted data", "bytes")

add("group.protocol", "Routing protocol", "uint8")
add("group.instance", "Instance", "uint8")
add("group.reserved", "Reserved", "uint16", base.HEX)
add("group.area", "Level or area", "uint32")
add("kd.clock", "Sender's clock", "uint64")
add("kd.items", "Item", "none")
add("kd.items.type", "Type", "uint8")
add("kd.items.reserved", "Reserved", "uint8")
add("kd.items.length", "Length", "uint16")
add("kd.items.key_id", "Key ID", "uint32")
add("kd.items.algorithm", "Algorithm", "uint16")
add("kd.items.key_length", "Key length", "uint16")
add("kd.items.receive_start", "Receive start", "int32")
add("kd.items.send_start", "Send start", "int32")
add("kd.items.send_end", "Send end", "int32")
add("kd.items.receive_end", "Receive end", "int32")
add("kd.items.key", "Key", "bytes")
add("kd.items.policy_version", "Policy version", "uint64")
add("kd.items.sequence", "Sequence", "uint64")
add("kd.items.value", "Value", "bytes")
add("seq.number", "Sequence number", "uint64")
add("adv.version", "Version", "uint8")
add("adv.type", "Type", "uint8")
add("adv.priority", "Priority", "uint16")
add("adv.interval", "Interval", "uint16")
add("adv.reserved", "Reserved", "uint16", base.HEX)
add("gkm.type", "Type", "uint8")
add("gkm.reserved", "Reserved", "uint8")
add("gkm.rejoin_within", "Join again within", "uint16")
add("inc.number", "Incarnation", "uint64", base.HEX)

add("policy.version", "Version", "uint64")
add("policy.entries", "Entry", "none")
add("policy.entries.type", "Type", "uint8")
add("policy.entries.reserved", "Reserved", "uint8")
add("policy.entries.length", "Length", "uint16")
add("policy.entries.receiver", "Receiver", "string")
add("policy.entries.direction", "Direction", "uint8")
add("policy.entries.router", "Router", "string")
add("policy.entries.mode", "Mode", "uint8")
add("policy.entries.flags", "Flags", "uint8", base.HEX)
bits("policy.entries.flags.central", "Receivers ask the DKS", 1, 0x01, { "yes", "no" })
add("policy.entries.permit_seconds", "Seconds of permit", "uint32")
add("policy.entries.first", "First delay", "uint16")
add("policy.entries.longest", "Longest delay", "uint16")
add("policy.entries.spread", "Spread of the start", "uint16")
add("policy.entries.jitter", "Jitter", "uint8")
add("policy.entries.unused", "Reserved", "uint8")
add("policy.entries.value", "Value", "bytes")
for _, list in ipairs({ "materials", "addresses" }) do
  local one = "policy.entries." .. list
  add(one, list == "materials" and "Material" or "Address of the DKS", "none")
  add(one .. ".kind", "Kind", "uint8")
  add(one .. ".length", "Length", "uint16")
  add(one .. ".value", "Value", "bytes")
end
-- The four texts that name a speaker's group (P-241).
for _, where in ipairs({ "kd.items", "policy.entries", "n" }) do
  add(where .. ".speaker", "Speaker", "string")
  add(where .. ".vrf", "VRF", "string")
  add(where .. ".interface", "Interface", "string")
  add(where .. ".protocol" .. (where == "n" and "_text" or ""), "Protocol", "string")
end
karpspec.proto.fields = all

karpspec.expert = {
  malformed = ProtoExpert.new("karpspec.malformed", "Malformed", expert.group.MALFORMED,
    expert.severity.ERROR),
  cut_off = ProtoExpert.new("karpspec.cut_off", "Cut off by the capture", expert.group.UNDECODED,
    expert.severity.WARN),
  sealed = ProtoExpert.new("karpspec.sealed", "Not decrypted", expert.group.DECRYPTION,
    expert.severity.CHAT),
  icv = ProtoExpert.new("karpspec.icv", "Integrity check value is wrong", expert.group.CHECKSUM,
    expert.severity.WARN),
  odd = ProtoExpert.new("karpspec.odd", "Not what the profile has", expert.group.PROTOCOL,
    expert.severity.NOTE),
}
local experts = {}
for _, made in pairs(karpspec.expert) do
  experts[#experts + 1] = made
end
karpspec.proto.experts = experts
