#!/usr/bin/env python3
"""Recomputes every vector of this folder with plain Python, so that no value rests on OpenSSL alone.

Hashes and HMAC are those of Python's standard library; AES, its MACs and modes, ChaCha20-Poly1305
and the groups are written out below, slowly and without regard to timing. Prints one line a file;
ends with status 1 when a value differs.
"""
import glob
import hashlib
import hmac
import json
import os
import sys

# --- AES (FIPS 197), 128 and 256 bits, encryption and decryption of one block ---


def _boxes():
    box, p, q = [0] * 256, 1, 1
    while True:
        p = (p ^ (p << 1) ^ (0x11B if p & 0x80 else 0)) & 0xFF
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        x = q ^ _rot8(q, 1) ^ _rot8(q, 2) ^ _rot8(q, 3) ^ _rot8(q, 4)
        box[p] = x ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


def _rot8(x, n):
    return ((x << n) | (x >> (8 - n))) & 0xFF


SBOX = _boxes()
INVERSE_SBOX = [SBOX.index(i) for i in range(256)]


def _times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


class Aes:
    def __init__(self, key):
        words = [list(key[i : i + 4]) for i in range(0, len(key), 4)]
        size, self.rounds, rcon = len(words), len(words) + 6, 1
        for i in range(size, 4 * (self.rounds + 1)):
            word = list(words[-1])
            if i % size == 0:
                word = [SBOX[b] for b in word[1:] + word[:1]]
                word[0] ^= rcon
                rcon = _times(rcon, 2)
            elif size > 6 and i % size == 4:
                word = [SBOX[b] for b in word]
            words.append([a ^ b for a, b in zip(words[i - size], word)])
        self.keys = [sum(words[4 * r : 4 * r + 4], []) for r in range(self.rounds + 1)]

    def encrypt(self, block):
        s = xor(block, self.keys[0])
        for r in range(1, self.rounds + 1):
            s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if r < self.rounds:
                s = self._mix(s, (2, 3, 1, 1))
            s = xor(s, self.keys[r])
        return bytes(s)

    def decrypt(self, block):
        s = xor(block, self.keys[self.rounds])
        for r in range(self.rounds - 1, -1, -1):
            s = [INVERSE_SBOX[s[(i - 4 * (i % 4)) % 16]] for i in range(16)]
            s = xor(s, self.keys[r])
            if r > 0:
                s = self._mix(s, (14, 11, 13, 9))
        return bytes(s)

    @staticmethod
    def _mix(s, row):
        out = []
        for c in range(0, 16, 4):
            for i in range(4):
                out.append(
                    _times(s[c], row[-i % 4]) ^ _times(s[c + 1], row[(1 - i) % 4])
                    ^ _times(s[c + 2], row[(2 - i) % 4]) ^ _times(s[c + 3], row[(3 - i) % 4]))
        return out


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def blocks(data, size=16):
    return [data[i : i + size] for i in range(0, len(data), size)]


def cbc_encrypt(key, iv, data):
    aes, out = Aes(key), b""
    for block in blocks(data):
        iv = aes.encrypt(xor(iv, block))
        out += iv
    return out


def cbc_decrypt(key, iv, data):
    aes, out = Aes(key), b""
    for block in blocks(data):
        out += xor(iv, aes.decrypt(block))
        iv = block
    return out


# --- MACs and PRFs ---


def _chained(aes, data, whole, padded):
    """CBC-MAC whose last block is mixed with WHOLE or, after padding, with PADDED."""
    parts = blocks(data) or [b""]
    last = parts.pop()
    if len(last) == 16:
        last = xor(last, whole)
    else:
        last = xor((last + b"\x80" + bytes(15))[:16], padded)
    state = bytes(16)
    for block in parts + [last]:
        state = aes.encrypt(xor(state, block))
    return state


def xcbc(key, data):
    k1, k2, k3 = (Aes(key).encrypt(bytes([i]) * 16) for i in (1, 2, 3))
    return _chained(Aes(k1), data, k2, k3)


def cmac(key, data):
    def double(x):
        n = int.from_bytes(x, "big") << 1
        return ((n ^ 0x87) if n >> 128 else n).to_bytes(17, "big")[1:]

    k1 = double(Aes(key).encrypt(bytes(16)))
    return _chained(Aes(key), data, k1, double(k1))


HMAC = {"HMAC_SHA1": "sha1", "HMAC_SHA2_256": "sha256", "HMAC_SHA2_384": "sha384",
        "HMAC_SHA2_512": "sha512"}


