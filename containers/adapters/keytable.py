#!/usr/bin/env python3
"""A small device that has nothing but key tables (RFC 7210), and its adapter: ../dut-guide.md."""
import collections
import datetime
import ipaddress
import json
import re
import sys

# What the keys of a mechanism look like (suites/protocols/ has all of them): KDFs, directions, bits
# of a key's name (0: it has none), whether each side has a name of its own, scopes that Peers may
# have, whether a key can be for some interfaces alone, octets of a key, what is specific to it.
Rules = collections.namedtuple("Rules", "kdfs directions bits own scopes by_interface octets specific")
ANY = ("in", "out", "both", "disabled")
OPTIONS = ("", "options=include", "options=exclude")
TCP_AO = Rules(("HMAC-SHA-1", "AES-128-CMAC"), ("both", "disabled"), 8, True, ("peer",), False, 255, OPTIONS)
TCP_MD5 = Rules(("none",), ("both", "disabled"), 0, False, ("peer",), False, 80, ("",))
OSPF = Rules(("none",), ANY, 8, False, ("link", "area", "peer"), True, 255, ("",))
RIP = OSPF._replace(scopes=("link",))
ISIS = OSPF._replace(bits=16, scopes=("link", "area", "domain"))
SHA = ("hmac-sha-1", "hmac-sha-256", "hmac-sha-384", "hmac-sha-512")
MECHANISMS = {
    "bgp": {"HMAC-SHA-1-96": TCP_AO, "AES-128-CMAC-96": TCP_AO, "md5": TCP_MD5},
    "ospfv2": {"md5": OSPF._replace(octets=16), **dict.fromkeys(SHA, OSPF)},
    "rip": {"md5": RIP._replace(octets=16), **dict.fromkeys(SHA, RIP)},
    "isis": dict.fromkeys(SHA, ISIS),
}
TIMES = ("SendLifetimeStart", "SendLifetimeEnd", "AcceptLifetimeStart", "AcceptLifetimeEnd")
NEEDED = {"AdminKeyName", "Peers", "Protocol", "KDF", "AlgID", "Key", "Direction", *TIMES}
LEFT_OUT = {"LocalKeyName": "", "PeerKeyName": "", "Interfaces": "all", "ProtocolSpecificInfo": ""}
TIME = "%Y%m%d%H%M%SZ"  # texts of this form compare as the times do, so rows keep the texts


def need(holds, why):
    if not holds:
        raise ValueError(why)


def instant(text):
    need(re.fullmatch("[0-9]{14}Z", text), f"{text!r} is not YYYYMMDDHHMMSSZ")
    return datetime.datetime.strptime(text, TIME)


def scope_and_name(peer):
    """The scope of a member of Peers, and the one way in which it is kept."""
    if peer in ("link", "domain"):
        return peer, peer
    if not peer.startswith("area "):
        return "peer", str(ipaddress.ip_address(peer))
    number = peer.removeprefix("area ")
    return "area", f"area {ipaddress.IPv4Address(int(number) if number.isdecimal() else number)}"


def members(value):
    value = [value] if isinstance(value, str) else value
    need(value and isinstance(value, list), "Peers and Interfaces are a text, or a list of some")
    return value


def checked(row):
    """The row as it is kept. ValueError: it breaks a rule of RFC 7210 or of its protocol."""
    need(not NEEDED - row.keys(), f"the row lacks {sorted(NEEDED - row.keys())}")
    need(not row.keys() - NEEDED - LEFT_OUT.keys(), f"a row has {sorted(NEEDED | LEFT_OUT.keys())}")
    row = LEFT_OUT | row
    need(all(row[field] and isinstance(row[field], str) for field in NEEDED - {"Peers"}), "a field is a text")
    rules = MECHANISMS.get(row["Protocol"], {}).get(row["AlgID"])
    need(rules, f"{row['Protocol']} with {row['AlgID']} is not known here")
    need(row["KDF"] in rules.kdfs, f"KDF is one of {rules.kdfs}")
    need(row["Direction"] in rules.directions, f"Direction is one of {rules.directions}")
    need(1 <= len(bytes.fromhex(row["Key"])) <= rules.octets, f"Key has 1 to {rules.octets} octets")
    times = [instant(row[field]) for field in TIMES]
    need(times[0] <= times[1] and times[2] <= times[3], "a lifetime ends before it starts")
    scopes, row["Peers"] = map(list, zip(*map(scope_and_name, members(row["Peers"]))))
    need(len(set(scopes)) == 1 and scopes[0] in rules.scopes, f"Peers are one of {rules.scopes}")
    row["Interfaces"] = members(row["Interfaces"])
    if row["Interfaces"] != ["all"]:
        need("all" not in row["Interfaces"], "Interfaces: 'all' stands alone")
        need(rules.by_interface and scopes[0] in ("link", "peer"), "such a key is for all interfaces")
    for field in ("LocalKeyName", "PeerKeyName"):
        if rules.bits == 0:
            need(not row[field], f"{field}: messages have no room for a name")
        elif field == "PeerKeyName" and not rules.own:
            need(row[field] in ("", row["LocalKeyName"]), "PeerKeyName: one name serves all")
        else:
            need(0 <= int(row[field]) < 2**rules.bits, f"{field} has {rules.bits} bits")
            row[field] = str(int(row[field]))
    info = row["ProtocolSpecificInfo"]
    info = info if isinstance(info, str) else "; ".join(f"{name}={info[name]}" for name in info)
    need(info in rules.specific, f"ProtocolSpecificInfo is one of {rules.specific}")
    return row | {"ProtocolSpecificInfo": info}


