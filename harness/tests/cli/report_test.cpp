#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "program.h"

// `karpspec report`: every format from a run's results, shards joined, directories signed.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

unsigned mode_of(const fs::path& file) {
  struct stat status {};
  EXPECT_EQ(stat(file.c_str(), &status), 0) << file;
  return status.st_mode & 0777;
}

Json without_stamps(const fs::path& results) {
  Json json = json_of(results);
  json["run"].erase("started");
  json["run"].erase("wall_seconds");
  return json;
}

// A device with a fault, of which something is expected and something is not.
class Formats : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    program_ = new Program;
    program_->write("expected.yaml",
                    "expected:\n  - {test: rkmp/4.1/responder/attributes-unmodified, verdict: "
                    "fail, reason: Bug 7, until: 2999-12-31}\n");
    const auto ended =
        program_->run({"run", "rkmp/1.1", "rkmp/3.2", "rkmp/4.1", "--fault", "kdf-changed", "--out",
                       "out", "--expected", "expected.yaml"});
    EXPECT_EQ(ended.code, 1) << ended.output;
  }
  static void TearDownTestSuite() {
    delete program_;
    program_ = nullptr;
  }
  static Program* program_;
};
Program* Formats::program_ = nullptr;

TEST_F(Formats, AreMadeFromTheResults) {
  const auto ended = program_->run(
      {"report", "out", "--format", "html,junit,json,markdown,sarif", "--out", "made"});
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(text_of(program_->file("made/junit.xml")), text_of(program_->file("out/junit.xml")));
  EXPECT_THAT(text_of(program_->file("made/summary.md")), HasSubstr("## What did not pass"));
  EXPECT_EQ(complaint("sarif.schema.json", json_of(program_->file("made/results.sarif"))), "");
  EXPECT_EQ(complaint("results.schema.json", json_of(program_->file("made/results.json"))), "");
  // The evidence is found from there too.
  const Json made = json_of(program_->file("made/results.json"));
  std::size_t captures = 0;
  for (const Json& test : made["tests"]) {
    if (!test.contains("capture"))
      continue;
    ++captures;
    const std::string capture = test["capture"];
    EXPECT_THAT(capture, StartsWith("../out/tests/"));
    EXPECT_TRUE(fs::exists(program_->file("made/" + capture))) << capture;
  }
  EXPECT_GT(captures, 5U);
  EXPECT_THAT(text_of(program_->file("made/report.html")), HasSubstr("href=\"../out/tests/"));
}

TEST_F(Formats, OfAFolderOfAnyNameLeadToTheEvidence) {
  for (const std::string name : {"run #1", "10:30 run"}) {
    fs::copy(program_->file("out"), program_->file(name), fs::copy_options::recursive);
    const auto made = program_->run({"report", name, "--format", "html,json", "--out", "."});
    ASSERT_EQ(made.code, 0) << made.output;
    const Json first = json_of(program_->file("results.json"))["tests"][0];
    EXPECT_TRUE(fs::exists(program_->file(first["capture"]))) << first["capture"];
    const std::string folder = name == "run #1" ? "run%20%231" : "./10%3A30%20run";
    EXPECT_THAT(text_of(program_->file("report.html")), HasSubstr("href=\"" + folder + "/tests/"));
    // And what was made is read again.
    EXPECT_EQ(program_->run({"report", ".", "--format", "markdown", "--out", "summed"}).code, 0);
  }
}

