#include <algorithm>

#include "fuzz/live/operations.h"

namespace karpspec::fuzz {
namespace {

// A part of a payload's body: a number of so many octets, or octets as they are.
struct Part {
  const char* field;  // "": octets that are not altered
  std::size_t size;
  std::uint64_t value;
};
struct Foreign {
  std::uint8_t type;
  const char* name;
  std::vector<Part> parts;
};

// One of each type, in its plainest right form.
const std::vector<Foreign>& plain_ones() {
  static const std::vector<Foreign> all = {
      {33,
       "SA",
       {{"last", 1, 0},
        {"", 1, 0},
        {"length", 2, 8},
        {"number", 1, 1},
        {"protocol", 1, 1},
        {"spi_size", 1, 0},
        {"num_transforms", 1, 0}}},
      {34, "KE", {{"group", 2, 19}, {"", 2, 0}, {"", 8, 1}}},
      {35, "IDi", {{"id_type", 1, 2}, {"", 3, 0}, {"", 8, 0x782e6578616d706c}}},
      {37,
       "CERT",
       {{"encoding", 1, 4},
        {"tag", 1, 0x30},
        {"length form", 1, 0x82},
        {"length", 2, 4},
        {"", 4, 0x02020100}}},
      {38, "CERTREQ", {{"encoding", 1, 4}}},
      {39, "AUTH", {{"method", 1, 2}, {"", 3, 0}, {"", 8, 0}}},
      {40, "Nonce", {{"", 8, 0x0102030405060708}, {"", 8, 0}}},
      {41, "N", {{"protocol", 1, 0}, {"spi_size", 1, 0}, {"type", 2, 16403}, {"", 8, 0}}},
      {42, "D", {{"protocol", 1, 3}, {"spi_size", 1, 4}, {"num_spis", 2, 1}, {"", 4, 1}}},
      {43, "V", {{"", 8, 0x4142434445464748}}},
      {44,
       "TSi",
       {{"num_selectors", 1, 1},
        {"", 3, 0},
        {"type", 1, 7},
        {"ip_protocol", 1, 0},
        {"length", 2, 16},
        {"start_port", 2, 0},
        {"end_port", 2, 65535},
        {"", 4, 0},
        {"", 4, 0xffffffff}}},
      {47,
       "CP",
       {{"cfg_type", 1, 1}, {"", 3, 0}, {"type", 2, 1}, {"length", 2, 4}, {"", 4, 0x0a000001}}},
      {48,
       "EAP",
       {{"code", 1, 1},
        {"identifier", 1, 1},
        {"length", 2, 9},
        {"type", 1, 1},
        {"", 4, 0x61626364}}},
      {53, "SKF", {{"number", 2, 1}, {"total", 2, 2}, {"", 8, 0}, {"", 8, 0}}},
      {200, "P200", {{"", 8, 0}}},
  };
  return all;
}

Octets body_of(const Foreign& one, std::size_t altered = ~std::size_t{0}, std::uint64_t value = 0) {
  Octets out;
  for (std::size_t i = 0; i < one.parts.size(); ++i)
    for (std::size_t j = one.parts[i].size; j-- > 0;)
      out.push_back(
          static_cast<std::uint8_t>((i == altered ? value : one.parts[i].value) >> (8 * j)));
  return out;
}

}  // namespace

// The type stands in `keys`: the message says there what the first payload is.
std::vector<Operation> foreign_payloads(const Material& material) {
  std::vector<Operation> out;
  const auto add = [&](const Foreign& one, const std::string& field, const std::string& name,
                       const Octets& body) {
    out.push_back({one.name,
                   field,
                   name,
                   {"{add: P199, at: first, with: {P199.data: " +
                    (body.empty() ? std::string("=zeros(0)") : "0x" + to_hex(body)) + "}}"},
                   {std::to_string(one.type)},
                   1});
  };
  for (const Foreign& one : plain_ones()) {
    const Octets plain = body_of(one);
    add(one, "", "foreign", plain);
    add(one, "", "foreign and empty", {});
    add(one, "", "foreign and cut short",
        Octets(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(plain.size() / 2)));
    for (std::size_t i = 0; i < one.parts.size(); ++i) {
      const Part& part = one.parts[i];
      if (*part.field == '\0')
        continue;
      const std::uint64_t max = (std::uint64_t{1} << (8 * part.size)) - 1;
      for (const auto& [name, value] : {std::pair("foreign 0", std::uint64_t{0}),
                                        {"foreign 1", std::uint64_t{1}},
                                        {"foreign 3", std::uint64_t{3}},
                                        {"foreign max", max},
                                        {"foreign half", max / 2 + 1},
                                        {"foreign +1", (part.value + 1) & max},
                                        {"foreign -1", (part.value - 1) & max}})
        if (value != part.value)
          add(one, part.field, name, body_of(one, i, value));
    }
  }
  const auto certificate = std::find_if(plain_ones().begin(), plain_ones().end(),
                                        [](const Foreign& one) { return one.type == 37; });
  for (const auto& [name, der] : material.certificates) {
    Octets body = {4};
    append(body, der);
    add(*certificate, "data", "foreign " + name, body);
  }
  return out;
}

}  // namespace karpspec::fuzz
