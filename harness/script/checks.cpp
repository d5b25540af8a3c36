#include <algorithm>
#include <cmath>

#include "keytable/row.h"
#include "oracle/rkmp/master_key.h"
#include "script/keyserver_packet.h"
#include "script/player.h"
#include "transcript/number.h"

namespace karpspec::script {

using transcript::Difference;
using transcript::Matcher;
using verdict::Fault;
using verdict::Verdict;

namespace {

// What is on its way is to arrive before the device is asked.
constexpr Duration settling = std::chrono::milliseconds{100};
constexpr Duration polling = std::chrono::milliseconds{100};
constexpr Duration default_patience = std::chrono::seconds{1};

std::string value_text(const Json& value) {
  // 3600 and 3600.0 are the same number.
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number == std::floor(number) && std::abs(number) < 1e15)
      return std::to_string(static_cast<std::int64_t>(number));
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// The member of OBJECT that PATH names ("suite.encr", "children.count", "rows[1]"), as text.
std::optional<std::string> member(const Json& object, const std::string& path) {
  const auto dot = path.find('.');
  const std::string name = path.substr(0, dot);
  if (const auto open = name.find('['); open != std::string::npos && name.ends_with(']')) {
    const auto place = transcript::read_number(name.substr(open + 1, name.size() - open - 2));
    const auto list = object.is_object() ? object.find(name.substr(0, open)) : object.end();
    if (!object.is_object() || list == object.end() || !list->is_array() || !place || *place == 0 ||
        *place > list->size())
      return std::nullopt;
    const Json& item = (*list)[*place - 1];
    return dot == std::string::npos ? std::optional(value_text(item))
                                    : member(item, path.substr(dot + 1));
  }
  if (dot == std::string::npos) {
    if (name == "count" && object.is_array())
      return std::to_string(object.size());
    if (!object.is_object() || !object.contains(name))
      return std::nullopt;
    const Json& value = object[name];
    if (value.is_null())
      return std::nullopt;
    return value_text(value);
  }
  if (!object.is_object() || !object.contains(name))
    return std::nullopt;
  return member(object[name], path.substr(dot + 1));
}

std::string row_text(const ExpectedRows::Row& row) {
  std::string out = "{";
  for (const auto& [field, matcher] : row)
    out += (out.size() > 1 ? ", " : "") + field + ": " + matcher.text;
  return out + "}";
}

// Of a row only what the expectation speaks of.
std::string found_text(const ExpectedRows::Row& row, const Json& found) {
  std::string out = "{";
  for (const auto& [field, matcher] : row)
    out += (out.size() > 1 ? ", " : "") + field + ": " + member(found, field).value_or("absent");
  return out + "}";
}

// The control method that gives it, and the member of its result with the rows.
const char* method_of(CheckStep::What what) {
  switch (what) {
    case CheckStep::What::requests:
      return "kmdb-requests";
    case CheckStep::What::notifications:
      return "kmdb-notifications";
    case CheckStep::What::records:
      return "gatekeeper-records";
    case CheckStep::What::mkts:
      return "gatekeeper-mkts";
    case CheckStep::What::tcp_mkts:
      return "mkt-list";
    case CheckStep::What::connections:
      return "tcp-connections";
    case CheckStep::What::groups:
      return "groups";
    case CheckStep::What::ks_groups:
    case CheckStep::What::ks_neighbours:
    case CheckStep::What::gspd:
    case CheckStep::What::sad:
      return "ks-state";
    case CheckStep::What::key_table:
      return "key-table";
    case CheckStep::What::sas:
      return "sas";
    case CheckStep::What::events:
      return "events";
    case CheckStep::What::associations:
      return "associations";
  }
  return "?";
}

const char* list_of(CheckStep::What what) {
  switch (what) {
    case CheckStep::What::requests:
      return "requests";
    case CheckStep::What::notifications:
      return "notifications";
    case CheckStep::What::records:
      return "records";
    case CheckStep::What::mkts:
    case CheckStep::What::tcp_mkts:
      return "mkts";
    case CheckStep::What::connections:
      return "connections";
    case CheckStep::What::groups:
    case CheckStep::What::ks_groups:
      return "groups";
    case CheckStep::What::ks_neighbours:
      return "neighbours";
    case CheckStep::What::gspd:
      return "gspd";
    case CheckStep::What::sad:
      return "sad";
    case CheckStep::What::key_table:
      return "rows";
    case CheckStep::What::sas:
      return "sas";
    case CheckStep::What::events:
      return "events";
    case CheckStep::What::associations:
      return "associations";
  }
  return "?";
}

std::uint8_t protocol_number(const std::optional<std::string>& name) {
  if (!name)
    return 0;
  // As in the key table, "bgp", or as elsewhere in the control protocol, "BGP".
  std::string lower = *name;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + 32);
  for (unsigned protocol = 1; protocol < 256; ++protocol)
    if (oracle::rkmp::protocol_name(static_cast<std::uint8_t>(protocol)) == lower)
      return static_cast<std::uint8_t>(protocol);
  return 0;
}

// Each expected row is to have a row of its own: WANTED[i] fits the rows FITS[i].
bool assign(const std::vector<std::vector<std::size_t>>& fits, std::size_t i,
            std::vector<bool>& used) {
  if (i == fits.size())
    return true;
  for (const std::size_t row : fits[i]) {
    if (used[row])
      continue;
    used[row] = true;
    if (assign(fits, i + 1, used))
      return true;
    used[row] = false;
  }
  return false;
}

// `SendLifetimeEnd: past`: a lifetime is compared with the laboratory's time.
bool says_when(const std::string& field, const Matcher& matcher) {
  return (field.ends_with("LifetimeStart") || field.ends_with("LifetimeEnd")) &&
         (matcher.text == "past" || matcher.text == "future");
}

// Times of RFC 7210 are text whose order is that of time.
bool fits_when(const std::string& wanted, const std::string& time, Time now) {
  return (time <= keytable::to_text(now)) == (wanted == "past");
}

}  // namespace

