-- The names of numbers, spelled as `karpspec decode` and the scenarios spell them.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = {}
karpspec.names = names

names.transform_type = { [1] = "ENCR", [2] = "PRF", [3] = "INTEG", [4] = "DH", [5] = "ESN" }
-- By transform type.
names.transform_id = {
  {
    [2] = "DES", [3] = "3DES", [11] = "NULL", [12] = "AES_CBC", [13] = "AES_CTR",
    [14] = "AES_CCM_8", [16] = "AES_CCM_16", [18] = "AES_GCM_8", [20] = "AES_GCM_16",
    [28] = "CHACHA20_POLY1305",
  },
  {
    "HMAC_MD5", "HMAC_SHA1", [4] = "AES128_XCBC", [5] = "HMAC_SHA2_256", [6] = "HMAC_SHA2_384",
    [7] = "HMAC_SHA2_512", [8] = "AES128_CMAC",
  },
  {
    [0] = "NONE", [1] = "HMAC_MD5_96", [2] = "HMAC_SHA1_96", [5] = "AES_XCBC_96",
    [8] = "AES_CMAC_96", [12] = "HMAC_SHA2_256_128", [13] = "HMAC_SHA2_384_192",
    [14] = "HMAC_SHA2_512_256",
  },
  {
    [0] = "NONE", [1] = "MODP_768", [2] = "MODP_1024", [5] = "MODP_1536", [14] = "MODP_2048",
    [15] = "MODP_3072", [16] = "MODP_4096", [17] = "MODP_6144", [18] = "MODP_8192",
    [19] = "ECP_256", [20] = "ECP_384", [21] = "ECP_521", [31] = "CURVE25519",
  },
  { [0] = "NO_ESN", [1] = "ESN" },
}
names.dh = names.transform_id[4]
names.attribute = { [14] = "KEY_LENGTH" }
names.id_type = {
  "ID_IPV4_ADDR", "ID_FQDN", "ID_RFC822_ADDR", [5] = "ID_IPV6_ADDR", [9] = "ID_DER_ASN1_DN",
  [10] = "ID_DER_ASN1_GN", [11] = "ID_KEY_ID",
}
names.auth_method = {
  "RSA", "PSK", "DSS", [9] = "ECDSA_256", [10] = "ECDSA_384", [11] = "ECDSA_521",
  [13] = "NULL_AUTH", [14] = "DIGITAL_SIGNATURE",
}
names.cert_encoding = {
  [1] = "PKCS7", [4] = "X509_SIGNATURE", [7] = "CRL", [11] = "RAW_RSA_KEY",
  [12] = "HASH_AND_URL", [15] = "RAW_PUBLIC_KEY",
}
names.cfg_type = { "CFG_REQUEST", "CFG_REPLY", "CFG_SET", "CFG_ACK" }
-- RKMP 4.2 and 4.1.1.1
names.routing_protocol = { "BGP", "LDP", "MSDP", "PIM_PORT", "PCEP" }
names.tcp_ao_auth_alg = { "HMAC_SHA_1_96", "AES_128_CMAC_96" }
names.tcp_ao_kdf = { "KDF_HMAC_SHA1", "KDF_AES_128_CMAC" }
-- P-204, P-205 with P-254, P-207, P-208
names.group_protocol = { "OSPFv2", "OSPFv3", "IS-IS", "RIPv2", "PIM" }
names.key_item = { "KEK", "PMK", "GCKS", [128] = "GROUP", [129] = "ORDER" }
names.advertisement = { [0] = "?", "initial", "GCKS", "resignation" }
names.group_message = { "update", "retire" }
-- P-235: key of a KEK, keys of a protocol master key
names.kek_algorithm = { [20] = "AES_GCM_16" }
names.pmk_algorithm = {
  "HMAC-SHA-1", "HMAC-SHA-256", "HMAC-SHA-384", "HMAC-SHA-512", "AES-128-CMAC",
}
-- P-253
names.policy_entry = { "PERMIT", "INTERFACE", "RECONNECT" }
names.direction = { "the receiver hears the speaker" }
names.mode = { [0] = "off", [1] = "permit", [2] = "require" }
names.material = { "key_sha256", "anchor", "address" }

-- What stands behind a payload's name in the tree.
names.payload_words = {
  SA = "Security Association", KE = "Key Exchange", IDi = "Identification, initiator",
  IDr = "Identification, responder", CERT = "Certificate", CERTREQ = "Certificate Request",
  AUTH = "Authentication", N = "Notify", D = "Delete", V = "Vendor ID",
  TSi = "Traffic Selector, initiator", TSr = "Traffic Selector, responder",
  SK = "Encrypted and Authenticated", CP = "Configuration",
  SKF = "Encrypted and Authenticated Fragment", GROUP = "Group identifier", KD = "Key download",
  SEQ = "Sequence number", ADV = "Advertisement", GKM = "Kind of group message",
  INC = "Incarnation", POLICY = "Policy",
}