TEST_F(Formats, OfEvidenceThatIsNoFileAreRefused) {
  Json results = json_of(program_->file("out/results.json"));
  results["tests"][0]["capture"] = "javascript:alert(1)";
  program_->write("scripted/results.json", results.dump());
  const auto ended = program_->run({"report", "scripted", "--format", "html"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output, HasSubstr("capture: 'javascript:alert(1)' is no file of a run"));
  EXPECT_FALSE(fs::exists(program_->file("scripted/report.html")));
}

TEST_F(Formats, IntoTheirOwnDirectoryAreWhatTheRunWrote) {
  const std::string page = text_of(program_->file("out/report.html"));
  const std::string results = text_of(program_->file("out/results.json"));
  ASSERT_EQ(program_->run({"report", "out", "--format", "html,json", "--out", "out"}).code, 0);
  EXPECT_EQ(text_of(program_->file("out/report.html")), page);
  EXPECT_EQ(text_of(program_->file("out/results.json")), results);
}

TEST_F(Formats, OfAPdfArePrintedByChromium) {
  if (!has_program(*program_, "chromium"))
    GTEST_SKIP() << "chromium is not installed";
  const auto ended = program_->run({"report", "out", "--format", "pdf", "--out", "printed"});
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(text_of(program_->file("printed/report.pdf")), StartsWith("%PDF-"));
  // Addresses of links stand in a PDF as they are.
  EXPECT_THAT(text_of(program_->file("printed/report.pdf")), Not(HasSubstr("file://")));
  if (!has_program(*program_, "pdftotext") && program_->run_other({"pdftotext", "-v"}).code != 0)
    GTEST_SKIP() << "pdftotext (Debian package poppler-utils) is not installed";
  const auto text =
      program_->run_other({"pdftotext", "-layout", program_->file("printed/report.pdf"), "-"});
  EXPECT_THAT(text.output, HasSubstr("karpspec conformance report"));
  // Each test is there, unfolded: its repeat command is.
  for (const Json& test : Json(json_of(program_->file("out/results.json"))["tests"])) {
    std::string found = text.output;
    std::erase_if(found, [](char c) { return c == '\n' || c == ' '; });
    std::string wanted = "karpspecrun" + test["test"].get<std::string>();
    EXPECT_THAT(found, HasSubstr(wanted));
    if (test.contains("capture")) {
      EXPECT_THAT(found, HasSubstr("../out/" + test["capture"].get<std::string>()));
    }
  }
}

TEST_F(Formats, WithoutChromiumItIsSaid) {
  const auto ended =
      program_->run({"report", "out", "--format", "pdf", "--out", "none"}, {{"PATH", "/nowhere"}});
  EXPECT_EQ(ended.code, 2) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("Chromium"));
  EXPECT_THAT(ended.output, HasSubstr("Debian package chromium"));
  EXPECT_FALSE(fs::exists(program_->file("none/report.pdf")));
}

TEST_F(Formats, AreRefusedWhereTheyCannotBe) {
  EXPECT_EQ(program_->run({"report", "out", "--format", "docx"}).code, 2);
  EXPECT_EQ(program_->run({"report", "out"}).code, 2);
  const auto two = program_->run({"report", "out", "out", "--format", "html", "--out", "x"});
  EXPECT_EQ(two.code, 2);
  EXPECT_THAT(two.output, HasSubstr("one run"));
  EXPECT_EQ(program_->run({"report", "nothing", "--format", "sarif"}).code, 2);
}

