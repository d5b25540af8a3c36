// The file of a matrix: what is read, what is refused and where, and the cells that come of it.
#include "interop/matrix.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <sstream>

#include "script/scenario.h"
#include "support/schema.h"
#include "transcript/node.h"

namespace karpspec::interop {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Devices by the name of their file; each claims what its text says.
Result<dut::DutFile> read_fake(const std::string& path) {
  static const std::map<std::string, std::string> pics = {
      {"m/a.yaml",
       "roles: [initiator, responder]\n  auth: [psk, certificates, digital-ecdsa]\n"
       "  claims: [sas, rekey-key, rekey-ike, keeps-ike-sa, liveness]\n"},
      {"m/b.yaml", "roles: [initiator, responder]\n  auth: [psk]\n  claims: [sas, keeps-ike-sa]\n"},
      {"m/c.yaml", "roles: [responder]\n  auth: [psk]\n  claims: [sas]\n"}};
  const auto known = pics.find(path);
  if (known == pics.end())
    return fail(ErrorCode::not_found, path + ": cannot be read");
  return dut::parse_dut_file(
      "name: device " + path +
          "\nstart: {kind: process, command: [x]}\naddress: 192.0.2.1\n"
          "tester: {address: 192.0.2.2}\nchild: esp\ncontrol: {kind: json-rpc, over: stdio}\n"
          "pics:\n  control: true\n  " +
          known->second,
      path);
}

const MatrixChecks checks{read_fake, {}};

Result<Matrix> parse(const std::string& text) {
  return parse_matrix(text, "m/matrix.yaml", checks);
}

std::string refusal(const std::string& text) {
  const auto matrix = parse(text);
  return matrix ? "taken" : matrix.error().message;
}

const std::string two_devices = "devices:\n  a: a.yaml\n  b: b.yaml\n";

TEST(Matrix, ReadsWhatThereIs) {
  const auto matrix = parse(two_devices +
                            "title: Two\nseed: 7\nrepetitions: 2\npatience: 3s\nwith-itself: true\n"
                            "exchanges: [ike-delete-ike, ike-initial-psk]\n"
                            "ike_proposals: [AES_CBC-256/HMAC_SHA2_256_128/HMAC_SHA2_256/ECP_256]\n"
                            "leave-out:\n  - {initiator: b, reason: it only answers here}\n");
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ(matrix->title, "Two");
  EXPECT_EQ(matrix->seed, 7U);
  EXPECT_EQ(matrix->repetitions, 2U);
  EXPECT_EQ(matrix->patience, std::chrono::seconds{3});
  EXPECT_TRUE(matrix->with_itself);
  ASSERT_THAT(matrix->devices, SizeIs(2));
  EXPECT_EQ(matrix->devices[0].path, "m/a.yaml");
  EXPECT_EQ(matrix->devices[0].dut_file, "a.yaml");
  EXPECT_THAT(matrix->devices[0].children, ElementsAre("esp"));
  ASSERT_THAT(matrix->exchanges, SizeIs(2));
  EXPECT_STREQ(matrix->exchanges[0]->name, "ike-delete-ike");
  EXPECT_THAT(matrix->ike_proposals, SizeIs(1));
}

TEST(Matrix, HasTheBaselineAndAllExchangesByDefault) {
  const auto matrix = parse(two_devices);
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_THAT(matrix->exchanges, SizeIs(exchanges().size()));
  EXPECT_THAT(matrix->ike_proposals,
              ElementsAre("AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048"));
}

TEST(Matrix, RefusalsNameThePlaceAndWhatIsMeant) {
  EXPECT_THAT(refusal("seed: 1\n"), HasSubstr("a matrix needs 'devices'"));
  EXPECT_THAT(refusal("device: {}\n"), HasSubstr("m/matrix.yaml:1:1"));
  EXPECT_THAT(refusal("devices:\n  a: a.yaml\n"), HasSubstr("one device alone has no peer"));
  EXPECT_THAT(refusal("devices:\n  a: a.yaml\n  A: b.yaml\n"),
              HasSubstr("m/matrix.yaml:3:3: 'A': a name is of small letters"));
  EXPECT_THAT(refusal("devices:\n  a: a.yaml\n  b: no.yaml\n"),
              HasSubstr("m/matrix.yaml:3:6: m/no.yaml: cannot be read"));
  EXPECT_THAT(refusal(two_devices + "exchanges: [ike-initial-pks]\n"),
              HasSubstr("m/matrix.yaml:4:13: there is no exchange 'ike-initial-pks'; did you mean "
                        "'ike-initial-psk'?"));
  EXPECT_THAT(refusal(two_devices + "exchanges: [ike-liveness, ike-liveness]\n"),
              HasSubstr("listed twice"));
  EXPECT_THAT(refusal(two_devices + "repetitions: 0\n"), HasSubstr("expected 1 to 1000"));
  EXPECT_THAT(refusal(two_devices + "patience: soon\n"), HasSubstr("m/matrix.yaml:4:11"));
  EXPECT_THAT(refusal(two_devices + "ike_proposals: [AES]\n"), HasSubstr("m/matrix.yaml:4:17"));
  EXPECT_THAT(refusal(two_devices + "expected: no.yaml\n"), HasSubstr("there is no file"));
  EXPECT_THAT(refusal("devices:\n  a: {dut: a.yaml, children: [ah]}\n  b: b.yaml\n"),
              HasSubstr("unknown kind of child 'ah'"));
  EXPECT_THAT(refusal("devices:\n  a: {dut: a.yaml, setup: {ike_proposal: []}}\n  b: b.yaml\n"),
              HasSubstr("did you mean 'ike_proposals'?"));
}

TEST(Matrix, WhatIsLeftOutHasAReasonAndIsThere) {
  EXPECT_THAT(refusal(two_devices + "leave-out:\n  - {initiator: a}\n"),
              HasSubstr("has a 'reason'"));
  EXPECT_THAT(refusal(two_devices + "leave-out:\n  - {initiator: z, reason: x}\n"),
              HasSubstr("this matrix has no initiator 'z'"));
  EXPECT_THAT(refusal(two_devices + "exchanges: [ike-liveness]\nleave-out:\n"
                                    "  - {exchange: ike-delete-ike, reason: x}\n"),
              HasSubstr("this matrix has no exchange 'ike-delete-ike'"));
  EXPECT_THAT(refusal(two_devices + "leave-out:\n  - {reason: x}\n"),
              HasSubstr("this leaves out everything"));
}

TEST(Matrix, RefusesDevicesThatCannotStandInOne) {
  const MatrixChecks strict{read_fake, [](const dut::DutFile& file) {
                              return file.path == "m/b.yaml" ? "it speaks no IKE" : "";
                            }};
  const auto matrix = parse_matrix(two_devices, "m/matrix.yaml", strict);
  ASSERT_FALSE(matrix);
  EXPECT_THAT(matrix.error().message,
              HasSubstr("m/matrix.yaml:3:6: 'b.yaml' cannot stand in a matrix: it speaks no IKE"));
}

std::map<std::string, std::string> cells(const Matrix& matrix) {
  std::map<std::string, std::string> out;
  for (const Cell& cell : cells_of(matrix))
    out[cell.name] = cell.why_not;
  return out;
}

TEST(Cells, AreEveryPairInBothRolesWithTheReasonWhereOneDoesNotApply) {
  const auto matrix = parse(
      "devices:\n  a: a.yaml\n  b: b.yaml\n  c: c.yaml\n"
      "exchanges: [ike-initial-psk, ike-initial-certificates, ike-rekey-ike, rkmp-initial-psk]\n");
  ASSERT_TRUE(matrix) << matrix.error().message;
  auto found = cells(*matrix);
  EXPECT_THAT(found, SizeIs(4 * 6));
  EXPECT_EQ(found["ike-initial-psk/a/b"], "");
  EXPECT_EQ(found["ike-initial-psk/b/a"], "");
  EXPECT_EQ(found["ike-initial-psk/a/c"], "");
  EXPECT_EQ(found["ike-initial-psk/c/a"], "c does not claim the role of the initiator");
  EXPECT_EQ(found["ike-initial-certificates/a/b"], "b does not claim 'certificates'");
  EXPECT_EQ(found["ike-rekey-ike/a/b"], "");
  EXPECT_EQ(found["ike-rekey-ike/b/a"], "b does not claim 'rekey-ike'");
  EXPECT_EQ(found["ike-rekey-ike/a/c"], "c does not claim 'keeps-ike-sa'");
  EXPECT_EQ(found["rkmp-initial-psk/a/b"], "a makes children of kind esp only");
}

TEST(Cells, HaveRepetitionsAndThemselvesWhereThatIsWanted) {
  const auto matrix = parse(two_devices +
                            "with-itself: true\nrepetitions: 2\nexchanges: [ike-initial-psk]\n"
                            "leave-out:\n  - {initiator: a, responder: a, reason: known}\n");
  ASSERT_TRUE(matrix) << matrix.error().message;
  std::vector<std::string> names;
  for (const Cell& cell : cells_of(*matrix))
    names.push_back(cell.name);
  EXPECT_THAT(names,
              ElementsAre("ike-initial-psk/a/a", "ike-initial-psk/a/a/2", "ike-initial-psk/a/b",
                          "ike-initial-psk/a/b/2", "ike-initial-psk/b/a", "ike-initial-psk/b/a/2",
                          "ike-initial-psk/b/b", "ike-initial-psk/b/b/2"));
  EXPECT_EQ(cells(*matrix)["ike-initial-psk/a/a/2"], "left out: known");
}

std::string complaint_about(const std::string& yaml) {
  static const tests::Schema schema(KARPSPEC_SOURCE_DIR "/suites/schema/interop.schema.json");
  const auto node = transcript::parse_yaml(yaml, "x.yaml");
  return node ? schema.complaint(script::to_json(*node).dump()) : node.error().message;
}

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(MatrixSchema, TakesTheMatricesThatThereAre) {
  for (const char* name : {"matrix", "reference", "fault"}) {
    const std::string path =
        std::string(KARPSPEC_SOURCE_DIR "/containers/interop/") + name + ".yaml";
    EXPECT_EQ(complaint_about(text_of(path)), "") << name;
    const auto matrix =
        read_matrix(path, {[](const std::string& dut) { return dut::read_dut_file(dut); }, {}});
    EXPECT_TRUE(matrix) << matrix.error().message;
  }
}

TEST(MatrixSchema, KnowsAllExchanges) {
  for (const Exchange& exchange : exchanges())
    EXPECT_EQ(complaint_about(two_devices + "exchanges: [" + exchange.name + "]\n"), "");
  EXPECT_NE(complaint_about(two_devices + "exchanges: [ike-nothing]\n"), "");
  EXPECT_NE(complaint_about("seed: 1\n"), "");
  EXPECT_NE(complaint_about(two_devices + "devises: {}\n"), "");
}

}  // namespace
}  // namespace karpspec::interop