Player::End Player::device_error(const Step& step, const std::string& method, const Error& error) {
  switch (error.code) {
    case ErrorCode::unsupported:
      unsupported_ = method;
      return Stopped{Verdict::not_applicable, Fault::none,
                     "the device answered 'unsupported' to '" + method + "': " + error.message,
                     std::nullopt};
    case ErrorCode::bad_value:
    case ErrorCode::not_found:
      return failed(step, {method, std::nullopt, "to be done", "refused: " + error.message});
    default:
      return Stopped{Verdict::error, Fault::device,
                     "the device did not do '" + method + "': " + error.message, std::nullopt};
  }
}

Result<Json> Player::with_bindings(const Json& params) {
  Json out = params;
  if (out.is_structured()) {
    for (auto& [name, value] : out.items()) {
      KARPSPEC_TRY(filled, with_bindings(value));
      value = std::move(filled);
    }
    return out;
  }
  if (!out.is_string())
    return out;
  const std::string text = out.get<std::string>();
  if (text.starts_with("=now")) {
    KARPSPEC_TRY(offset, offset_from_now(text));
    return Json(keytable::to_text(device_now() + offset));
  }
  const bool bound_name = text.starts_with('$');
  if (!bound_name && !(text.starts_with('=') && text.ends_with("-address")))
    return out;
  KARPSPEC_TRY(bound,
               bound_name ? tester_->binding(text.substr(1)) : tester_->function(text.substr(1)));
  if (const auto* octets = std::get_if<Octets>(&bound))
    out = std::string(octets->begin(), octets->end());
  else
    out = std::get<std::uint64_t>(bound);
  return out;
}

bool Player::packet_passes(const ControlStep& control) const {
  return control.method == "ks-packet" && tester_->keyserver() != nullptr;
}

