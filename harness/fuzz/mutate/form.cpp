#include "fuzz/mutate/form.h"

#include <algorithm>
#include <array>
#include <string>

#include "fuzz/mutate/capture_file.h"
#include "fuzz/mutate/der.h"
#include "fuzz/mutate/message.h"
#include "fuzz/mutate/packets.h"
#include "fuzz/mutate/text.h"

namespace karpspec::fuzz {
namespace {

constexpr std::uint8_t cert = static_cast<std::uint8_t>(wire::PayloadType::CERT);

wire::CodePoints with_mrkmp() {
  wire::CodePoints numbers;
  numbers.mrkmp = true;
  return numbers;
}

// A message has its version at octet 17; a chain hardly has 0x20 there.
bool is_message(OctetView octets) {
  return octets.size() >= wire::Header::size && octets[17] >> 4 == 2;
}

bool step(Form form, Octets& octets, Draw& draw) {
  switch (form) {
    case Form::message:
      return is_message(octets) ? change_message(octets, draw)
                                : change_chain(octets, draw, with_mrkmp());
    case Form::payload:
      return change_body(octets, draw);
    case Form::chain: {
      if (change_der(octets, draw))
        return true;
      octets.insert(octets.begin(), cert);
      const bool done = change_chain(octets, draw);
      octets.erase(octets.begin());
      return done;
    }
    case Form::stream:
      return change_piece(octets, draw);
    case Form::text: {
      std::string text(octets.begin(), octets.end());
      change_text(text, draw);
      octets.assign(text.begin(), text.end());
      return true;
    }
    case Form::segment:
      return change_segment(octets, draw);
    case Form::routing:
      return change_ospf(octets, draw) || change_rip(octets, draw);
    case Form::frame: {
      if (octets.size() < 2)
        return false;
      const std::uint8_t link = octets.front();
      octets.erase(octets.begin());
      const bool done = change_frame(octets, draw);
      octets.insert(octets.begin(), link);
      return done;
    }
    case Form::capture:
      return change_capture(octets, draw);
  }
  return false;
}

// What stands before a place in OCTETS, and behind it what stands behind one in OTHER.
void splice(Octets& octets, OctetView other, Draw& draw) {
  octets.resize(draw.below(octets.size() + 1));
  append(octets, other.subspan(draw.below(other.size() + 1)));
}

}  // namespace

std::optional<Form> form_from(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Form>, 9> names = {
      {{"message", Form::message},
       {"payload", Form::payload},
       {"chain", Form::chain},
       {"stream", Form::stream},
       {"text", Form::text},
       {"segment", Form::segment},
       {"routing", Form::routing},
       {"frame", Form::frame},
       {"capture", Form::capture}}};
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

void mutate(Form form, Octets& octets, Draw& draw) {
  for (std::size_t steps = 1 + (draw.one_in(3) ? draw.below(4) : 0); steps > 0; --steps)
    if (!step(form, octets, draw))
      draw.change(octets);
}

void cross(Form form, Octets& octets, OctetView other, Draw& draw) {
  bool done = false;
  switch (form) {
    case Form::message:
      done = is_message(octets) ? cross_messages(octets, other, draw)
                                : cross_chains(octets, other, draw);
      break;
    case Form::chain: {
      Octets more{cert};
      append(more, other);
      octets.insert(octets.begin(), cert);
      done = cross_chains(octets, more, draw);
      octets.erase(octets.begin());
      break;
    }
    case Form::text: {
      std::string text(octets.begin(), octets.end());
      cross_texts(text, std::string(other.begin(), other.end()), draw);
      octets.assign(text.begin(), text.end());
      done = true;
      break;
    }
    case Form::capture:
      done = cross_captures(octets, other, draw);
      break;
    default:
      break;
  }
  if (!done)
    splice(octets, other, draw);
}

}  // namespace karpspec::fuzz
