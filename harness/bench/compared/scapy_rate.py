"""How many messages a second Scapy's layer for IKEv2 takes apart: scapy_rate.py FILE SECONDS. FILE is what
karpspec_parse_rates gathers. Prints one JSON object."""

import json
import logging
import pathlib
import sys
import time

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.contrib.ikev2 import IKEv2  # noqa: E402  (it warns while it is loaded)
from scapy.packet import Raw  # noqa: E402


def read_messages(path):
    octets = pathlib.Path(path).read_bytes()
    messages, at = [], 0
    while at < len(octets):
        size = int.from_bytes(octets[at:at + 4], "big")
        messages.append(octets[at + 4:at + 4 + size])
        at += 4 + size
    return messages


def main():
    messages, seconds = read_messages(sys.argv[1]), float(sys.argv[2])
    # What it does not understand it keeps as octets, without a word.
    unreadable = sum(1 for message in messages if Raw in IKEv2(message))
    # Of processors, as karpspec_parse_rates counts.
    done, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        for message in messages:
            IKEv2(message)
        done += len(messages)
    passed = time.process_time() - began
    print(json.dumps({"per_second": done / passed, "messages": len(messages), "unreadable": unreadable}))


if __name__ == "__main__":
    main()
