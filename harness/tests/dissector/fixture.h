#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "messages.h"
#include "shown.h"
#include "tests/cli/program.h"

// The Wireshark dissector, asked as its users ask it: tshark with the script that the build has put
// beside the program. What it shows has to be what `karpspec decode` says.
namespace karpspec::dissector {

using cli::Program;

inline constexpr std::uint16_t mrkmp_port = 1021;
inline constexpr std::uint16_t ike_port = 500;

class Dissector : public testing::Test {
 protected:
  static void SetUpTestSuite() { program_ = new Program; }
  static void TearDownTestSuite() {
    delete program_;
    program_ = nullptr;
  }
  void SetUp() override;

  static std::string script() { return KARPSPEC_BINARY_DIR "/dissector/karpspec.lua"; }

  // Of tshark with the script, with KEYS for what is under SK.
  static std::string tshark(const std::string& capture, const std::string& keys,
                            const std::vector<std::string>& arguments);
  static std::vector<Frame> shown(const std::string& capture, const std::string& keys,
                                  std::vector<std::string> arguments = {});
  // By the number of the frame, from 1.
  static std::map<std::size_t, Decoded> decoded(const std::string& capture,
                                                const std::string& keys);
  // Every frame that decode reads is shown with the same fields, and nothing is called malformed.
  // Returns how many messages were compared.
  static std::size_t expect_same(const std::string& capture, const std::string& keys,
                                 const std::vector<std::string>& arguments = {});

  static Program* program_;
};

// Writes every message in clear, under SK and in fragments; returns the keys for it.
std::string write_every_message(const std::string& path);

}  // namespace karpspec::dissector
