#include "dut/adapters/vici.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

namespace karpspec::dut::vici {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

Message sample() {
  Message inner;
  inner.add("version", "2").add_list("proposals", {"aes128-sha256-modp2048", ""});
  Message out;
  out.add("empty", "").add_section("peer", inner).add_section("nothing", {});
  return out;
}

TEST(ViciMessage, IsWrittenAsCharonReadsIt) {
  Message inner;
  inner.add_list("l", {"x", "yz"});
  Message message;
  message.add("k", "v").add_section("s", inner);
  EXPECT_EQ(message.encode().value(),
            (Octets{3, 1, 'k', 0, 1, 'v',                             // k = v
                    1, 1, 's',                                        // s {
                    4, 1, 'l', 5, 0, 1,   'x', 5, 0, 2, 'y', 'z', 6,  // l = [x, yz]
                    2}));                                             // }
}

TEST(ViciMessage, IsReadAsItWasWritten) {
  const auto octets = sample().encode();
  ASSERT_TRUE(octets);
  const auto read = Message::decode(*octets);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->encode().value(), *octets);
  EXPECT_EQ(read->text({"peer", "version"}), "2");
  EXPECT_EQ(read->text({"empty"}), "");
  EXPECT_EQ(read->text({"peer", "no such"}), "");
  EXPECT_EQ(read->text({"version"}), "") << "it stands in a section";
  EXPECT_EQ(read->section("peer").text({"version"}), "2");
  ASSERT_EQ(read->section("peer").elements().size(), 2U);
  EXPECT_THAT(read->section("peer").elements()[1].items,
              ElementsAre(octets_of("aes128-sha256-modp2048"), Octets{}));
  EXPECT_TRUE(read->section("empty").elements().empty()) << "a value is no section";
}

TEST(ViciMessage, CutShortAnywhereIsAnErrorOrLess) {
  const Octets whole = sample().encode().value();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto read = Message::decode(OctetView(whole).first(size));
    if (read) {
      EXPECT_EQ(read->encode().value(),
                Octets(whole.begin(), whole.begin() + static_cast<long>(size)));
    } else {
      EXPECT_EQ(read.error().code, ErrorCode::truncated) << size;
    }
  }
}

TEST(ViciMessage, RefusesWhatNobodyWrites) {
  EXPECT_EQ(Message::decode(Octets{9}).error().code, ErrorCode::bad_value);
  EXPECT_EQ(Message::decode(Octets{2}).error().code, ErrorCode::bad_value) << "nothing to end";
  EXPECT_EQ(Message::decode(Octets{4, 1, 'l', 3}).error().code, ErrorCode::bad_value);
  Octets deep;
  for (int i = 0; i < 1000; ++i)
    append(deep, Octets{1, 1, 's'});
  EXPECT_EQ(Message::decode(deep).error().code, ErrorCode::bad_value);
  EXPECT_EQ(Message().add(std::string(256, 'n'), "v").encode().error().code, ErrorCode::bad_length);
  EXPECT_EQ(Message().add("n", std::string(65536, 'v')).encode().error().code,
            ErrorCode::bad_length);
  EXPECT_TRUE(Message().add(std::string(255, 'n'), std::string(65535, 'v')).encode());
}

