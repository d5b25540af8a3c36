#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

// suites/mutations.md promises for each kind of damage a test that does it.
TEST(MutationsPage, EveryTestThereDoesWhatItSays) {
  const std::string suites = KARPSPEC_SOURCE_DIR "/suites/";
  std::ifstream page(suites + "mutations.md");
  const std::regex row(R"(\| [^|]+ \| `([^`]+)` \| `([^`]+)` \| .+ \|)");
  std::size_t rows = 0;
  for (std::string line; std::getline(page, line);) {
    std::smatch found;
    if (!line.starts_with("| ") || line.starts_with("| what"))
      continue;
    ASSERT_TRUE(std::regex_match(line, found, row)) << line;
    ++rows;
    std::ifstream in(suites + found[2].str() + ".yaml");
    ASSERT_TRUE(in) << found[2];
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_NE(text.find(found[1].str()), std::string::npos) << found[1] << " in " << found[2];
  }
  EXPECT_GE(rows, 40U);
}
