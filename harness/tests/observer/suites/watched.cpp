#include "watched.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "capture/reader.h"
#include "cli/commands.h"
#include "cli/opening_keys.h"
#include "observer/follower.h"

namespace karpspec::observer {

namespace fs = std::filesystem;

Watch::Watch(std::string suites) : suites_(std::move(suites)) {
  std::string folder = (fs::temp_directory_path() / "karpspec-observer-XXXXXX").string();
  EXPECT_NE(::mkdtemp(folder.data()), nullptr);
  folder_ = folder;
}

Watch::~Watch() {
  std::error_code error;
  fs::remove_all(folder_, error);
}

Watch::Seen Watch::judge(script::Outcome outcome) const {
  Seen out;
  const auto written = cli::write_evidence(folder_.string(), outcome);
  EXPECT_TRUE(written) << (written ? "" : to_string(written.error()));
  if (!written || outcome.result.capture.empty())
    return out;
  const fs::path base = folder_ / "tests" / outcome.result.test;
  std::vector<std::string> files;
  for (const char* kind : {".keys", ".keytable.yaml"})
    if (const std::string file = base.string() + kind; fs::exists(file))
      files.push_back(file);
  cli::Common common;
  common.suites = suites_;
  auto keys = cli::read_keys(common, files);
  // A table may hold no key that a segment is protected with.
  if (!keys)
    keys = cli::read_keys(common, {});
  auto reader = capture::CaptureReader::open((folder_ / outcome.result.capture).string());
  EXPECT_TRUE(keys && reader) << outcome.result.test;
  if (!keys || !reader)
    return out;
  reader->with_segments();
  Follower follower(std::move(keys->opening), std::move(keys->table.segments));
  follower.with_keks();
  Judge judge(Judge::Frames::all_there);
  for (;;) {
    const auto next = reader->next();
    EXPECT_TRUE(next) << outcome.result.test;
    if (!next || !*next)
      break;
    if (const auto observed = follower.follow(**next))
      judge.add(*observed);
  }
  out.breaches = judge.ledger().breaches();
  out.messages = judge.counts().messages;
  for (const auto& [address, side] : judge.ledger().sides())
    for (const auto& [id, count] : side.requirements)
      out.judged.insert(id);
  fs::remove_all(folder_ / "tests");
  return out;
}

bool is_device(const std::string& address) {
  static const std::set<std::string> places = {"192.0.2.1", "192.0.2.5", "2001:db8::1", "fe80::5"};
  return places.contains(address);
}

}  // namespace karpspec::observer
