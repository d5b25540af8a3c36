#include "fuzz/live/operations.h"

#include <algorithm>
#include <set>

#include "transcript/field.h"

namespace karpspec::fuzz {
namespace {

using transcript::FieldValue;
using transcript::Path;

std::string hex(const Octets& octets) {
  return "0x" + to_hex(octets);
}

std::string number_text(std::uint64_t value) {
  return std::to_string(value);
}

// Octets as a value of a scenario; =zeros(0) where there are none, which 0x cannot say.
std::string octets_text(const Octets& octets) {
  return octets.empty() ? "=zeros(0)" : hex(octets);
}

// A value with a comma in it cannot stand in YAML's flow form, and is a text in quotes.
std::string entry(const std::string& path, const std::string& value) {
  return "\n  '" + path + "': " + value;
}

struct NamedNumber {
  const char* name;
  std::uint64_t value;
};

// A number of BITS that is VALUE now, at its limits and beside itself.
std::vector<NamedNumber> limits(unsigned bits, std::uint64_t value) {
  const std::uint64_t max = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const std::uint64_t top = bits == 0 ? 1 : std::uint64_t{1} << (bits - 1);
  std::vector<NamedNumber> all = {{"0", 0},
                                  {"1", 1},
                                  {"max", max},
                                  {"max-1", max - 1},
                                  {"half", top},
                                  {"+1", (value + 1) & max},
                                  {"-1", (value - 1) & max},
                                  {"top bit", value ^ top}};
  std::set<std::uint64_t> seen = {value};
  std::erase_if(all, [&](const NamedNumber& one) { return !seen.insert(one.value).second; });
  return all;
}

// The same of a length or a count, where small numbers are smaller than what is before the data.
std::vector<NamedNumber> length_limits(unsigned bits, std::uint64_t value) {
  std::vector<NamedNumber> all = limits(bits, value);
  const std::uint64_t max = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  for (const NamedNumber& one : std::initializer_list<NamedNumber>{{"2", 2},
                                                                   {"3", 3},
                                                                   {"4", 4},
                                                                   {"5", 5},
                                                                   {"7", 7},
                                                                   {"8", 8},
                                                                   {"+4", (value + 4) & max},
                                                                   {"twice", (value * 2) & max},
                                                                   {"max-3", max - 3}})
    if (one.value != value && std::none_of(all.begin(), all.end(), [&](const NamedNumber& other) {
          return other.value == one.value;
        }))
      all.push_back(one);
  return all;
}

struct NamedOctets {
  const char* name;
  std::string value;
};

// Octets of another size, and of the same size with other contents.
std::vector<NamedOctets> octet_limits(const Octets& now, transcript::Names names) {
  const std::size_t size = now.size();
  std::vector<NamedOctets> all = {{"empty", "=zeros(0)"},
                                  {"one octet", "0x00"},
                                  {"zeros", "=zeros(" + std::to_string(size) + ")"},
                                  {"ones", "=repeat(0xff, " + std::to_string(size) + ")"},
                                  {"random", "=random(" + std::to_string(size) + ")"}};
  Octets other = now;
  if (size > 1) {
    other.pop_back();
    all.push_back({"size -1", octets_text(other)});
    all.push_back(
        {"size half",
         octets_text(Octets(now.begin(), now.begin() + static_cast<std::ptrdiff_t>(size / 2)))});
  }
  other = now;
  other.push_back(0);
  all.push_back({"size +1", octets_text(other)});
  other = now;
  other.insert(other.end(), now.begin(), now.end());
  if (size > 0)
    all.push_back({"size twice", octets_text(other)});
  for (const unsigned larger : {16U, 64U, 65U, 128U, 129U, 255U, 256U, 257U, 1024U, 4096U, 30000U})
    if (larger > size)
      all.push_back({larger == 16     ? "16 octets"
                     : larger == 64   ? "64 octets"
                     : larger == 65   ? "65 octets"
                     : larger == 128  ? "128 octets"
                     : larger == 129  ? "129 octets"
                     : larger == 255  ? "255 octets"
                     : larger == 256  ? "256 octets"
                     : larger == 257  ? "257 octets"
                     : larger == 1024 ? "1024 octets"
                     : larger == 4096 ? "4096 octets"
                                      : "30000 octets",
                     "=repeat(0x41, " + std::to_string(larger) + ")"});
  // Text that somebody prints, or takes for a path.
  for (const auto& [name, text] : {std::pair("formats", "%s%s%s%s%s%s%n%n"),
                                   {"path", "../../../../etc/passwd"},
                                   {"wildcard", "*"}})
    all.push_back({name, hex(octets_of(text))});
  if (names == transcript::Names::text)
    all.push_back({"nul inside", hex(octets_of(std::string_view("a\0b.example", 11)))});
  // ASN.1: a length of four octets, an endless one, and one of nothing.
  for (const auto& [name, der] : {std::pair("DER of 4 GB", "0x3084ffffffff3082"),
                                  {"DER without end", "0x30803080308030803080"},
                                  {"DER of nothing", "0x3000300030003000"}})
    all.push_back({name, der});
  return all;
}

// The path as the scenario writes it, of the field FIELD of the payload NAME.
std::string path_of(const std::string& name, const std::string& field) {
  return name + "." + field;
}

// FIELDS with [1] in them also for the further elements that MESSAGE has.
std::vector<std::string> concrete_fields(const wire::Message& message, const std::string& name,
                                         const std::string& kind, const wire::CodePoints& numbers) {
  std::vector<std::string> out;
  const auto is_there = [&](const std::string& field) {
    const auto path = transcript::parse_path(path_of(name, field));
    return path && (transcript::get_field(message, *path, numbers) ||
                    transcript::find_octets(message, *path, numbers));
  };
  for (const std::string& field : transcript::fields_of(kind)) {
    if (is_there(field))
      out.push_back(field);
    // The innermost list; the second element stands for all further ones, the last for itself.
    const std::size_t at = field.rfind("[1]");
    for (int i = 2; at != std::string::npos && i <= 4; ++i) {
      std::string other = field;
      other.replace(at, 3, "[" + std::to_string(i) + "]");
      if (is_there(other))
        out.push_back(other);
    }
  }
  return out;
}

class Collector {
 public:
  Collector(const wire::Message& message, const wire::CodePoints& numbers)
      : message_(message), numbers_(numbers) {}

