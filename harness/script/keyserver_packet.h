#pragma once

#include "script/tester/keyserver_end.h"

// Packets of routing protocols under the key of a speaker's group, as scenarios write and judge
// them in `control: ks-packet` (section IV; suites/profile.md, P-246 and P-258).
namespace karpspec::script {

// PARAMS of one that comes, with the octets of `esp` as its `payload`; PARAMS as they are where
// there is none.
//
//   esp: {speaker, sequence, payload, key, spi, next_header, interface, protocol}
//
// SPEAKER's group is that of `interface` and `protocol`, which are those of PARAMS if left out.
// `key` is the SPI of the key that it is sealed with, the newest where it is left out, `spi` what
// is written, that of the key if left out, `next_header` the protocol inside, 103 (PIM) if left
// out. Errors: bad_value; not_found, where the tester knows no such key.
[[nodiscard]] Result<Json> with_sealed_packet(Json params, const KeyserverEnd& end);

// Adds `esp` to the RESULT of one that has left protected, opened with a key of the device's group:
// {spi, sequence, next_header, payload}, or {problem} where none that the device has told of opens
// it.
void add_opened_packet(const Json& params, const KeyserverEnd& end, Json& result);

}  // namespace karpspec::script
