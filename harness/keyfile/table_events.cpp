#include "keyfile/table_events.h"

#include <algorithm>

#include "base/control_character.h"
#include "keytable/address.h"
#include "keytable/tables.h"
#include "transcript/node.h"

namespace karpspec::keyfile {
namespace {

using Form = keytable::FieldText::Form;

}  // namespace

bool TableEvents::refuse(Place place, const std::string& message) {
  if (!error_)
    error_ = error_at(file_, place, message);
  return false;
}

bool TableEvents::hand_on(Result<void> result) {
  if (!result && !error_)
    error_ = std::move(result).error();
  return !error_;
}

bool TableEvents::begin_rows(Place) {
  if (!rows_begun_ && !hand_on(sink_.zones(zones_)))
    return false;
  rows_begun_ = true;
  return hand_on(sink_.table(vrf_.empty() ? keytable::default_vrf : vrf_));
}

// A value of a row's field begins.
bool TableEvents::value(Form form, Place place) {
  if (field_ == nullptr)
    return true;
  field_->form = form;
  field_->place = place;
  return true;
}

bool TableEvents::add(std::string_view text, Place place) {
  if (field_ == nullptr)
    return true;
  if (field_->items.size() >= most_members)
    return refuse(place, "a set of more than 65536 members");
  field_->items.emplace_back(text);
  return true;
}

bool TableEvents::begin(bool map, Place place) {
  const auto enter = [&](In next) {
    levels_.push_back(next);
    return true;
  };
  switch (in()) {
    case In::start:
      if (!map)
        return refuse(place, "expected a map with 'rows' or 'tables', it is a list");
      return enter(In::root);
    case In::root:
    case In::table:
      if (key_ == "rows" && !map)
        return begin_rows(place) && enter(In::rows);
      if (key_ == "tables" && !map)
        return enter(In::tables);
      if (key_ == "zones" && map)
        return enter(In::zones);
      return refuse(place, "'" + key_ + "' is a " + (map ? "map" : "list"));
    case In::tables:
      if (!map)
        return refuse(place, "expected a table, it is a list");
      vrf_.clear();
      seen_in_table_.clear();
      return enter(In::table);
    case In::zones:
      return map ? refuse(place, "expected a list of peers and interfaces, it is a map")
                 : enter(In::zone);
    case In::zone:
      return refuse(place, "expected the text of a peer or an interface");
    case In::rows:
      if (!map)
        return refuse(place, "expected a row, it is a list");
      row_.clear();
      row_.place = place;
      return enter(In::row);
    case In::row:
      value(map ? Form::map : Form::list, place);
      info_keys_.clear();
      return enter(map ? In::field_map : In::field_list);
    case In::field_list:
    case In::field_map:
    case In::skipped:
      value(Form::other, field_ == nullptr ? place : field_->place);
      return enter(In::skipped);
  }
  return false;
}

bool TableEvents::begin_map(Place place) {
  return begin(true, place);
}

bool TableEvents::begin_list(Place place) {
  return begin(false, place);
}

bool TableEvents::end_map() {
  const In ended = in();
  levels_.pop_back();
  if (ended == In::row)
    return hand_on(sink_.row(row_));
  if (ended == In::table && !seen_in_table_.contains("rows"))
    return refuse({1, 1}, "a table without 'rows'");
  if (ended == In::root && !seen_.contains("rows") && !seen_.contains("tables"))
    return refuse({1, 1}, "neither 'rows' nor 'tables' is there");
  return true;
}

bool TableEvents::end_list() {
  levels_.pop_back();
  return true;
}

bool TableEvents::key(std::string_view text, Place place) {
  switch (in()) {
    case In::root:
    case In::table: {
      const bool root = in() == In::root;
      key_ = text;
      const std::vector<std::string> known =
          root ? std::vector<std::string>{"vrf", "zones", "rows", "tables"}
               : std::vector<std::string>{"vrf", "rows"};
      if (std::find(known.begin(), known.end(), key_) == known.end())
        return refuse(place, "unknown key '" + keytable::shown(key_) + "'" +
                                 transcript::suggestion(key_, known));
      if (!(root ? seen_ : seen_in_table_).insert(key_).second)
        return refuse(place, "key '" + key_ + "' is given twice");
      if ((key_ == "vrf" && (root ? seen_ : seen_in_table_).contains("rows")) ||
          (key_ == "zones" && rows_begun_))
        return refuse(place, "'" + key_ + "' stands before the rows");
      if (root && seen_.contains("tables") && (seen_.contains("rows") || seen_.contains("vrf")))
        return refuse(place, "with 'tables', 'vrf' and 'rows' stand in each of them");
      return true;
    }
    case In::zones:
      key_ = text;
      return !has_control(text) || refuse(place, "a name with a character that cannot be printed");
    case In::row: {
      const auto field = keytable::field_from(text);
      field_ = field ? &row_[*field] : nullptr;
      if (field && field_->form != Form::absent)
        return refuse(place, "field '" + std::string(text) + "' is given twice");
      if (!field) {
        if (row_.unknown.size() >= keytable::field_count)
          return refuse(place, "a row with more than " + std::to_string(keytable::field_count) +
                                   " unknown fields");
        row_.unknown.push_back({std::string(text), place});
      }
      return true;
    }
    case In::field_map:
      if (!info_keys_.emplace(text).second)
        return refuse(place, "key '" + keytable::shown(text) + "' is given twice");
      return add(text, place);
    default:
      return true;
  }
}

bool TableEvents::scalar(std::string_view text, bool, Place place) {
  switch (in()) {
    case In::start:
      return refuse(place, "expected a map with 'rows' or 'tables', it is a text");
    case In::root:
    case In::table:
      if (key_ != "vrf")
        return refuse(place, "'" + key_ + "' is a text");
      if (text.empty() || has_control(text))
        return refuse(place, "no name of a VRF");
      vrf_ = text;
      return true;
    case In::tables:
      return refuse(place, "expected a table, it is a text");
    case In::zones:
      return refuse(place, "expected a list of peers and interfaces, it is a text");
    case In::zone:
      if (zones_.size() >= most_members)
        return refuse(place, "more than 65536 peers and interfaces in zones");
      // Whatever is no peer stays as it is.
      return zones_.emplace(keytable::canonical_peer(text), key_).second ||
             refuse(place, "'" + keytable::shown(text) + "' is in two zones");
    case In::rows:
      return refuse(place, "expected a row, it is a text");
    case In::row:
      value(Form::text, place);
      return add(text, place);
    case In::field_list:
    case In::field_map:
      return add(text, place);
    case In::skipped:
      break;
  }
  return true;
}

bool TableEvents::null(Place place) {
  switch (in()) {
    case In::row:
      return value(Form::other, place);
    case In::field_list:
    case In::field_map:
      return value(Form::other, place);
    case In::skipped:
      return true;
    case In::root:
    case In::table:
      // `rows:` with nothing behind it is a table without rows.
      if (key_ == "rows")
        return begin_rows(place);
      return refuse(place, "'" + key_ + "' is empty");
    default:
      return refuse(place, "there is nothing here");
  }
}

}  // namespace karpspec::keyfile
