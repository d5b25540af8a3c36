#pragma once

#include <functional>

#include "base/octets.h"
#include "keyfile/reader.h"

namespace karpspec::keyfile {

// One thing that is wrong, or unwise, with the place where it is.
struct Reported {
  std::uint64_t row = 0;  // counted from 1; 0: of no row
  std::string name;       // its AdminKeyName, as far as it has one
  std::string vrf;
  keytable::Place place;
  keytable::RuleId rule = keytable::RuleId::field_form;
  keytable::Field field = keytable::Field::AdminKeyName;
  std::string message;  // without key material
  keytable::Clause clause;
};

struct CheckOptions {
  // Goes into the digests by which equal keys are found, which may pass through a temporary file;
  // nobody else should know it.
  Octets salt;
  std::size_t memory = std::size_t{64} << 20;  // octets for sorting
};

struct Checked {
  FileForm form = FileForm::table;
  std::uint64_t rows = 0;
  std::uint64_t violations = 0;
  std::uint64_t advice = 0;
};

// Holds every row of a file against CONTEXT's rules and the rows against each other, in time that
// grows as sorting does and in memory that does not grow. REPORT gets what there is to say in the
// order of the rows, once the whole file has been read.
// Errors: those of read_table; io.
[[nodiscard]] Result<Checked> check_table(std::istream& in, const std::string& file,
                                          const ChainContext& context, const CheckOptions& options,
                                          const std::function<void(const Reported&)>& report);

}  // namespace karpspec::keyfile
