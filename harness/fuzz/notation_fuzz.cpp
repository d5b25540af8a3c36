// Whatever a YAML text says as mutations, as `with`, as a matcher, a path or a message's notation:
// it is read, or refused with its place, and what it does to a message can be encoded.
#include "require.h"
#include "transcript/difference.h"
#include "transcript/matcher.h"
#include "transcript/mutation.h"
#include "transcript/render.h"

namespace {

using namespace karpspec;
using namespace karpspec::transcript;
using wire::PayloadType;

wire::Message sample() {
  wire::Message message;
  message.header.spi_i = 1;
  message.header.exchange = 36;
  wire::Proposal ike, ao;
  ike.number = 1;
  ike.protocol = 3;
  ike.spi = {0, 0, 0, 1};
  ike.transforms =
      std::vector<wire::Transform>{wire::make_transform(wire::TransformType::ENCR, 12, 128),
                                   wire::make_transform(wire::TransformType::INTEG, 12)};
  ao.number = 2;
  ao.protocol = wire::CodePoints().tcp_ao_protocol;
  ao.transforms = std::vector<wire::TcpAoTransform>{{0, 7, 1, 1, 0x80}};
  message.payloads = {
      wire::make_payload(PayloadType::SA, wire::SaPayload{{ike, ao}}),
      wire::make_payload(PayloadType::Nonce, wire::NoncePayload{Octets(32, 1)}),
      wire::make_payload(PayloadType::KE, wire::KePayload{31, 0, Octets(32, 2)}),
      wire::make_payload(
          PayloadType::TSi,
          wire::TsPayload{0,
                          {wire::AddressSelector{7, 6, 0, 179, {192, 0, 2, 1}, {192, 0, 2, 1}},
                           wire::RpSelector{241, 1}}}),
      wire::make_payload(PayloadType::D, wire::DeletePayload{3, 4, {{0, 0, 0, 1}, {0, 0, 0, 2}}}),
      wire::make_payload(PayloadType::CP, wire::ConfigPayload{1, 0, {{false, 1, {1, 2}}}}),
      wire::make_payload(PayloadType::IDi, wire::IdPayload{2, 0, octets_of("a.example")}),
      wire::make_payload(PayloadType::AUTH, wire::AuthPayload{2, 0, Octets(32, 3)}),
      wire::make_notify(wire::NotifyType::REKEY_SA, {}, 3, {0, 0, 0, 1}),
      wire::make_notify(wire::NotifyType::COOKIE, {1, 2, 3})};
  return message;
}

// Knows two bindings and a function, as the player of a scenario does.
class Bindings final : public Context {
 public:
  explicit Bindings(Random& random) : Context(random) {}
  Result<Value> binding(const std::string& name) override {
    if (name == "number")
      return Value(std::uint64_t{7});
    if (name == "text")
      return Value(octets_of("31"));
    return Context::binding(name);
  }
  Result<Value> function(const std::string& name) override {
    return name == "auth" ? Result<Value>(Value(Octets(32, 3))) : Context::function(name);
  }
};

void require_place(const Error& error) {
  require(!error.message.empty(), "an error says what is wrong");
  require(error.message.find('\n') == std::string::npos, "in one line", error.message);
}

void mutations(const Result<std::vector<Mutation>>& parsed) {
  if (!parsed)
    return require_place(parsed.error());
  SeededRandom one(1), other(1);
  Bindings context(one), again(other);
  wire::Message message = sample(), second = sample();
  const auto done = apply_to_message(*parsed, message, context);
  require(
      apply_to_message(*parsed, second, again).has_value() == done.has_value() && message == second,
      "the same mutations do the same");
  if (!done)
    return require_place(done.error());
  const auto encoded = encode_mutated(*parsed, message, context);
  if (!encoded)
    return require_place(encoded.error());
  require(encode_mutated(*parsed, message, again) == *encoded, "and encode the same");
  (void)with_fields(message);
  (void)wire::decode_message(*encoded);
}

void path(std::string_view text) {
  const auto path = parse_path(text);
  if (!path) {
    require(path.error().offset && *path.error().offset <= text.size(),
            "an error names its character");
    return;
  }
  wire::Message message = sample();
  const auto before = get_field(message, *path);
  (void)find_octets(message, *path);
  (void)kind_of(*path);
  if (!before)
    return require_place(before.error());
  if (set_field(message, *path, before->value)) {
    const auto after = get_field(message, *path);
    require(after && after->value == before->value, "what is set stands there", path->text);
  }
}

void matcher(const Node& node, const Path& at) {
  const auto parsed = parse_matcher(node);
  if (!parsed)
    return require_place(parsed.error());
  if (const auto fits = check_matcher(*parsed, at, node); !fits)
    return require_place(fits.error());
  SeededRandom random(1);
  Bindings context(random);
  const wire::Message message = sample();
  const MatchScope scope{context, &message};
  const auto field = get_field(message, at);
  for (const auto& found :
       {field ? std::optional(*field) : std::nullopt, std::optional<FieldValue>()}) {
    const auto holds = matches(*parsed, found, scope);
    require(holds || !holds.error().message.empty(), "an error says what is wrong");
    (void)describe(*parsed, found, scope);
  }
  for (const char* text : {"text", "31"}) {
    const auto holds = matches_text(*parsed, std::string(text), scope);
    require(holds || !holds.error().message.empty(), "an error says what is wrong");
  }
  (void)matches_text(*parsed, std::nullopt, scope);
}

void notation(std::string_view text) {
  const auto message = parse_message_notation(text);
  require(message || (message.error().offset && *message.error().offset <= text.size()),
          "an error names its character");
  const auto payload = parse_payload_name(text);
  require(payload || (payload.error().offset && *payload.error().offset <= text.size()),
          "an error names its character");
  if (payload)
    (void)locate(sample().payloads, *payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string_view line = std::string_view(text).substr(0, text.find('\n'));
  notation(line);
  path(line);
  const auto root = parse_yaml(text, "fuzzed.yaml");
  if (!root) {
    require_place(root.error());
    return 0;
  }
  mutations(parse_mutations(*root));
  mutations(parse_with(*root));
  static const Path number = *parse_path("KE.group"), octets = *parse_path("Nonce.data"),
                    flag = *parse_path("SA.proposals[2].transforms[1].flags.O");
  for (const Path& at : {number, octets, flag})
    matcher(*root, at);
  if (root->is_map())
    for (const auto& [key, value] : root->entries())
      if (const auto at = parse_path(key.text()))
        matcher(value, *at);
  return 0;
}