def confused(row, other):
    """Whether a message could be meant for both."""
    return (row["AdminKeyName"] != other["AdminKeyName"] and row["Protocol"] == other["Protocol"]
            and any(row[name] and row[name] == other[name] for name in ("LocalKeyName", "PeerKeyName"))
            and set(row["Peers"]) & set(other["Peers"])
            and ("all" in row["Interfaces"] or "all" in other["Interfaces"]
                 or set(row["Interfaces"]) & set(other["Interfaces"]))
            and row["AcceptLifetimeStart"] <= other["AcceptLifetimeEnd"]
            and other["AcceptLifetimeStart"] <= row["AcceptLifetimeEnd"])


class Device:
    """Each method of the control protocol that is offered; row-add is row_add."""

    ahead = datetime.timedelta()  # of this machine's clock

    def describe(self):
        return {"name": "key table of the Python example", "version": "1", "child": "none", "pics": {
            "roles": [], "auth": [], "control": True, "key-table": True,
            "claims": ["key-management", "key-selection", "vrfs", "clock"]}}

    def reset(self):
        self.tables = collections.defaultdict(dict)  # of each VRF: rows by AdminKeyName

    def configure(self, **_):
        """Identities, peers and their secrets are for IKE, which this device has not."""

    def clock(self, advance=0.0, set=None):
        advance = advance if set is None else (instant(set) - self._now()).total_seconds()
        self.ahead += datetime.timedelta(seconds=max(advance, 0.0))
        return {"advanced": max(advance, 0.0), "time": self._now().strftime(TIME)}

    def key_table(self, vrf="default"):
        return {"rows": list(self.tables[vrf].values())}

    def row_add(self, row, vrf="default"):
        need(row.get("AdminKeyName") not in self.tables[vrf], "a row has that AdminKeyName already")
        self._put(row, vrf)

    def row_replace(self, row, vrf="default"):
        need(row.get("AdminKeyName") in self.tables[vrf], "no row has that AdminKeyName")
        self._put(row, vrf)

    def row_delete(self, row, vrf="default"):
        need(self.tables[vrf].pop(row, None), f"no row is called {row!r}")

    def row_change(self, row=None, protocol=None, peer=None, interface=None, vrf="default",
                   direction=None, expires=None, overlap=0, **times):
        name = row or self.key_to_send(protocol, peer, interface, vrf).get("row")
        need(name in self.tables[vrf], f"no row is called {name!r}")
        changed = self.tables[vrf][name] | times
        if direction:
            changed["Direction"] = direction
        if expires:
            end = instant(expires) + datetime.timedelta(seconds=overlap)
            changed |= {"SendLifetimeEnd": expires, "AcceptLifetimeEnd": end.strftime(TIME)}
        self._put(changed, vrf)

    def key_to_send(self, protocol, peer, interface=None, vrf="default", time=None, preferred=()):
        rows = self._fitting("Send", "out", protocol, peer, interface, vrf, time)
        rows.sort(key=lambda row: (*preferred, row["AlgID"]).index(row["AlgID"]))
        return {"row": rows[0]["AdminKeyName"],
                "name": rows[0]["PeerKeyName"] or rows[0]["LocalKeyName"]} if rows else {}

    def keys_to_accept(self, protocol, peer, interface=None, name="", vrf="default", time=None):
        rows = self._fitting("Accept", "in", protocol, peer, interface, vrf, time)
        return {"rows": [row["AdminKeyName"] for row in rows if row["LocalKeyName"] == name]}

    def _now(self):
        return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + self.ahead

    def _put(self, row, vrf):
        row = checked(row)
        for other in self.tables[vrf].values():
            need(not confused(row, other), f"messages cannot tell it from {other['AdminKeyName']!r}")
        self.tables[vrf][row["AdminKeyName"]] = row

    def _fitting(self, use, direction, protocol, peer, interface, vrf, time):
        """The rows that may be used so, in the order of profile P-90."""
        time, peer = time or self._now().strftime(TIME), scope_and_name(peer)[1]
        rows = [row for row in self.tables[vrf].values()
                if row["Protocol"] == protocol and peer in row["Peers"]
                and row["Direction"] in ("both", direction)
                and (interface is None or not {"all", interface}.isdisjoint(row["Interfaces"]))
                and row[use + "LifetimeStart"] <= time <= row[use + "LifetimeEnd"]]
        rows.sort(key=lambda row: (row["LocalKeyName"], row["AdminKeyName"]))
        return sorted(rows, key=lambda row: (row["SendLifetimeStart"], row["SendLifetimeEnd"]), reverse=True)


def answer(device, method, params):
    call = getattr(device, method.replace("-", "_"), None)
    if call is None or method.startswith("_"):
        return {"error": {"code": -32601, "message": f"unknown method {method!r}"}}
    try:
        return {"result": call(**params) or {}}
    except (ValueError, TypeError) as why:
        return {"error": {"code": -32602, "message": str(why)}}


device = Device()
device.reset()
for line in sys.stdin:
    asked = json.loads(line)
    reply = answer(device, asked["method"], asked["params"])
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **reply}), flush=True)
