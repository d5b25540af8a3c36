#pragma once

#include <string>
#include <vector>

namespace karpspec::fuzz {

// A real exchange in which one message is altered: what leads up to it, and what has to hold
// afterwards. Steps are those of scenarios, a step an entry, as YAML in one line each.
struct Exchange {
  std::string name = {};
  std::string role = {};                // of the device
  bool ikev2 = true;                    // it needs nothing beyond IKEv2
  std::vector<std::string> needs = {};  // PICS items
  std::string setup = {};               // in YAML's flow form, or ""
  std::vector<std::string> before = {};
  std::string message = {};              // "IKE_SA_INIT {SAi1, KEi, Ni}"
  std::vector<std::string> with = {};    // further keys of the send step: "clear: true"
  std::vector<std::string> always = {};  // operations that are done whatever else is
  std::vector<std::string> after = {};   // before it is seen whether the device still serves
  std::string alive = "IKE_AUTH";        // by which it is
  bool stands = false;                   // nothing in it is authentic: the IKE SA `main` must stand
  bool fresh = false;                    // the device has to be reset before it
  bool foreign = false;                  // payloads of every other type are put in too
  bool fragments = false;                // it goes in fragments, whose numbers are altered
  bool flood = false;                    // it is done hundreds of times
};

[[nodiscard]] const std::vector<Exchange>& exchanges();

}  // namespace karpspec::fuzz
