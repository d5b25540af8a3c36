#include <gmock/gmock.h>

#include <fstream>
#include <optional>
#include <string_view>

#include "program.h"

// `karpspec diff` as its users meet it: exit codes, errors, --update. Which differences it finds
// is tested in tests/observer.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string golden = KARPSPEC_SOURCE_DIR "/pcaps/rkmp-initial";
const std::string capture = golden + ".pcapng", transcript = golden + ".transcript.yaml",
                  keys = golden + ".keys";

TEST(Diff, NamesMessagePayloadFieldExpectedAndGot) {
  const Program program;
  program.write("other.yaml",
                replaced(text_of(transcript), "SAr2.proposals[1].transforms[1].kdf: KDF_HMAC_SHA1",
                         "SAr2.proposals[1].transforms[1].kdf: KDF_AES_128_CMAC"));
  const Ended ended = program.run({"diff", capture, "other.yaml", "--keys", keys});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("1 difference, 0 notes"));
  EXPECT_THAT(ended.output, HasSubstr("message 4"));
  EXPECT_THAT(ended.output, HasSubstr("frame 4"));
  EXPECT_THAT(ended.output, HasSubstr("SAr2.proposals[1].transforms[1].kdf (octet "));
  EXPECT_THAT(ended.output, HasSubstr("expected KDF_AES_128_CMAC"));
  EXPECT_THAT(ended.output, HasSubstr("got      KDF_HMAC_SHA1 (1)"));
  const Json json =
      Json::parse(program.run({"diff", capture, "other.yaml", "--keys", keys, "--json"}).output);
  EXPECT_FALSE(json.at("equal"));
  const Json& finding = json.at("findings").at(0);
  EXPECT_EQ(finding.at("field"), "SAr2.proposals[1].transforms[1].kdf");
  EXPECT_EQ(finding.at("payload"), "SAr2");
  EXPECT_EQ(finding.at("frame"), 4);
  // The line is that of the message in the transcript.
  std::ifstream in(program.file("other.yaml"));
  std::string line;
  for (std::size_t n = finding.at("line"); n > 0; --n)
    std::getline(in, line);
  EXPECT_THAT(line, HasSubstr("IKE_AUTH response"));
}

TEST(Diff, WithoutKeysNothingIsSaidOfWhatIsSealed) {
  const Program program;
  const Ended ended = program.run({"diff", capture, transcript});
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("2 not opened for want of keys"));
  program.write("wrong.keys", [&] {
    std::string text = text_of(keys);
    // SK_ai, on which the ICV depends.
    const auto at = text.rfind("\",") + 4;
    text[at] = text[at] == '0' ? '1' : '0';
    return text;
  }());
  const Ended broken = program.run({"diff", capture, transcript, "--keys", "wrong.keys"});
  EXPECT_EQ(broken.code, 1) << broken.output;
  EXPECT_THAT(broken.output, HasSubstr("protection"));
}