  void add(const std::string& payload, const std::string& field, const std::string& name,
           std::vector<std::string> lines) {
    out_.push_back({payload, field, name, std::move(lines), {}, 1});
  }

  void field(const std::string& payload, const std::string& field) {
    const auto path = transcript::parse_path(path_of(payload, field));
    if (!path)
      return;
    const std::string text = path_of(payload, field);
    const auto now = transcript::get_field(message_, *path, numbers_);
    wire::Message copy = message_;
    const bool can_be_set =
        now && transcript::set_field(copy, *path, now->value, numbers_).has_value();
    if (!can_be_set) {
      patches(payload, field, text, *path, now ? std::optional(*now) : std::nullopt);
    } else if (const auto* number = std::get_if<std::uint64_t>(&now->value)) {
      for (const NamedNumber& one : limits(now->bits, *number))
        add(payload, field, one.name, {"set:" + entry(text, number_text(one.value))});
    } else {
      for (const NamedOctets& one : octet_limits(std::get<Octets>(now->value), now->names))
        add(payload, field, one.name, {"set:" + entry(text, one.value)});
    }
  }

  std::vector<Operation> take() { return std::move(out_); }

 private:
  // What stands in the octets only.
  void patches(const std::string& payload, const std::string& field, const std::string& text,
               const Path& path, const std::optional<FieldValue>& now) {
    const auto at = transcript::find_octets(message_, path, numbers_);
    const bool header = path.root == Path::Root::header;
    const unsigned octets = header ? (field == "length" ? 4U : 1U)
                            : at   ? static_cast<unsigned>(at->size)
                                   : 0U;
    if (octets == 0 || octets > 8)
      return;
    std::uint64_t value = 0;
    if (now)
      if (const auto* number = std::get_if<std::uint64_t>(&now->value))
        value = *number;
    if (field.ends_with("next_payload")) {
      for (const unsigned type : {0U,  1U,  32U, 33U, 34U, 35U, 37U, 39U, 40U,  41U,  42U,
                                  43U, 44U, 46U, 47U, 48U, 49U, 53U, 54U, 128U, 200U, 255U})
        if (type != value)
          add(payload, field, "type " + std::to_string(type),
              {"patch:" + entry(text, number_text(type))});
      return;
    }
    for (const NamedNumber& one : length_limits(octets * 8, value))
      add(payload, field, one.name, {"patch:" + entry(text, number_text(one.value))});
  }

