#include "keyfile/date_time.h"

#include "keytable/row.h"

namespace karpspec::keyfile {

std::optional<Time> date_time_from(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (text.size() <= form.size())
    return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : text[i] != form[i])
      return std::nullopt;
    if (digit)
      digits += text[i];
  }
  const auto local = keytable::time_from_text(digits + "Z");
  if (!local)
    return std::nullopt;
  text.remove_prefix(form.size());
  if (text.front() == '.') {
    const auto end = text.find_first_not_of("0123456789", 1);
    if (end == std::string_view::npos || end == 1)
      return std::nullopt;
    text.remove_prefix(end);
  }
  Time time = *local;
  if (text != "Z") {
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
      return std::nullopt;
    for (const std::size_t i : {1U, 2U, 4U, 5U})
      if (text[i] < '0' || text[i] > '9')
        return std::nullopt;
    const int offset =
        ((text[1] - '0') * 10 + text[2] - '0') * 60 + (text[4] - '0') * 10 + text[5] - '0';
    time += std::chrono::minutes{text[0] == '+' ? -offset : offset};
  }
  // An offset may lead out of the years that four digits have.
  static const Time first = *keytable::time_from_text("00000101000000Z");
  if (time < first || time > keytable::always_end)
    return std::nullopt;
  return time;
}

std::string date_time_text(Time time) {
  const std::string all = keytable::to_text(time);  // YYYYMMDDHHMMSSZ
  return all.substr(0, 4) + "-" + all.substr(4, 2) + "-" + all.substr(6, 2) + "T" +
         all.substr(8, 2) + ":" + all.substr(10, 2) + ":" + all.substr(12, 2) + "Z";
}

}  // namespace karpspec::keyfile
