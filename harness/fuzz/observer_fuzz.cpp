// Whatever a capture holds, with the keys of the golden captures at hand: it is followed and judged
// within bounds, late as at once, and the transcript that is written of it is what it does not
// differ from, unless messages in it do not parse, are not authentic or mix the SPIs of IKE SAs:
// what these say a transcript does not.
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "file_in_memory.h"
#include "observer/follower.h"
#include "observer/judge.h"
#include "source_dir.h"
#include "transcript/alignment.h"

namespace {

using namespace karpspec;
namespace fs = std::filesystem;

observer::OpeningKeys golden_keys() {
  observer::OpeningKeys out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(source_dir() + "/pcaps", error)) {
    const std::string path = entry.path().string();
    if (path.ends_with(".keys")) {
      auto table = capture::read_decryption_table(path);
      require(table.has_value(), "a golden capture's keys can be read", path);
      out.table.merge(*table);
    } else if (path.ends_with(".secrets.yaml")) {
      auto secrets = observer::read_secrets(path);
      require(secrets.has_value(), "a golden capture's secrets can be read", path);
      for (auto& key : secrets->preshared_keys)
        out.secrets.preshared_keys.push_back(std::move(key));
      for (auto& pair : secrets->private_values)
        out.secrets.private_values.push_back(std::move(pair));
    }
  }
  return out;
}

// Gives every datagram of FILE to TAKE, up to where it cannot be read on.
template <class Take>
void read(const FileInMemory& file, Take&& take) {
  auto reader = capture::CaptureReader::open(file.path());
  if (!reader)
    return;
  for (;;) {
    auto next = reader->next();
    if (!next || !*next)
      return;
    take(**std::move(next));
  }
}

// What is told of a message by what was opened before it.
std::string told(const transcript::Observed& observed) {
  return std::to_string(observed.frame) + " " + std::to_string(observed.conversation) + "." +
         std::to_string(observed.association) + " " + notation(observed) + " " + observed.fragment +
         " " + observed.trouble + (observed.again ? " again" : "");
}

// A message opens late, conversation by conversation, to what it opens to at once; also where many
// IKE SAs are forgotten.
void open_late(const FileInMemory& file, const observer::OpeningKeys& keys) {
  constexpr std::size_t most_associations = 3;
  std::map<std::uint64_t, std::string> expected, late;
  observer::Opener at_once(keys, {}, most_associations);
  read(file,
       [&](const capture::Frame& frame) { expected[frame.number] = told(at_once.open(frame)); });
  observer::Opener opener(keys, {}, most_associations);
  std::map<std::uint64_t, std::vector<observer::Opener::Placed>> waiting;
  const auto settle = [&] {
    for (auto& [conversation, messages] : std::exchange(waiting, {}))
      for (auto& placed : messages) {
        const auto observed = placed.open();
        late[observed.frame] = told(observed);
      }
  };
  read(file, [&](capture::Frame frame) {
    auto placed = opener.place(std::move(frame.datagram), frame.number, frame.time, settle);
    const std::uint64_t conversation = placed.conversation();
    waiting[conversation].push_back(std::move(placed));
  });
  settle();
  require(late == expected, "what is opened late is what is opened at once");
  require(opener.incomplete() == at_once.incomplete(), "as many messages lack fragments");
}

// Gives every message of FILE to TAKE, up to where it cannot be read on.
template <class Take>
void follow(const FileInMemory& file, const observer::OpeningKeys& keys, Take&& take) {
  auto reader = capture::CaptureReader::open(file.path());
  if (!reader)
    return;
  reader->with_segments();
  observer::Opener opener(keys);
  opener.with_keks();
  observer::TcpFollower segments({}, [&opener] { return opener.next_conversation(); });
  for (;;) {
    const auto next = reader->next();
    if (!next || !*next)
      return;
    const capture::Frame& frame = **next;
    if (frame.segment) {
      if (const auto observed = segments.open(frame))
        take(*observed);
    } else if (const auto observed = opener.open(frame); !observed.partial) {
      take(observed);
    }
  }
}

// The SPIs of each IKE SA, as its first messages have them.
class Spis {
 public:
  bool are_its_own(const transcript::Observed& observed) {
    using Body = transcript::Observed::Body;
    if (observed.body == Body::malformed || observed.body == Body::broken)
      return false;
    if (!observed.message)
      return true;
    const wire::Header& header = observed.message->header;
    auto& [spi_i, spi_r] = known_[{observed.conversation, observed.association}];
    if (spi_i == 0)
      spi_i = header.spi_i;
    if (spi_r == 0)
      spi_r = header.spi_r;
    return spi_i == header.spi_i && spi_r == header.spi_r;
  }

 private:
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::pair<std::uint64_t, std::uint64_t>> known_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const observer::OpeningKeys keys = golden_keys();
  const FileInMemory file({data, size});
  open_late(file, keys);
  observer::Judge judge;
  transcript::Recorder recorder;
  std::string text = transcript::Recorder::head({"fuzzed"});
  std::uint64_t messages = 0;
  Spis spis;
  bool sound = true;
  follow(file, keys, [&](const transcript::Observed& observed) {
    ++messages;
    require(observed.frame > 0 && observed.conversation > 0, "a message has its place");
    judge.add(observed);
    sound = sound && spis.are_its_own(observed);
    text += recorder.entry(observed);
  });
  require(judge.counts().messages == messages, "all messages are counted");
  require(judge.ledger().breaches().size() <= observer::Ledger::most_breaches &&
              judge.ledger().breaches().size() <= judge.ledger().broken(),
          "what is kept is bounded");
  for (const observer::Breach& breach : judge.ledger().breaches())
    require(!breach.address.empty() && !breach.requirement.empty() && breach.frame > 0,
            "a breach has a side, a requirement and a frame");

  auto expected = transcript::TranscriptReader::read(
      transcript::YamlStream(std::make_unique<std::istringstream>(text), "f"), "f");
  require(expected.has_value(), "a transcript that was written can be read", text);
  transcript::Alignment alignment(*expected, {});
  follow(file, keys, [&](const transcript::Observed& observed) {
    const auto added = alignment.add(observed);
    require(added.has_value(), "and so can its entries",
            added ? "" : added.error().message + "\n" + text);
  });
  const auto finished = alignment.finish();
  require(finished.has_value(), "to the last",
          finished ? "" : finished.error().message + "\n" + text);
  if (sound && alignment.counts().differences > 0) {
    const auto findings = alignment.findings();
    const transcript::Finding& first = findings.front();
    require(false, "a capture does not differ from its own transcript",
            first.what + " " + first.field + ": expected " + first.expected + ", got " + first.got +
                "\n" + text);
  }
  return 0;
}
