#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "lab/container.h"
#include "transcript/node.h"

namespace karpspec::dut {

// When a container that was just started is taken for ready. Control, where there is any, has to
// answer besides.
struct ContainerReady {
  std::string log;        // a text that it prints; "": none
  std::uint16_t tcp = 0;  // a port of it that takes connections; 0: none
  std::chrono::milliseconds within{20000};
};

// A device's container as its DUT file has it.
struct ContainerStart {
  lab::EngineOptions engine;
  std::string image;
  std::vector<std::string> command;  // instead of what the image runs; empty: that
  std::map<std::string, std::string> environment;
  // A router makes interfaces, routes and raw packets.
  std::vector<std::string> capabilities = {"NET_ADMIN", "NET_RAW"};
  std::vector<std::pair<std::string, std::string>>
      volumes;                          // absolute paths: of the host -> inside
  std::optional<std::uint64_t> memory;  // octets, at most
  std::optional<double> cpus;           // processors, at most
  std::vector<std::string> arguments;   // more options of the engine's `run`
  ContainerReady ready;
  // What is kept of its containers. Never nullptr in what was read.
  std::shared_ptr<lab::ContainerRecord> record;
};

// Reads `start` of kind container. RESOLVED makes a path of the file absolute. What is not for
// every kind of adapter (esp) is not looked at. Errors: bad_value "FILE:LINE:COLUMN: ...".
[[nodiscard]] Result<ContainerStart> read_container_start(
    const transcript::Node& start, const std::function<std::string(const std::string&)>& resolved);

// What `run` is told of CONTAINER; the command, the folders and the log of this start are added by
// whoever starts it. LABEL: as in lab::ContainerOptions.
[[nodiscard]] lab::ContainerOptions container_options(const ContainerStart& container,
                                                      const std::string& label);

}  // namespace karpspec::dut
