#include "keyfile/convert.h"

#include <set>

#include "keyfile/chain_writer.h"
#include "keyfile/row_writer.h"
#include "keytable/tables.h"

namespace karpspec::keyfile {
namespace {

// Every row as a value, or the first one that is none.
class Rows : public TableSink {
 public:
  Rows(const keytable::Rulebook& book, std::string file) : book_(book), file_(std::move(file)) {}

  Result<void> zones(const Zones& zones) override {
    any_zones = any_zones || !zones.empty();
    return {};
  }
  Result<void> table(const std::string&) override { return {}; }
  Result<void> row(const keytable::RowText& text) override {
    ++count_;
    findings_.clear();
    const keytable::ReadRow read = keytable::read_row(text, book_, findings_);
    if (read.unread.none() && findings_.empty())
      return take(read.row);
    const std::string why = findings_.empty()
                                ? "nobody knows what its protocol is (--protocol, --peers)"
                                : findings_.front().message;
    return error_of(text.place, "row " + std::to_string(count_) + ": " + why);
  }
  Result<void> bad_chain(const std::string& message, keytable::Place place) override {
    return error_of(place, message);
  }

  bool any_zones = false;

 protected:
  virtual Result<void> take(const keytable::Row& row) = 0;

 private:
  [[nodiscard]] tl::unexpected<Error> error_of(keytable::Place place,
                                               const std::string& message) const {
    return fail(ErrorCode::bad_value, file_ + ":" + std::to_string(place.line) + ":" +
                                          std::to_string(place.column) + ": " + message +
                                          " ('karpspec keytable check' says all that is wrong)");
  }

  const keytable::Rulebook& book_;
  std::string file_;
  std::uint64_t count_ = 0;
  keytable::Findings findings_;
};

// The first pass: whether all of it can be read, and which VRFs there are.
class Survey final : public Rows {
 public:
  using Rows::Rows;
  Result<void> table(const std::string& vrf) override {
    ++tables;
    other_vrf = other_vrf || vrf != keytable::default_vrf;
    return {};
  }
  std::uint64_t tables = 0;
  bool other_vrf = false;

 protected:
  Result<void> take(const keytable::Row&) override { return {}; }
};

class ToTable final : public Rows {
 public:
  ToTable(const keytable::Rulebook& book, const std::string& file, RowWriter& writer,
          Converted& converted)
      : Rows(book, file), writer_(writer), converted_(converted) {}
  Result<void> table(const std::string& vrf) override {
    writer_.table(vrf);
    return {};
  }

 protected:
  Result<void> take(const keytable::Row& row) override {
    writer_.row(row);
    ++converted_.rows;
    return {};
  }

 private:
  RowWriter& writer_;
  Converted& converted_;
};

class ToChains final : public Rows {
 public:
  ToChains(const keytable::Rulebook& book, const std::string& file, ChainWriter& writer)
      : Rows(book, file), writer_(writer) {}
  Result<void> table(const std::string& vrf) override {
    vrf_ = vrf;
    return {};
  }

 protected:
  Result<void> take(const keytable::Row& row) override { return writer_.add(vrf_, row); }

 private:
  ChainWriter& writer_;
  std::string vrf_ = keytable::default_vrf;
};

void rewind(std::istream& in) {
  in.clear();
  in.seekg(0);
}

}  // namespace

Result<Converted> convert_table(std::istream& in, const std::string& file,
                                const ChainContext& context, const ConvertOptions& options,
                                std::ostream& out) {
  Survey survey(context.book, file);
  KARPSPEC_TRY(form, read_table(in, file, context, survey));
  rewind(in);
  const FileForm other = form == FileForm::table ? FileForm::key_chains : FileForm::table;
  Converted converted;
  if (options.to.value_or(other) == FileForm::table) {
    RowWriter writer(out, options.json, survey.tables > 1 || survey.other_vrf);
    ToTable rows(context.book, file, writer, converted);
    KARPSPEC_CHECK(read_table(in, file, context, rows));
    writer.finish();
  } else {
    ChainWriter writer(out, context.book, options);
    ToChains rows(context.book, file, writer);
    KARPSPEC_CHECK(read_table(in, file, context, rows));
    KARPSPEC_CHECK(writer.finish(converted));
  }
  if (survey.any_zones)
    converted.lost.emplace_back("zones are not converted");
  if (!out.flush())
    return fail(ErrorCode::io, "the output cannot be written");
  return converted;
}

}  // namespace karpspec::keyfile