TEST(Diff, RefusesWhatIsNoCaptureOrTranscript) {
  const Program program;
  program.write("empty.pcap", "");
  program.write("text.pcap", "no capture\n");
  program.write("empty.yaml", "");
  program.write("no-head.yaml", "message: 1\n");
  program.write("bad-field.yaml",
                "transcript: 1\n---\nmessage: \"IKE_AUTH request {IDi}\"\nwhere:\n  IDi.daat: 1\n");
  program.write("bad-yaml.yaml", "transcript: 1\n---\nmessage: [\n");
  program.write("cut.pcapng", text_of(capture).substr(0, 900));
  const struct {
    std::vector<std::string> command;
    std::string says;
  } cases[] = {
      {{"diff", "none.pcap", transcript}, "none.pcap: no such file"},
      {{"diff", "empty.pcap", transcript}, "empty.pcap"},
      {{"diff", "text.pcap", transcript}, "text.pcap"},
      {{"diff", capture, "none.yaml"}, "none.yaml"},
      {{"diff", capture, "."}, "is a directory"},
      {{"diff", capture, "empty.yaml"}, "empty.yaml:1:1: the file is empty"},
      {{"diff", capture, "no-head.yaml"}, "no-head.yaml:1:1: a transcript begins with"},
      {{"diff", capture, "bad-field.yaml"}, "bad-field.yaml:5:"},
      {{"diff", capture, "bad-yaml.yaml"}, "bad-yaml.yaml:"},
      {{"diff", capture, transcript, "--keys", "none.keys"}, "none.keys"},
      {{"diff", "interface:none0", transcript}, "interface none0"},
      {{"diff", KARPSPEC_SOURCE_DIR "/vectors/captures/rfc9235-4.1.pcap.none", transcript},
       "no such file"},
      {{"diff", "cut.pcapng", "new.yaml", "--update"}, "new.yaml stays as it is"},
  };
  for (const auto& one : cases) {
    const Ended ended = program.run(one.command);
    EXPECT_EQ(ended.code, 2) << one.says << "\n" << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(one.says));
  }
  EXPECT_FALSE(fs::exists(program.file("new.yaml")));
  EXPECT_FALSE(fs::exists(program.file("new.yaml.new")));
}

// What can be read is compared, and where it ends is said.
TEST(Diff, CaptureThatEndsWithinAFrame) {
  const Program program;
  program.write("cut.pcapng", text_of(capture).substr(0, text_of(capture).size() - 20));
  const Ended ended = program.run({"diff", "cut.pcapng", transcript, "--keys", keys});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("ends within the frame after number 3"));
  EXPECT_THAT(ended.output, HasSubstr("message missing"));
  EXPECT_THAT(ended.output, HasSubstr("IKE_AUTH response"));
}

TEST(Diff, UpdateWritesWhatTheCaptureHolds) {
  const Program program;
  const Ended made = program.run({"diff", capture, "new.yaml", "--keys", keys, "--update"});
  EXPECT_EQ(made.code, 0) << made.output;
  EXPECT_EQ(program.run({"diff", capture, "new.yaml", "--keys", keys}).code, 0);
  // The title is kept, and what was different is shown.
  program.write("new.yaml",
                replaced(replaced(text_of(program.file("new.yaml")), "title: \"rkmp-initial\"",
                                  "title: \"Mine\""),
                         "IDi.data: \"tester.example\"", "IDi.data: \"somebody.example\""));
  const Ended changed = program.run({"diff", capture, "new.yaml", "--keys", keys, "--update"});
  EXPECT_EQ(changed.code, 0);
  EXPECT_THAT(changed.output, HasSubstr("IDi.data"));
  EXPECT_THAT(text_of(program.file("new.yaml")), HasSubstr("title: \"Mine\""));
  EXPECT_THAT(text_of(program.file("new.yaml")), HasSubstr("IDi.data: \"tester.example\""));
}

