#pragma once

#include <list>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "oracle/mrkmp/group_key.h"
#include "oracle/mrkmp/group_message.h"
#include "wire/ip_address.h"

namespace karpspec::script {

// What the tester's routers know and say of the scenario's group (draft-hartman-karp-mrkmp-00;
// suites/profile.md, P-204 to P-230). It keeps what was really sent and received, and decides
// nothing: what a message holds by default is what a correct router would send there, the scenario
// may change it.
class GroupEnd {
 public:
  // RANDOM must outlive it.
  GroupEnd(wire::GroupPayload id, Random& random) : id_(id), random_(random) {}

  void set_now(Time now) { now_ = now; }
  [[nodiscard]] const wire::GroupPayload& id() const { return id_; }
  [[nodiscard]] std::uint64_t incarnation(const std::string& router);
  // The router has lost its sequence numbers (P-209).
  void reboot(const std::string& router) { incarnations_.erase(router); }

  // What ROUTER at ADDRESS gives as GCKS: its KEK, its protocol master keys; made when it has none.
  [[nodiscard]] wire::KeyDownloadPayload download(const std::string& router,
                                                  const wire::IpAddress& address);
  // Its protocol master keys alone, as in a request to merge.
  [[nodiscard]] wire::KeyDownloadPayload master_keys(const std::string& router);
  // What it answers to such a request: another KEK, the keys of both and one that is new.
  [[nodiscard]] wire::KeyDownloadPayload merged(const std::string& router,
                                                const wire::IpAddress& address);
  // The protocol master key that the device sends with, without its octets (P-222).
  [[nodiscard]] wire::KeyDownloadPayload wanted_key() const;
  // The last one that came from the device.
  [[nodiscard]] const wire::KeyDownloadPayload& last_received() const { return last_received_; }

  // The number of ROUTER's last message under the KEK that it sends under, and of its next one.
  [[nodiscard]] std::uint64_t last_number(const std::string& router) const;
  // The KEK that ROUTER sends under by default: its own, else the device's newest. 0: none is
  // known.
  [[nodiscard]] std::uint32_t current_kek(const std::string& router) const;

  // What follows from a download that was really sent or received.
  void sent(const std::string& router, const wire::KeyDownloadPayload& download);
  void received(const wire::KeyDownloadPayload& download);

  // Seals CLEAR, an mrkmp_group message of ROUTER at ADDRESS with NUMBER, under the KEK ID; under
  // its current one where none is known by that ID. Errors: not_found, those of seal_under_kek.
  [[nodiscard]] Result<Octets> seal(const std::string& router, const wire::IpAddress& address,
                                    std::uint32_t id, std::uint64_t number, OctetView clear);
  // Errors: not_found (no KEK of that ID), those of open_under_kek.
  [[nodiscard]] Result<wire::Message> open(const wire::Header& header, OctetView datagram) const;
  // All KEKs there have been, for decrypting a capture.
  [[nodiscard]] std::vector<oracle::mrkmp::GroupKey> keks() const;

 private:
  struct Kek {
    oracle::mrkmp::GroupKey key;
    std::string owner;                          // the router that made it; "": the device
    std::map<std::string, std::uint64_t> sent;  // by router, the greatest number
    bool told = false;                          // in a message that was really sent or received
  };
  struct Master {
    oracle::mrkmp::GroupKey key;
    std::string owner;
    bool told = false;
  };

  void take(const std::string& owner, const wire::KeyDownloadPayload& download);
  [[nodiscard]] const Kek* find(std::uint32_t id) const;
  [[nodiscard]] const Kek* current(const std::string& router) const;
  [[nodiscard]] oracle::mrkmp::GroupKey make_kek();
  [[nodiscard]] oracle::mrkmp::GroupKey make_master(std::uint32_t id);
  [[nodiscard]] wire::KeyDownloadPayload begun(const wire::IpAddress* address) const;

  wire::GroupPayload id_;
  Random& random_;
  Time now_{};
  std::list<Kek> keks_;        // in the order in which they became known
  std::list<Master> masters_;  // the same
  std::map<std::string, std::uint64_t> incarnations_;
  wire::KeyDownloadPayload last_received_;
};

// The items of DOWNLOAD as rows: kind (KEK, PMK, GCKS, GROUP, ORDER or a number), key_id,
// algorithm, key, the four lifetimes in seconds to go (2147483647: no limit), address; of GROUP its
// four texts, of ORDER policy_version and sequence.
[[nodiscard]] std::vector<std::map<std::string, std::string>> item_rows(
    const wire::KeyDownloadPayload& download);

}  // namespace karpspec::script
