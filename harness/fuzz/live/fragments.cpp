#include "fuzz/live/operations.h"

namespace karpspec::fuzz {

std::vector<Operation> fragment_operations() {
  std::vector<Operation> out;
  const auto add = [&](const std::string& field, const std::string& name, unsigned fragments,
                       const std::string& pieces) {
    Operation one{"SKF", field, name, {}, {"fragments: " + std::to_string(fragments)}, 1};
    if (!pieces.empty())
      one.keys.push_back("pieces: [" + pieces + "]");
    out.push_back(std::move(one));
  };
  const auto piece = [](int which, const char* field, unsigned long value) {
    return "{piece: " + std::to_string(which) + ", " + field + ": " + std::to_string(value) + "}";
  };
  for (const unsigned fragments : {1U, 2U, 17U, 64U, 255U})
    add("total", std::to_string(fragments) + " of a small message", fragments, "");
  for (const unsigned value :
       {0U, 1U, 3U, 4U, 5U, 100U, 255U, 256U, 32767U, 32768U, 65534U, 65535U}) {
    const std::string text = std::to_string(value);
    add("number", "first is " + text, 3, piece(1, "number", value) + ", 2, 3");
    add("number", "second is " + text, 3, "1, " + piece(2, "number", value) + ", 3");
    add("number", "last is " + text, 3, "1, 2, " + piece(3, "number", value));
    add("total", "first says " + text, 3, piece(1, "total", value) + ", 2, 3");
    add("total", "second says " + text, 3, "1, " + piece(2, "total", value) + ", 3");
    add("total", "all say " + text, 3,
        piece(1, "total", value) + ", " + piece(2, "total", value) + ", " +
            piece(3, "total", value));
    add("number", text + " with room for it", 3,
        "1, {piece: 2, number: " + text + ", total: 65535}, 3");
  }
  for (const unsigned type : {0U, 33U, 46U, 53U, 200U, 255U})
    add("next_payload", "first says " + std::to_string(type), 3,
        piece(1, "next_payload", type) + ", 2, 3");
  add("next_payload", "all say it", 3, "1, " + piece(2, "next_payload", 35) + ", 3");
  for (const unsigned long id : {0UL, 2UL, 3UL, 65536UL, 4294967295UL})
    add("message_id", "of message " + std::to_string(id), 3,
        "1, " + piece(2, "message_id", id) + ", 3");
  add("order", "backwards", 3, "3, 2, 1");
  add("order", "each twice", 3, "1, 1, 2, 2, 3, 3");
  add("order", "first again at the end", 3, "1, 2, 3, 1");
  add("order", "last one missing", 3, "1, 2");
  add("order", "first one missing", 3, "2, 3");
  add("order", "damaged first", 3, "{piece: 1, damaged: true}, 1, 2, 3");
  add("order", "damaged alone", 3,
      "{piece: 1, damaged: true}, {piece: 2, damaged: true}, "
      "{piece: 3, damaged: true}");
  for (const unsigned total : {2U, 4U, 600U, 65535U}) {
    std::string many;
    for (unsigned id = 1; id <= 40; ++id)
      many += (id > 1 ? ", " : "") + std::string("{piece: 1, total: ") + std::to_string(total) +
              ", message_id: " + std::to_string(id) + "}";
    add("message_id", "40 messages that stay incomplete, of " + std::to_string(total), 3, many);
  }
  return out;
}

}  // namespace karpspec::fuzz
