#include "keyfile/check.h"

#include "keyfile/comparison.h"
#include "keytable/tables.h"
#include "keytable/validate.h"

namespace karpspec::keyfile {
namespace {

using keytable::Clause;
using keytable::Field;
using keytable::RuleId;

// What there is to say, in the order of the rows; what was found by comparing them comes once for
// each pair.
class Said {
 public:
  explicit Said(std::size_t memory) : sorter_(memory) {}

  // PAIR: nothing for what a row says by itself.
  Result<void> add(const Reported& what, std::optional<std::uint64_t> pair) {
    Record record;
    put_number(record, what.row);
    // What a row says by itself comes in the order in which it was found.
    put_number(record, pair ? ~std::uint64_t{0} : count_++);
    record += static_cast<char>(what.rule);
    record += static_cast<char>(what.field);
    put_number(record, pair.value_or(0));
    put_number(record, what.place.line);
    put_number(record, what.place.column);
    put_text(record, what.name);
    put_text(record, what.vrf);
    put_text(record, what.message);
    put_text(record, what.clause.document);
    put_text(record, what.clause.section);
    return sorter_.add(record);
  }

  Result<void> report(const keytable::Rulebook& book, Checked& checked,
                      const std::function<void(const Reported&)>& to) {
    constexpr std::size_t identity = 8 + 8 + 2 + 8;
    Record record, before;
    for (;;) {
      KARPSPEC_TRY(more, sorter_.next(record));
      if (!more)
        return {};
      if (record.compare(0, identity, before) == 0)
        continue;
      before = record.substr(0, identity);
      std::string_view rest = record;
      Reported what;
      what.row = take_number(rest);
      (void)take_number(rest);
      what.rule = static_cast<RuleId>(rest[0]);
      what.field = static_cast<Field>(rest[1]);
      rest.remove_prefix(2);
      (void)take_number(rest);
      what.place.line = take_number(rest);
      what.place.column = take_number(rest);
      what.name = take_text(rest);
      what.vrf = take_text(rest);
      what.message = take_text(rest);
      what.clause.document = take_text(rest);
      what.clause.section = take_text(rest);
      ++(book.rule(what.rule).advice ? checked.advice : checked.violations);
      to(what);
    }
  }

 private:
  Sorter sorter_;
  std::uint64_t count_ = 0;
};

class Checker final : public TableSink {
 public:
  Checker(const keytable::Rulebook& book, const CheckOptions& options)
      : book_(book), comparison_(book, options.salt, options.memory), said_(options.memory / 4) {}

  Result<void> zones(const Zones& zones) override {
    comparison_.set_zones(zones);
    return {};
  }
  Result<void> table(const std::string& vrf) override {
    vrf_ = vrf;
    return {};
  }
  Result<void> row(const keytable::RowText& text) override {
    ++rows_;
    findings_.clear();
    const keytable::ReadRow read = keytable::read_row(text, book_, findings_);
    keytable::validate(read.row, read.unread, book_, findings_);
    const Comparison::Row about{rows_, text.place, vrf_, read.row.admin_key_name};
    for (keytable::Finding& finding : findings_) {
      const keytable::Place field = text[finding.field].place;
      const bool of_field = text[finding.field].form != keytable::FieldText::Form::absent &&
                            finding.rule != RuleId::field_unknown;
      KARPSPEC_CHECK(
          said_.add({rows_, about.name, vrf_, of_field ? field : text.place, finding.rule,
                     finding.field, std::move(finding.message), std::move(finding.clause)},
                    std::nullopt));
    }
    return comparison_.add(about, read, text.may_lack.any() ? text.chain : std::string());
  }
  Result<void> bad_chain(const std::string& message, keytable::Place place) override {
    return said_.add({0, "", vrf_, place, RuleId::chain_form, Field::AdminKeyName,
                      one_line(message), book_.rule(RuleId::chain_form).clause},
                     std::nullopt);
  }

  Result<Checked> finish(const std::function<void(const Reported&)>& report) {
    KARPSPEC_CHECK(comparison_.finish([&](const Comparison::Found& found) {
      return said_.add({found.row.number, found.row.name, found.row.vrf, found.row.place,
                        found.rule, found.field, found.message, book_.rule(found.rule).clause},
                       found.other);
    }));
    Checked checked;
    checked.rows = rows_;
    KARPSPEC_CHECK(said_.report(book_, checked, report));
    return checked;
  }

 private:
  const keytable::Rulebook& book_;
  Comparison comparison_;
  Said said_;
  std::string vrf_ = keytable::default_vrf;
  std::uint64_t rows_ = 0;
  keytable::Findings findings_;
};

}  // namespace

Result<Checked> check_table(std::istream& in, const std::string& file, const ChainContext& context,
                            const CheckOptions& options,
                            const std::function<void(const Reported&)>& report) {
  Checker checker(context.book, options);
  KARPSPEC_TRY(form, read_table(in, file, context, checker));
  KARPSPEC_TRY(checked, checker.finish(report));
  checked.form = form;
  return checked;
}

}  // namespace karpspec::keyfile
