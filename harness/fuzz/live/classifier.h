#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fuzz/live/fuzz_case.h"
#include "wire/message.h"

namespace karpspec::fuzz {

// What came of a case that is no good.
enum class Symptom {
  crash,   // the device's process died
  hang,    // it lives, and answers nothing any more
  state,   // something that is not authentic has ended an IKE SA
  memory,  // it keeps memory for ever
  answer,  // it answers with more than there is to say
};
[[nodiscard]] const char* to_string(Symptom symptom);

// How a program ended, as far as it told: the kind of mistake and the function that made it.
// TEXT is what it wrote to its standard error.
//   sanitizer: "heap-buffer-overflow in keep_nonce of read_nonce"; an assertion or abort: its last
//   line, numbers left out. Empty where there is nothing in it.
[[nodiscard]] std::string last_words(std::string_view text);

// Of such words: where it was, if they say so, and not how; one mistake reads here and writes
// there.
[[nodiscard]] std::string place_of(const std::string& words);

// By which findings of one mistake are known: what the device said where it said something, else
// what was done to it.
[[nodiscard]] std::string signature(Symptom symptom, const std::string& words, const Case& one);

// What is wrong with an answer of the device that nothing in the question explains: octets behind
// what a notification has to say, reserved octets that are not 0. Nothing where it is as it should
// be.
[[nodiscard]] std::optional<std::string> odd_answer(const wire::Message& answer);

// Whether a list of (case, KiB) grows steadily: by more than BOUND in all, along a straight line.
struct Sample {
  double at = 0;
  double size = 0;
};
struct Trend {
  double per_case = 0;  // KiB
  double growth = 0;    // KiB in all, along the line
  double fit = 0;       // r squared
};
[[nodiscard]] Trend trend_of(const std::vector<Sample>& samples);
[[nodiscard]] bool grows_steadily(const std::vector<Sample>& samples, double bound);

}  // namespace karpspec::fuzz
