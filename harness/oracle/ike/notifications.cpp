#include "oracle/ike/exchanges.h"

namespace karpspec::oracle::ike {

const wire::NotifyPayload* find_error(const Core& core,
                                      const std::vector<wire::Payload>& payloads) {
  const bool unknown_status_too = core.tunables.refuse_unknown_notifies;
  const bool ignore_unknown = core.tunables.ignore_unknown_errors;
  for (const wire::Payload& payload : payloads) {
    const auto* notify = payload.as<wire::NotifyPayload>();
    if (notify == nullptr)
      continue;
    if (notify->type < wire::first_status_notify && ignore_unknown &&
        wire::notify_name(notify->type) == std::to_string(notify->type))
      continue;
    // A status that has no name here (section 3.10.1 says to ignore it).
    const bool unknown_status = wire::notify_name(notify->type) == std::to_string(notify->type);
    if (notify->type < wire::first_status_notify || (unknown_status_too && unknown_status))
      return notify;
  }
  return nullptr;
}

}  // namespace karpspec::oracle::ike
