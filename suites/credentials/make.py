#!/usr/bin/env python3
"""Makes the keys and certificates of this folder anew (Debian: python3-cryptography).

They are for tests alone: everybody has the private keys. What is made stays as it is in the
repository, so that a seed sends the same octets; run this only to add a certificate, and then keep
of what changes only what is new.
"""
import datetime
import ipaddress
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, ed448, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).resolve().parent
FROM = datetime.datetime(2020, 1, 1)
UNTIL = datetime.datetime(2120, 1, 1)
# id-kp-ipsecIKE (RFC 4945 section 5.1.3.12), by which a domain may admit its routers.
ROUTER_PURPOSE = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.17")

# Keys that scenarios know without a certificate.
RAW_KEYS = ("tester-ec256", "tester-second-key", "tester-rsa")


def new_key(kind):
    return {
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
        "ec256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ec384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ec521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ed448": ed448.Ed448PrivateKey.generate,
    }[kind]()


def write(name, data):
    path = HERE / name
    if not path.exists() or "--all" in sys.argv:
        path.write_bytes(data)


def load_or_make_key(name, kind):
    path = HERE / (name + ".key")
    if path.exists() and "--all" not in sys.argv:
        return serialization.load_pem_private_key(path.read_bytes(), None)
    key = new_key(kind)
    write(name + ".key", key.private_bytes(serialization.Encoding.PEM,
                                           serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    if name in RAW_KEYS:
        write(name + ".pub", key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return key


def subject(name):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "karpspec"),
                      x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Issued:
    def __init__(self, name, key, certificate):
        self.name, self.key, self.certificate = name, key, certificate


def issue(name, kind, issuer=None, dns=(), ip=(), mail=(), ca=False, start=FROM, end=UNTIL,
          purposes=(), sign=True, digest=None, key_from=None, path_length=None):
    """One certificate; without ISSUER it signs itself."""
    key = load_or_make_key(key_from or name, kind)
    path = HERE / (name + ".crt")
    if path.exists() and "--all" not in sys.argv:
        return Issued(name, key, x509.load_pem_x509_certificate(path.read_bytes()))
    signer = issuer.key if issuer else key
    public = key.public_key()
    builder = (x509.CertificateBuilder()
               .subject_name(subject(name))
               .issuer_name(issuer.certificate.subject if issuer else subject(name))
               .public_key(public)
               .serial_number(x509.random_serial_number())
               .not_valid_before(start).not_valid_after(end)
               .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                   signer.public_key()), critical=False)
               .add_extension(x509.KeyUsage(
                   digital_signature=sign and not ca, content_commitment=False,
                   key_encipherment=not sign, data_encipherment=False, key_agreement=False,
                   key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False),
                   critical=True))
    names = ([x509.DNSName(n) for n in dns] + [x509.RFC822Name(n) for n in mail] +
             [x509.IPAddress(ipaddress.ip_address(n)) for n in ip])
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(purposes)), critical=False)
    if digest is None:
        edwards = isinstance(signer, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey))
        digest = None if edwards else hashes.SHA256()
    certificate = builder.sign(signer, digest)
    write(name + ".crt", certificate.public_bytes(serialization.Encoding.PEM))
    return Issued(name, key, certificate)


def main():
    ca = issue("ca", "ec256", ca=True)
    other_ca = issue("other-ca", "ec256", ca=True)
    rsa_ca = issue("rsa-ca", "rsa", ca=True)
    # A chain of authorities: each has signed the next.
    above, chain = ca, []
    for number in range(1, 6):
        above = issue(f"intermediate-{number}", "ec256", above, ca=True)
        chain.append(above)
    for who in ("device", "tester"):
        dns = [f"{who}.example"]
        for kind in ("ec256", "ec384", "ec521", "ed25519", "ed448"):
            issue(f"{who}-{kind}", kind, ca, dns=dns)
        issue(f"{who}-rsa", "rsa", rsa_ca, dns=dns)
        issue(f"{who}-self-signed", "ec256", dns=dns)
    names = {"dns": ["tester.example"]}
    issue("device-chain-1", "ec256", chain[0], dns=["device.example"])
    # What is wrong with certificates of RSA keys, for devices that have no others.
    issue("tester-rsa-second", "rsa", rsa_ca, **names)
    issue("tester-rsa-expired", "rsa", rsa_ca, end=datetime.datetime(2021, 1, 1), **names)
    issue("tester-rsa-other-name", "rsa", rsa_ca, dns=["other.example"])
    issue("tester-rsa-other-ca", "rsa", issue("rsa-other-ca", "rsa", ca=True), **names)
    issue("tester-rsa-all-names", "rsa", rsa_ca, mail=["tester@karp.example"], **names)
    above = rsa_ca
    for number in range(1, 5):
        above = issue(f"rsa-intermediate-{number}", "rsa", above, ca=True)
    issue("tester-rsa-chain-4", "rsa", above, **names)
    issue("tester-expired", "ec256", ca, end=datetime.datetime(2021, 1, 1), **names)
    issue("tester-not-yet-valid", "ec256", ca, start=datetime.datetime(2110, 1, 1), **names)
    issue("tester-other-name", "ec256", ca, dns=["other.example"])
    issue("tester-no-name", "ec256", ca)
    issue("tester-wildcard", "ec256", ca, dns=["*.example"])
    issue("tester-other-ca", "ec256", other_ca, **names)
    issue("tester-all-names", "ec256", ca, dns=["tester.example"], mail=["tester@karp.example"],
          ip=["192.0.2.1", "2001:db8::1"])
    for number, authority in enumerate(chain, 1):
        issue(f"tester-chain-{number}", "ec256", authority, **names)
    issue("tester-of-tester", "ec256", issue("tester-ec256", "ec256", ca, **names), **names)
    no_room = issue("no-room-ca", "ec256", ca, ca=True, path_length=0)
    below = issue("no-room-intermediate", "ec256", no_room, ca=True)
    issue("tester-path-length", "ec256", below, **names)
    issue("tester-router", "ec256", ca, purposes=[ROUTER_PURPOSE], **names)
    issue("tester-server", "ec256", ca, purposes=[ExtendedKeyUsageOID.SERVER_AUTH], **names)
    issue("device-router", "ec256", ca, purposes=[ROUTER_PURPOSE], dns=["device.example"])
    issue("tester-any-router", "ec256", ca, purposes=[ROUTER_PURPOSE], dns=["newcomer.example"])
    issue("tester-no-signing", "ec256", ca, sign=False, **names)
    issue("tester-weak", "rsa1024", rsa_ca, **names)
    issue("tester-self-signed-expired", "ec256", end=datetime.datetime(2021, 1, 1), **names)
    issue("tester-second-key", "ec256", ca, **names)
    revoked = issue("tester-revoked", "ec256", ca, **names)
    if not (HERE / "ca.crl").exists() or "--all" in sys.argv:
        entry = (x509.RevokedCertificateBuilder()
                 .serial_number(revoked.certificate.serial_number)
                 .revocation_date(datetime.datetime(2021, 1, 1)).build())
        crl = (x509.CertificateRevocationListBuilder().issuer_name(ca.certificate.subject)
               .last_update(FROM).next_update(UNTIL).add_revoked_certificate(entry)
               # RFC 5280 sections 5.2.1 and 5.2.3 demand both of every list.
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                   ca.key.public_key()), critical=False)
               .add_extension(x509.CRLNumber(1), critical=False)
               .sign(ca.key, hashes.SHA256()))
        write("ca.crl", crl.public_bytes(serialization.Encoding.PEM))


main()
