// Captures, by the number of their messages: a golden one again and again (repeated_capture.h),
// read, decoded as `karpspec decode` does, written as a transcript, and held against the transcript
// of a single conversation as `karpspec diff` does. What bounds them is libpcap giving the same
// frames and, where messages are opened, OpenSSL opening the same octets.
#include <pcap/pcap.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <sstream>

#include "base/workers.h"
#include "bench/measurement.h"
#include "bench/primitives/sk_data.h"
#include "bench/repeated_capture.h"
#include "bench/subjects.h"
#include "capture/reader.h"
#include "observer/follower.h"
#include "transcript/alignment.h"
#include "transcript/recorder.h"

namespace karpspec::bench {
namespace {

namespace fs = std::filesystem;
using primitives::SkData;
using transcript::Observed;

// A folder of its own that goes with it.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "karpspec-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr)
      path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty())
      fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Messages of an IKE SA of a capture.
std::size_t messages_per_sa(std::size_t messages) {
  return std::min<std::size_t>(messages, 100);
}

// PATH without its ending: a capture with so many MESSAGES, made when it is first asked for.
Result<std::string> capture_of(std::size_t messages) {
  static const Folder folder;
  static std::map<std::size_t, std::string> made;
  if (const auto at = made.find(messages); at != made.end())
    return at->second;
  if (folder.path().empty())
    return fail(ErrorCode::io, "there is no room for a capture");
  KARPSPEC_TRY(golden, read_golden(KARPSPEC_SOURCE_DIR "/pcaps/rkmp-new-protocol"));
  const std::string path = folder.path() + "/" + std::to_string(messages);
  KARPSPEC_CHECK(write_repeated(golden, path, messages, messages_per_sa(messages)));
  return made[messages] = path;
}

Result<observer::OpeningKeys> opening_keys(const std::string& path) {
  observer::OpeningKeys keys;
  KARPSPEC_TRY(table, capture::read_decryption_table(path + ".keys"));
  keys.table = std::move(table);
  return keys;
}

// Gives every frame of PATH to TAKE. The number of frames.
template <class Take>
Result<std::size_t> read(const std::string& path, Take&& take) {
  KARPSPEC_TRY(reader, capture::CaptureReader::open(path + ".pcapng"));
  for (std::size_t frames = 0;; ++frames) {
    KARPSPEC_TRY(next, reader.next());
    if (!next)
      return frames;
    take(*std::move(next));
  }
}

// Runs MEASURED, which gives the number of messages that it took right, on the capture of STATE.
template <class Run>
void measure(benchmark::State& state, Run&& run) {
  const auto path = capture_of(size_of(state));
  if (failed(state, path))
    return;
  const auto keys = opening_keys(*path);
  if (failed(state, keys))
    return;
  for (auto _ : state) {
    const Result<std::size_t> right = run(*path, *keys);
    if (failed(state, right) ||
        failed(state, *right == size_of(state), "a message was not what it must be"))
      return;
  }
  count(state, fs::file_size(*path + ".pcapng"), size_of(state));
}

void read_capture(benchmark::State& state) {
  measure(state, [](const std::string& path, const observer::OpeningKeys&) {
    return read(path, [](const capture::Frame& frame) { benchmark::DoNotOptimize(&frame); });
  });
}

bool is_right(const Observed& observed) {
  return observed.body == Observed::Body::clear || observed.body == Observed::Body::opened;
}

// To text with all fields.
void decode_capture(benchmark::State& state) {
  measure(state,
          [](const std::string& path, const observer::OpeningKeys& keys) -> Result<std::size_t> {
            observer::Opener opener(keys);
            opener.only_to_show();
            std::size_t right = 0;
            KARPSPEC_CHECK(read(path, [&](const capture::Frame& frame) {
              const Observed observed = opener.open(frame);
              right += is_right(observed) && observed.message ? 1U : 0U;
              if (observed.message) {
                std::string text = transcript::with_fields(*observed.message);
                benchmark::DoNotOptimize(text.data());
              }
            }));
            return right;
          });
}

// The transcript of PATH's messages. RIGHT counts them.
Result<std::string> transcript_of(const std::string& path, const transcript::TranscriptHead& head,
                                  std::size_t& right) {
  KARPSPEC_TRY(keys, opening_keys(path));
  observer::Follower follower(std::move(keys));
  transcript::Recorder recorder;
  std::string text = transcript::Recorder::head(head);
  KARPSPEC_CHECK(read(path, [&](const capture::Frame& frame) {
    if (const auto observed = follower.follow(frame)) {
      right += is_right(*observed) ? 1U : 0U;
      text += recorder.entry(*observed);
    }
  }));
  return text;
}

void write_transcript(benchmark::State& state) {
  measure(state, [](const std::string& path, const observer::OpeningKeys&) -> Result<std::size_t> {
    std::size_t right = 0;
    KARPSPEC_TRY(text, transcript_of(path, {}, right));
    benchmark::DoNotOptimize(text.data());
    return right;
  });
}

// Each conversation is like the first one.
void diff_with(benchmark::State& state, unsigned jobs) {
  std::size_t entries = 0;
  transcript::TranscriptHead head;
  head.every_conversation = true;
  const auto one = capture_of(messages_per_sa(size_of(state)));
  if (failed(state, one))
    return;
  const auto text = transcript_of(*one, head, entries);
  if (failed(state, text))
    return;
  measure(state, [&](const std::string& path, const observer::OpeningKeys&) -> Result<std::size_t> {
    KARPSPEC_TRY(
        expected,
        transcript::TranscriptReader::read(
            transcript::YamlStream(std::make_unique<std::istringstream>(*text), "text"), "text"));
    Workers workers(jobs - 1);
    transcript::Alignment::Options options;
    options.workers = &workers;
    transcript::Alignment alignment(expected, options);
    KARPSPEC_TRY(keys, opening_keys(path));
    observer::Follower follower(std::move(keys));
    const auto settle = [&] { alignment.settle(); };
    Result<void> added;
    KARPSPEC_CHECK(read(path, [&](capture::Frame frame) {
      if (auto placed = follower.place(std::move(frame), settle); placed && added)
        added = alignment.add(placed->conversation, std::move(placed->message));
    }));
    KARPSPEC_CHECK(added);
    KARPSPEC_CHECK(alignment.finish());
    return alignment.counts().differences == 0 ? alignment.counts().compared : 0;
  });
}

void diff_capture(benchmark::State& state) {
  diff_with(state, 1);
}

struct ClosePcap {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

// libpcap's frames of PATH, each given to TAKE, which says whether it is right. How many are.
template <class Take>
std::size_t by_libpcap(const std::string& path, Take&& take) {
  char error[PCAP_ERRBUF_SIZE];
  const std::unique_ptr<pcap_t, ClosePcap> handle(
      pcap_open_offline((path + ".pcapng").c_str(), error));
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  std::size_t right = 0;
  while (handle && pcap_next_ex(handle.get(), &header, &octets) == 1)
    right += take(OctetView(octets, header->caplen)) ? 1U : 0U;
  return right;
}

void read_capture_bound(benchmark::State& state) {
  measure(state, [](const std::string& path, const observer::OpeningKeys&) -> Result<std::size_t> {
    return by_libpcap(path, [](OctetView frame) {
      benchmark::DoNotOptimize(frame.data());
      return true;
    });
  });
}

// What opens one IKE SA's messages in either direction.
struct Direct {
  explicit Direct(const capture::DecryptionKeys& keys)
      : from_initiator(keys.suite, {keys.SK_ei.view(), keys.SK_ai.view()}, SkData::Direction::open),
        from_responder(keys.suite, {keys.SK_er.view(), keys.SK_ar.view()},
                       SkData::Direction::open) {}
  SkData from_initiator, from_responder;
};

std::uint64_t u64_at(OctetView octets, std::size_t at) {
  return unsigned_from(octets.subspan(at, 8));
}

void opened_capture_bound(benchmark::State& state) {
  constexpr std::size_t below_ike = 14 + 20 + 8;  // Ethernet, IPv4 and UDP, as it was written
  constexpr std::size_t headers = wire::Header::size + 4;
  constexpr std::size_t next_payload_at = 16, flags_at = 19;
  std::map<std::uint64_t, Direct> direct;  // by SPIi
  Octets plaintext;
  measure(state,
          [&](const std::string& path, const observer::OpeningKeys& keys) -> Result<std::size_t> {
            if (direct.empty())
              for (const auto& [spis, each] : keys.table)
                direct.emplace(spis.first, each);
            return by_libpcap(path, [&](OctetView frame) {
              const OctetView message = frame.subspan(below_ike);
              if (message[next_payload_at] != static_cast<std::uint8_t>(wire::PayloadType::SK))
                return true;
              const auto at = direct.find(u64_at(message, 0));
              if (at == direct.end())
                return false;
              plaintext.resize(message.size());
              SkData& opener = (message[flags_at] & wire::Header::flag_initiator) != 0
                                   ? at->second.from_initiator
                                   : at->second.from_responder;
              return opener.open(message, message.size() - headers, plaintext);
            });
          });
}

}  // namespace

void add_captures() {
  const Sizes sizes = {10, 1'000, 10'000};
  compare("read_capture", read_capture, read_capture_bound, sizes);
  compare("decode_capture", decode_capture, opened_capture_bound, sizes);
  compare("write_transcript", write_transcript, opened_capture_bound, sizes);
  compare("diff_capture", diff_capture, opened_capture_bound, sizes);
  for (const unsigned jobs : {1U, 2U})
    benchmark::RegisterBenchmark(("diff_capture/jobs:" + std::to_string(jobs)).c_str(),
                                 [jobs](benchmark::State& state) { diff_with(state, jobs); })
        ->UseRealTime()
        ->Arg(sizes.back());
}

}  // namespace karpspec::bench
