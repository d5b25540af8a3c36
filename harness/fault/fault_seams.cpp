#include <algorithm>

#include "fault/fault.h"

namespace karpspec::fault {
namespace {

class FaultSeams final : public oracle::Seams {
 public:
  FaultSeams(Fault fault, std::uint64_t seed, const wire::CodePoints& numbers)
      : fault_(std::move(fault)),
        numbers_(numbers),
        random_(seed, fault_.name),
        context_(random_, numbers) {}

  bool leaves_out(oracle::Check check) override {
    return std::find(fault_.skip.begin(), fault_.skip.end(), check) != fault_.skip.end();
  }

  void tune(oracle::Tunables& tunables) override {
    for (const auto& [name, value] : fault_.tune) {
      // The file's reader has tried each of them.
      (void)oracle::set_tunable(tunables, name, value);
    }
  }

  void before_encode(oracle::Outgoing& outgoing) override {
    // Chosen once for a message: an operation may take away what it was chosen for.
    meant_.clear();
    for (const Alteration& alteration : fault_.alter)
      if (alteration.selector.selects(outgoing, numbers_))
        meant_.push_back(&alteration);
    for (const Alteration* alteration : meant_) {
      wire::Message altered = outgoing.message;
      if (transcript::apply_to_message(alteration->mutations, altered, context_)) {
        outgoing.message = std::move(altered);
      }
    }
  }

  bool edits_octets(const oracle::Outgoing&) override { return !meant_.empty(); }

  void after_encode(const oracle::Outgoing& outgoing, Octets& clear,
                    const std::vector<FieldAt>&) override {
    for (const Alteration* alteration : meant_) {
      Octets altered = clear;
      if (transcript::apply_to_clear_form(alteration->mutations, outgoing.message, altered,
                                          context_)) {
        clear = std::move(altered);
      }
    }
  }

  void after_seal(const oracle::Outgoing&, Octets& datagram) override {
    for (const Alteration* alteration : meant_) {
      Octets altered = datagram;
      if (transcript::apply_to_datagram(alteration->mutations, altered, context_)) {
        datagram = std::move(altered);
      }
    }
  }

  oracle::Delivery deliver(const oracle::Outgoing&) override {
    oracle::Delivery delivery;
    for (const Alteration* alteration : meant_) {
      delivery.copies *= alteration->delivery.copies;
      delivery.delay += alteration->delivery.delay;
    }
    return delivery;
  }

 private:
  Fault fault_;
  std::vector<const Alteration*> meant_;  // for the message that is being sent
  wire::CodePoints numbers_;
  SeededRandom random_;
  transcript::Context context_;
};

}  // namespace

bool MessageSelector::selects(const oracle::Outgoing& outgoing,
                              const wire::CodePoints& numbers) const {
  const wire::Header& header = outgoing.message.header;
  if (header.exchange != exchange)
    return false;
  if (response && *response != header.is_response())
    return false;
  return !containing ||
         transcript::locate(outgoing.message.payloads, *containing, numbers).has_value();
}

std::unique_ptr<oracle::Seams> make_seams(const Fault& fault, std::uint64_t seed,
                                          const wire::CodePoints& numbers) {
  return std::make_unique<FaultSeams>(fault, seed, numbers);
}

}  // namespace karpspec::fault