TEST(Diff, EveryConversationIsToGoLikeOne) {
  const Program program;
  std::string text =
      replaced(text_of(transcript), "fields: all\n", "fields: all\nconversations: each\n");
  program.write("each.yaml", text);
  EXPECT_EQ(program.run({"diff", capture, "each.yaml", "--keys", keys}).code, 0);
  // The keys of another seed's run are another conversation.
  ASSERT_EQ(
      program.run({"run", "rkmp/3.2/responder/one-policy", "--seed", "9", "--out", "out"}).code, 0);
  const std::string other = "out/tests/rkmp/3.2/responder/one-policy";
  const Ended ended =
      program.run({"diff", other + ".pcapng", "each.yaml", "--keys", other + ".keys"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(program.run({"diff", other + ".pcapng", transcript, "--keys", other + ".keys"}).code,
            0);
}

TEST(Diff, ReadsFromStandardInput) {
  const Program program;
  const Ended ended = program.run_other(
      {"sh", "-c",
       KARPSPEC_BINARY_DIR "/karpspec diff - " + transcript + " --keys " + keys + " < " + capture});
  EXPECT_EQ(ended.code, 0) << ended.output;
  const Ended two =
      program.run_other({"sh", "-c",
                         "cat " + capture + " | " KARPSPEC_BINARY_DIR "/karpspec diff - " +
                             transcript + " --jobs 2 --keys " + keys});
  EXPECT_EQ(two.output, ended.output);
}

TEST(Diff, SaysTheSameWithAnyNumberOfJobs) {
  const Program program;
  const std::string text = text_of(transcript);
  program.write("each.yaml", replaced(text, "fields: all\n", "fields: all\nconversations: each\n"));
  program.write("other.yaml", replaced(text, "IDi.data: \"tester.example\"", "IDi.data: absent"));
  program.write("missing.yaml", text + "---\nmessage: \"CREATE_CHILD_SA request {SA, Ni}\"\n");
  program.write("bad-field.yaml",
                text + "---\nmessage: \"IKE_AUTH request {IDi}\"\nwhere:\n  IDi.daat: 1\n");
  program.write("bad-yaml.yaml", text + "---\nmessage: [\n---\nmessage: ]\n");
  program.write("cut.pcapng", text_of(capture).substr(0, text_of(capture).size() - 20));
  program.write("text.pcap", "no capture\n");
  const std::vector<std::string> commands[] = {
      {capture, transcript, "--keys", keys},
      {capture, transcript, "--keys", keys, "--json"},
      {capture, transcript},
      {capture, "each.yaml", "--keys", keys},
      {capture, "other.yaml", "--keys", keys, "--json"},
      {capture, "missing.yaml", "--keys", keys},
      {capture, "bad-field.yaml", "--keys", keys},
      {capture, "bad-yaml.yaml", "--keys", keys},
      {"cut.pcapng", transcript, "--keys", keys},
      {"cut.pcapng", "each.yaml", "--keys", keys},
      {"text.pcap", transcript},
      {capture, "none.yaml"},
  };
  for (const std::vector<std::string>& arguments : commands) {
    std::optional<Ended> first;
    for (const char* const jobs : {"1", "2", "5"}) {
      std::vector<std::string> command = arguments;
      command.insert(command.begin(), "diff");
      command.insert(command.end(), {"--jobs", jobs});
      const Ended ended = program.run(command);
      if (!first)
        first = ended;
      EXPECT_EQ(ended.output, first->output) << arguments[1] << ", " << jobs;
      EXPECT_EQ(ended.code, first->code) << arguments[1] << ", " << jobs;
    }
  }
}

// Of a transcript that is read ahead of the capture, piece by piece.
TEST(Diff, SaysTheSameOfALargeTranscriptWithAnyNumberOfJobs) {
  const Program program;
  const std::string text = text_of(transcript);
  const auto begin = text.find("---\n");
  std::string many = text.substr(0, begin);
  while (many.size() < 300'000)
    many += text.substr(begin);
  program.write("many.yaml", many);
  program.write("damaged.yaml", many + "---\nmessage: [\n");
  // A piece that is documents without end to yaml-cpp.
  program.write("endless.yaml", many + "--- ,\n" + text.substr(begin) + text.substr(begin));
  for (const char* const name : {"many.yaml", "damaged.yaml", "endless.yaml"}) {
    const Ended one = program.run({"diff", capture, name, "--keys", keys, "--jobs", "1"});
    EXPECT_EQ(one.code, std::string_view(name) == "many.yaml" ? 1 : 2);
    for (const char* const jobs : {"2", "5"}) {
      const Ended ended = program.run({"diff", capture, name, "--keys", keys, "--jobs", jobs});
      EXPECT_EQ(ended.output, one.output) << jobs;
      EXPECT_EQ(ended.code, one.code) << jobs;
    }
  }
}

}  // namespace
}  // namespace karpspec::cli
