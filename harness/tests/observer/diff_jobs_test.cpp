#include <gmock/gmock.h>

#include <set>
#include <sstream>

#include "base/random.h"
#include "base/workers.h"
#include "golden.h"
#include "transcript/alignment.h"

// What a comparison finds, and in which order, does not depend on how many threads there are.
namespace karpspec::observer {
namespace {

using transcript::Alignment;
using transcript::Finding;
using transcript::Observed;

struct DiffOutcome {
  std::string text;
  std::set<Finding::Kind> kinds;
};

std::string counts_of(const Alignment::Counts& counts) {
  std::string out;
  for (const std::uint64_t count : {counts.messages, counts.compared, counts.differences,
                                    counts.notes, counts.not_opened, counts.conversations})
    out += std::to_string(count) + " ";
  return out;
}

DiffOutcome compare(const std::vector<Observed>& messages, const std::string& expected_text,
                    unsigned threads, std::size_t most_findings) {
  Workers workers(threads);
  DiffOutcome out;
  auto expected = transcript::TranscriptReader::read(
      transcript::YamlStream(std::make_unique<std::istringstream>(expected_text), "t.yaml",
                             &workers),
      "t.yaml");
  EXPECT_TRUE(expected);
  if (!expected)
    return out;
  Alignment::Options options;
  options.conversations = 16;
  options.most_findings = most_findings;
  options.workers = &workers;
  Alignment alignment(*expected, options);
  for (const Observed& message : messages)
    if (const auto added = alignment.add(message); !added) {
      out.text = added.error().message;
      return out;
    }
  if (const auto finished = alignment.finish(); !finished)
    out.text = finished.error().message;
  out.text += counts_of(alignment.counts()) + "\n";
  for (const Finding& finding : alignment.findings()) {
    out.text += text(finding) + ", " + finding.what + "\n";
    out.kinds.insert(finding.kind);
  }
  return out;
}

// COUNT conversations such as GOLDEN's, side by side, each damaged in another way.
std::vector<Observed> many(const Golden& golden, std::uint64_t count) {
  SeededRandom random(5);
  const auto below = [&](std::size_t limit) { return random.u64() % limit; };
  std::vector<std::vector<Observed>> conversations;
  for (std::uint64_t number = 1; number <= count; ++number) {
    std::vector<Observed> one = golden.observe();
    for (Observed& message : one)
      message.conversation = number;
    Observed& any = one[below(one.size())];
    switch (number % 9) {
      case 0:  // a copy
        one.push_back(any);
        one.back().again = true;
        break;
      case 1:
        std::swap(one[0], one[1]);
        break;
      case 2:
        one.erase(one.begin() + static_cast<std::ptrdiff_t>(below(one.size())));
        break;
      case 3:
        any.message->payloads.pop_back();
        transcript::describe_message(any);
        break;
      case 4:
        std::swap(any.message->payloads.front(), any.message->payloads.back());
        transcript::describe_message(any);
        break;
      case 5:
        any.body = Observed::Body::broken;
        any.trouble = "its ICV does not hold";
        break;
      case 6:
        any.body = Observed::Body::no_keys;
        any.trouble = "no keys";
        break;
      case 7:
        any.source.address = "203.0.113.9";
        any.message->header.version = 33;
        break;
      default:
        one.push_back(any);
        one.back().kind = "CREATE_CHILD_SA request";
        one.back().place = "I request 99";
    }
    conversations.push_back(std::move(one));
  }
  std::vector<Observed> out;
  // Some of them at a time, so that more are begun than are followed at once.
  for (std::size_t from = 0, width = 24; from < conversations.size(); from += width)
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = from; i < std::min(from + width, conversations.size()); ++i) {
        auto& one = conversations[i];
        if (one.empty())
          continue;
        more = true;
        for (std::uint64_t n = 1 + below(4); n > 0 && !one.empty(); --n) {
          out.push_back(std::move(one.front()));
          one.erase(one.begin());
          out.back().frame = out.size();
        }
      }
    }
  return out;
}

// A transcript of COUNT conversations, each as the one that TEXT is of.
std::string repeated(const std::string& text, std::uint64_t count) {
  const auto head = text.find("---\n");
  std::string out = text.substr(0, head);
  for (std::uint64_t number = 1; number <= count; ++number) {
    std::string part = text.substr(head);
    const std::string was = "conversation: 1\n";
    const std::string now = "conversation: " + std::to_string(number) + "\n";
    for (std::size_t at = 0; (at = part.find(was, at)) != std::string::npos; at += now.size())
      part.replace(at, was.size(), now);
    out += part;
  }
  return out;
}

TEST(DiffJobs, EachConversationIsComparedAlikeByAnyNumber) {
  const Golden golden("rkmp-initial");
  const std::vector<Observed> messages = many(golden, 400);
  const std::string expected = golden.transcript(true);
  for (const std::size_t most_findings : {7U, 1000U, 1'000'000U}) {
    const DiffOutcome one = compare(messages, expected, 0, most_findings);
    for (const unsigned threads : {1U, 4U})
      for (int again = 0; again < 3; ++again)
        EXPECT_EQ(compare(messages, expected, threads, most_findings).text, one.text) << threads;
    if (most_findings > 1000) {
      EXPECT_THAT(one.kinds, testing::IsSupersetOf(
                                 {Finding::Kind::field, Finding::Kind::payload_missing,
                                  Finding::Kind::payload_order, Finding::Kind::message_missing,
                                  Finding::Kind::message_unexpected, Finding::Kind::message_order,
                                  Finding::Kind::retransmission, Finding::Kind::not_opened,
                                  Finding::Kind::protection, Finding::Kind::address}));
    }
  }
}

TEST(DiffJobs, AWholeTranscriptIsReadAlikeByAnyNumber) {
  const Golden golden("rkmp-initial");
  const std::vector<Observed> messages = many(golden, 100);
  const std::string expected = repeated(golden.transcript(false), 100);
  const DiffOutcome one = compare(messages, expected, 0, 1000);
  EXPECT_GT(one.kinds.size(), 7U);
  for (const unsigned threads : {1U, 4U})
    EXPECT_EQ(compare(messages, expected, threads, 1000).text, one.text) << threads;
}

TEST(DiffJobs, NoMessageAtAllAndOneThatIsRefused) {
  const Golden golden("rkmp-initial");
  const std::string each = golden.transcript(true);
  const std::string damaged = repeated(golden.transcript(false), 100) + "---\nmesage: 1\n";
  for (const unsigned threads : {0U, 1U, 4U}) {
    EXPECT_THAT(compare({}, each, threads, 10).text, testing::HasSubstr("message missing"));
    EXPECT_EQ(compare(golden.observe(), damaged, threads, 10).text,
              compare(golden.observe(), damaged, 0, 10).text);
    EXPECT_THAT(compare(golden.observe(), damaged, threads, 10).text,
                testing::HasSubstr("'mesage'"));
  }
}

}  // namespace
}  // namespace karpspec::observer