Player::End Player::play(const Step& step, const ControlStep& control) {
  if (auto end = pass_time(world_.link->now() + (world_.on_wire ? settling : Duration{0})))
    return end;
  auto params = with_bindings(control.params);
  if (params && packet_passes(control))
    params = with_sealed_packet(*std::move(params), *tester_->keyserver());
  if (!params)
    return test_error(step, params.error());
  collect_secrets(*params, secrets_);
  auto done = world_.device->call(control.method, *params);
  if (done)
    collect_secrets(*done, secrets_);
  exchange_.push_back("            control " + control.method + " " + shown_json(*params) +
                      (done ? "" : ": " + to_string(done.error())));
  if (!control.error.empty()) {
    const bool wanted =
        !done && (control.error == "unsupported" ? done.error().code == ErrorCode::unsupported
                                                 : done.error().code == ErrorCode::bad_value ||
                                                       done.error().code == ErrorCode::not_found);
    if (wanted)
      return std::nullopt;
    if (!done && done.error().code == ErrorCode::unsupported)
      return device_error(step, control.method, done.error());
    return failed(step, {control.method, std::nullopt, control.error,
                         done ? "done: " + shown_json(*done) : to_string(done.error())});
  }
  if (!done)
    return device_error(step, control.method, done.error());
  if (packet_passes(control))
    add_opened_packet(*params, *tester_->keyserver(), *done);
  tcp_->note(control.method, *params);
  const transcript::MatchScope scope{*tester_, nullptr};
  for (const auto& [path, matcher] : control.result) {
    const auto found = member(*done, path);
    const auto fits = transcript::matches_text(matcher, found, scope);
    if (!fits)
      return test_error(step, fits.error());
    if (!*fits)
      return failed(step, {path, std::nullopt, matcher.text, found.value_or("absent")});
  }
  for (const auto& [name, path] : control.bind) {
    const auto value = member(*done, path);
    if (!value)
      return failed(step, {path, std::nullopt, "a value to keep as $" + name, "absent"});
    tester_->bind(name, Octets(value->begin(), value->end()));
  }
  return std::nullopt;
}

bool Player::row_fits(const ExpectedRows::Row& row, const Json& found, Difference* difference) {
  // =master-key is the key of the newest child of the row's protocol.
  auto protocol = member(found, "Protocol");
  if (!protocol)
    protocol = member(found, "protocol");
  const TesterChild* child = tester_->newest_child(protocol_number(protocol));
  tester_->set_function("master-key", child != nullptr
                                          ? std::optional(transcript::Value(child->master_key))
                                          : std::nullopt);
  const transcript::MatchScope scope{*tester_, nullptr};
  for (const auto& [field, matcher] : row) {
    const auto value = member(found, field);
    const auto fits = says_when(field, matcher) && value
                          ? Result<bool>(fits_when(matcher.text, *value, device_now()))
                          : transcript::matches_text(matcher, value, scope);
    if (fits && *fits)
      continue;
    if (difference != nullptr) {
      std::string expected = matcher.text;
      if (matcher.kind == Matcher::Kind::value &&
          matcher.value.kind != transcript::Expression::Kind::literal) {
        const auto wanted = transcript::evaluate(matcher.value, {Octets{}, {}, 0}, *tester_);
        expected +=
            wanted ? " = " + transcript::to_text(*wanted) : " (" + wanted.error().message + ")";
      }
      *difference = {field, std::nullopt, expected, value.value_or("absent")};
    }
    return false;
  }
  return true;
}

