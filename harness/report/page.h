#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

#include "report/decimal.h"
#include "report/device_use.h"
#include "report/escape.h"
#include "report/findings.h"
#include "verdict/result.h"

// Pieces of templates' data. For the room's own use.
namespace karpspec::report {

using kainjow::mustache::data;

inline data make_list() {
  return data{data::type::list};
}
// Of items that are many or large: a list that grows copies all that it holds.
using Items = kainjow::mustache::list;
inline data make_object() {
  return data{data::type::object};
}
inline data make_flag(bool flag) {
  return data{flag ? data::type::bool_true : data::type::bool_false};
}
// A section that is shown for texts that are not empty. Set in any case: an item without a member
// would show that of the page around it.
inline void set_if(data& to, const char* name, const std::string& text) {
  to.set(name, text.empty() ? make_flag(false) : data{text});
}
inline data make_texts(const std::vector<std::string>& values) {
  data all = make_list();
  for (const std::string& value : values)
    all << data{value};
  return all;
}
inline void set_info(data& page, const verdict::RunInfo& info) {
  page.set("device", info.device);
  set_if(page, "device_version", info.device_version);
  set_if(page, "fault", info.fault);
  page.set("tool_version", info.tool_version);
  page.set("profile_version", info.profile_version);
  page.set("seed", std::to_string(info.seed));
  page.set("started", info.started);
  page.set("wall", decimal(info.wall_seconds, 2));
  set_if(page, "device_use", to_text(info.device_use));
  set_if(page, "dut_file", info.dut_file);
  set_if(page, "dut_digest", info.dut_digest);
  set_if(page, "suites_digest", info.suites_digest);
  set_if(page, "selection", info.selection);
  std::string claims;
  for (const std::string& item : info.pics)
    claims += (claims.empty() ? "" : ", ") + item;
  set_if(page, "pics", claims);
  page.set("has_overrides", make_flag(!info.overrides.empty()));
  page.set("overrides", make_texts(info.overrides));
  data findings = make_list();
  for (const verdict::Finding& finding : info.findings) {
    data item = make_object();
    item.set("heading", heading(finding.kind));
    item.set("text", finding.text);
    set_if(item, "shown_by", finding.test);
    findings << item;
  }
  page.set("has_findings", make_flag(!info.findings.empty()));
  page.set("findings", findings);
}

// A template, read once for all that is shown by it.
class Template {
 public:
  explicit Template(const char* text) : mustache_(text) {
    mustache_.set_custom_escape([](const std::string& shown) { return escape_markup(shown); });
  }
  std::string render(const data& shown) { return mustache_.render(shown); }

 private:
  kainjow::mustache::mustache mustache_;
};
inline std::string render(const char* page_template, const data& page) {
  return Template(page_template).render(page);
}

}  // namespace karpspec::report
