#pragma once

// What is measured, a file for each subject. bench_main.cpp has each of them add its benchmarks.
namespace karpspec::bench {

void add_wire();          // messages to octets and back, sealed ones too
void add_fuzz();          // what the message fuzz target does with an input
void add_key_schedule();  // PRFs, prf+, SKEYSEED and SK_*, AUTH by a preshared key
void add_dh();            // Diffie-Hellman groups
void add_seal();          // SK payloads by suite and size
void add_signatures();    // AUTH by signature
void add_handshakes();    // initial exchanges by authentication method and group
void add_suites();        // scenarios: loading them, and playing them against the embedded device
void add_captures();      // captures: reading, decoding, transcript, diff
void add_key_tables();    // key tables by their rows: check, selection, insertion
void add_groups();        // groups by their routers: election, rekeying

}  // namespace karpspec::bench
