// Makes a capture of any number of messages, with the keys that open them: IKE SAs that each begin
// as a golden capture does, and then go on with its last exchange again and again.
//
//   karpspec_large_capture GOLDEN OUT MESSAGES PER_SA
//
// reads GOLDEN.pcapng and GOLDEN.keys, and writes OUT.pcapng and OUT.keys.
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "base/random.h"
#include "capture/pcapng_writer.h"
#include "capture/reader.h"
#include "observer/opener.h"
#include "oracle/ike/sealed_message.h"

namespace {

using namespace karpspec;

struct Template {
  std::vector<transcript::Observed> messages;
  crypto::IkeSuite suite;
};

Result<Template> read_template(const std::string& golden) {
  observer::OpeningKeys keys;
  KARPSPEC_TRY(table, capture::read_decryption_table(golden + ".keys"));
  keys.table = std::move(table);
  if (keys.table.size() != 1)
    return fail(ErrorCode::bad_value, golden + ".keys: one IKE SA is wanted");
  Template out;
  out.suite = keys.table.begin()->second.suite;
  KARPSPEC_TRY(reader, capture::CaptureReader::open(golden + ".pcapng"));
  observer::Opener opener(keys);
  for (;;) {
    KARPSPEC_TRY(next, reader.next());
    if (!next)
      return out;
    out.messages.push_back(opener.open(*next));
  }
}

std::uint64_t draw(Random& random) {
  Octets octets(8);
  random.fill(octets);
  std::uint64_t number = 0;
  for (const std::uint8_t octet : octets)
    number = number << 8 | octet;
  return number | 1U;
}

Secret draw_key(Random& random, std::size_t size) {
  Octets octets(size);
  random.fill(octets);
  return Secret(std::move(octets));
}

// One IKE SA of SIZE messages from TIME on. Errors: those of sealing and writing.
Result<void> write_sa(const Template& from, std::size_t size, std::uint32_t number, Time time,
                      capture::PcapngWriter& out, std::ofstream& table) {
  SeededRandom random(number);
  crypto::IkeKeys keys;
  const std::size_t encr = crypto::encr_key_size(from.suite.encr, from.suite.key_bits);
  const std::size_t integ = crypto::integ_key_size(from.suite.integ);
  keys.SK_ei = draw_key(random, encr);
  keys.SK_er = draw_key(random, encr);
  keys.SK_ai = draw_key(random, integ);
  keys.SK_ar = draw_key(random, integ);
  const std::uint64_t spi_i = draw(random), spi_r = draw(random);
  table << capture::decryption_line(spi_i, spi_r, from.suite, keys) << "\n";
  const std::string net = std::to_string(number >> 16 & 255) + "." +
                          std::to_string(number >> 8 & 255) + "." + std::to_string(number & 255);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t last = from.messages.size();
    const std::size_t at = i < last ? i : last - 2 + (i - last) % 2;
    const transcript::Observed& was = from.messages[at];
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
    } else {
      KARPSPEC_TRY(sealed,
                   oracle::ike::seal_message(from.suite,
                                             {by_initiator ? keys.SK_ei.view() : keys.SK_er.view(),
                                              by_initiator ? keys.SK_ai.view() : keys.SK_ar.view()},
                                             message, random));
      datagram.payload = std::move(sealed);
    }
    KARPSPEC_CHECK(out.write(datagram, time + std::chrono::milliseconds(i)));
  }
  return {};
}

Result<void> make(const std::string& golden, const std::string& out, std::size_t messages,
                  std::size_t per_sa) {
  KARPSPEC_TRY(from, read_template(golden));
  KARPSPEC_TRY(writer, capture::PcapngWriter::create(out + ".pcapng"));
  std::ofstream table(out + ".keys", std::ios::trunc);
  const Time start{std::chrono::seconds{1767225600}};
  for (std::size_t done = 0, number = 1; done < messages; done += per_sa, ++number)
    KARPSPEC_CHECK(write_sa(from, std::min(per_sa, messages - done),
                            static_cast<std::uint32_t>(number),
                            start + std::chrono::milliseconds(done), writer, table));
  if (!table.flush())
    return fail(ErrorCode::io, out + ".keys: cannot be written");
  return {};
}

std::size_t number_of(const std::string& text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 || number_of(argv[3]) == 0 || number_of(argv[4]) < 8) {
    std::cerr << "usage: karpspec_large_capture GOLDEN OUT MESSAGES PER_SA (8 at least)\n";
    return 2;
  }
  const auto made = make(argv[1], argv[2], number_of(argv[3]), number_of(argv[4]));
  if (!made)
    std::cerr << made.error().message << "\n";
  return made ? 0 : 1;
}
