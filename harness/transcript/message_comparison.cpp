#include "transcript/message_comparison.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "transcript/difference.h"
#include "transcript/free_fields.h"

namespace karpspec::transcript {
namespace {

using Kind = Finding::Kind;

// Matchers may name what the conversation has bound.
class BoundContext final : public Context {
 public:
  BoundContext(Random& random, wire::CodePoints numbers, const Bindings& bindings)
      : Context(random, numbers), bindings_(bindings) {}
  [[nodiscard]] Result<Value> binding(const std::string& name) override {
    if (const Value* value = bindings_.find(name))
      return *value;
    return Context::binding(name);
  }

 private:
  const Bindings& bindings_;
};

// Nothing in a transcript is random.
class NoRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> octets) override {
    std::fill(octets.begin(), octets.end(), std::uint8_t{0});
  }
};

constexpr std::array<std::uint16_t, 9> service_ports{500, 4500, 848,  1021, 179,
                                                     646, 639,  4189, 3784};

bool is_service(std::uint16_t port) {
  return std::ranges::find(service_ports, port) != service_ports.end();
}

bool is_multicast(const std::string& address) {
  return address.starts_with("ff") || address.starts_with("224.");
}

std::string text_of(const Endpoint& end) {
  return end.address + " port " + std::to_string(end.port);
}

class Comparer {
 public:
  Comparer(const ExpectedMessage& expected, const Observed& observed, Bindings& bindings,
           const ComparisonRules& rules)
      : expected_(expected),
        observed_(observed),
        bindings_(bindings),
        rules_(rules),
        values_(values_of(observed, rules.numbers)) {
    for (const PlacedValue& placed : values_)
      found_.emplace(placed.path, &placed);
  }

  std::vector<Finding> run() {
    addresses();
    const auto exchange = [](const std::string& kind) { return kind.substr(0, kind.find(' ')); };
    other_exchange_ = exchange(expected_.kind) != exchange(observed_.kind);
    if (other_exchange_)
      add(of(Kind::field, "HDR.exchange", exchange(expected_.kind), exchange(observed_.kind)));
    else if (expected_.kind != observed_.kind && !lists("HDR.flags"))
      add(of(Kind::field, "HDR.flags.R", expected_.kind, observed_.kind));
    // Of what has no header nothing more is known than that it came.
    if (expected_.kind == "datagram" && observed_.kind == "datagram")
      return std::move(findings_);
    spis();
    if (observed_.body == Observed::Body::broken && !expected_.broken)
      return protection("protected as it should be", observed_.trouble);
    if (observed_.body == Observed::Body::malformed)
      return protection("a message that parses", observed_.trouble);
    if (expected_.broken && observed_.body == Observed::Body::opened)
      return protection("a protection that does not hold", "it holds");
    const bool unread = observed_.body == Observed::Body::no_keys && !expected_.sealed;
    if (unread)
      add(of(Kind::not_opened, "", expected_.text, observed_.trouble));
    else if (expected_.sealed && observed_.body == Observed::Body::opened)
      return std::move(findings_);  // the transcript could say nothing of what is inside
    if (observed_.message && !unread)
      payloads();
    else if (!observed_.message)
      flags();
    fields(unread);
    return std::move(findings_);
  }

 private:
  Finding of(Kind kind, std::string field, std::string wanted, std::string got) {
    Finding out;
    out.kind = kind;
    out.payload = field.substr(0, field.find('.'));
    out.field = std::move(field);
    out.expected = std::move(wanted);
    out.got = std::move(got);
    return out;
  }
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  std::vector<Finding> protection(std::string wanted, std::string got) {
    Finding finding = of(Kind::protection, "", std::move(wanted), std::move(got));
    finding.octet = observed_.octet;
    add(std::move(finding));
    return std::move(findings_);
  }

