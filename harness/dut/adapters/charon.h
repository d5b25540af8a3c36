#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dut/adapters/strongswan_config.h"
#include "dut/dut_file.h"
#include "lab/child_process.h"
#include "lab/namespaces.h"

namespace karpspec::dut {

// Where charons live: its root, two network namespaces with a cable between them, and a folder of
// ours that charon sees as /mnt. Goes with everything in it; what a killed harness leaves behind is
// removed by the next one.
class CharonPlace {
 public:
  // Errors: unsupported (no namespaces here, or no root), io.
  [[nodiscard]] static Result<std::shared_ptr<CharonPlace>> make(const DutFile& file);
  CharonPlace(const CharonPlace&) = delete;
  CharonPlace& operator=(const CharonPlace&) = delete;
  ~CharonPlace();

  [[nodiscard]] const Endpoint& device() const { return device_; }
  [[nodiscard]] const lab::NetworkNamespace& device_side() const { return *device_side_; }
  [[nodiscard]] const lab::NetworkNamespace& tester_side() const { return *tester_side_; }
  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  static constexpr const char* tester_interface = "tester";
  [[nodiscard]] bool esp_stands_in() const { return esp_stands_in_; }

 private:
  CharonPlace() = default;
  Endpoint device_;
  std::string root_, folder_;
  bool esp_stands_in_ = false;
  std::optional<lab::NetworkNamespace> device_side_, tester_side_;
};

// One charon, from its start to its end, with its control connection.
class Charon {
 public:
  // Starts charon with CONFIG's settings and loads CONFIG's commands into it. Errors: io and
  // timeout, with the end of charon's log; bad_value when charon refuses the configuration.
  [[nodiscard]] static Result<std::unique_ptr<Charon>> start(std::shared_ptr<CharonPlace> place,
                                                             const CharonConfig& config);
  // Without a word to its peers: it is killed, and what it left in the kernel is flushed.
  ~Charon();

  [[nodiscard]] bool alive() const { return process_.alive(); }
  // Errors as those of vici::Session; io with how charon ended once it has.
  [[nodiscard]] Result<vici::Message> request(std::string_view command,
                                              const vici::Message& message);
  [[nodiscard]] Result<std::vector<vici::Message>> stream(std::string_view command,
                                                          const vici::Message& message,
                                                          std::string_view event);
  // What charon has written so far.
  [[nodiscard]] std::string log() const;

  // Path of the control socket as charon sees it.
  static constexpr const char* socket = "/mnt/vici";

 private:
  Charon(std::shared_ptr<CharonPlace> place, lab::ChildProcess process, vici::Session session)
      : place_(std::move(place)), process_(std::move(process)), session_(std::move(session)) {}
  template <class T>
  Result<T> told(Result<T> result) const;

  std::shared_ptr<CharonPlace> place_;
  lab::ChildProcess process_;
  vici::Session session_;
};

}  // namespace karpspec::dut
