// containers/dut-guide.md and containers/control-protocol.md: DUT files are read, messages sent and
// answered. Their commands are run by harness/tests/guides, as those of every guide.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dut/adapters/reference_router.h"
#include "dut/control.h"
#include "keyfile/rulebook.h"
#include "script/scenario.h"
#include "support.h"
#include "transcript/node.h"

namespace karpspec::dut {
namespace {

using testing::HasSubstr;

// The blocks of one language in a page of containers/.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  std::istringstream guide(read_text(source + "/containers/" + page));
  std::vector<std::string> out;
  bool within = false;
  for (std::string line; std::getline(guide, line);) {
    if (line == "```" + language) {
      out.emplace_back();
      within = true;
    } else if (line == "```") {
      within = false;
    } else if (within) {
      out.back() += line + "\n";
    }
  }
  return out;
}

TEST(DutGuide, DutFilesAreValidAndRead) {
  const auto files = blocks("dut-guide.md", "yaml");
  EXPECT_GE(files.size(), 4U);
  const Schema schema("dut");
  for (const std::string& text : files) {
    const auto file = parse_dut_file(text, "guide.yaml");
    EXPECT_TRUE(file) << file.error().message;
    const auto node = transcript::parse_yaml(text, "guide.yaml");
    ASSERT_TRUE(node);
    EXPECT_EQ(schema.complaint(script::to_json(*node)), "") << text;
  }
}

// The reference device answers the guide's requests, in their order, as the guide says; what it is
// and what it holds after an exchange is shown by example and only has to be of that form.
TEST(ControlProtocol, MessagesAreValidAndAnsweredAsShown) {
  const auto rules = keyfile::read_rulebook(suites);
  ASSERT_TRUE(rules) << rules.error().message;
  ReferenceRouter router({"127.0.0.1", 5500}, 1, oracle::no_seams(), {},
                         std::make_shared<const keytable::Rulebook>(*rules));
  (void)router.use_tcp({*wire::IpAddress::from_text("127.0.0.1")});
  const Schema line("control");
  std::set<std::string> shown;
  for (const std::string& block : blocks("control-protocol.md", "json")) {
    std::istringstream lines(block);
    std::string request, answer, more;
    ASSERT_TRUE(std::getline(lines, request) && std::getline(lines, answer)) << block;
    EXPECT_FALSE(std::getline(lines, more)) << block;
    for (const std::string& text : {request, answer})
      EXPECT_EQ(line.complaint(Json::parse(text)), "") << text;
    const std::string method = Json::parse(request)["method"];
    shown.insert(method);
    const std::string got = answer_control(request, [&](std::string_view name, const Json& params) {
      std::vector<Datagram> sent;
      return router.call(name, params, Time{}, sent);
    });
    const std::set<std::string> by_example = {"describe",           "sas",
                                              "key-table",          "events",
                                              "kmdb-requests",      "kmdb-notifications",
                                              "gatekeeper-records", "gatekeeper-mkts",
                                              "tcp-connections",    "groups",
                                              "ks-state",           "ks-packet",
                                              "ks-storage"};
    if (by_example.contains(method)) {
      EXPECT_EQ(Schema("control", method + ".result").complaint(Json::parse(answer)["result"]), "");
      EXPECT_EQ(Schema("control", method + ".result").complaint(Json::parse(got)["result"]), "");
    } else {
      EXPECT_EQ(got, answer);
    }
  }
  EXPECT_THAT(shown, testing::IsSupersetOf({"describe",
                                            "reset",
                                            "configure",
                                            "start",
                                            "sas",
                                            "key-table",
                                            "events",
                                            "kmdb-request",
                                            "kmdb-withdraw",
                                            "kmdb-purge",
                                            "kmdb-requests",
                                            "kmdb-notifications",
                                            "row-add",
                                            "row-change",
                                            "key-to-send",
                                            "keys-to-accept",
                                            "clock",
                                            "gatekeeper-set",
                                            "gatekeeper-remove",
                                            "gatekeeper-open",
                                            "gatekeeper-close",
                                            "gatekeeper-records",
                                            "gatekeeper-mkts",
                                            "pad-set",
                                            "mkt-add",
                                            "mkt-remove",
                                            "mkt-list",
                                            "tcp-listen",
                                            "tcp-connect",
                                            "tcp-send",
                                            "tcp-close",
                                            "tcp-keys",
                                            "tcp-connections",
                                            "tcp-md5",
                                            "group-join",
                                            "group-leave",
                                            "group-priority",
                                            "group-newkey",
                                            "group-remove",
                                            "groups",
                                            "ks-refresh",
                                            "ks-route",
                                            "ks-policy",
                                            "ks-newkey",
                                            "ks-packet",
                                            "ks-state",
                                            "ks-storage"}));
}

// Every method is named in the reference, and a table says what it is good for.
TEST(ControlProtocol, NamesEveryMethod) {
  const std::string guide = read_text(source + "/containers/control-protocol.md");
  for (const std::string_view method : control_methods)
    EXPECT_THAT(guide, HasSubstr(std::string(method)));
}

}  // namespace
}  // namespace karpspec::dut