  void addresses() {
    const std::pair<const std::optional<Endpoint>&, const Endpoint&> ends[] = {
        {expected_.from, observed_.source}, {expected_.to, observed_.destination}};
    const char* const names[] = {"source", "destination"};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& [wanted, got] = ends[i];
      if (!wanted)
        continue;
      const bool literal = is_multicast(wanted->address);
      const bool same_address = literal
                                    ? wanted->address == got.address
                                    : bindings_.fits("address of " + wanted->address, got.address);
      const bool same_port =
          wanted->port == got.port || (!is_service(wanted->port) && !is_service(got.port));
      if (same_address && same_port)
        continue;
      Endpoint shown = *wanted;
      if (!literal)
        shown.address = bindings_.text("address of " + wanted->address);
      add(of(Kind::address, names[i], text_of(shown), text_of(got)));
    }
  }

  // SPIs are drawn by both sides; within an IKE SA they stay.
  void spis() {
    if (!observed_.message)
      return;
    const wire::Header& header = observed_.message->header;
    const auto exchange = header.exchange_type();
    if (wire::is_to_group(exchange))
      return;
    const std::string sa = " of association " + std::to_string(expected_.association);
    const std::pair<const char*, std::uint64_t> both[] = {{"spi_i", header.spi_i},
                                                          {"spi_r", header.spi_r}};
    for (const auto& [name, spi] : both) {
      const std::string bound = name + sa;
      // The responder's is zero until it has answered; a refusal of IKE_SA_INIT need not have one.
      const bool none_yet = wire::makes_ike_sa(exchange) || std::string_view(name) != "spi_r" ||
                            bindings_.find(bound) == nullptr;
      if (spi == 0 && none_yet)
        continue;
      if (!bindings_.fits(bound, Value(spi)))
        add(of(Kind::field, std::string("HDR.") + name, to_text(*bindings_.find(bound)),
               to_text(Value(spi))));
    }
  }

  void payloads() {
    const std::vector<wire::Payload>& got = observed_.message->payloads;
    std::vector<bool> taken(got.size(), false);
    std::optional<std::size_t> last;
    bool in_order = true;
    for (const PayloadName& name : expected_.payloads) {
      std::size_t found = got.size();
      for (std::size_t i = 0; i < got.size() && found == got.size(); ++i)
        if (!taken[i] && name.names(got[i], rules_.numbers))
          found = i;
      if (found == got.size()) {
        missing_.push_back(name.text());
        if (!name.optional)
          add(of(Kind::payload_missing, name.text(), "payload " + name.text(),
                 "none, the message has " + list()));
        continue;
      }
      taken[found] = true;
      in_order = in_order && (!last || found > *last);
      last = found;
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (taken[i])
        continue;
      surplus_.push_back(observed_.parts[i]);
      Finding finding = of(Kind::payload_unexpected, observed_.parts[i],
                           "no payload " + observed_.parts[i], list());
      finding.octet = octet_of(*observed_.message, observed_.parts[i], rules_.numbers);
      // Who does not know a Vendor ID lets it pass (RFC 5996 section 3.12).
      finding.tolerated = got[i].type == wire::PayloadType::V;
      add(std::move(finding));
    }
    if (!in_order) {
      Finding finding = of(Kind::payload_order, "", expected_.text, notation(observed_));
      // Payloads may stand in any order, if the sender is conservative (section 2.5).
      finding.tolerated = !expected_.order;
      add(std::move(finding));
    }
  }

  void flags() {
    if (expected_.parts.empty() && observed_.parts.empty())
      return;
    auto wanted = expected_.parts, got = observed_.parts;
    std::ranges::sort(wanted);
    std::ranges::sort(got);
    if (wanted != got)
      add(of(Kind::field, "TCP.flags", expected_.text, notation(observed_)));
  }

  [[nodiscard]] std::string list() const {
    const std::string text = notation(observed_);
    return text.substr(text.find('{'));
  }
  [[nodiscard]] static bool is_of(const std::string& path, const std::vector<std::string>& parts) {
    return std::ranges::any_of(parts, [&](const std::string& part) {
      return path.starts_with(part) && (path.size() == part.size() || path[part.size()] == '.');
    });
  }
  // What stands in clear even where the payloads are sealed.
  [[nodiscard]] static bool is_clear(const std::string& path) { return path.starts_with("HDR."); }

  void fields(bool unread) {
    std::vector<std::string_view> listed;
    for (const ExpectedField& field : expected_.fields) {
      listed.push_back(field.path);
      if (is_of(field.path, missing_) || (unread && !is_clear(field.path)))
        continue;
      one_field(field);
    }
    // Under another exchange the same payloads have other names.
    if (!rules_.all_fields || expected_.retransmission || other_exchange_)
      return;
    std::ranges::sort(listed);
    for (const PlacedValue& placed : values_) {
      if (std::ranges::binary_search(listed, std::string_view(placed.path)) ||
          is_of(placed.path, surplus_) || (unread && !is_clear(placed.path)) ||
          how_written(observed_, placed).how == Written::How::implied)
        continue;
      const bool version = placed.path == "HDR.version";
      Finding finding = of(Kind::field, placed.path, version ? "32" : "to be absent",
                           to_text(placed.field.value, placed.field.names, rules_.numbers));
      place(finding);
      add(std::move(finding));
    }
  }

  [[nodiscard]] bool lists(std::string_view path) const {
    return std::ranges::any_of(expected_.fields,
                               [&](const ExpectedField& field) { return field.path == path; });
  }

  void place(Finding& finding) const {
    if (observed_.message)
      finding.octet = octet_of(*observed_.message, finding.field, rules_.numbers);
  }

  [[nodiscard]] std::optional<FieldValue> value_at(const std::string& path) const {
    if (const auto found = found_.find(path); found != found_.end())
      return found->second->field;
    if (!observed_.message)
      return std::nullopt;
    const auto parsed = parse_path(path);
    if (!parsed)
      return std::nullopt;
    const auto value = get_field(*observed_.message, *parsed, rules_.numbers);
    if (!value)
      return std::nullopt;
    return *value;
  }

  void one_field(const ExpectedField& field) {
    const std::optional<FieldValue> value = value_at(field.path);
    const Node& wanted = field.wanted;
    const auto got = [&] {
      return value ? to_text(value->value, value->names, rules_.numbers) : std::string("absent");
    };
    if (wanted.is_scalar() && !wanted.quoted()) {
      const std::string& text = wanted.text();
      if (text.size() > 1 && text[0] == '$') {
        const std::string name = text.substr(1);
        if (value && bindings_.fits(name, value->value))
          return;
        const Value* bound = bindings_.find(name);
        return differs(field, value,
                       (bound != nullptr
                            ? to_text(*bound, value ? value->names : Names::none, rules_.numbers) +
                                  " (" + text + ")"
                            : "a value (" + text + ")"),
                       got());
      }
      if (value && (text == "any" || text == written_value(*value, rules_.numbers)))
        return;
    }
    const auto matcher = parse_matcher(wanted);
    if (!matcher)
      return differs(field, value, matcher.error().message, got());
    NoRandom random;
    BoundContext context(random, rules_.numbers, bindings_);
    const MatchScope scope{context, observed_.message ? &*observed_.message : nullptr};
    const auto fits = matches(*matcher, value, scope);
    if (fits && *fits)
      return;
    differs(field, value, fits ? describe(*matcher, value, scope) : fits.error().message, got());
  }

  void differs(const ExpectedField& field, const std::optional<FieldValue>& value,
               std::string wanted, std::string got) {
    Finding finding = of(Kind::field, field.path, std::move(wanted), std::move(got));
    if (value)
      place(finding);
    add(std::move(finding));
  }

  const ExpectedMessage& expected_;
  const Observed& observed_;
  Bindings& bindings_;
  const ComparisonRules& rules_;
  std::vector<PlacedValue> values_;
  std::unordered_map<std::string_view, const PlacedValue*> found_;
  std::vector<std::string> missing_, surplus_;  // payloads
  std::vector<Finding> findings_;
  bool other_exchange_ = false;
};

}  // namespace

