#include "interop/cell_lab.h"

#include "interop/configuration.h"

namespace karpspec::interop {

Result<std::unique_ptr<CellLab>> CellLab::make(const std::string& capture) {
  if (const std::string why = lab::why_no_namespaces(); !why.empty())
    return fail(ErrorCode::unsupported, why);
  KARPSPEC_CHECK(lab::sweep());
  KARPSPEC_TRY(bridge, lab::Bridge::create("bridge"));
  std::unique_ptr<CellLab> made(new CellLab(std::move(bridge), capture));
  KARPSPEC_TRY(initiator, made->plug("initiator", initiator_place.address));
  KARPSPEC_TRY(responder, made->plug("responder", responder_place.address));
  made->initiator_ = std::move(initiator);
  made->responder_ = std::move(responder);
  return made;
}

Result<std::shared_ptr<const lab::NetworkNamespace>> CellLab::plug(const std::string& label,
                                                                   const char* address) {
  KARPSPEC_TRY(place, lab::NetworkNamespace::create(label));
  KARPSPEC_CHECK(bridge_.attach({place, "device", {std::string(address) + "/24"}}));
  return std::make_shared<const lab::NetworkNamespace>(std::move(place));
}

dut::Port CellLab::initiator(std::uint64_t seed) const {
  return {initiator_, {initiator_place.address, ike_port}, seed, false, true};
}

dut::Port CellLab::responder(std::uint64_t seed) const {
  return {responder_, {responder_place.address, ike_port}, seed, false, true};
}

Result<void> CellLab::start_capture() {
  capture::LiveCaptureOptions options;
  options.interface = lab::Bridge::interface;
  options.network_namespace = bridge_.place().name();
  options.path = path_;
  KARPSPEC_TRY(started, capture::LiveCapture::start(options));
  capture_.emplace(std::move(started));
  return {};
}

Result<void> CellLab::stop_capture() {
  if (!capture_)
    return {};
  const auto stopped = capture_->stop();
  capture_.reset();
  return stopped ? Result<void>() : tl::unexpected(stopped.error());
}

}  // namespace karpspec::interop
