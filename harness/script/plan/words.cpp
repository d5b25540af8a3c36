#include "script/plan/words.h"

#include <map>

namespace karpspec::script {
namespace {

std::string trim(const std::string& text) {
  const auto from = text.find_first_not_of(' ');
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(' ') - from + 1);
}

// "N" of "=random(N)".
std::string argument(const std::string& text) {
  const auto open = text.find('(');
  return open == std::string::npos || !text.ends_with(")")
             ? ""
             : text.substr(open + 1, text.size() - open - 2);
}

std::string scalar_in_words(const std::string& text) {
  static const std::map<std::string, std::string> functions = {
      {"=auth", "the value that AUTH has to have"},
      {"=cookie", "the last cookie that came"},
      {"=device-id", "the device's identity"},
      {"=device-address", "the device's address"},
      {"=tester-address", "the tester's address"},
      {"=second-address", "the tester's second address"},
      {"=third-address", "the tester's third address"},
      {"=tester-tcp-address", "the address of the tester's TCP"},
      {"=device-tcp-address", "the address of the device's TCP"},
      {"=tester-ipv6-address", "the IPv6 address of the tester's TCP"},
      {"=device-ipv6-address", "the IPv6 address of the device's TCP"},
      {"=tester-id", "the tester's identity"},
      {"=flip", "what it would be, with the last bit inverted"},
      {"=reverse", "what it would be, backwards"},
      {"=master-key", "the key that the tester derived"}};
  if (const auto found = functions.find(text); found != functions.end())
    return found->second;
  if (text.starts_with("=random("))
    return argument(text) + " random octets";
  if (text.starts_with("=zeros("))
    return argument(text) + " octets of zero";
  if (text.starts_with("=repeat(")) {
    const std::string both = argument(text);
    const auto comma = both.find(',');
    if (comma != std::string::npos)
      return trim(both.substr(comma + 1)) + " octets " + both.substr(0, comma);
  }
  if (text.starts_with("$"))
    return "the kept '" + text.substr(1) + "'";
  return text.empty() ? "empty" : text;
}

std::string range_in_words(const std::string& text) {
  const auto dots = text.find("..");
  return "from " + trim(text.substr(0, dots)) + " to " + trim(text.substr(dots + 2));
}

std::string scalar_matcher(const std::string& text) {
  if (text == "any")
    return "is there";
  if (text == "absent")
    return "is not there";
  if (text.find('|') != std::string::npos) {
    // "!A | B" is one of: anything but A, or B.
    std::string out;
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t bar = std::min(text.find('|', from), text.size());
      out += (out.empty() ? "" : " or ") + scalar_matcher(trim(text.substr(from, bar - from)));
      from = bar + 1;
    }
    return out;
  }
  if (text.starts_with("!"))
    return "is not " + scalar_in_words(trim(text.substr(1)));
  if (text.find("..") != std::string::npos)
    return "is " + range_in_words(text);
  return "is " + scalar_in_words(text);
}

std::string bounds(const Node& map) {
  const Node* min = map.find("min");
  const Node* max = map.find("max");
  if (min != nullptr && max != nullptr)
    return "is from " + min->text() + " to " + max->text();
  return min != nullptr ? "is at least " + min->text() : "is at most " + max->text();
}

}  // namespace

std::string compact(const Node& node) {
  std::string out;
  if (node.is_list()) {
    for (const Node& item : node.items())
      out += (out.empty() ? "" : ", ") + compact(item);
    return "[" + out + "]";
  }
  if (node.is_map()) {
    for (const auto& [key, value] : node.entries())
      out += (out.empty() ? "" : ", ") + key.text() + ": " + compact(value);
    return "{" + out + "}";
  }
  return node.is_null() ? "nothing" : node.text();
}

std::string text_at(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  return node == nullptr ? "" : compact(*node);
}

std::string value_in_words(const Node& node) {
  return node.is_scalar() ? scalar_in_words(node.text()) : compact(node);
}