def prf(name, key, data):
    if name in HMAC:
        return hmac.new(key, data, HMAC[name]).digest()
    if name == "AES128_XCBC":  # RFC 4434 section 2
        if len(key) > 16:
            key = xcbc(bytes(16), key)
        return xcbc(key + bytes(16 - len(key)), data)
    if name == "AES128_CMAC":  # RFC 4615 section 3
        return cmac(key if len(key) == 16 else cmac(bytes(16), key), data)
    raise ValueError(name)


def prf_plus(name, key, seed, size):
    out, block, i = b"", b"", 1
    while len(out) < size:
        block = prf(name, key, block + seed + bytes([i]))
        out += block
        i += 1
    return out[:size]


# --- AEADs ---


def gcm(key, nonce, aad, plain):
    """Ciphertext and tag (NIST SP 800-38D), nonce of 12 octets."""
    aes = Aes(key)
    h = int.from_bytes(aes.encrypt(bytes(16)), "big")

    def times(x):
        product, v = 0, h
        for i in range(127, -1, -1):
            if x >> i & 1:
                product ^= v
            v = (v >> 1) ^ (0xE1 << 120 if v & 1 else 0)
        return product

    def counter(n):
        return aes.encrypt(nonce + n.to_bytes(4, "big"))

    text = b"".join(xor(b, counter(i + 2)) for i, b in enumerate(blocks(plain)))
    y = 0
    sizes = (8 * len(aad)).to_bytes(8, "big") + (8 * len(text)).to_bytes(8, "big")
    for block in blocks(aad) + blocks(text) + [sizes]:
        y = times(y ^ int.from_bytes(block + bytes(16 - len(block)), "big"))
    return text, xor(y.to_bytes(16, "big"), counter(1))


def chacha20_block(key, nonce, n):
    words = [int.from_bytes(w, "little") for w in
             blocks(b"expand 32-byte k" + key + n.to_bytes(4, "little") + nonce, 4)]
    s = list(words)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = (s[x] + s[y]) & 0xFFFFFFFF
                w = s[z] ^ s[x]
                s[z] = ((w << turn) | (w >> (32 - turn))) & 0xFFFFFFFF
    return b"".join(((a + b) & 0xFFFFFFFF).to_bytes(4, "little") for a, b in zip(s, words))


def chacha20_poly1305(key, nonce, aad, plain):
    """Ciphertext and tag (RFC 8439 section 2.8), nonce of 12 octets."""
    text = b"".join(xor(b, chacha20_block(key, nonce, i + 1))
                    for i, b in enumerate(blocks(plain, 64)))
    once = chacha20_block(key, nonce, 0)[:32]
    r = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    data = aad + bytes(-len(aad) % 16) + text + bytes(-len(text) % 16)
    data += len(aad).to_bytes(8, "little") + len(text).to_bytes(8, "little")
    total = 0
    for block in blocks(data):
        total = (total + int.from_bytes(block + b"\x01", "little")) * r % (2**130 - 5)
    tag = (total + int.from_bytes(once[16:], "little")) % 2**128
    return text, tag.to_bytes(16, "little")


def aead(encr, key, nonce, aad, plain):
    return (gcm if encr == "AES_GCM_16" else chacha20_poly1305)(key, nonce, aad, plain)


# --- Diffie-Hellman groups ---


def modp_prime(bits, k):
    """2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) * pi) + k), the formula of RFC 3526."""
    def arctan_of_inverse(x):
        term, total, n, sign = one // x, 0, 1, 1
        while term:
            total += sign * (term // n)
            term //= x * x
            n += 2
            sign = -sign
        return total

    one = 1 << (bits + 64)
    pi = 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))  # Machin's formula
    return 2**bits - 2 ** (bits - 64) - 1 + 2**64 * ((pi >> (64 + 130)) + k)


MODP = {"MODP_2048": (2048, 124476), "MODP_3072": (3072, 1690314), "MODP_4096": (4096, 240904)}
# p, b, Gx, Gy, n of FIPS 186; a = -3
ECP = {
    "ECP_256": (2**256 - 2**224 + 2**192 + 2**96 - 1,
                0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
                0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
                0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5),
    "ECP_384": (2**384 - 2**128 - 2**96 + 2**32 - 1,
                0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
                0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
                0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F),
    "ECP_521": (2**521 - 1,
                0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
                0x00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66,
                0x011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650),
}


