#include "report/test_page.h"

#include "report/clauses.h"
#include "templates.h"

namespace karpspec::report {

std::string suite_of(const std::string& test) {
  const auto first = test.find('/');
  return test.substr(0, first == std::string::npos ? first : test.find('/', first + 1));
}

void set_failure_table(data& shown) {
  shown.set("failure_table",
            data{kainjow::mustache::partial([] { return std::string(failure_template); })});
}

data failure_data(const verdict::Failure& failure,
                  const std::vector<verdict::Requirement>& catalogue) {
  data item = make_object();
  item.set("step", std::to_string(failure.step));
  item.set("step_text", failure.step_text);
  set_if(item, "failure_why", failure.why);
  set_if(item, "field", failure.field);
  set_if(item, "octet", failure.octet ? std::to_string(*failure.octet) : "");
  item.set("expected", failure.expected);
  item.set("got", failure.got);
  item.set("clauses", make_texts(clauses(failure, catalogue)));
  item.set("where", failure.where);
  return item;
}

}  // namespace karpspec::report
