#include "dut/adapters/embedded.h"

#include "dut/adapters/reference_router.h"
#include "lab/sim_network.h"
#include "oracle/mrkmp/node.h"

namespace karpspec::dut {
namespace {

const char* const device_address = "192.0.2.1";
const char* const tester_address = "192.0.2.2";
const char* const second_address = "192.0.2.3";
const char* const device_address6 = "2001:db8::1";
const char* const tester_address6 = "2001:db8::2";
constexpr std::uint16_t ike_port = 500;

// Of a group: routers above and below the device in the order of addresses, which decides between
// equal priorities.
struct GroupPlace {
  const char *device, *tester, *second, *third;
};
constexpr GroupPlace group_ipv4{"192.0.2.5", "192.0.2.2", "192.0.2.9", "192.0.2.12"};
constexpr GroupPlace group_ipv6{"fe80::5", "fe80::2", "fe80::9", "fe80::c"};

// ADDRESS is one of those above.
wire::IpAddress ip(const char* address) {
  return wire::IpAddress::from_text(address).value_or(wire::IpAddress());
}

// Network and router belong together: the link and the device of one world share them.
struct Place {
  Place(Endpoint device, const std::vector<std::string>& tester, std::uint64_t seed,
        std::unique_ptr<oracle::Seams> own_seams, wire::CodePoints numbers, Rules rules)
      : network(seed),
        seams(std::move(own_seams)),
        router(device, seed, seams ? *seams : oracle::no_seams(), numbers, std::move(rules)),
        link(network.tester(tester.front())) {
    for (const std::string& address : tester)
      network.add_tester_address(address);
    network.attach(device.address, router);
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
    const bool groups = request.scenario != nullptr && request.scenario->has_groups();
    const GroupPlace& routers =
        request.scenario != nullptr && request.scenario->on_ipv6() ? group_ipv6 : group_ipv4;
    const Endpoint device = groups ? Endpoint{routers.device, oracle::mrkmp::udp_port}
                                   : Endpoint{device_address, ike_port};
    const std::vector<std::string> tester =
        groups ? std::vector<std::string>{routers.tester, routers.second, routers.third}
               : std::vector<std::string>{tester_address, second_address};
    auto place =
        std::make_shared<Place>(device, tester, seed_of(request),
                                make_seams ? make_seams() : nullptr, numbers, request.rules);
    script::World world;
    world.link = std::make_unique<EmbeddedLink>(place);
    world.device = std::make_unique<EmbeddedDevice>(place);
    world.tester = {tester.front(), device.port};
    world.simulated = true;
    if (groups) {
      world.routers = {{"second", routers.second}, {"third", routers.third}};
      world.group_address = oracle::mrkmp::group_address(request.scenario->on_ipv6());
      place->network.add_group(world.group_address);
      return world;
    }
    place->network.attach_packets(place->router.use_tcp({ip(device_address), ip(device_address6)}));
    world.packets = std::make_unique<EmbeddedPacketLink>(place);
    world.packet_addresses = {ip(tester_address), ip(device_address), ip(tester_address6),
                              ip(device_address6)};
    world.second_address = second_address;
    return world;
  };
}

script::Claims embedded_claims() {
  const Json description = reference_description(true);
  return script::claims_of(description["pics"], description["child"].get<std::string>());
}

}  // namespace karpspec::dut
