#include "dut/adapters/start_at.h"

#include "dut/adapters/libreswan.h"
#include "dut/adapters/live.h"
#include "dut/adapters/openiked.h"
#include "dut/adapters/strongswan.h"

namespace karpspec::dut {

std::string why_not_at_port(const DutFile& file) {
  if (file.start.container && file.start.container->engine.kind != lab::EngineOptions::Kind::podman)
    return "docker starts no container at a port of a bridge that is there; 'engine: podman' does";
  switch (file.start.kind) {
    case StartKind::strongswan:
    case StartKind::libreswan:
    case StartKind::openiked:
      return "";
    case StartKind::process:
    case StartKind::container:
      return file.control.over == DutControl::Over::none ? "a device without control does nothing"
                                                         : "";
    case StartKind::embedded:
      return "the embedded device is in a simulated network; "
             "containers/duts/reference-process.yaml is the same as a process";
    case StartKind::running:
      return "a device that is running already cannot be put into another network";
    case StartKind::frr:
    case StartKind::bird:
    case StartKind::kernel:
      return "it speaks no IKE";
  }
  return "its kind is not known here";
}

Result<std::unique_ptr<Device>> start_at(const DutFile& file, const Port& port) {
  if (const std::string why = why_not_at_port(file); !why.empty())
    return fail(ErrorCode::unsupported, file.path + ": " + why);
  switch (file.start.kind) {
    case StartKind::strongswan:
      return strongswan_at(file, port);
    case StartKind::libreswan:
      return libreswan_at(file, port);
    case StartKind::openiked:
      return openiked_at(file, port);
    default:
      return live_at(file, port);
  }
}

}  // namespace karpspec::dut
