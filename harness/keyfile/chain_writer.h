#pragma once

#include <ostream>
#include <set>

#include "keyfile/convert.h"
#include "keyfile/sorter.h"
#include "keytable/row.h"

namespace karpspec::keyfile {

// Writes rows as RFC 8177 key chains in RFC 7951's JSON: rows of one VRF, protocol, peers and
// interfaces are a chain, or those whose AdminKeyName is CHAIN/KEY-ID; no chain has more keys than
// readers take. Chains that want one name are numbered, and a name that looks numbered gets a
// number in any case, so that no two are the same. Memory does not grow with the rows.
class ChainWriter {
 public:
  ChainWriter(std::ostream& out, const keytable::Rulebook& book, const ConvertOptions& options);

  // Errors: io; bad_value for a row with a text of more than 1,024 octets, a key of more than 341,
  // or more than 64 parts of ProtocolSpecificInfo, which no reader of key chains takes back.
  [[nodiscard]] Result<void> add(const std::string& vrf, const keytable::Row& row);
  [[nodiscard]] Result<void> finish(Converted& converted);

 private:
  void begin_chain(std::string_view record);
  void write_key(std::string_view record, Converted& converted);
  void lose(std::string what);
  [[nodiscard]] std::uint64_t free_id(const std::string& wanted);
  [[nodiscard]] std::string free_name(std::string_view wanted);

  std::ostream& out_;
  const keytable::Rulebook& book_;
  bool plain_;
  Sorter sorter_;
  std::string wanted_;           // the name that the chains now want
  std::uint64_t of_name_ = 0;    // how many of them there have been
  std::set<std::uint64_t> ids_;  // of the chain
  std::uint64_t free_id_ = 1;    // where the search for one begins
  std::string chain_, protocol_;
  bool any_chain_ = false, any_key_ = false;
  std::set<std::string> lost_;
  std::uint64_t count_ = 0;
};

}  // namespace karpspec::keyfile
