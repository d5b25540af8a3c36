#pragma once

#include <string_view>

#include "wire/code_points.h"

// Whole messages and chains, written by hand from the figures of RFC 5996 section 3, RFC 7383
// section 2.5 and RKMP section 4. They are also the seeds in harness/fuzz/corpus/message.
namespace karpspec::wire::samples {

// 216 octets: HDR, SA, KE, Ni, N, N, V.
inline constexpr std::string_view ike_sa_init =
    "0102030405060708 0000000000000000 21 20 22 08 00000000 000000d8"
    // SA: AES_CBC of 128 bits with PRF, INTEG and DH, or AES_GCM_16 of 256 bits
    "22 00 0054"
    "  02 00 002c 01 01 00 04"
    "    03 00 000c 01 00 000c 800e 0080"
    "    03 00 0008 02 00 0005"
    "    03 00 0008 03 00 000c"
    "    00 00 0008 04 00 000e"
    "  00 00 0024 02 01 00 03"
    "    03 00 000c 01 00 0014 800e 0100"
    "    03 00 0008 02 00 0006"
    "    00 00 0008 04 00 0013"
    // KE, Ni
    "28 00 0010 0013 0000 a1a2a3a4a5a6a7a8"
    "29 00 0014 b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
    // N(NAT_DETECTION_SOURCE_IP), N(NAT_DETECTION_DESTINATION_IP)
    "29 00 001c 00 00 4004 c0c1c2c3c4c5c6c7c8c9cacbcccdcecfc0c1c2c3"
    "2b 00 001c 00 00 4005 d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3"
    // V
    "00 00 000c 0011223344556677";

// The inside of RKMP's IKE_AUTH: IDi, CERT, CERTREQ, AUTH, SA, TSi, TSr.
inline constexpr PayloadType rkmp_auth_first = PayloadType::IDi;
inline constexpr std::string_view rkmp_auth =
    // IDi: ID_FQDN r1.example
    "25 00 0012 02 000000 72312e6578616d706c65"
    "26 00 0009 04 30020500"
    "27 00 0019 04 000102030405060708090a0b0c0d0e0f10111213"
    "21 00 0018 02 000000 e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
    // SA: TCP-AO (201) with two transforms, the first leaving TCP options out of the MAC
    "2c 00 001c"
    "  00 00 0018 01 c9 00 02"
    "    03 00 0008 4d 01 01 80"
    "    00 00 0008 4e 02 02 00"
    // TSi: BGP; TSr: BGP, 192.0.2.1 port 179, 2001:db8::1 - 2001:db8::2
    "2d 00 000c 01 000000 f1 01 0004"
    "00 00 0044 03 000000"
    "  f1 01 0004"
    "  07 06 0010 00b3 00b3 c0000201 c0000201"
    "  08 06 0028 0000 ffff 20010db8000000000000000000000001 20010db8000000000000000000000002";

// The inside of a CREATE_CHILD_SA that rekeys ESP: N(REKEY_SA), SA, Ni, KE, TSi, TSr.
inline constexpr PayloadType rekey_first = PayloadType::N;
inline constexpr std::string_view rekey =
    "21 00 000c 03 04 4009 0a0b0c0d"
    "28 00 0034"
    "  00 00 0030 01 03 04 03 f0f1f2f3"
    "    03 00 0014 01 00 000c 800e 0100 4001 0004 deadbeef"
    "    03 00 0008 03 00 000c"
    "    00 00 0008 05 00 0000"
    "22 00 0014 b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
    "2c 00 000c 0013 0000 a1a2a3a4"
    "2d 00 0018 01 000000 07 00 0010 0000 ffff c0000200 c00002ff"
    "00 00 0012 02 000000 f1 02 0004 63 05 0006 aabb";

// The inside of an INFORMATIONAL: D, D, CP, EAP, a critical payload of type 200.
inline constexpr PayloadType informational_first = PayloadType::D;
inline constexpr std::string_view informational =
    // ESP SPIs to delete, then the IKE SA itself
    "2a 00 0010 03 04 0002 01020304 05060708"
    "2f 00 0008 01 00 0000"
    "30 00 0014 01 000000 0001 0004 c0000205 0003 0000"
    "c8 00 0009 01 07 0005 01"
    "00 80 0007 aabbcc";

// What a GCKS of MRKMP downloads: GROUP, INC, KD with its address, a KEK, a protocol master key and
// an item of a kind that nobody knows; SEQ, GKM, ADV.
inline constexpr PayloadType mrkmp_first = PayloadType::GROUP;
inline constexpr std::string_view mrkmp =
    "85 00 000c 03 00 0000 00000001"
    "81 00 000c 0102030405060708"
    "82 00 006c 0000000069520000"
    "  03 00 0008 c0000201"
    "  01 00 0030 a0a1a2a3 0014 0014 00000000 00000005 00000e10 00000e2e"
    "    c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3"
    "  02 00 0020 00000007 0002 0004 fffffff6 fffffff6 7fffffff 7fffffff e0e1e2e3"
    "  63 00 0008 0badf00d"
    "84 00 000c 0000000000000102"
    "83 00 0008 02 00 003c"
    "00 00 000c 01 02 8000 03e8 0000";

// Of the key servers: POLICY with a permission, an interface, what to do about reconnecting and an
// entry of a kind that nobody knows; KD with the key of a speaker's group.
inline constexpr PayloadType keyserver_first = PayloadType::POLICY;
inline constexpr std::string_view keyserver =
    "81 00 0097 0000000000000007 01 00 0045 0001 61 0001 62 0003 726564 0004 65746830 0003"
    " 70696d 01 01 0020 c0c1c2c3c4c5c6c7c8c9cacbcccdcecfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf 03"
    " 0004 c0000201 02 00 0018 0001 62 0003 726564 0004 65746830 01 01 00000e10 03 00 0026"
    " 0005 012c 001e 19 00 03 0004 c0000209 03 0010 20010db8000000000000000000000009 63 00"
    " 0008 0badf00d"
    "00 00 005f 0000000069520000 80 00 0017 0001 61 0003 726564 0004 65746830 0003 70696d"
    " 03 00 0008 c0000201 81 00 0014 0000000000000007 0000000100000002 02 00 0020 10a1a2a3"
    " 0002 0004 00000000 00000005 00000e10 00000e2e e0e1e2e3";

// HDR, ADV inside an election: GROUP, ADV.
inline constexpr std::string_view mrkmp_advert =
    "0000000000000000 0000000000000000 80 20 f6 08 00000000 00000034"
    "83 00 000c 03 00 0000 00000001"
    "00 00 000c 01 01 8000 03e8 0000";

// HDR, SK whose first payload inside is IDr.
inline constexpr std::string_view sealed =
    "0102030405060708 1112131415161718 2e 20 23 20 00000001 00000040"
    "24 00 0024 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

// HDR, SKF: fragment 2 of 3, whose Next Payload field is 0.
inline constexpr std::string_view fragment =
    "0102030405060708 1112131415161718 35 20 23 08 00000001 00000034"
    "00 00 0018 0002 0003 f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

}  // namespace karpspec::wire::samples
