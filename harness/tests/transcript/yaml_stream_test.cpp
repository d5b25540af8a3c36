#include <gmock/gmock.h>

#include <sstream>

#include "base/random.h"
#include "base/workers.h"
#include "transcript/yaml_documents.h"

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

// All that READER gives, until nothing or an error.
template <class Reader>
std::string all_of(Reader&& reader) {
  std::string out;
  for (;;) {
    const auto document = reader.next();
    if (!document)
      return out + "\n" + document.error().message;
    if (!*document)
      return out;
    describe(**document, out);
    out += "\n";
  }
}

std::string whole(const std::string& text) {
  return all_of(YamlDocuments(std::make_unique<std::istringstream>(text), "f", 0));
}

std::string in_pieces(const std::string& text, Workers* workers) {
  return all_of(YamlStream(std::make_unique<std::istringstream>(text), "f", workers));
}

// Documents of SIZE octets or more.
std::string filling(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; out.size() < size; ++i)
    out += "---\nmessage: \"IKE_AUTH request {IDi[" + std::to_string(i) + "]}\"\nwhere:\n  HDR." +
           std::to_string(i) + ": !3\n  text: |\n    --- no beginning\n    more\n";
  return out;
}

constexpr std::size_t some_pieces = 40'000;

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
  };
  for (const std::string& middle : odd)
    for (const std::string& front : {std::string(), std::string("head: 1\n"), filling(some_pieces)})
      for (const std::string& behind :
           {std::string(), std::string("--- end"), filling(some_pieces)}) {
        const std::string text = front + middle + behind;
        const std::string expected = whole(text);
        EXPECT_EQ(in_pieces(text, nullptr), expected) << middle;
        for (const unsigned threads : {0U, 1U, 3U}) {
          Workers workers(threads);
          EXPECT_EQ(in_pieces(text, &workers), expected) << middle;
        }
      }
}

TEST(YamlStream, GivesTheSameOfOtherEncodings) {
  std::string wide;
  for (const char octet : filling(some_pieces))
    wide += {octet, '\0'};
  for (const std::string& text :
       {wide, "\xff\xfe" + wide, "\xef\xbb\xbf" + filling(some_pieces), "\xfe\xff" + wide}) {
    Workers workers(1);
    EXPECT_EQ(in_pieces(text, &workers), whole(text));
  }
}

// A document that is larger than what is held of a stream, and one that never ends.
TEST(YamlStream, GivesTheSameOfLargeDocuments) {
  std::string list = "---\n";
  while (list.size() < 1'500'000)
    list += "- an item of a list\n";
  for (const std::string& text : {filling(some_pieces) + list + filling(some_pieces),
                                  filling(some_pieces) + list + "- [\n"}) {
    Workers workers(1);
    EXPECT_EQ(in_pieces(text, &workers), whole(text));
  }
}

TEST(YamlStream, GivesTheSameWhateverIsDamaged) {
  const std::string signs = "\n-\"'[]{}:,%&*!|>#. \t\x04?";
  SeededRandom random(18);
  const auto below = [&](std::size_t limit) {
    return static_cast<std::size_t>(random.u64() % limit);
  };
  const std::string original = filling(40'000);
  Workers workers(2);
  for (int i = 0; i < 60; ++i) {
    std::string text = original;
    for (std::size_t n = 1 + below(3); n > 0; --n) {
      const std::size_t at = below(text.size());
      if (below(2) == 0)
        text.erase(at, below(100));
      else
        text.insert(at, 1 + below(3), signs[below(signs.size())]);
    }
    EXPECT_EQ(in_pieces(text, &workers), whole(text)) << i;
  }
}

}  // namespace
}  // namespace karpspec::transcript
