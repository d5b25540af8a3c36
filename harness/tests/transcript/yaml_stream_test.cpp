#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "base/random.h"
#include "base/workers.h"
#include "transcript/yaml_pieces.h"

// Whatever the text: pieces of it that are read ahead give the documents, with their places, and
// the errors, that the whole gives.
namespace karpspec::transcript {
namespace {

void describe(const Node& node, std::string& out) {
  out += std::to_string(node.line()) + ":" + std::to_string(node.column()) + node.kind_name();
  out += node.quoted() ? "\"" : "'";
  out += node.text() + "(";
  for (const Node& item : node.items())
    describe(item, out);
  for (const auto& [key, value] : node.entries()) {
    describe(key, out);
    describe(value, out);
  }
  out += ")";
}

// All that READER gives of a text, until nothing or an error. Each document takes an octet of it,
// so that what goes on for longer has no end.
template <class Reader>
std::string all_of(Reader&& reader, const std::string& text) {
  std::string out;
  for (std::size_t most = text.size();; --most) {
    const auto document = reader.next();
    if (!document)
      return out + "refused: " + document.error().message;
    if (!*document)
      return out;
    if (most == 0) {
      ADD_FAILURE() << "documents without end";
      return out;
    }
    describe(**document, out);
    out += "\n";
  }
}

std::string whole(const std::string& text) {
  return all_of(YamlDocuments(std::make_unique<std::istringstream>(text), "f", 0), text);
}

std::string in_pieces(const std::string& text, Workers* workers, const PieceSizes& sizes) {
  return all_of(YamlPieces(std::make_unique<std::istringstream>(text), "f", workers, sizes), text);
}

// COUNT documents.
std::string filling(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += "---\nm: \"A {I[" + std::to_string(i) + "]}\"\nw:\n  H." + std::to_string(i) +
           ": !3\n  t: |\n    --- none\n    more\n";
  return out;
}

// Cuts before every '---' there is, before some of them, and before none.
constexpr std::size_t blocks[] = {1, 2, 3, 5, 7, 11, 17, 29, 41, 67, 150, 16384};

// Threads that have worked for many streams before.
Workers& some_workers(unsigned threads) {
  static Workers none(0), one(1), three(3);
  return threads == 0 ? none : threads == 1 ? one : three;
}

void expect_the_same(const std::string& text) {
  const std::string expected = whole(text);
  for (const std::size_t block : blocks)
    EXPECT_EQ(in_pieces(text, nullptr, {.block = block}), expected) << text << "\n" << block;
  for (const unsigned threads : {0U, 1U, 3U})
    EXPECT_EQ(in_pieces(text, &some_workers(threads), {.block = 13}), expected)
        << text << "\n"
        << threads << " threads";
}

// Which of them stand together depends on where a block ends; here, also on nothing else.
TEST(YamlStream, CutsWhereverABlockEnds) {
  const std::string text = filling(4);
  const std::string expected = whole(text);
  for (std::size_t block = 1; block <= text.size() + 1; ++block)
    EXPECT_EQ(in_pieces(text, nullptr, {.block = block}), expected) << block;
}

TEST(YamlStream, GivesTheSameInPieces) {
  const std::string odd[] = {
      "",
      "---\n",
      "---\n---\n",
      "--- {a: 1}\n",
      "--- text\nthat goes on\n",
      "--- |\n block\n---\n",
      "---\ta: 1\n",
      "---a: 1\n",
      "---\r\na: 1\r\n",
      "...\n",
      "---\na: 1\n...\n",
      "---\na: 1\n...\nb: 2\n",
      "---\na: 1\n...\n%TAG ! !other\n---\nb: !3\n",
      "%YAML 1.2\n---\na: 1\n",
      "%YAML 2.0\n---\na: 1\n",
      "---\na: '\n---\n'\n",
      "---\na: \"begins\n--- and ends\"\n",
      "---\na: [1,\n---\n2]\n",
      "---\na: {b: 1,\n---\nc: 2}\n",
      "---\na: [\n",
      "---\na: ]\n",
      "---\n[a] b\n",
      "---\na: 1\na: 2\n",
      "---\n*alias\n",
      "---\n&anchor a: *anchor\n",
      "---\n\ta: 1\n",
      "---\na: 1\n b: 2\n",
      "---\n? [a]\n: b\n",
      "---\na: \x04\n",
      "---\na: \xff\xfe\n",
      std::string("---\na: \0b\n", 11),
      "# nothing but this\n",
      "---\n# nothing but this\n---\n",
      ",\n",
      "--- ,\n",
      "---\n  a: 1\n , b: 2\n",
      "--- !3 ,\n",
      "[] [] []\n",
      "--- |\nat the margin\n--- no end\n",
      "--- >\nat the margin\n",
      "---\ra: 1\r---\rb: 2\r",
      "---\ra: 1\r%TAG ! !other\r---\rb: !3\r",
  };
  for (const std::string& middle : odd)
    for (const std::string& front : {std::string(), std::string("head: 1\n"), filling(2)})
      for (const std::string& behind : {std::string(), std::string("--- end"), filling(2)})
        expect_the_same(front + middle + behind);
}

TEST(YamlStream, GivesTheSameOfOtherEncodings) {
  std::string wide;
  for (const char octet : filling(3))
    wide += {octet, '\0'};
  for (const std::string& text :
       {wide, "\xff\xfe" + wide, "\xef\xbb\xbf" + filling(3), "\xfe\xff" + wide})
    expect_the_same(text);
}

// A document that is larger than what is held of a stream, and one that never ends.
TEST(YamlStream, GivesTheSameOfLargeDocuments) {
  std::string list = "---\n";
  while (list.size() < 1500)
    list += "- an item of a list\n";
  for (const std::string& text : {filling(3) + list + filling(3), filling(3) + list + "- [\n"}) {
    const std::string expected = whole(text);
    for (const std::size_t most_held : {100U, 1000U, 10'000U})
      for (Workers* workers : {static_cast<Workers*>(nullptr), &some_workers(1)})
        EXPECT_EQ(in_pieces(text, workers, {.block = 64, .most_held = most_held}), expected)
            << most_held;
  }
}

// More pieces than are read ahead at once, of the size that pieces have.
TEST(YamlStream, GivesTheSameOfManyPieces) {
  const std::string text = filling(6000);
  ASSERT_GT(text.size(), 20 * PieceSizes().block);
  EXPECT_EQ(in_pieces(text, &some_workers(1), {}), whole(text));
  // Nobody waits for the rest.
  YamlPieces begun(std::make_unique<std::istringstream>(text), "f", &some_workers(3));
  EXPECT_TRUE(begun.next());
}

TEST(YamlStream, RefusesWhatNoDocumentBeginsWith) {
  EXPECT_EQ(whole(", a\n"),
            "1:1nothing'()\nrefused: f:1:1: malformed YAML: no document begins with this");
  EXPECT_THAT(whole("---\na: 1\n--- !3 ,\n"),
              testing::EndsWith("f:3:8: malformed YAML: no document begins with this"));
}

TEST(YamlStream, GivesTheSameWhateverIsDamaged) {
  const std::string signs = "\n-\"'[]{}:,%&*!|>#. \t\x04?";
  SeededRandom random(18);
  const auto below = [&](std::size_t limit) {
    return static_cast<std::size_t>(random.u64() % limit);
  };
  const std::string original = filling(5);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    std::string text = original;
    for (std::size_t n = 1 + below(3); n > 0; --n) {
      const std::size_t at = below(text.size());
      if (below(2) == 0)
        text.erase(at, below(40));
      else
        text.insert(at, 1 + below(3), signs[below(signs.size())]);
    }
    const PieceSizes sizes{.block = 1 + below(80)};
    const std::string expected = whole(text);
    const std::string given = in_pieces(text, nullptr, sizes);
    // Behind what may be a key yaml-cpp looks as far as its input goes, and refuses what is wrong
    // there instead of giving the documents between: not in pieces.
    const auto error = std::min(expected.find("refused: "), expected.size());
    EXPECT_THAT(given, testing::StartsWith(expected.substr(0, error))) << i << "\n" << text;
    EXPECT_THAT(given, testing::EndsWith(expected.substr(error))) << i << "\n" << text;
    refused += error < expected.size() ? 1 : 0;
    EXPECT_EQ(in_pieces(text, &some_workers(1), sizes), given) << i << "\n" << text;
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace karpspec::transcript
