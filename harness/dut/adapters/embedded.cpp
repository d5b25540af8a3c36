#include "dut/adapters/embedded.h"

#include "dut/adapters/reference_router.h"
#include "lab/sim_network.h"

namespace karpspec::dut {
namespace {

const char* const device_address = "192.0.2.1";
const char* const tester_address = "192.0.2.2";
const char* const second_address = "192.0.2.3";
const char* const device_address6 = "2001:db8::1";
const char* const tester_address6 = "2001:db8::2";
constexpr std::uint16_t ike_port = 500;

// ADDRESS is one of those above.
wire::IpAddress ip(const char* address) {
  return wire::IpAddress::from_text(address).value_or(wire::IpAddress());
}

// Network and router belong together: the link and the device of one world share them.
struct Place {
  Place(std::uint64_t seed, std::unique_ptr<oracle::Seams> own_seams, wire::CodePoints numbers,
        Rules rules)
      : network(seed),
        seams(std::move(own_seams)),
        router({device_address, ike_port}, seed, seams ? *seams : oracle::no_seams(), numbers,
               std::move(rules)),
        link(network.tester(tester_address)) {
    network.add_tester_address(second_address);
    network.attach(device_address, router);
    network.attach_packets(router.use_tcp({ip(device_address), ip(device_address6)}));
  }
  lab::SimNetwork network;
  std::unique_ptr<oracle::Seams> seams;
  ReferenceRouter router;
  lab::Link& link;
};

class EmbeddedLink final : public lab::Link {
 public:
  explicit EmbeddedLink(std::shared_ptr<Place> place) : place_(std::move(place)) {}
  [[nodiscard]] Time now() const override { return place_->link.now(); }
  Result<void> send(const Datagram& datagram) override { return place_->link.send(datagram); }
  Result<std::optional<Datagram>> receive(Time deadline) override {
    return place_->link.receive(deadline);
  }
  void set_tap(Tap tap) override { place_->link.set_tap(std::move(tap)); }

 private:
  std::shared_ptr<Place> place_;
};

class EmbeddedPacketLink final : public lab::PacketLink {
 public:
  explicit EmbeddedPacketLink(std::shared_ptr<Place> place)
      : place_(std::move(place)), link_(place_->network.packet_tester()) {}
  [[nodiscard]] Time now() const override { return link_.now(); }
  Result<void> send(OctetView packet) override { return link_.send(packet); }
  Result<std::optional<Octets>> receive(Time deadline) override { return link_.receive(deadline); }
  void set_tap(Tap tap) override { link_.set_tap(std::move(tap)); }

 private:
  std::shared_ptr<Place> place_;
  lab::PacketLink& link_;
};

class EmbeddedDevice final : public Device {
 public:
  explicit EmbeddedDevice(std::shared_ptr<Place> place) : place_(std::move(place)) {}
  Result<Json> call(std::string_view method, const Json& params) override {
    std::vector<Datagram> sent;
    auto result = place_->router.call(method, params, place_->network.now(), sent);
    place_->network.inject(sent);
    place_->network.inject_packets(place_->router.take_packets());
    return result;
  }
  [[nodiscard]] Endpoint endpoint() const override { return place_->router.local(); }
  [[nodiscard]] bool alive() const override { return true; }

 private:
  std::shared_ptr<Place> place_;
};

// One number for a test under a seed, whatever was played before it.
std::uint64_t seed_of(const script::WorldRequest& request) {
  return SeededRandom(request.seed, request.test).u64();
}

}  // namespace

script::MakeWorld embedded_worlds(wire::CodePoints numbers, MakeSeams make_seams) {
  return [numbers, make_seams = std::move(make_seams)](
             const script::WorldRequest& request) -> Result<script::World> {
    auto place = std::make_shared<Place>(seed_of(request), make_seams ? make_seams() : nullptr,
                                         numbers, request.rules);
    script::World world;
    world.link = std::make_unique<EmbeddedLink>(place);
    world.packets = std::make_unique<EmbeddedPacketLink>(place);
    world.packet_addresses = {ip(tester_address), ip(device_address), ip(tester_address6),
                              ip(device_address6)};
    world.device = std::make_unique<EmbeddedDevice>(place);
    world.tester = {tester_address, ike_port};
    world.second_address = second_address;
    world.simulated = true;
    return world;
  };
}

script::Claims embedded_claims() {
  const Json description = reference_description(true);
  return script::claims_of(description["pics"], description["child"].get<std::string>());
}

}  // namespace karpspec::dut
