// Whatever a transcript or a file of secrets holds, it is read entry by entry, or refused in one
// line that names the place; secrets are the same when they are written and read again.
#include <sstream>

#include "file_in_memory.h"
#include "observer/secrets_file.h"
#include "transcript/transcript_file.h"

namespace {

using namespace karpspec;

// FILE:LINE:COLUMN: MESSAGE
void require_place(const Error& error, const std::string& file) {
  require(error.message.starts_with(file + ":"), "an error names its place", error.message);
  require(error.message.find('\n') == std::string::npos, "an error is one line", error.message);
}

void read_transcript(std::string text) {
  auto reader = transcript::TranscriptReader::read(
      transcript::YamlStream(std::make_unique<std::istringstream>(std::move(text)), "f"), "f");
  if (!reader)
    return require_place(reader.error(), "f");
  for (std::size_t number = 1;; ++number) {
    const auto entry = reader->next();
    if (!entry)
      return require_place(entry.error(), "f");
    if (!*entry)
      return;
    require((*entry)->number == number, "entries are counted from 1");
    require(!(*entry)->kind.empty() && (*entry)->line > 0, "an entry says what and where it is");
    require((*entry)->parts.size() == (*entry)->payloads.size() || (*entry)->payloads.empty(),
            "each payload has its name");
  }
}

void read_secrets(OctetView octets) {
  const FileInMemory file(octets);
  if (!observer::is_secrets_file(file.path()))
    return;
  const auto secrets = observer::read_secrets(file.path());
  if (!secrets)
    return require_place(secrets.error(), file.path());
  std::vector<Secret> keys;
  std::vector<observer::PrivateValue> values;
  for (const auto& key : secrets->preshared_keys)
    keys.push_back(key.key.clone());
  for (const auto& pair : secrets->private_values) {
    require(secrets->pair_of(pair.group(), pair.ke_data()) != nullptr,
            "a private value is found by its public one");
    values.push_back({pair.group(), pair.private_value()});
  }
  const std::string text = observer::secrets_text(keys, values, secrets->ike_sas);
  const FileInMemory again(octets_of(text));
  const auto second = observer::read_secrets(again.path());
  require(text.empty() || second.has_value(), "what is written can be read", text);
  for (const auto& pair : secrets->private_values)
    require(second->pair_of(pair.group(), pair.ke_data()) != nullptr, "and is the same", text);
  for (const auto& sa : secrets->ike_sas) {
    const auto* const same = second->ike_sa(sa.spi_i, sa.spi_r);
    require(same != nullptr && same->keys.SK_ei.view().size() ==
                                   secrets->ike_sa(sa.spi_i, sa.spi_r)->keys.SK_ei.view().size(),
            "an IKE SA too", text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_transcript(std::string(reinterpret_cast<const char*>(data), size));
  read_secrets({data, size});
  return 0;
}
