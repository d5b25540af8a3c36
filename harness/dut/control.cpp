#include "dut/control.h"

#include <algorithm>

namespace karpspec::dut {
namespace {

// What nlohmann's parser needs for deep nesting grows on the heap only, but an answer that deep is
// none that the protocol knows.
constexpr int deepest_json = 32;

Result<Json> parse_line(std::string_view line) {
  bool too_deep = false;
  Json value = Json::parse(
      line.begin(), line.end(),
      [&too_deep](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > deepest_json;
        return !too_deep;
      },
      false);
  if (value.is_discarded() || too_deep)
    return fail(ErrorCode::bad_value, too_deep ? "nested too deeply" : "not JSON");
  return value;
}

std::string shortened(std::string_view text) {
  constexpr std::size_t most = 120;
  std::string out;
  for (const char c : text.substr(0, most))
    out += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > most ? out + "..." : out;
}

tl::unexpected<Error> no_answer(std::string_view method, const std::string& why,
                                std::string_view line) {
  return fail(ErrorCode::io, "the adapter's answer to '" + std::string(method) + "' is none (" +
                                 why + "): " + shortened(line));
}

tl::unexpected<Error> error_of(std::string_view method, const Json& error, std::string_view line) {
  const auto code = error.find("code");
  const auto text = error.find("message");
  if (!error.is_object() || code == error.end() || !code->is_number_integer() ||
      text == error.end() || !text->is_string()) {
    return no_answer(method, "an error has code and message", line);
  }
  const std::string message = shortened(text->get_ref<const std::string&>());
  switch (code->get<std::int64_t>()) {
    case control_code::unknown_method:
    case control_code::unsupported:
      return fail(ErrorCode::unsupported, message);
    case control_code::refused:
      return fail(ErrorCode::bad_value, message);
    default:
      return fail(ErrorCode::io, "'" + std::string(method) + "' went wrong in the adapter (" +
                                     code->dump() + "): " + message);
  }
}

struct Member {
  const char* name;
  bool (*fits)(const Json&);
  const char* what;
};

bool is_text(const Json& value) {
  return value.is_string();
}
bool is_object(const Json& value) {
  return value.is_object();
}
bool is_list(const Json& value) {
  return value.is_array();
}
bool is_list_of_objects(const Json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), is_object);
}
bool is_list_of_events(const Json& value) {
  return is_list_of_objects(value) && std::all_of(value.begin(), value.end(), [](const Json& item) {
           return item.contains("n") && item["n"].is_number_unsigned() && item.contains("kind") &&
                  item["kind"].is_string();
         });
}

Json response(const Json& id) {
  return {{"jsonrpc", "2.0"}, {"id", id}};
}

std::string error_line(const Json& id, int code, const std::string& message) {
  Json out = response(id);
  out["error"] = {{"code", code}, {"message", message}};
  return out.dump(-1, ' ', true, Json::error_handler_t::replace);
}

int code_of(const Error& error, std::string_view method) {
  switch (error.code) {
    case ErrorCode::unsupported:
      return is_control_method(method) ? control_code::unsupported : control_code::unknown_method;
    case ErrorCode::bad_value:
    case ErrorCode::not_found:
      return control_code::refused;
    default:
      return control_code::failed;
  }
}

}  // namespace

bool is_control_method(std::string_view method) {
  return std::find(control_methods.begin(), control_methods.end(), method) != control_methods.end();
}