TEST_F(Formats, OfAMatrixOrACampaignHaveNoOther) {
  for (const char* file : {"interop.json", "fuzz.json"}) {
    program_->write(std::string("of-") + file + "/" + file, "{}");
    program_->write(std::string("of-") + file + "/journal.jsonl", "{}\n");
    const auto ended =
        program_->run({"report", std::string("of-") + file, "--format", "html", "--out", "x"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.output, HasSubstr(std::string("holds ") + file));
    EXPECT_THAT(ended.output, Not(HasSubstr("did not end")));
  }
}

TEST_F(Formats, OfWhatDidNotEndSayWhatGoesOnWithIt) {
  for (const auto& [journal, command] :
       {std::pair("karpspec-interop-journal-1", "'karpspec interop MATRIX --out begun --resume'"),
        {"karpspec-fuzz-1", "'karpspec fuzz --dut FILE --out begun --resume'"},
        {"karpspec-journal-1", "'karpspec run --out begun --resume'"},
        {"nobody's", "'karpspec run --out begun --resume'"}}) {
    program_->write("begun/journal.jsonl", std::string("{\"journal\": \"") + journal + "\"}\n");
    EXPECT_THAT(program_->run({"report", "begun", "--format", "html"}).output, HasSubstr(command));
  }
}

TEST(Merge, OfShardsIsTheUnsplitRun) {
  const Program program;
  // Expected results, one that passes and one that ran out: what they come to is the same, too.
  program.write(
      "expected.yaml",
      "expected:\n"
      "  - {test: rkmp/3.2/responder/one-policy, verdict: fail, reason: Bug 1, until: "
      "2999-12-31}\n"
      "  - {test: rkmp/4.1/responder/attributes-unmodified, verdict: fail, reason: Bug 3, until: "
      "2001-12-31}\n");
  const auto run = [&](const std::string& out, std::vector<std::string> more) {
    std::vector<std::string> command = {"run",    "--fault", "kdf-changed", "--seed",        "5",
                                        "--out",  out,       "--expected",  "expected.yaml", "rkmp",
                                        "mrkmp/3"};
    command.insert(command.end(), more.begin(), more.end());
    const auto ended = program.run(command);
    EXPECT_EQ(ended.code, 1) << ended.output;
  };
  run("whole", {});
  for (const char* shard : {"1", "2", "3"})
    run(std::string("part/") + shard, {"--shard", std::string(shard) + "/3"});
  // As artifacts come from other machines: open to everybody.
  for (const char* part : {"part/1", "part/2"})
    for (const std::string& file : files_below(program.file(part)))
      fs::permissions(program.file(part) / file, fs::perms{0644});
  program.write("part/1/device.log", "said first\n");
  program.write("part/2/device.log", "");
  program.write("part/3/device.log", "said last\n");
  const auto ended =
      program.run({"report", "merge", "part/3", "part/1", "part/2", "--out", "merged"});
  ASSERT_EQ(ended.code, 1) << ended.output;
  EXPECT_EQ(without_stamps(program.file("merged/results.json")),
            without_stamps(program.file("whole/results.json")));
  EXPECT_EQ(text_of(program.file("merged/junit.xml")), text_of(program.file("whole/junit.xml")));
  const auto files = files_below(program.file("whole/tests"));
  EXPECT_EQ(files_below(program.file("merged/tests")), files);
  for (const std::string& file : files) {
    EXPECT_EQ(text_of(program.file("merged/tests/" + file)),
              text_of(program.file("whole/tests/" + file)))
        << file;
    if (file.ends_with(".keys") || file.ends_with(".secrets.yaml") ||
        file.ends_with(".keytable.yaml")) {
      EXPECT_EQ(mode_of(program.file("merged/tests/" + file)), 0600U) << file;
    }
  }
  EXPECT_EQ(text_of(program.file("merged/device.log")),
            "--- karpspec: part 1/3, part/1\nsaid first\n--- karpspec: part 2/3, part/2\n"
            "--- karpspec: part 3/3, part/3\nsaid last\n");
  EXPECT_EQ(mode_of(program.file("merged/device.log")), 0600U);
  // What is there is not written over, and what is no whole is not made.
  EXPECT_EQ(program.run({"report", "merge", "part/1", "part/2", "part/3", "--out", "merged"}).code,
            2);
  const auto missing = program.run({"report", "merge", "part/1", "part/3", "--out", "other"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.output, HasSubstr("missing: shard 2/3"));
  EXPECT_FALSE(fs::exists(program.file("other")));
  const auto twice =
      program.run({"report", "merge", "part/1", "part/1", "part/2", "part/3", "--out", "other"});
  EXPECT_EQ(twice.code, 2);
  EXPECT_THAT(twice.output, HasSubstr("is shard 1/3, as is part/1"));
  EXPECT_EQ(program.run({"report", "merge", "part/1", "nothing", "--out", "other"}).code, 2);
  ASSERT_EQ(program
                .run({"run", "rkmp", "mrkmp/3", "--seed", "6", "--shard", "2/3", "--out", "part/2",
                      "--force", "--fault", "kdf-changed"})
                .code,
            1);
  const auto other =
      program.run({"report", "merge", "part/1", "part/2", "part/3", "--out", "other"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.output, HasSubstr("seed is '"));
}

// A small run's directory, signed, and then other than it was.
class Signed : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    program_ = new Program;
    ASSERT_EQ(program_->run({"run", "rkmp/3.2/responder", "--out", "out"}).code, 0);
    for (const char* name : {"lab", "other"}) {
      const std::string file = name;
      ASSERT_EQ(program_
                    ->run_other({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                 "ec_paramgen_curve:P-256", "-nodes", "-keyout", file + ".key",
                                 "-out", file + ".crt", "-days", "30", "-subj", "/CN=" + file})
                    .code,
                0);
    }
    const auto ended =
        program_->run({"report", "out", "--format", "sarif", "--sign", "lab.key,lab.crt"});
    ASSERT_EQ(ended.code, 0) << ended.output;
  }
  static void TearDownTestSuite() {
    delete program_;
    program_ = nullptr;
  }
  void SetUp() override {
    std::error_code ignored;
    fs::remove_all(program_->file("copy"), ignored);
    fs::copy(program_->file("out"), program_->file("copy"), fs::copy_options::recursive);
  }
  static Ended verify(std::vector<std::string> more = {"--cert", "lab.crt"}) {
    std::vector<std::string> command = {"report", "verify", "copy"};
    command.insert(command.end(), more.begin(), more.end());
    return program_->run(command);
  }
  static Program* program_;
};
Program* Signed::program_ = nullptr;

TEST_F(Signed, DirectoriesAreVerified) {
  for (const std::vector<std::string>& trust :
       std::vector<std::vector<std::string>>{{"--cert", "lab.crt"}, {"--trust", "lab.crt"}}) {
    const auto ended = verify(trust);
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("as signed by CN=lab"));
    EXPECT_THAT(ended.output, Not(HasSubstr("nobody vouches")));
  }
  const auto anybody = verify({});
  EXPECT_EQ(anybody.code, 0) << anybody.output;
  EXPECT_THAT(anybody.output, HasSubstr("nobody vouches"));
}