std::string matcher_in_words(const Node& node) {
  if (node.is_scalar())
    return scalar_matcher(node.text());
  if (!node.is_map() || node.entries().empty())
    return "is " + compact(node);
  const auto& [key, value] = node.entries().front();
  const std::string& name = key.text();
  if (name == "min" || name == "max")
    return bounds(node);
  if (name == "length") {
    const std::string text = compact(value);
    return "is " + (text.find("..") != std::string::npos ? range_in_words(text) : text) +
           " octets long";
  }
  if (name == "not")
    return value.is_scalar() ? "is not " + scalar_in_words(value.text())
                             : "is not so that it " + matcher_in_words(value);
  if (name == "same-as")
    return "is the same as " + value_in_words(value);
  if (name == "prefix")
    return "begins with " + value_in_words(value);
  if (name == "contains")
    return "contains " + value_in_words(value);
  if (name == "above")
    return "is more than " + value_in_words(value);
  if (name == "below")
    return "is less than " + value_in_words(value);
  if (name == "one-of" && value.is_list()) {
    std::string out;
    for (const Node& item : value.items())
      out += (out.empty() ? "" : " or ") + matcher_in_words(item);
    return out;
  }
  return "is " + compact(node);
}

std::vector<std::string> conditions_in_words(const Node& map) {
  std::vector<std::string> out;
  for (const auto& [key, value] : map.entries())
    out.push_back(key.text() + " " + matcher_in_words(value));
  return out;
}

namespace {

std::string place_in_words(const Node& map) {
  const Node* at = map.find("at");
  return at == nullptr ? "" : ", placed " + at->text();
}

std::string octets_in_words(const Node& map, const Node& what) {
  const Node* at = what.find("at");
  const Node* set = what.find("set");
  const bool inner = map.find("inner") != nullptr || what.find("inner") != nullptr;
  std::string where = at == nullptr ? "somewhere" : "from offset " + at->text();
  if (at != nullptr && at->text().starts_with("-"))
    where = at->text().substr(1) + " octets before the end";
  return "the octets " + where + (inner ? " of what is protected" : " of the datagram") +
         " are overwritten with " + (set == nullptr ? "nothing" : value_in_words(*set));
}

std::string cut_in_words(const Node& map, const Node& what) {
  const std::string of =
      map.find("inner") != nullptr ? "what is protected" : std::string("the datagram");
  if (what.text().starts_with("-"))
    return "the last " + what.text().substr(1) + " octets of " + of + " are cut off";
  return of + " is cut to " + what.text() + " octets";
}

}  // namespace

std::vector<std::string> mutation_in_words(const Node& map) {
  if (!map.is_map() || map.entries().empty())
    return {compact(map)};
  const auto& [key, what] = map.entries().front();
  const std::string& name = key.text();
  std::vector<std::string> out;
  if ((name == "set" || name == "patch") && what.is_map()) {
    for (const auto& [path, value] : what.entries())
      out.push_back(path.text() + " is " + value_in_words(value) +
                    (name == "patch" ? ", and nothing else follows the change" : ""));
  } else if (name == "add") {
    out.push_back("a payload " + compact(what) + " more" + place_in_words(map));
    if (const Node* with = map.find("with"); with != nullptr && with->is_map())
      for (const auto& [path, value] : with->entries())
        out.push_back("in it " + path.text() + " is " + value_in_words(value));
  } else if (name == "remove") {
    out.push_back("without the payload " + compact(what));
  } else if (name == "double") {
    out.push_back("the payload " + compact(what) + " twice");
  } else if (name == "move") {
    const Node* to = map.find("to");
    out.push_back("the payload " + compact(what) + " placed " + (to ? to->text() : "last"));
  } else if (name == "order") {
    out.push_back("the payloads in the order " + compact(what));
  } else if (name == "add-proposal" || name == "add-transform") {
    const Node* value = map.find("value");
    out.push_back(compact(what) + " gets one more " + name.substr(4) +
                  (value ? " " + compact(*value) : "") + place_in_words(map));
  } else if (name == "remove-element") {
    out.push_back("without " + compact(what));
  } else if (name == "double-element") {
    out.push_back(compact(what) + " twice");
  } else if (name == "octets" && what.is_map()) {
    out.push_back(octets_in_words(map, what));
  } else if (name == "truncate") {
    out.push_back(cut_in_words(map, what));
  } else if (name == "append") {
    out.push_back(value_in_words(what) + " behind " +
                  (map.find("inner") ? "what is protected" : "the datagram"));
  } else {
    out.push_back(compact(map));
  }
  return out;
}

}  // namespace karpspec::script