def ecp_times(p, k, point):
    def add(a, b):
        if a is None or b is None:
            return a or b
        if a[0] == b[0]:
            if (a[1] + b[1]) % p == 0:
                return None
            slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, p)
        else:
            slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, p)
        x = (slope * slope - a[0] - b[0]) % p
        return x, (slope * (a[0] - x) - a[1]) % p

    result = None
    for bit in bin(k)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def x25519(k, u):
    p = 2**255 - 19
    k = (int.from_bytes(k, "little") & (2**254 - 8)) | 2**254
    u = int.from_bytes(u, "little") % 2**255 % p
    a, c, b, d = 1, 0, u, 1  # x1:z1 and x2:z2 of the Montgomery ladder
    for bit in (k >> i & 1 for i in range(254, -1, -1)):
        if bit:
            a, c, b, d = b, d, a, c
        e, f, g, h = a + c, a - c, b + d, b - d
        s, t = h * e, g * f
        b, d = (s + t) ** 2 % p, u * (s - t) ** 2 % p
        ee, ff = e * e, f * f
        a, c = ee * ff % p, (ee - ff) * (ee + 121665 * (ee - ff)) % p
        if bit:
            a, c, b, d = b, d, a, c
    return (a * pow(c, -1, p) % p if c % p else 0).to_bytes(32, "little")


