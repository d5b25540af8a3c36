// Whatever a keys file holds, it is read, or refused in one line that names the place; what is read
// is the same when it is written and read again.
#include "capture/keys_file.h"
#include "file_in_memory.h"

namespace {

using namespace karpspec;

crypto::IkeKeys keys_of(const capture::DecryptionKeys& from) {
  crypto::IkeKeys keys;
  keys.SK_ei = from.SK_ei.clone();
  keys.SK_er = from.SK_er.clone();
  keys.SK_ai = from.SK_ai.clone();
  keys.SK_ar = from.SK_ar.clone();
  return keys;
}

bool same(const Secret& one, const Secret& other) {
  return equal_in_constant_time(one.view(), other.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FileInMemory file({data, size});
  const auto table = capture::read_decryption_table(file.path());
  if (!table) {
    require(table.error().message.starts_with(file.path() + ":"), "an error names its place");
    return 0;
  }
  std::string text;
  for (const auto& [spis, keys] : *table)
    text += capture::decryption_line(spis.first, spis.second, keys.suite, keys_of(keys)) + "\n";
  const FileInMemory again({});
  require(capture::write_private_file(again.path(), text).has_value(), "a table can be written");
  const auto second = capture::read_decryption_table(again.path());
  require(second && second->size() == table->size(), "what is written can be read", text);
  for (const auto& [spis, keys] : *table) {
    const auto found = second->find(spis);
    require(found != second->end() && found->second.suite == keys.suite &&
                same(found->second.SK_ei, keys.SK_ei) && same(found->second.SK_er, keys.SK_er) &&
                same(found->second.SK_ai, keys.SK_ai) && same(found->second.SK_ar, keys.SK_ar),
            "and is the same");
  }
  return 0;
}
