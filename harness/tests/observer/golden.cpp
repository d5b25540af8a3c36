#include "golden.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "observer/follower.h"
#include "oracle/ike/sealed_message.h"

namespace karpspec::observer {
namespace {

std::string path_of(const std::string& name, const std::string& kind) {
  return std::string(KARPSPEC_SOURCE_DIR) + "/pcaps/" + name + kind;
}

}  // namespace

Golden::Golden(const std::string& of) : name(of) {
  auto reader = capture::CaptureReader::open(path_of(name, ".pcapng"));
  EXPECT_TRUE(reader) << (reader ? "" : reader.error().message);
  if (!reader)
    return;
  reader->with_segments();
  for (;;) {
    auto next = reader->next();
    EXPECT_TRUE(next);
    if (!next || !*next)
      return;
    frames.push_back(**next);
  }
}

OpeningKeys Golden::keys() const {
  OpeningKeys out;
  const std::string path = path_of(name, ".keys");
  if (!std::filesystem::exists(path))
    return out;
  auto table = capture::read_decryption_table(path);
  EXPECT_TRUE(table);
  if (table)
    out.table = std::move(*table);
  return out;
}

Golden::Compared Golden::compare(const std::vector<capture::Frame>& given) const {
  Compared out;
  auto expected = transcript::TranscriptReader::open(path_of(name, ".transcript.yaml"));
  EXPECT_TRUE(expected) << (expected ? "" : expected.error().message);
  if (!expected)
    return out;
  transcript::Alignment alignment(*expected, {});
  Follower follower(keys());
  std::uint64_t number = 0;
  for (capture::Frame frame : given) {
    frame.number = ++number;
    if (const auto observed = follower.follow(frame)) {
      const auto added = alignment.add(*observed);
      EXPECT_TRUE(added) << (added ? "" : added.error().message);
    }
  }
  const auto finished = alignment.finish();
  EXPECT_TRUE(finished) << (finished ? "" : finished.error().message);
  for (transcript::Finding& finding : alignment.findings())
    (finding.tolerated ? out.notes : out.differences).push_back(finding);
  out.counts = alignment.counts();
  return out;
}

std::string Golden::transcript(bool each) const {
  std::ifstream in(path_of(name, ".transcript.yaml"));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string line = "fields: all\n";
  const auto at = text.find(line);
  EXPECT_NE(at, std::string::npos);
  return each ? text.insert(at + line.size(), "conversations: each\n") : text;
}

std::vector<transcript::Observed> Golden::observe() const {
  const OpeningKeys table = keys();
  Opener opener(table);
  std::vector<transcript::Observed> out;
  for (const capture::Frame& frame : frames)
    out.push_back(opener.open(frame));
  return out;
}

Octets Golden::encode(std::size_t at, const transcript::Observed& was,
                      const wire::Message& message) const {
  if (was.body == transcript::Observed::Body::clear)
    return wire::encode_message(message);
  const OpeningKeys table = keys();
  // Under the SPIs that it had: the keys do not change with what is written in the header.
  const auto header = wire::decode_header(frames[at].datagram.payload);
  EXPECT_TRUE(header);
  const auto found = table.table.find({header->spi_i, header->spi_r});
  EXPECT_NE(found, table.table.end());
  const capture::DecryptionKeys& sa = found->second;
  const bool by_initiator = header->from_initiator();
  SeededRandom random(at);
  const auto sealed = oracle::ike::seal_message(sa.suite,
                                                {by_initiator ? sa.SK_ei.view() : sa.SK_er.view(),
                                                 by_initiator ? sa.SK_ai.view() : sa.SK_ar.view()},
                                                message, random);
  EXPECT_TRUE(sealed);
  return sealed ? *sealed : Octets();
}

std::string text(const transcript::Finding& finding) {
  return std::string(transcript::to_string(finding.kind)) + " at message " +
         std::to_string(finding.message) + ", frame " + std::to_string(finding.frame) + ": " +
         finding.field + ", expected " + finding.expected + ", got " + finding.got;
}

std::string text(const std::vector<transcript::Finding>& findings) {
  std::string out;
  for (const transcript::Finding& finding : findings)
    out += "  " + text(finding) + "\n";
  return out;
}

}  // namespace karpspec::observer
