#pragma once

#include "base/hidden_secrets.h"
#include "script/runner.h"

// What a test shows of secrets, which is nothing.
namespace karpspec::script {

// Whether a member of that name holds a secret, wherever it stands: `psk`, `key` and `Key`,
// `private_key` and the like, in setups, in control requests and in what devices answer.
[[nodiscard]] bool names_secret(std::string_view member);
// Adds all that VALUE holds at any depth as members of such names.
void collect_secrets(const Json& value, HiddenSecrets& secrets);
// Adds the keys that MESSAGE downloads.
void collect_secrets(const wire::Message& message, HiddenSecrets& secrets);
// Adds the keys of a test that was played: of its SAs, of their groups, and what these follow from.
void collect_secrets(const Outcome& outcome, HiddenSecrets& secrets);
// VALUE as one line, where "[secret]" stands in place of secrets too short to be found in a text.
[[nodiscard]] std::string shown_json(const Json& value);
// Takes all of SECRETS out of what RESULT tells.
void hide_secrets(HiddenSecrets& secrets, verdict::TestResult& result);

}  // namespace karpspec::script