Result<void> check_result(std::string_view method, const Json& result) {
  std::vector<Member> members;
  if (method == "describe") {
    members = {{"name", is_text, "a text"},
               {"child", is_text, "a text"},
               {"pics", is_object, "an object"}};
  } else if (method == "sas") {
    members = {{"sas", is_list_of_objects, "a list of objects"}};
  } else if (method == "key-table") {
    members = {{"rows", is_list_of_objects, "a list of objects"}};
  } else if (method == "events") {
    members = {{"events", is_list_of_events, "a list of objects with n and kind"}};
  } else if (method == "kmdb-requests") {
    members = {{"requests", is_list_of_objects, "a list of objects"}};
  } else if (method == "keys-to-accept") {
    members = {{"rows", is_list, "a list"}};
  } else if (method == "associations") {
    members = {{"associations", is_list_of_objects, "a list of objects"}};
  } else if (method == "key-table-export") {
    members = {{"table", is_text, "a text"}};
  } else if (method == "clock") {
    members = {{"time", is_text, "a text"}};
  } else if (method == "kmdb-notifications") {
    members = {{"notifications", is_list_of_events, "a list of objects with n and kind"}};
  } else if (method == "gatekeeper-records") {
    members = {{"records", is_list_of_objects, "a list of objects"}};
  } else if (method == "gatekeeper-mkts" || method == "mkt-list") {
    members = {{"mkts", is_list_of_objects, "a list of objects"}};
  } else if (method == "groups") {
    members = {{"groups", is_list_of_objects, "a list of objects"}};
  } else if (method == "ks-state") {
    members = {{"groups", is_list_of_objects, "a list of objects"},
               {"neighbours", is_list_of_objects, "a list of objects"},
               {"gspd", is_list_of_objects, "a list of objects"},
               {"sad", is_list_of_objects, "a list of objects"}};
  } else if (method == "ks-packet") {
    members = {{"fate", is_text, "a text"}};
  } else if (method == "ks-storage") {
    members = {{"storage", is_text, "a text"}};
  } else if (method == "tcp-connections") {
    members = {{"connections", is_list_of_objects, "a list of objects"}};
  } else if (method == "gatekeeper-open") {
    members = {{"record", is_text, "a text"}, {"connection", is_text, "a text"}};
  }
  const std::string whose = "the adapter's result of '" + std::string(method) + "'";
  if (!result.is_object())
    return fail(ErrorCode::io, whose + " is no object");
  for (const Member& member : members) {
    const auto found = result.find(member.name);
    if (found == result.end() || !member.fits(*found)) {
      return fail(ErrorCode::io, whose + " lacks '" + member.name + "', " + member.what);
    }
  }
  return {};
}

ControlClient::ControlClient(std::unique_ptr<LineChannel> channel,
                             std::chrono::milliseconds timeout)
    : channel_(std::move(channel)), timeout_(timeout) {}

Result<Json> ControlClient::call(std::string_view method, const Json& params) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout_;
  const std::uint64_t id = ++last_id_;
  const Json request = {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}};
  KARPSPEC_CHECK(
      channel_->write(request.dump(-1, ' ', true, Json::error_handler_t::replace), deadline));
  for (;;) {
    // Who talks without end does not answer either.
    const bool late = std::chrono::steady_clock::now() >= deadline;
    auto line = late ? fail(ErrorCode::timeout, "") : channel_->read(deadline);
    if (!line && line.error().code == ErrorCode::timeout) {
      return fail(ErrorCode::timeout, "no answer to '" + std::string(method) + "' within " +
                                          std::to_string(timeout_.count()) + " ms");
    }
    if (!line)
      return tl::unexpected(std::move(line).error());
    confused_ = true;
    const auto answer = parse_line(*line);
    if (!answer)
      return no_answer(method, answer.error().message, *line);
    if (!answer->is_object() || answer->value("jsonrpc", Json()) != "2.0")
      return no_answer(method, "no JSON-RPC 2.0 object", *line);
    const auto answered = answer->find("id");
    if (answered == answer->end() && answer->contains("method"))
      continue;  // a notification: the protocol has none, and none is needed
    const bool has_error = answer->contains("error");
    if (has_error == answer->contains("result"))
      return no_answer(method, "neither or both of result and error", *line);
    if (answered != answer->end() && answered->is_number_unsigned() &&
        answered->get<std::uint64_t>() < id) {
      continue;  // to a question that was given up
    }
    if (answered == answer->end() || *answered != Json(id))
      return no_answer(method, "another id", *line);
    confused_ = false;
    if (has_error)
      return error_of(method, (*answer)["error"], *line);
    KARPSPEC_CHECK(check_result(method, (*answer)["result"]));
    return (*answer)["result"];
  }
}

std::string answer_control(std::string_view line, const ControlHandler& handler) {
  const auto request = parse_line(line);
  if (!request)
    return error_line(nullptr, control_code::not_json, request.error().message);
  if (!request->is_object() || request->value("jsonrpc", Json()) != "2.0" ||
      !request->value("method", Json()).is_string()) {
    return error_line(nullptr, control_code::not_a_request, "no JSON-RPC 2.0 request");
  }
  const auto id = request->find("id");
  if (id != request->end() && !id->is_string() && !id->is_number() && !id->is_null())
    return error_line(nullptr, control_code::not_a_request, "an id is a number or a text");
  const std::string method = (*request)["method"].get<std::string>();
  const Json params = request->value("params", Json::object());
  Result<Json> done = fail(ErrorCode::bad_value, "params: expected an object");
  if (params.is_object())
    done = handler(method, params);
  if (id == request->end())
    return {};
  if (!done)
    return error_line(*id, code_of(done.error(), method), done.error().message);
  Json out = response(*id);
  out["result"] = *std::move(done);
  return out.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace karpspec::dut
