#include "fixture.h"

#include <sstream>

namespace karpspec::dissector {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Program* Dissector::program_ = nullptr;

void Dissector::SetUp() {
  if (program_->run_other({"tshark", "--version"}).code != 0)
    GTEST_SKIP() << "needs tshark (Debian package tshark)";
}

std::string Dissector::tshark(const std::string& capture, const std::string& keys,
                              const std::vector<std::string>& arguments) {
  program_->write("wireshark/ikev2_decryption_table", keys);
  std::vector<std::string> command = {"tshark", "-X", "lua_script:" + script(), "-r", capture};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto ended = program_->run_other(
      command, {{"HOME", program_->folder()}, {"XDG_CONFIG_HOME", program_->folder()}});
  EXPECT_EQ(ended.code, 0) << ended.output.substr(0, 2000);
  return ended.output;
}

std::vector<Frame> Dissector::shown(const std::string& capture, const std::string& keys,
                                    std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"-T", "pdml"});
  const std::string output = tshark(capture, keys, arguments);
  EXPECT_THAT(output, Not(HasSubstr("Lua: Error")));
  return read_pdml(output);
}

std::map<std::size_t, Decoded> Dissector::decoded(const std::string& capture,
                                                  const std::string& keys) {
  std::vector<std::string> arguments = {"decode", capture, "--json"};
  if (!keys.empty())
    arguments.insert(arguments.end(), {"--keys", program_->write("decode.keys", keys)});
  std::map<std::size_t, Decoded> out;
  std::istringstream lines(program_->run(arguments).output);
  for (std::string line; std::getline(lines, line);) {
    Decoded one = Decoded::parse(line, nullptr, false);
    if (!one.is_object() || (!one.contains("message") && !one.contains("trouble")))
      continue;
    const auto number = one["frame"].get<std::size_t>();
    out.emplace(number, std::move(one));
  }
  return out;
}

std::size_t Dissector::expect_same(const std::string& capture, const std::string& keys,
                                   const std::vector<std::string>& arguments) {
  const auto frames = shown(capture, keys, arguments);
  const auto messages = decoded(capture, keys);
  std::size_t compared = 0;
  for (const auto& [number, message] : messages) {
    const std::string at =
        capture + ", frame " + std::to_string(number) + ": " + message.dump().substr(0, 600);
    if (number > frames.size()) {
      ADD_FAILURE() << at << " is not shown";
      break;
    }
    const Frame& frame = frames[number - 1];
    EXPECT_FALSE(frame.lua_error) << at;
    if (!message.contains("message"))
      continue;
    EXPECT_THAT(differences(message, frame), IsEmpty()) << at;
    if (!message.contains("trouble")) {
      EXPECT_FALSE(frame.has("karpspec.malformed")) << at;
      // Wireshark reads every certificate as one of X.509, raw keys too.
      EXPECT_TRUE(!frame.malformed || frame.has("karpspec.cert.data") ||
                  frame.has("isakmp.cert.encoding"))
          << at;
    }
    ++compared;
  }
  return compared;
}

std::string write_every_message(const std::string& path) {
  Scribe scribe(path);
  // Wireshark puts fragments together by message ID.
  std::uint32_t id = 0;
  for (wire::Message message : group_messages()) {
    message.header.message_id = ++id;
    scribe.clear(message, mrkmp_port);
    // Wireshark reads the certificates of what it decrypts, and these are none.
    if (wire::find(message.payloads, wire::PayloadType::CERT) != nullptr)
      continue;
    scribe.sealed(message, mrkmp_port);
    if (!message.payloads.empty())
      scribe.fragments(message, mrkmp_port, 200);
  }
  for (wire::Message message : rkmp_messages()) {
    message.header.message_id = ++id;
    scribe.clear(message, ike_port);
    scribe.sealed(message, ike_port);
    scribe.sealed(message, 4500);
    scribe.fragments(message, ike_port, 30);
  }
  return scribe.keys();
}

}  // namespace karpspec::dissector
