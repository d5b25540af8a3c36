// What the observer judges by stands in the catalogue, binds, and can be seen on the wire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "script/suite.h"

namespace karpspec::observer {
namespace {

std::set<std::string> ids_in_the_source() {
  namespace fs = std::filesystem;
  std::set<std::string> out;
  const std::regex id(R"re("((IKE|RKMP|MRKMP|DKS|FRAG|AO|RFC\d+)-[0-9.]+-\d\d)")re");
  for (const auto& entry :
       fs::recursive_directory_iterator(KARPSPEC_SOURCE_DIR "/harness/observer")) {
    if (entry.path().extension() != ".cpp")
      continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator it(source.begin(), source.end(), id), end; it != end; ++it)
      out.insert((*it)[1]);
  }
  return out;
}

TEST(ObserverRequirements, AreBindingRowsOfTheCatalogue) {
  const auto catalogue = script::load_requirements(KARPSPEC_SOURCE_DIR "/suites");
  ASSERT_TRUE(catalogue) << to_string(catalogue.error());
  const std::set<std::string> ids = ids_in_the_source();
  EXPECT_GT(ids.size(), 100U);
  for (const std::string& id : ids) {
    const auto row = catalogue->find(id);
    ASSERT_NE(row, catalogue->end()) << id;
    EXPECT_TRUE(row->second.level == verdict::Level::must ||
                row->second.level == verdict::Level::implied)
        << id << " only advises";
    EXPECT_NE(row->second.tested, "not-observable") << id;
  }
}

}  // namespace
}  // namespace karpspec::observer
