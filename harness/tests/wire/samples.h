#pragma once

#include "base/octets.h"
#include "wire/message.h"

namespace karpspec::wire {

// Messages written by hand from the figures of RFC 5996 section 3 and RKMP section 4, octet by
// octet; not made by our encoder.
inline Octets hand_written_init() {
  return *from_hex(
      "1111111111111111 0000000000000000 21 20 22 08 00000000 00000090"
      // SA: next KE, length 48; one proposal of 44: number 1, IKE, no SPI, 4 transforms
      "22 00 0030  00 00 002c 01 01 00 04"
      "03 00 000c 01 00 000c 800e0080"  // ENCR AES-CBC, key length 128
      "03 00 0008 02 00 0005"           // PRF HMAC-SHA2-256
      "03 00 0008 03 00 000c"           // INTEG HMAC-SHA2-256-128
      "00 00 0008 04 00 001f"           // group 31
      // KE: next nonce, length 40, group 31
      "28 00 0028 001f 0000"
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
      // nonce: length 20, 16 octets and the head
      "29 00 0014 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
      // N(INITIAL_CONTACT), without data
      "00 00 0008 00 00 4000");
}

// The payload chain of an RKMP IKE_AUTH request, from SAi2 on: SA, TSi, TSr.
inline Octets hand_written_rkmp_chain() {
  return *from_hex(
      // SA: next TSi, length 28; one proposal of 24: number 1, TCP-AO (201), no SPI, 2 transforms
      "2c 00 001c  00 00 0018 01 c9 00 02"
      "03 00 0008 07 01 01 00"
      "00 00 0008 08 02 02 80"
      // TSi, TSr: one selector of type 241, BGP, length 4
      "2d 00 000c 01 000000 f1 01 0004"
      "00 00 000c 01 000000 f1 01 0004");
}

}  // namespace karpspec::wire