local ike_payloads = {
  [33] = "SA", [34] = "KE", [35] = "IDi", [36] = "IDr", [37] = "CERT", [38] = "CERTREQ",
  [39] = "AUTH", [40] = "Nonce", [41] = "N", [42] = "D", [43] = "V", [44] = "TSi", [45] = "TSr",
  [46] = "SK", [47] = "CP", [48] = "EAP", [53] = "SKF",
}
local ike_exchanges = {
  [34] = "IKE_SA_INIT", [35] = "IKE_AUTH", [36] = "CREATE_CHILD_SA", [37] = "INFORMATIONAL",
}
local ike_notifies = {
  [1] = "UNSUPPORTED_CRITICAL_PAYLOAD", [4] = "INVALID_IKE_SPI", [5] = "INVALID_MAJOR_VERSION",
  [7] = "INVALID_SYNTAX", [9] = "INVALID_MESSAGE_ID", [11] = "INVALID_SPI",
  [14] = "NO_PROPOSAL_CHOSEN", [17] = "INVALID_KE_PAYLOAD", [24] = "AUTHENTICATION_FAILED",
  [34] = "SINGLE_PAIR_REQUIRED", [35] = "NO_ADDITIONAL_SAS", [36] = "INTERNAL_ADDRESS_FAILURE",
  [37] = "FAILED_CP_REQUIRED", [38] = "TS_UNACCEPTABLE", [39] = "INVALID_SELECTORS",
  [43] = "TEMPORARY_FAILURE", [44] = "CHILD_SA_NOT_FOUND", [45] = "AUTHORIZATION_FAILED",
  [16384] = "INITIAL_CONTACT", [16385] = "SET_WINDOW_SIZE", [16386] = "ADDITIONAL_TS_POSSIBLE",
  [16387] = "IPCOMP_SUPPORTED", [16388] = "NAT_DETECTION_SOURCE_IP",
  [16389] = "NAT_DETECTION_DESTINATION_IP", [16390] = "COOKIE", [16391] = "USE_TRANSPORT_MODE",
  [16392] = "HTTP_CERT_LOOKUP_SUPPORTED", [16393] = "REKEY_SA",
  [16394] = "ESP_TFC_PADDING_NOT_SUPPORTED", [16395] = "NON_FIRST_FRAGMENTS_ALSO",
  [16396] = "MOBIKE_SUPPORTED", [16404] = "MULTIPLE_AUTH_SUPPORTED",
  [16417] = "EAP_ONLY_AUTHENTICATION", [16418] = "CHILDLESS_IKEV2_SUPPORTED",
  [16430] = "IKEV2_FRAGMENTATION_SUPPORTED", [16431] = "SIGNATURE_HASH_ALGORITHMS",
}

local group_payloads = { "GROUP", "KD", "SEQ", "ADV", "GKM", "INC", "POLICY" }
local group_exchanges = {
  "mrkmp_init", "mrkmp_auth", "mrkmp_join", "mrkmp_merge_sa", "mrkmp_newkey", "mrkmp_group",
  "mrkmp_advert", "ks_policy", "ks_group",
}
local group_notifies = {
  "MRKMP_WRONG_GCKS", "MRKMP_GCKS_UNKNOWN", "MRKMP_NOT_PERMITTED", "MRKMP_MERGE_REFUSED",
}

-- A table of KNOWN and of those of OURS, whose numbers are preferences.
local function with(known, ours, prefs)
  local out = {}
  for number, name in pairs(known) do
    out[number] = name
  end
  for _, name in ipairs(ours) do
    out[prefs[name:lower()]] = name
  end
  return out
end

-- Of MRKMP and the key servers, by number: the exchanges that have a port of their own.
names.group_exchange = {}

karpspec.on_numbers(function(prefs)
  names.protocol = {
    "IKE", "AH", "ESP",
    [prefs.tcp_ao_protocol] = "TCP_AO",
    [prefs.ldp_discovery_protocol] = "LDP_DISCOVERY",
  }
  names.ts_type = {
    [7] = "TS_IPV4_ADDR_RANGE", [8] = "TS_IPV6_ADDR_RANGE", [prefs.rp_ts_type] = "TS_RP",
  }
  names.payload = with(ike_payloads, group_payloads, prefs)
  names.next_payload = with(ike_payloads, group_payloads, prefs)
  names.next_payload[0] = "none"
  names.exchange = with(ike_exchanges, group_exchanges, prefs)
  names.group_exchange = with({}, group_exchanges, prefs)
  names.notify = with(ike_notifies, group_notifies, prefs)
  names.ike_payload = ike_payloads
end)

-- NAME, or the number in digits.
function names.of(kind, number)
  return names[kind][number] or tostring(number)
end
-- "NAME (number)", or the number alone.
function names.text(kind, number)
  local name = names[kind][number]
  return name and ("%s (%d)"):format(name, number) or tostring(number)
end