const char* to_string(Finding::Kind kind) {
  switch (kind) {
    case Kind::field:
      return "field";
    case Kind::payload_missing:
      return "payload missing";
    case Kind::payload_unexpected:
      return "payload unexpected";
    case Kind::payload_order:
      return "payload order";
    case Kind::message_missing:
      return "message missing";
    case Kind::message_unexpected:
      return "message unexpected";
    case Kind::message_order:
      return "message order";
    case Kind::retransmission:
      return "retransmission";
    case Kind::not_opened:
      return "not opened";
    case Kind::protection:
      return "protection";
    case Kind::address:
      return "address";
  }
  return "?";
}

bool Bindings::fits(const std::string& name, const Value& value) {
  const auto [at, fresh] = values_.try_emplace(name, value);
  return fresh || bound_form(at->second) == bound_form(value);
}

bool Bindings::fits(const std::string& name, const std::string& text) {
  return texts_.try_emplace(name, text).first->second == text;
}

const Value* Bindings::find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

std::string Bindings::text(const std::string& name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? std::string() : found->second;
}

std::vector<Finding> compare_messages(const ExpectedMessage& expected, const Observed& observed,
                                      Bindings& bindings, const ComparisonRules& rules) {
  return Comparer(expected, observed, bindings, rules).run();
}

}  // namespace karpspec::transcript