  const wire::Message& message_;
  const wire::CodePoints& numbers_;
  std::vector<Operation> out_;
};

bool is_clear(const Exchange& exchange, const wire::Message& message) {
  const auto type = message.header.exchange_type();
  return wire::makes_ike_sa(type) || type == wire::ExchangeType::mrkmp_advert ||
         std::find(exchange.with.begin(), exchange.with.end(), "clear: true") !=
             exchange.with.end();
}

// Payloads as a whole: missing, many, elsewhere.
void whole_payloads(const std::vector<std::string>& names, Collector& out) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const std::string quoted = "'" + name + "'";
    out.add(name, "", "removed", {"remove: " + quoted});
    out.add(name, "", "doubled", {"double: " + quoted});
    out.add(name, "", "tenfold", std::vector<std::string>(9, "double: " + quoted));
    out.add(name, "", "hundredfold", std::vector<std::string>(99, "double: " + quoted));
    if (i > 0)
      out.add(name, "", "moved to the front", {"{move: " + quoted + ", to: first}"});
    if (i + 1 < names.size())
      out.add(name, "", "moved to the end", {"{move: " + quoted + ", to: last}"});
    std::vector<std::string> others;
    for (const std::string& other : names)
      if (other != name)
        others.push_back("remove: '" + other + "'");
    if (!others.empty())
      out.add(name, "", "alone", others);
  }
}

void elements(const std::string& name, const wire::Payload& payload, Collector& out) {
  const auto many = [&](const std::string& path, const char* what) {
    for (const std::size_t times : {std::size_t{1}, std::size_t{20}, std::size_t{300}})
      out.add(name, what, "+" + std::to_string(times),
              std::vector<std::string>(times, "double-element: '" + name + "." + path + "'"));
    out.add(name, what, "removed", {"remove-element: '" + name + "." + path + "'"});
  };
  if (payload.type == wire::PayloadType::SA) {
    many("proposals[1]", "proposals");
    many("proposals[1].transforms[1]", "proposals.transforms");
  }
  if (payload.type == wire::PayloadType::TSi || payload.type == wire::PayloadType::TSr)
    many("selectors[1]", "selectors");
  if (payload.type == wire::PayloadType::D)
    out.add(name, "spis", "removed", {"remove-element: '" + name + ".spis[1]'"});
}

// The message as octets.
void whole_message(const wire::Message& message, bool clear, Collector& out) {
  const auto size = static_cast<std::int64_t>(wire::encode_message(message).size());
  const std::int64_t inner = size - static_cast<std::int64_t>(wire::Header::size);
  for (const std::int64_t cut : {1, 2, 4, 8, 16, 20, 28})
    if (cut <= inner)
      out.add("message", "payloads", "-" + std::to_string(cut) + " octets",
              {"{truncate: -" + std::to_string(cut) + ", inner: true}"});
  if (inner > 0)
    out.add("message", "payloads", "cut to 3 octets", {"{truncate: 3, inner: true}"});
  for (const std::int64_t keep : {0, 1, 4, 16, 18, 20, 24, 27, 28, 29, 31, 32, 40})
    if (keep < size || !clear)
      out.add("message", "datagram", "cut to " + std::to_string(keep),
              {"truncate: " + std::to_string(keep)});
  for (const auto& [name, value] : {std::pair("one octet more", "0x00"),
                                    {"16 octets more", "=random(16)"},
                                    {"1000 octets more", "=zeros(1000)"}})
    for (const bool inside : {false, true})
      out.add("message", inside ? "payloads" : "datagram", name,
              {"{append: " + std::string(value) + (inside ? ", inner: true}" : "}")});
  if (!clear)
    for (const int padding : {1, 15, 16, 240, 255})
      out.add("SK", "padding", std::to_string(padding),
              {"set: {SK.padding: " + std::to_string(padding) + "}"});
  if (!clear)
    for (const int length : {0, 1, 16, 127, 255})
      out.add("SK", "pad_length", std::to_string(length),
              {"set: {SK.pad_length: " + std::to_string(length) + "}"});
}

// Payload upon payload of a type that nobody knows.
void chains(const std::string& last, bool clear, Collector& out) {
  for (const int octets : {400, 4000, 40000, 60000}) {
    std::vector<std::string> lines;
    if (!last.empty())
      lines.push_back("patch: {'" + last + ".next_payload': 200}");
    else
      lines.push_back(clear ? "patch: {HDR.next_payload: 200}" : "patch: {SK.first_inner: 200}");
    lines.push_back("append: =repeat(0xc8000004, " + std::to_string(octets) + ")\ninner: true");
    if (last.empty())
      lines.insert(lines.begin(), "add: P200");
    out.add("message", "payloads", std::to_string(octets / 4) + " unknown ones", lines);
  }
}

}  // namespace

