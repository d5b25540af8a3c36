#include "script/plan/words.h"

namespace karpspec::script {
namespace {

// "INFORMATIONAL {D}" becomes "INFORMATIONAL request {D}".
std::string with_word(const std::string& notation, const transcript::MessageNotation& message,
                      bool response) {
  const auto payloads = notation.find('{');
  if (message.response || payloads == std::string::npos || goes_to_group(message.exchange))
    return notation;
  std::string exchange = notation.substr(0, payloads);
  while (exchange.ends_with(' '))
    exchange.pop_back();
  return exchange + (response ? " response " : " request ") + notation.substr(payloads);
}

const std::string& sa_of(const Alternative& alternative, const std::string& sa) {
  return alternative.sa.empty() ? sa : alternative.sa;
}

}  // namespace

bool Unanswered::answers(const SendStep& step, const std::string& sa) const {
  const auto latest = devices_.find(sa);
  return step.message.response.value_or(latest != devices_.end() &&
                                        latest->second == step.message.exchange);
}

bool Unanswered::is_answer(const Alternative& alternative, const std::string& sa) const {
  const auto open = testers_.find({sa_of(alternative, sa), alternative.message->exchange});
  return alternative.message->response.value_or(open != testers_.end() && open->second > 0);
}

std::string Unanswered::sent(const std::string& notation, const SendStep& step,
                             const std::string& sa) const {
  return with_word(notation, step.message, answers(step, sa));
}

std::string Unanswered::awaited(const std::string& notation, const Alternative& alternative,
                                const std::string& sa) const {
  if (!alternative.message)
    return notation;
  return with_word(notation, *alternative.message, is_answer(alternative, sa));
}

void Unanswered::go_on(const Step& step) {
  if (const auto* send = std::get_if<SendStep>(&step.action)) {
    if (goes_to_group(send->message.exchange))
      return;
    if (answers(*send, step.sa))
      devices_.erase(step.sa);
    else
      ++testers_[{step.sa, send->message.exchange}];
    return;
  }
  const auto* expect = std::get_if<ExpectStep>(&step.action);
  if (expect == nullptr)
    return;
  for (const Alternative& alternative : expect->alternatives) {
    if (alternative.verdict == "inconclusive")
      continue;
    if (!alternative.message || alternative.retransmission ||
        goes_to_group(alternative.message->exchange))
      return;
    const std::string& sa = sa_of(alternative, step.sa);
    if (is_answer(alternative, step.sa))
      --testers_[{sa, alternative.message->exchange}];
    else
      devices_[sa] = alternative.message->exchange;
    return;
  }
}

}  // namespace karpspec::script
