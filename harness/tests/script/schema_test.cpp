#include "support/schema.h"

#include <gtest/gtest.h>

#include "transcript/transcript_file.h"
#include "whole_suite.h"
#include "world.h"

// The published JSON Schemas and the loaders say the same.
namespace karpspec::script {
namespace {

namespace fs = std::filesystem;

// The schema of suites/schema/NAME.schema.json, or one of its definitions.
class Schema {
 public:
  explicit Schema(const std::string& name, const std::string& definition = {})
      : schema_(suites + "/schema/" + name + ".schema.json", definition) {}
  // What is wrong with the file, or "".
  [[nodiscard]] std::string complaint(const fs::path& file) const {
    const auto node = transcript::read_yaml(file.string());
    return node ? schema_.complaint(to_json(*node).dump()) : node.error().message;
  }

 private:
  tests::Schema schema_;
};

std::vector<fs::path> files_below(const std::string& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".yaml")
      out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Schema, AllSuitesAreValidAndLoad) {
  const auto suite = load_suite(suites, {}, 2);
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_GE(suite->scenarios.size(), 150U);
  const Schema schema("scenario");
  for (const Scenario& scenario : suite->scenarios)
    EXPECT_EQ(schema.complaint(suites + "/" + scenario.name + ".yaml"), "") << scenario.name;
}

// What is wrong with the documents of a transcript, by the schema; what its reader says goes to
// READER.
std::string transcript_complaint(const std::string& text, std::string& reader) {
  static const tests::Schema schema(suites + "/schema/transcript.schema.json");
  const auto stream = [&text] {
    return transcript::YamlStream(std::make_unique<std::istringstream>(text), "t.yaml");
  };
  reader.clear();
  if (auto read = transcript::TranscriptReader::read(stream(), "t.yaml"); !read) {
    reader = read.error().message;
  } else {
    for (;;) {
      const auto entry = read->next();
      if (!entry)
        reader = entry.error().message;
      if (!entry || !*entry)
        break;
    }
  }
  std::string out;
  for (auto documents = stream();;) {
    const auto document = documents.next();
    if (!document)
      return document.error().message;
    if (!*document)
      return out;
    out += schema.complaint(to_json(**document).dump());
  }
}

TEST(Schema, AllTranscriptsAreValidAndRead) {
  std::size_t transcripts = 0;
  std::string reader;
  for (const fs::path& file : files_below(KARPSPEC_SOURCE_DIR "/pcaps")) {
    if (!file.filename().string().ends_with(".transcript.yaml"))
      continue;
    ++transcripts;
    EXPECT_EQ(transcript_complaint(text_of(file), reader), "") << file;
    EXPECT_EQ(reader, "") << file;
  }
  EXPECT_GE(transcripts, 36U);
}

TEST(Schema, RefusesTheTranscriptsThatTheReaderRefuses) {
  const std::string head = "transcript: 1\n---\n";
  const std::string bad[] = {
      "title: x\n",
      "transcript: 2\n",
      "transcript: 1\nfields: some\n",
      "transcript: 1\nconversations: all\n",
      "transcript: 1\nmore: 1\n",
      head + "from: 192.0.2.1:500\n",
      head + "message: IKE_AUTH {}\n",
      head + "message: IKE_AUTH request\n",
      head + "message: IKE_AUTH request {}\nconversation: 0\n",
      head + "message: IKE_AUTH request {}\nassociation: 4294967296\n",
      head + "message: IKE_AUTH request {}\nfrom: 192.0.2.1\n",
      head + "message: IKE_AUTH request {}\noptional: perhaps\n",
      head + "message: IKE_AUTH request {}\norder: any\n",
      head + "message: IKE_AUTH request {}\nwhere: [1]\n",
      head + "message: IKE_AUTH request {}\nwhen: 1\n",
  };
  std::string reader;
  for (const std::string& text : bad) {
    EXPECT_NE(transcript_complaint(text, reader), "") << text;
    EXPECT_NE(reader, "") << text;
  }
  const std::string good = head +
                           "message: IKE_AUTH request {IDi, N(COOKIE)}\nwhy: x\nwhere:\n"
                           "  HDR.message_id: {not: 1}\n"
                           "---\nmessage: datagram {}\n";
  EXPECT_EQ(transcript_complaint(good, reader), "");
  EXPECT_EQ(reader, "");
}

// Their children may be ESP's, which have SPIs: such a test could be played with no IKEv2 daemon.
TEST(Suites, ThoseMarkedIkev2NameNoKeyIdOfTcpAo) {
  const auto suite = load_suite(suites, {}, 2);
  ASSERT_TRUE(suite) << suite.error().message;
  std::size_t marked = 0;
  for (const Scenario& scenario : suite->scenarios) {
    if (std::find(scenario.marks.begin(), scenario.marks.end(), "ikev2") == scenario.marks.end())
      continue;
    ++marked;
    std::ifstream in(suites + "/" + scenario.name + ".yaml");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(text.find("send_id"), std::string::npos) << scenario.name;
  }
  EXPECT_GE(marked, 300U);
}

TEST(Schema, OtherFilesOfSuites) {
  const Schema fragment("scenario", "fragment");
  for (const fs::path& file : files_below(suites + "/fragments"))
    EXPECT_EQ(fragment.complaint(file), "") << file;
  const Schema requirement("requirement");
  for (const fs::path& file : files_below(suites + "/requirements"))
    EXPECT_EQ(requirement.complaint(file), "") << file;
  const Schema fault("fault");
  for (const fs::path& file : files_below(suites + "/faults"))
    EXPECT_EQ(fault.complaint(file), "") << file;
  EXPECT_EQ(Schema("defaults").complaint(suites + "/defaults.yaml"), "");
  const Schema protocol("protocol"), table_rules("table-rules");
  for (const fs::path& file : files_below(suites + "/protocols")) {
    const bool of_all = file.filename() == "table.yaml";
    EXPECT_EQ((of_all ? table_rules : protocol).complaint(file), "") << file;
  }
  EXPECT_EQ(Schema("keytable").complaint(suites + "/keytable/example.yaml"), "");
}

// The loader knows more than a schema can say: field paths, fragments, requirements. Everything
// else is refused by both.
TEST(Schema, RefusesWhatIsWrongInStructure) {
  const std::string only_loader[] = {"error-in-fragment",
                                     "fragment-loop",
                                     "long-fragment",
                                     "long-setup",
                                     "missing-fragment",
                                     "unknown-requirement",
                                     "unknown-exchange",
                                     "unknown-payload",
                                     "unknown-notify",
                                     "quoted-notation",
                                     "unknown-field",
                                     "unknown-field-with",
                                     "list-without-index",
                                     "whole-payload-set",
                                     "value-out-of-range",
                                     "name-of-no-value",
                                     "octets-expected",
                                     "unknown-function",
                                     "function-arguments",
                                     "bad-range",
                                     "empty-alternative",
                                     "no-judging-step",
                                     "optional-in-send",
                                     "patch-a-bit",
                                     "sk-data",
                                     "unknown-row-field",
                                     "range-of-octets",
                                     "range-too-wide",
                                     "where-of-sk",
                                     "advertise-a-request",
                                     "advertise-without-pause",
                                     "cut-off-nobody",
                                     "groups-unclaimed",
                                     "item-field",
                                     "unknown-router",
                                     "watch-of-an-answer"};
  const Schema schema("scenario");
  for (const fs::path& file : files_below(KARPSPEC_SOURCE_DIR "/harness/tests/script/bad")) {
    if (file.parent_path().filename() == "fragments")
      continue;
    const std::string name = file.stem();
    const bool beyond =
        std::find(std::begin(only_loader), std::end(only_loader), name) != std::end(only_loader);
    EXPECT_EQ(schema.complaint(file).empty(), beyond) << name << ": " << schema.complaint(file);
  }
}

}  // namespace
}  // namespace karpspec::script