TEST_F(Signed, AMatrixAndACampaignAreSignedAsTheyAre) {
  for (const char* file : {"interop.json", "fuzz.json"}) {
    const std::string folder = std::string("of-") + file;
    program_->write(folder + "/" + file, "{}");
    const auto ended = program_->run({"report", folder, "--sign", "lab.key,lab.crt"});
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(text_of(program_->file(folder + "/manifest.sha256")), HasSubstr(file));
    EXPECT_EQ(program_->run({"report", "verify", folder, "--cert", "lab.crt"}).code, 0);
  }
}

TEST_F(Signed, ManifestsHaveEveryFile) {
  const std::string manifest = text_of(program_->file("copy/manifest.sha256"));
  for (const std::string& file : files_below(program_->file("copy"))) {
    if (!file.starts_with("manifest.")) {
      EXPECT_THAT(manifest, HasSubstr("  " + file + "\n"));
    }
  }
  // Others can check it without us.
  lab::ChildOptions options = program_->options({});
  options.command = {"sha256sum", "--check", "--quiet", "manifest.sha256"};
  options.working_directory = program_->file("copy");
  const auto summed = lab::run_command(options);
  ASSERT_TRUE(summed);
  EXPECT_TRUE(summed->status.success()) << summed->output;
  EXPECT_EQ(program_
                ->run_other({"openssl", "cms", "-verify", "-binary", "-purpose", "any", "-inform",
                             "PEM", "-in", "copy/manifest.cms", "-content", "copy/manifest.sha256",
                             "-partial_chain", "-CAfile", "lab.crt"})
                .code,
            0);
}