std::optional<Difference> Player::compare_rows(const std::string& what, const ExpectedRows& check,
                                               const Json& rows) {
  if (check.count) {
    const transcript::MatchScope scope{*tester_, nullptr};
    const std::string count = std::to_string(rows.size());
    const auto fits = transcript::matches_text(*check.count, count, scope);
    if (!fits || !*fits)
      return Difference{what + ".count", std::nullopt, check.count->text, count};
  }
  if (check.lacks)
    for (const ExpectedRows::Row& row : *check.lacks)
      for (const Json& found : rows)
        if (row_fits(row, found, nullptr))
          return Difference{what, std::nullopt, "no row " + row_text(row), found_text(row, found)};
  if (check.sequence && !check.sequence->empty()) {
    std::size_t next = 0;
    std::string kinds;
    for (const Json& found : rows) {
      if (next < check.sequence->size() && row_fits((*check.sequence)[next], found, nullptr))
        ++next;
      kinds += (kinds.empty() ? "" : ", ") +
               found_text(check.sequence->at(std::min(next, check.sequence->size() - 1)), found);
    }
    if (next < check.sequence->size())
      return Difference{what, std::nullopt,
                        row_text((*check.sequence)[next]) +
                            (next == 0 ? "" : " after " + row_text((*check.sequence)[next - 1])),
                        kinds.empty() ? "no rows" : kinds};
  }
  for (const auto* wanted : {&check.rows, &check.contains}) {
    if (!*wanted)
      continue;
    if (wanted == &check.rows && (*wanted)->size() != rows.size())
      return Difference{what + ".count", std::nullopt, std::to_string((*wanted)->size()),
                        std::to_string(rows.size())};
    std::vector<std::vector<std::size_t>> fits;
    for (const ExpectedRows::Row& row : **wanted) {
      std::vector<std::size_t>& places = fits.emplace_back();
      Difference difference{what, std::nullopt, "a row " + row_text(row), "no rows"};
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (row_fits(row, rows[i], rows.size() == 1 ? &difference : nullptr))
          places.push_back(i);
      if (!places.empty())
        continue;
      if (rows.size() > 1) {
        difference.got.clear();
        for (const Json& found : rows)
          difference.got += (difference.got.empty() ? "" : ", ") + found_text(row, found);
      }
      return difference;
    }
    std::vector<bool> used(rows.size(), false);
    if (!assign(fits, 0, used))
      return Difference{what, std::nullopt, "a row of its own for each of those expected",
                        std::to_string(rows.size()) + " rows"};
  }
  return std::nullopt;
}

// What the step binds, of a row that fits the first one expected.
Player::End Player::keep(const Step& step, const ExpectedRows& check, const Json& rows) {
  if (check.bind.empty())
    return std::nullopt;
  const ExpectedRows::Row& first = (check.rows ? check.rows : check.contains)->front();
  for (const Json& found : rows) {
    if (!row_fits(first, found, nullptr))
      continue;
    for (const auto& [name, field] : check.bind) {
      const auto value = member(found, field);
      if (!value)
        return failed(step, {field, std::nullopt, "a value to keep as $" + name, "absent"});
      tester_->bind(name, Octets(value->begin(), value->end()));
    }
    break;
  }
  return std::nullopt;
}

Player::End Player::play(const Step& step, const CheckStep& check) {
  if (auto end = pass_time(world_.link->now() + (world_.on_wire ? settling : Duration{0})))
    return end;
  const Time deadline = world_.link->now() + check.within.value_or(default_patience);
  for (;;) {
    Json params = Json::object();
    if (check.what == CheckStep::What::events || check.what == CheckStep::What::notifications)
      params["since"] = 0U;
    if (check.what == CheckStep::What::notifications)
      params["client"] = check.client;
    if (!check.vrf.empty())
      params["vrf"] = check.vrf;
    const auto done = world_.device->call(method_of(check.what), params);
    if (!done)
      return device_error(step, method_of(check.what), done.error());
    collect_secrets(*done, secrets_);
    const Json rows =
        done->is_object() ? done->value(list_of(check.what), Json::array()) : Json::array();
    if (!was_reset_ && !rows.empty() && (check.rows || check.lacks || check.count))
      return Stopped{Verdict::not_applicable, Fault::none,
                     "the device cannot be reset, so what is left in it of earlier tests cannot "
                     "be told from what this one made",
                     std::nullopt};
    const auto difference = compare_rows(method_of(check.what), check, rows);
    exchange_.push_back("            " + step.text + ": " + std::to_string(rows.size()) + " there" +
                        (difference ? ", not as expected" : ""));
    if (!difference)
      return keep(step, check, rows);
    if (world_.link->now() >= deadline)
      return failed(step, *difference);
    exchange_.pop_back();
    if (auto end = pass_time(std::min(deadline, world_.link->now() + polling)))
      return end;
  }
}

}  // namespace karpspec::script
