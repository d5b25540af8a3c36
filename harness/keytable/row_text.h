#pragma once

#include <strings.h>

#include <array>
#include <string>
#include <vector>

#include "keytable/fields.h"
#include "keytable/row.h"
#include "keytable/rules.h"

namespace karpspec::keytable {

// Counted from 1; 0 where there is none.
struct Place {
  std::size_t line = 0;
  std::size_t column = 0;
};

// One field as it is written, before anybody knows what it means.
struct FieldText {
  enum class Form : std::uint8_t { absent, text, list, map, other };
  Form form = Form::absent;
  std::vector<std::string> items;  // of a map: key, value, key, value
  Place place;
};

// One row as it is written. It may hold a key, so it is wiped.
struct RowText {
  struct Unknown {
    std::string name;
    Place place;
  };
  std::array<FieldText, field_count> fields;
  std::vector<Unknown> unknown;
  FieldSet may_lack;  // besides those that always may: what nobody could have written down
  std::string chain;  // the key chain that this is a key of, if any
  Place place;

  RowText() = default;
  ~RowText() { wipe(); }
  RowText(RowText&&) = default;
  RowText(const RowText&) = delete;
  RowText& operator=(RowText&&) = delete;
  RowText& operator=(const RowText&) = delete;

  [[nodiscard]] FieldText& operator[](Field field) {
    return fields[static_cast<std::size_t>(field)];
  }
  [[nodiscard]] const FieldText& operator[](Field field) const {
    return fields[static_cast<std::size_t>(field)];
  }
  // Empty again, keeping its memory for the next row.
  void clear();

 private:
  void wipe() {
    for (std::string& text : (*this)[Field::Key].items)
      ::explicit_bzero(text.data(), text.size());
  }
};

// One thing that is wrong with a row. Key material never stands in MESSAGE.
struct Finding {
  RuleId rule = RuleId::field_form;
  Field field = Field::AdminKeyName;
  std::string message;
  Clause clause;
};
using Findings = std::vector<Finding>;

struct ReadRow {
  Row row;
  FieldSet unread;  // fields that are missing or could not be understood
};

// Reads a row in RFC 7210's field names; Interfaces, ProtocolSpecificInfo and PeerKeyName may be
// left out, Peers and Interfaces may be one text. What it says is wrong goes to FINDINGS, with the
// clauses of BOOK. Hexadecimal, key names and addresses come out in one form each.
[[nodiscard]] ReadRow read_row(const RowText& text, const Rulebook& book, Findings& findings);

// TEXT for a message: cut where it is long, with what cannot be printed replaced.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace karpspec::keytable