TEST_F(Signed, FilesThatAreOtherwiseAreNamed) {
  program_->write("copy/results.json", "{}");
  program_->write("copy/tests/new.txt", "new");
  fs::remove(program_->file("copy/junit.xml"));
  const auto ended = verify();
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("changed  results.json\n"));
  EXPECT_THAT(ended.output, HasSubstr("added    tests/new.txt\n"));
  EXPECT_THAT(ended.output, HasSubstr("removed  junit.xml\n"));
  EXPECT_THAT(ended.output, Not(HasSubstr("report.html")));
  EXPECT_THAT(ended.output, Not(HasSubstr("as signed by")));
}

TEST_F(Signed, ALinkIsNotTheFileThatWasSigned) {
  fs::rename(program_->file("copy/junit.xml"), program_->file("junit.xml"));
  fs::create_symlink(program_->file("junit.xml"), program_->file("copy/junit.xml"));
  const auto ended = verify();
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("changed  junit.xml\n"));
  const auto again = program_->run({"report", "copy", "--sign", "lab.key,lab.crt"});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.output, HasSubstr("junit.xml"));
}

TEST_F(Signed, AnotherManifestOrSignerIsRefused) {
  EXPECT_EQ(verify({"--cert", "other.crt"}).code, 1);
  EXPECT_EQ(verify({"--trust", "other.crt"}).code, 1);
  program_->write("copy/junit.xml", "<testsuites/>");
  for (const char* name : {"copy/manifest.sha256", "copy/manifest.cms"})
    fs::remove(program_->file(name));
  const auto signed_anew = program_->run({"report", "copy", "--sign", "other.key,other.crt"});
  ASSERT_EQ(signed_anew.code, 0) << signed_anew.output;
  const auto resigned = verify();
  EXPECT_EQ(resigned.code, 1);
  EXPECT_THAT(resigned.output,
              HasSubstr("the signature does not verify: certificate verify error"));
  // A line of the manifest made to fit: then its signature does not.
  fs::remove_all(program_->file("copy"));
  fs::copy(program_->file("out"), program_->file("copy"), fs::copy_options::recursive);
  const fs::path manifest = program_->file("copy/manifest.sha256");
  std::string text = text_of(manifest);
  text[0] = text[0] == '0' ? '1' : '0';
  std::ofstream(manifest) << text;
  const auto altered = verify();
  EXPECT_EQ(altered.code, 1);
  EXPECT_THAT(altered.output, HasSubstr("the signature does not verify"));
  std::ofstream(manifest) << "what is this\n";
  EXPECT_EQ(verify().code, 1);
}

TEST_F(Signed, BadInputIsRefused) {
  const auto with = [&](const std::string& sign) {
    return program_->run({"report", "copy", "--sign", sign});
  };
  for (const char* bad : {"lab.key", "lab.key,", ",lab.crt", "a,b,c"}) {
    const auto ended = with(bad);
    EXPECT_EQ(ended.code, 2) << bad;
    EXPECT_THAT(ended.output, HasSubstr("KEY,CERT")) << bad;
  }
  EXPECT_NE(with("nothing.key,lab.crt").code, 0);
  EXPECT_EQ(with("lab.crt,lab.crt").code, 2);
  EXPECT_EQ(with("other.key,lab.crt").code, 2);
  EXPECT_EQ(verify({"--cert", "lab.crt", "--trust", "lab.crt"}).code, 2);
  EXPECT_EQ(verify({"--cert", "lab.key"}).code, 2);
  fs::remove(program_->file("copy/manifest.cms"));
  const auto unsigned_directory = verify();
  EXPECT_EQ(unsigned_directory.code, 2);
  EXPECT_THAT(unsigned_directory.output, HasSubstr("is not signed"));
}

}  // namespace
}  // namespace karpspec::cli