std::string path_name(const wire::Message& message, std::size_t index,
                      const wire::CodePoints& numbers) {
  const wire::Payload& payload = message.payloads[index];
  std::string name = "P" + std::to_string(static_cast<int>(payload.type));
  for (const std::string& known : transcript::payload_names())
    if (const auto parsed = transcript::parse_payload_name(known);
        parsed && parsed->type == payload.type) {
      name = known;
      break;
    }
  if (const auto* notify = payload.as<wire::NotifyPayload>())
    name = "N(" + std::to_string(notify->type) + ")";
  for (std::size_t nth = 1; nth <= message.payloads.size(); ++nth) {
    const std::string full = nth == 1 ? name : name + "[" + std::to_string(nth) + "]";
    const auto parsed = transcript::parse_payload_name(full);
    if (parsed && transcript::locate(message.payloads, *parsed, numbers) == index)
      return full;
  }
  return name;
}

std::vector<Operation> operations_of(const Exchange& exchange, const wire::Message& message,
                                     const Material& material, const wire::CodePoints& numbers) {
  if (exchange.flood) {
    std::vector<Operation> floods;
    for (const unsigned times : {20U, 100U, 300U})
      floods.push_back({"message", "", "done " + std::to_string(times) + " times", {}, {}, times});
    return floods;
  }
  if (exchange.fragments)
    return fragment_operations();
  Collector out(message, numbers);
  const bool clear = is_clear(exchange, message);
  for (const std::string& field : transcript::fields_of("HDR"))
    out.field("HDR", field);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < message.payloads.size(); ++i) {
    const std::string name = path_name(message, i, numbers);
    names.push_back(name);
    const std::string kind = name.substr(0, name.find_first_of("(["));
    for (const std::string& field : concrete_fields(message, name, kind, numbers))
      out.field(name, field);
    elements(name, message.payloads[i], out);
  }
  whole_payloads(names, out);
  whole_message(message, clear, out);
  chains(names.empty() ? "" : names.back(), clear, out);
  if (wire::find(message.payloads, wire::PayloadType::CERT) != nullptr) {
    for (const auto& [name, der] : material.certificates)
      out.add("CERT", "data", name, {"set: {CERT.data: " + octets_text(der) + "}", "double: CERT"});
    for (const auto& [name, der] : material.certificates)
      out.add("CERT", "data", name + " behind it",
              {"{add: CERT, at: after CERT, with: {CERT.data: " + octets_text(der) + "}}"});
  }
  std::vector<Operation> all = out.take();
  if (exchange.foreign)
    for (Operation& operation : foreign_payloads(material)) {
      operation.lines.push_back(clear ? "patch: {HDR.next_payload: " + operation.keys.front() + "}"
                                      : "patch: {SK.first_inner: " + operation.keys.front() + "}");
      operation.keys.clear();
      all.push_back(std::move(operation));
    }
  return all;
}

std::vector<Operation> octet_operations(const Exchange& exchange, const wire::Message& message,
                                        const wire::CodePoints& numbers) {
  std::vector<Operation> out;
  if (exchange.fragments || exchange.flood)
    return out;
  constexpr std::size_t generic_header = 4, most = 40;
  const Octets encoded = wire::encode_message(message);
  std::size_t at = wire::Header::size;
  for (std::size_t i = 0; i < message.payloads.size() && at + generic_header <= encoded.size();
       ++i) {
    const std::size_t length = static_cast<std::size_t>((encoded[at + 2] << 8) | encoded[at + 3]);
    const std::string name = path_name(message, i, numbers);
    for (std::size_t j = generic_header; j < std::min(length, most); ++j) {
      const std::uint8_t now = encoded[at + j];
      std::set<std::uint8_t> seen = {now};
      for (const auto& [what, value] :
           {std::pair("top bit", static_cast<std::uint8_t>(now ^ 0x80U)),
            {"ff", std::uint8_t{0xff}},
            {"00", std::uint8_t{0}}})
        if (seen.insert(value).second)
          out.push_back({name,
                         "octet " + std::to_string(j),
                         what,
                         {"octets: {at: " + std::to_string(at + j - wire::Header::size) +
                          ", set: " + hex({value}) + ", inner: true}"},
                         {},
                         1});
    }
    at += length;
  }
  return out;
}

}  // namespace karpspec::fuzz
