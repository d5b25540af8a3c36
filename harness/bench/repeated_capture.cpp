#include "bench/repeated_capture.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "base/random.h"
#include "capture/pcapng_writer.h"
#include "oracle/ike/sealed_message.h"

namespace karpspec::bench {
namespace {

Secret draw_key(Random& random, std::size_t size) {
  return Secret(random.octets(size));
}

// One IKE SA of SIZE messages from TIME on. Errors: those of sealing and writing.
Result<void> write_sa(const GoldenCapture& from, std::size_t size, std::uint32_t number, Time time,
                      capture::PcapngWriter& out, std::ofstream& table) {
  SeededRandom random(number);
  const crypto::IkeSuite& suite = from.keys.table.begin()->second.suite;
  crypto::IkeKeys keys;
  const std::size_t encr = crypto::encr_key_size(suite.encr, suite.key_bits);
  const std::size_t integ = crypto::integ_key_size(suite.integ);
  keys.SK_ei = draw_key(random, encr);
  keys.SK_er = draw_key(random, encr);
  keys.SK_ai = draw_key(random, integ);
  keys.SK_ar = draw_key(random, integ);
  const std::uint64_t spi_i = random.u64() | 1U, spi_r = random.u64() | 1U;
  table << capture::decryption_line(spi_i, spi_r, suite, keys) << "\n";
  const std::string net = std::to_string(number >> 16 & 255) + "." +
                          std::to_string(number >> 8 & 255) + "." + std::to_string(number & 255);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t last = from.messages.size();
    const std::size_t at = i < last ? i : last - 2 + (i - last) % 2;
    const transcript::Observed& was = from.messages[at].observed;
    wire::Message message = *was.message;
    message.header.spi_i = spi_i;
    if (message.header.spi_r != 0)
      message.header.spi_r = spi_r;
    if (i >= last)
      message.header.message_id += static_cast<std::uint32_t>((i - last) / 2 + 1);
    for (wire::Payload& payload : message.payloads)
      if (auto* nonce = payload.as<wire::NoncePayload>())
        random.fill(nonce->data);
    Datagram datagram{{"10." + net, was.source.port}, {"11." + net, was.destination.port}, {}};
    const bool by_initiator = message.header.from_initiator();
    if (!by_initiator)
      std::swap(datagram.source, datagram.destination);
    if (was.body == transcript::Observed::Body::clear) {
      datagram.payload = wire::encode_message(message);
    } else if (was.body != transcript::Observed::Body::opened) {
      return fail(ErrorCode::bad_value, "a message of the golden capture stays sealed");
    } else {
      KARPSPEC_TRY(sealed,
                   oracle::ike::seal_message(suite,
                                             by_initiator ? oracle::ike::keys_of_initiator(keys)
                                                          : oracle::ike::keys_of_responder(keys),
                                             message, random));
      datagram.payload = std::move(sealed);
    }
    KARPSPEC_CHECK(out.write(datagram, time + std::chrono::milliseconds(i)));
  }
  return {};
}

}  // namespace

Result<void> write_repeated(const GoldenCapture& golden, const std::string& out,
                            std::size_t messages, std::size_t per_sa) {
  if (golden.keys.table.size() != 1)
    return fail(ErrorCode::bad_value, "a golden capture with one IKE SA is wanted");
  if (per_sa < golden.messages.size())
    return fail(ErrorCode::bad_value, "an IKE SA of the golden capture has " +
                                          std::to_string(golden.messages.size()) + " messages");
  KARPSPEC_TRY(writer, capture::PcapngWriter::create(out + ".pcapng"));
  std::ofstream table(out + ".keys", std::ios::trunc);
  const Time start{std::chrono::seconds{1767225600}};
  for (std::size_t done = 0, number = 1; done < messages; done += per_sa, ++number)
    KARPSPEC_CHECK(write_sa(golden, std::min(per_sa, messages - done),
                            static_cast<std::uint32_t>(number),
                            start + std::chrono::milliseconds(done), writer, table));
  KARPSPEC_CHECK(writer.flush());
  if (!table.flush())
    return fail(ErrorCode::io, out + ".keys: cannot be written");
  return {};
}

}  // namespace karpspec::bench
