#include "cli/capture_keys.h"

#include <fstream>

#include "keyfile/reader.h"
#include "keyfile/rulebook.h"

namespace karpspec::cli {
namespace {

// Rows as MKTs, keys of TCP MD5, and keys of OSPFv2 and RIPv2.
class Keys final : public keyfile::TableSink {
 public:
  Keys(const keytable::Rulebook& book, std::string file) : book_(book), file_(std::move(file)) {}

  Result<void> zones(const keyfile::Zones&) override { return {}; }
  Result<void> table(const std::string&) override { return {}; }
  Result<void> bad_chain(const std::string& message, keytable::Place place) override {
    return refuse(place, message);
  }
  Result<void> row(const keytable::RowText& text) override {
    keytable::Findings findings;
    keytable::Row row = keytable::read_row(text, book_, findings).row;
    const std::uint16_t port = oracle::tcpao::service_port(row.protocol);
    const bool md5 = row.alg_id == "md5" && port != 0;
    const bool of_routing = (row.protocol == "ospfv2" || row.protocol == "rip") &&
                            oracle::rpauth::algorithm_from(row.alg_id);
    if (!md5 && !of_routing && !oracle::tcpao::is_tcp_ao(row))
      return {};
    for (const keytable::Finding& finding : findings)
      if (!book_.rule(finding.rule).advice)
        return refuse(text.place, std::string(to_string(finding.field)) + ": " + finding.message);
    if (of_routing) {
      routing.push_back(std::move(row));
      return {};
    }
    if (!md5) {
      auto mkt = oracle::tcpao::mkt_from_row(row);
      auto added = mkt ? mkts.add(*std::move(mkt)) : Result<void>(tl::unexpected(mkt.error()));
      return added ? added : refuse(text.place, added.error().message);
    }
    for (const std::string& peer : row.peers) {
      const auto address = wire::IpAddress::from_text(peer);
      if (!address)
        return refuse(text.place, "Peers: " + address.error().message);
      md5_keys.emplace(*address, oracle::tcpao::Md5Key{row.key.clone(), port});
    }
    return {};
  }

  oracle::tcpao::Mkts mkts;
  oracle::tcpao::Md5Keys md5_keys;
  std::vector<keytable::Row> routing;

 private:
  [[nodiscard]] Result<void> refuse(keytable::Place place, const std::string& message) const {
    return fail(ErrorCode::bad_value, file_ + ":" + std::to_string(place.line) + ":" +
                                          std::to_string(place.column) + ": " + message);
  }

  const keytable::Rulebook& book_;
  std::string file_;
};

}  // namespace

Result<CaptureKeys> read_capture_keys(const std::string& suites, const std::string& path) {
  KARPSPEC_TRY(book, keyfile::read_rulebook(suites));
  KARPSPEC_TRY(schema, keyfile::ChainSchema::read(suites));
  std::ifstream in(path, std::ios::binary);
  if (!in || in.peek() == std::ifstream::traits_type::eof())
    return fail(ErrorCode::not_found, path + ": cannot be read, or is empty");
  Keys keys(book, path);
  KARPSPEC_CHECK(keyfile::read_table(in, path, {book, schema, "", {}, {}}, keys));
  CaptureKeys out;
  if (!keys.mkts.all().empty() || !keys.md5_keys.empty())
    out.segments.emplace(std::move(keys.mkts), std::move(keys.md5_keys));
  if (!keys.routing.empty())
    out.routing.emplace(std::move(keys.routing));
  if (!out.segments && !out.routing)
    return fail(ErrorCode::bad_value, path + ": has no key of TCP-AO, TCP MD5, OSPFv2 or RIPv2");
  return out;
}

}  // namespace karpspec::cli
