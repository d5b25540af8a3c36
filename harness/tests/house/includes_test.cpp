// The house's own rules: includes go only where a room's CMakeLists.txt says, arrows point down,
// and the libraries that are one room's business are named in no other.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

const fs::path harness = fs::path(KARPSPEC_SOURCE_DIR) / "harness";

// harness/decisions/0001-rooms.md: a room includes only rooms of a lower level.
const std::map<std::string, int> levels = {
    {"base", 0},         {"wire", 1},       {"crypto", 1},   {"verdict", 1},   {"schema", 1},
    {"keytable", 2},     {"transcript", 2}, {"lab", 2},      {"oracle", 3},    {"keyfile", 3},
    {"capture", 3},      {"dut", 3},        {"observer", 4}, {"fault", 4},     {"script", 5},
    {"dut/adapters", 6}, {"report", 6},     {"fuzz", 6},     {"fuzz/live", 6}, {"interop", 6},
    {"cli", 7},          {"planted", 7},    {"bench", 7}};

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::map<std::string, std::set<std::string>> declared_uses() {
  std::map<std::string, std::set<std::string>> uses;
  const std::regex call(R"(karpspec_room\(\s*([a-z/]+)([^)]*)\))");
  for (const auto& entry : fs::recursive_directory_iterator(harness)) {
    if (entry.path().filename() != "CMakeLists.txt")
      continue;
    const std::string text = read_file(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), call), end; it != end; ++it) {
      std::set<std::string>& room = uses[(*it)[1]];
      std::istringstream words((*it)[2]);
      bool in_uses = false;
      for (std::string word; words >> word;) {
        if (word == "USES" || word == "LIBS") {
          in_uses = word == "USES";
        } else if (in_uses) {
          room.insert(word);
        }
      }
    }
  }
  return uses;
}

std::string room_of(const std::string& path) {
  if (path.rfind("dut/adapters/", 0) == 0)
    return "dut/adapters";
  if (path.rfind("fuzz/live/", 0) == 0)
    return "fuzz/live";
  return path.substr(0, path.find('/'));
}

struct Source {
  std::string path;  // relative to harness/
  std::string room;
  std::string text;
};

std::vector<Source> sources() {
  std::vector<Source> all;
  for (const auto& entry : fs::recursive_directory_iterator(harness)) {
    const fs::path& path = entry.path();
    if (path.extension() != ".h" && path.extension() != ".cpp")
      continue;
    const std::string relative = path.lexically_relative(harness).string();
    if (relative.rfind("tests/", 0) == 0 || relative.rfind("bench/", 0) == 0)
      continue;
    all.push_back({relative, room_of(relative), read_file(path)});
  }
  return all;
}

TEST(House, FindsItsRooms) {
  const auto uses = declared_uses();
  for (const char* room : {"base", "wire", "crypto", "oracle", "script", "cli"}) {
    EXPECT_TRUE(uses.contains(room)) << room;
  }
  EXPECT_GT(sources().size(), 60U);
}

TEST(House, EveryArrowPointsDown) {
  for (const auto& [room, used] : declared_uses()) {
    ASSERT_TRUE(levels.contains(room)) << room << " has no level";
    for (const std::string& lower : used) {
      ASSERT_TRUE(levels.contains(lower)) << room << " uses " << lower << ", which has no level";
      EXPECT_LT(levels.at(lower), levels.at(room)) << room << " -> " << lower;
    }
  }
}

TEST(House, EveryIncludeIsDeclared) {
  const auto uses = declared_uses();
  const std::regex include(R"re(#include "([a-z_]+/[a-z_/0-9]+\.h)")re");
  std::vector<std::string> wrong;
  for (const Source& source : sources()) {
    if (source.room == "fuzz")
      continue;  // fuzz targets are executables of their own
    for (std::sregex_iterator it(source.text.begin(), source.text.end(), include), end; it != end;
         ++it) {
      const std::string target = room_of((*it)[1]);
      if (target == source.room)
        continue;
      const auto room = uses.find(source.room);
      if (room == uses.end() || !room->second.contains(target)) {
        wrong.push_back(source.path + " includes " + (*it)[1].str());
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(House, LibrariesStayInTheirRoom) {
  const std::vector<std::pair<std::string, std::string>> owners = {
      {"#include <openssl/", "crypto"},
      {"#include <pcap", "capture"},
      {"#include <CLI/", "cli"},
      {"#include <valijson/", "schema"}};
  std::vector<std::string> wrong;
  for (const Source& source : sources()) {
    for (const auto& [needle, owner] : owners) {
      if (source.room != owner && source.text.find(needle) != std::string::npos) {
        wrong.push_back(source.path + " has " + needle);
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(House, CoreReadsNoClockFileOrRandomDevice) {
  const std::vector<std::string> forbidden = {"system_clock", "steady_clock",   "random_device",
                                              "<fstream>",    "<sys/socket.h>", "RAND_bytes",
                                              "sleep_for",    "getenv"};
  const std::set<std::string> pure = {"base", "wire", "keytable", "oracle", "transcript", "fault"};
  std::vector<std::string> wrong;
  for (const Source& source : sources()) {
    if (!pure.contains(source.room))
      continue;
    for (const std::string& word : forbidden) {
      // Scenarios and faults are data, and their reader is the one door to files.
      if (source.path == "transcript/yaml.cpp" && word == "<fstream>")
        continue;
      if (source.text.find(word) != std::string::npos)
        wrong.push_back(source.path + ": " + word);
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(House, FilesHaveAReadableSize) {
  std::vector<std::string> large;
  for (const Source& source : sources()) {
    const auto lines = std::count(source.text.begin(), source.text.end(), '\n');
    if (lines > 600)
      large.push_back(source.path + ": " + std::to_string(lines) + " lines");
  }
  EXPECT_THAT(large, IsEmpty());
}

TEST(House, EveryRoomHasAReadme) {
  for (const auto& [room, used] : declared_uses()) {
    EXPECT_TRUE(fs::exists(harness / room / "README.md")) << room;
  }
}

}  // namespace