// A charon that sends what it is given, packet for packet as it is asked, and keeps the questions.
class Server {
 public:
  // Each of ANSWERS is sent when one more packet came; an empty one is no answer.
  explicit Server(std::vector<Octets> answers) {
    std::string name = (std::filesystem::temp_directory_path() / "karpspec-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    listener_ = lab::FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    bound_ = ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
             ::listen(listener_.get(), 1) == 0;
    thread_ = std::thread([this, answers = std::move(answers)] { serve(answers); });
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] Session session() const {
    EXPECT_TRUE(bound_);
    return Session::connect(path(), milliseconds{500}).value();
  }
  [[nodiscard]] std::string path() const { return folder_ + "/vici"; }

  // With its length in front.
  static Octets packet(std::uint8_t type, const Message& message = {}, std::string_view name = "") {
    Octets body = {type};
    if (!name.empty()) {
      body.push_back(static_cast<std::uint8_t>(name.size()));
      append(body, octets_of(name));
    }
    append(body, message.encode().value());
    Octets out = {0, 0, static_cast<std::uint8_t>(body.size() >> 8),
                  static_cast<std::uint8_t>(body.size() & 0xff)};
    append(out, body);
    return out;
  }

 private:
  void serve(const std::vector<Octets>& answers) const {
    const lab::FileDescriptor peer(::accept(listener_.get(), nullptr, nullptr));
    if (!peer)
      return;
    for (const Octets& answer : answers) {
      Octets head(4);
      if (::recv(peer.get(), head.data(), 4, MSG_WAITALL) != 4)
        return;
      Octets body(static_cast<std::size_t>(head[2] << 8 | head[3]));
      if (::recv(peer.get(), body.data(), body.size(), MSG_WAITALL) < 1)
        return;
      if (!answer.empty())
        static_cast<void>(::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
    }
    if (!answers.empty() && !answers.back().empty())
      return;  // hangs up
    char ignored = 0;
    static_cast<void>(::recv(peer.get(), &ignored, 1, 0));  // until the other end goes
  }

  std::string folder_;
  lab::FileDescriptor listener_;
  bool bound_ = false;
  std::thread thread_;
};

constexpr std::uint8_t response = 1, unknown = 2, confirm = 5, event_unknown = 6, event = 7;

TEST(ViciSession, AnswersARequest) {
  const Server server(
      {Server::packet(response, Message().add("success", "yes").add("daemon", "charon"))});
  Session session = server.session();
  const auto answer = session.request("version", {});
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ(answer->text({"daemon"}), "charon");
}

TEST(ViciSession, PassesOverEventsBeforeAnAnswer) {
  Octets both = Server::packet(event, Message().add("x", "y"), "log");
  append(both, Server::packet(response, Message().add("success", "yes")));
  const Server server({both});
  Session session = server.session();
  EXPECT_TRUE(session.request("version", {}));
}

TEST(ViciSession, TellsWhatCharonRefuses) {
  {
    const Server server({Server::packet(
        response, Message().add("success", "no").add("errmsg", "no such connection"))});
    Session session = server.session();
    const auto answer = session.request("initiate", {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::bad_value);
    EXPECT_THAT(answer.error().message, HasSubstr("initiate: no such connection"));
  }
  const Server server({Server::packet(unknown)});
  Session session = server.session();
  const auto answer = session.request("brew-tea", {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unsupported);
  EXPECT_THAT(answer.error().message, HasSubstr("'brew-tea'"));
}

TEST(ViciSession, GathersAStreamOfEvents) {
  Octets events = Server::packet(event, Message().add("n", "1"), "list-sa");
  append(events, Server::packet(event, Message().add("n", "x"), "other"));
  append(events, Server::packet(event, Message().add("n", "2"), "list-sa"));
  append(events, Server::packet(response));
  const Server server({Server::packet(confirm), events, Server::packet(confirm)});
  Session session = server.session();
  const auto list = session.stream("list-sas", {}, "list-sa");
  ASSERT_TRUE(list) << to_string(list.error());
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ((*list)[0].text({"n"}), "1");
  EXPECT_EQ((*list)[1].text({"n"}), "2");
}

TEST(ViciSession, RefusesAStreamThatThereIsNot) {
  const Server server({Server::packet(event_unknown)});
  Session session = server.session();
  EXPECT_EQ(session.stream("list-sas", {}, "list-sa").error().code, ErrorCode::unsupported);
}

TEST(ViciSession, WaitsNoLongerThanItShould) {
  const Server server({Octets{}});
  Session session = server.session();
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(session.request("version", {}).error().code, ErrorCode::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{5});
}

TEST(ViciSession, SurvivesWhatIsNoVici) {
  // Hung up at once; in the middle of a packet; a packet of more than can be; of nothing; of an
  // answer that is no message; of another kind than an answer.
  for (const Octets& answer :
       {Octets{0}, Octets{0, 0, 0, 9, response}, Octets{0xff, 0xff, 0xff, 0xff, response},
        Octets{0, 0, 0, 0}, Octets{0, 0, 0, 2, response, 99}, Server::packet(confirm)}) {
    const Server server({answer});
    Session session = server.session();
    EXPECT_FALSE(session.request("version", {})) << to_hex(answer);
  }
  EXPECT_EQ(Session::connect("/nonexistent/vici", milliseconds{100}).error().code, ErrorCode::io);
  EXPECT_EQ(Session::connect(std::string(200, 'x'), milliseconds{100}).error().code,
            ErrorCode::bad_value);
}

}  // namespace
}  // namespace karpspec::dut::vici
