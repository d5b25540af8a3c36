// What a DUT file says of a container.
#include "dut/container_start.h"

#include <gmock/gmock.h>

#include "dut/dut_file.h"

namespace karpspec::dut {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Result<DutFile> parsed(const std::string& start, const std::string& rest = {}) {
  return parse_dut_file("name: x\nstart: {kind: container, image: x" + start + "}\n" + rest,
                        "/lab/dut.yaml");
}

TEST(ContainerStart, IsReadWithItsUnitsAndPaths) {
  const auto file = parsed(
      ", engine: docker, memory: 256M, cpus: 0.5, volumes: [\"./a:/b\", \"/c:/d:ro\"], "
      "environment: {A: 1}, ready: {log: up, tcp: 7500, within_ms: 9}",
      "port: 1021\n");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->start.container);
  const ContainerStart& container = *file->start.container;
  EXPECT_EQ(container.engine.kind, lab::EngineOptions::Kind::docker);
  EXPECT_EQ(container.memory, 256U << 20U);
  EXPECT_EQ(container.cpus, 0.5);
  EXPECT_THAT(container.volumes, ElementsAre(Pair("/lab/a", "/b"), Pair("/c", "/d:ro")));
  EXPECT_THAT(container.environment, ElementsAre(Pair("A", "1")));
  EXPECT_THAT(container.capabilities, ElementsAre("NET_ADMIN", "NET_RAW"));
  EXPECT_EQ(container.ready.log, "up");
  EXPECT_EQ(container.ready.tcp, 7500);
  EXPECT_EQ(container.ready.within, std::chrono::milliseconds{9});
  EXPECT_NE(container.record, nullptr);
  EXPECT_EQ(file->endpoint, (Endpoint{"192.0.2.1", 1021}));
  EXPECT_EQ(file->routers.size(), 2U);
  const lab::ContainerOptions options = container_options(container, "label");
  EXPECT_EQ(options.memory, container.memory);
  EXPECT_EQ(options.binds, container.volumes);
}

TEST(ContainerStart, OfADaemonHasItsAdapter) {
  const auto file = parsed(", esp: stand-in", "control: {kind: libreswan}\nchild: esp\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->start.kind, StartKind::libreswan);
  EXPECT_EQ(file->start.esp, EspBelow::stand_in);
  EXPECT_EQ(file->control.over, DutControl::Over::built_in);
  EXPECT_TRUE(file->start.container);
}

TEST(ContainerStart, SaysWhereItIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {", memory: much", "dut.yaml:2:44: 'much' is no size, such as 256M or 1G"},
      {", memory: 1k", "less than 4M is too little"},
      {", memory: 99999999999G", "is no size"},
      {", cpus: none", "is no number of processors"},
      {", engine: podmann", "unknown engine 'podmann'; did you mean 'podman'?"},
      {", immage: y", "did you mean 'image'?"},
      {", volumes: [here]", "'here' is not PATH:INSIDE"},
      {", ready: {tcp: 0}", "expected a port"},
      {", esp: auto", "'esp' is for control of kind strongswan and libreswan"},
  };
  for (const auto& [start, says] : cases) {
    const auto file = parsed(start);
    ASSERT_FALSE(file) << start;
    EXPECT_THAT(file.error().message, HasSubstr(says)) << start;
  }
}

}  // namespace
}  // namespace karpspec::dut