def dh_public(group, private):
    if group == "CURVE25519":
        return x25519(private, (9).to_bytes(32, "little"))
    k = int.from_bytes(private, "big")
    if group in MODP:
        bits = MODP[group][0]
        return pow(2, k, modp_prime(*MODP[group])).to_bytes(bits // 8, "big")
    p, _, x, y = ECP[group]
    size = (p.bit_length() + 7) // 8
    return b"".join(v.to_bytes(size, "big") for v in ecp_times(p, k, (x, y)))


def dh_shared(group, private, peer):
    """The shared secret; None where the peer's value must be refused."""
    if group == "CURVE25519":
        shared = x25519(private, peer) if len(peer) == 32 else bytes(32)
        return shared if any(shared) else None
    k = int.from_bytes(private, "big")
    if group in MODP:
        p, y = modp_prime(*MODP[group]), int.from_bytes(peer, "big")
        if len(peer) != MODP[group][0] // 8 or not 1 < y < p - 1:
            return None
        return pow(y, k, p).to_bytes(len(peer), "big")
    p, b, _, _ = ECP[group]
    size = (p.bit_length() + 7) // 8
    if len(peer) != 2 * size:
        return None
    x, y = (int.from_bytes(h, "big") for h in (peer[:size], peer[size:]))
    if x >= p or y >= p or (y * y - (x * x * x - 3 * x + b)) % p:
        return None
    return ecp_times(p, k, (x, y))[0].to_bytes(size, "big")


# --- The key schedule and SK payloads of IKEv2 ---

INTEG = {"HMAC_SHA1_96": ("HMAC_SHA1", 12), "AES_XCBC_96": ("AES128_XCBC", 12),
         "AES_CMAC_96": ("AES128_CMAC", 12), "HMAC_SHA2_256_128": ("HMAC_SHA2_256", 16),
         "HMAC_SHA2_384_192": ("HMAC_SHA2_384", 24), "HMAC_SHA2_512_256": ("HMAC_SHA2_512", 32)}


def skeyseed(name, ni, nr, g_ir):
    if name.startswith("AES"):  # RFC 5996 section 2.14: 64 bits of each nonce
        ni, nr = ni[:8], nr[:8]
    return prf(name, ni + nr, g_ir)


def psk_auth(name, secret, message, nonce, sk_p, id_body):
    key = prf(name, secret, b"Key Pad for IKEv2")
    return prf(name, key, message + nonce + prf(name, sk_p, id_body))


def seal(encr, integ, encr_key, integ_key, iv, prefix, plain):
    """PREFIX (header and SK generic header) | IV | ciphertext | ICV."""
    if encr == "AES_CBC":
        pad = -(len(plain) + 1) % 16
        message = prefix + iv + cbc_encrypt(encr_key, iv, plain + bytes(pad) + bytes([pad]))
        name, size = INTEG[integ]
        return message + prf(name, integ_key, message)[:size]
    return prefix + iv + b"".join(
        aead(encr, encr_key[:-4], encr_key[-4:] + iv, prefix, plain + b"\x00"))


# --- TCP-AO (RFC 5925 and 5926) and TCP MD5 (RFC 2385) ---

# PRF of the KDF; PRF and sizes of traffic key and MAC.
TCP_AO_KDF = {"KDF_HMAC_SHA1": "HMAC_SHA1", "KDF_AES_128_CMAC": "AES128_CMAC"}
TCP_AO_MAC = {"HMAC_SHA_1_96": ("HMAC_SHA1", 20, 12), "AES_128_CMAC_96": ("AES128_CMAC", 16, 12)}


def ones_sum(data):
    total = sum(int.from_bytes(w, "big") for w in blocks(data + bytes(len(data) % 2), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


class Segment:
    """A TCP segment in an IPv4 or IPv6 packet without extension headers."""

    def __init__(self, packet, checked=True):
        if packet[0] >> 4 == 4:
            size = 4 * (packet[0] & 15)
            self.addresses, self.tcp = packet[12:20], packet[size:]
            self.pseudo = self.addresses + bytes([0, 6]) + len(self.tcp).to_bytes(2, "big")
            sums = [packet[:size]] + [self.pseudo + self.tcp] * checked
            if int.from_bytes(packet[2:4], "big") != len(packet):
                raise ValueError("total length")
        else:
            self.addresses, self.tcp = packet[8:40], packet[40:]
            self.pseudo = self.addresses + len(self.tcp).to_bytes(4, "big") + bytes([0, 0, 0, 6])
            sums = [self.pseudo + self.tcp]
            if int.from_bytes(packet[4:6], "big") != len(self.tcp):
                raise ValueError("payload length")
        if any(ones_sum(part) != 0xFFFF for part in sums):
            raise ValueError("a checksum is wrong")
        end = 4 * (self.tcp[12] >> 4)
        self.base = self.tcp[:16] + bytes(2) + self.tcp[18:20]  # without checksum and options
        self.options, self.data = self.tcp[20:end], self.tcp[end:]

    def find(self, kind):
        """Where the option of KIND stands among the options, and its size."""
        at = 0
        while at < len(self.options) and self.options[at]:
            if self.options[at] == kind:
                return at, self.options[at + 1]
            at += 1 if self.options[at] == 1 else self.options[at + 1]
        raise ValueError("no such option")


def tcp_ao(t, o, packet):
    """Traffic key and MAC."""
    segment = Segment(packet, checked="Checksum" not in t["flags"])
    name, key_size, mac_size = TCP_AO_MAC[t["auth_alg"]]
    context = segment.addresses + segment.tcp[:4] + o["source_isn"] + o["destination_isn"]
    key, i = b"", 1
    while len(key) < key_size:
        key += prf(TCP_AO_KDF[t["kdf"]], o["master_key"],
                   bytes([i]) + b"TCP-AO" + context + (8 * key_size).to_bytes(2, "big"))
        i += 1
    key = key[:key_size]
    at, size = segment.find(29)
    option = segment.options[at : at + 4] + bytes(size - 4)
    if t["covers_options"]:
        option = segment.options[:at] + option + segment.options[at + size :]
    mac = prf(name, key, o["sne"] + segment.pseudo + segment.base + option + segment.data)
    if segment.options[at + 4 : at + size] != o["mac"]:
        raise ValueError("the packet has another MAC")
    return key, mac[:mac_size]


# --- Authentication of OSPFv2 (RFC 2328 appendix D, RFC 5709) and RIPv2 (RFC 4822) ---


def routing_digest(algorithm, key, text):
    if algorithm == "md5":
        return hashlib.md5(text + key.ljust(16, b"\0")).digest()
    name = "sha" + algorithm.rsplit("-", 1)[1]
    size, block = hashlib.new(name).digest_size, hashlib.new(name).block_size
    ko = hashlib.new(name, key).digest() if len(key) > size else key
    ko = ko.ljust(block, b"\0")
    text += bytes.fromhex("878fe1f3") * (size // 4)
    inner = hashlib.new(name, xor(ko, b"\x36" * block) + text).digest()
    return hashlib.new(name, xor(ko, b"\x5c" * block) + inner).digest()


def routing_auth(t, o):
    packet = o["packet"]
    if t["protocol"] == "ospfv2":
        end = int.from_bytes(packet[2:4], "big")
        if packet[:1] + packet[14:18] != bytes([2, 0, 2, 0, 0]):
            raise ValueError("no OSPFv2 with cryptographic authentication")
        at, text = 18, packet[:end]
    else:
        end = int.from_bytes(packet[8:10], "big") + 4
        if packet[4:8] != b"\xff\xff\0\3" or packet[end - 4 : end] != b"\xff\xff\0\1":
            raise ValueError("no RIPv2 with a keyed digest")
        at, text = 10, packet[:end]
    mac = packet[end:]
    size = packet[at + 1]
    sequence = int.from_bytes(packet[at + 2 : at + 6], "big")
    if mac != o["mac"] or size != len(mac) or [packet[at], sequence] != [t["key_id"],
                                                                         t["sequence"]]:
        raise ValueError("the packet has other fields")
    return routing_digest(t["algorithm"], o["key"], text)


# --- One check for each schema ---


def same(test, field, value):
    if field in test and test[field] != value.hex():
        raise ValueError(f"{field} is {value.hex()}")


def check(schema, t):
    names = ("source", "result", "digest", "prf", "encr", "integ", "group", "kdf", "auth_alg",
             "protocol", "algorithm")
    o = {k: bytes.fromhex(v) for k, v in t.items() if isinstance(v, str) and k not in names}
    if schema == "digest-1":
        same(t, "output", hashlib.new(t["digest"].lower(), o["data"]).digest())
    elif schema == "prf-1":
        same(t, "output", prf(t["prf"], o["key"], o["data"] * t.get("repeat", 1))
             [: len(o["output"])])
    elif schema == "dh-1":
        if "public" in t:
            same(t, "public", dh_public(t["group"], o["private"]))
        shared = dh_shared(t["group"], o["private"], o["peer"])
        if t["result"] == "valid":
            same(t, "shared", shared)
        elif shared is not None:
            raise ValueError("should be refused")
    elif schema == "cbc-1":
        same(t, "ciphertext", cbc_encrypt(o["key"], o["iv"], o["plaintext"]))
        same(t, "plaintext", cbc_decrypt(o["key"], o["iv"], o["ciphertext"]))
    elif schema == "aead-1":
        text, tag = aead(t["encr"], o["key"], o["nonce"], o["aad"], o["plaintext"])
        if (text == o["ciphertext"] and tag == o["tag"]) != (t["result"] == "valid"):
            raise ValueError(f"{text.hex()} {tag.hex()}")
    elif schema == "sk-1":
        prefix = o["message"][: len(o["message"]) - t["sk_data_size"]]
        same(t, "message", seal(t["encr"], t["integ"], o["encr_key"], o["integ_key"], o["iv"],
                                prefix, o["plaintext"]))
    elif schema == "ike-keys-1":
        seed = skeyseed(t["prf"], o["ni"], o["nr"], o["g_ir"])
        same(t, "skeyseed", seed)
        dkm = prf_plus(t["prf"], seed, o["ni"] + o["nr"] + o["spi_i"] + o["spi_r"], len(o["dkm"]))
        same(t, "dkm", dkm)
        sk_d = dkm[: len(seed)]
        same(t, "skeyseed_rekeyed", prf(t["prf"], sk_d, o["g_ir_new"] + o["ni"] + o["nr"]))
        for field, start in (("keymat", b""), ("keymat_dh", o["g_ir_new"])):
            if field in t:
                same(t, field, prf_plus(t["prf"], sk_d, start + o["ni"] + o["nr"], len(o[field])))
    elif schema == "keymat-1":
        same(t, "output", prf_plus(t["prf"], o["sk_d"], o["g_ir"] + o["ni"] + o["nr"],
                                   len(o["output"])))
    elif schema == "psk-auth-1":
        same(t, "auth", psk_auth(t["prf"], o["shared_secret"], o["real_message"], o["peer_nonce"],
                                 o["sk_p"], o["id_body"]))
    elif schema == "tcp-ao-1":
        key, mac = tcp_ao(t, o, o["packet"])
        same(t, "traffic_key", key)
        if (mac == o["mac"]) != (t["result"] == "valid"):
            raise ValueError(f"mac is {mac.hex()}")
    elif schema == "tcp-md5-1":
        segment = Segment(o["packet"])
        digest = hashlib.md5(segment.pseudo + segment.base + segment.data + o["key"]).digest()
        at, size = segment.find(19)
        if segment.options[at + 2 : at + size] != o["mac"]:
            raise ValueError("the packet has another digest")
        if (digest == o["mac"]) != (t["result"] == "valid"):
            raise ValueError(f"digest is {digest.hex()}")
    elif schema == "routing-auth-1":
        digest = routing_auth(t, o)
        if (digest == o["mac"]) != (t["result"] == "valid"):
            raise ValueError(f"digest is {digest.hex()}")
    else:
        raise ValueError(f"unknown schema {schema}")


def main():
    wrong = 0
    for path in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                              "*.json"))):
        with open(path, encoding="ascii") as file:
            document = json.load(file)
        bad = 0
        for test in document["tests"]:
            try:
                check(document["schema"], test)
            except Exception as error:
                bad += 1
                print(f"{os.path.basename(path)} test {test['id']}: {error}")
        print(f"{os.path.basename(path)}: {len(document['tests'])} tests, {bad} wrong")
        wrong += bad
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
