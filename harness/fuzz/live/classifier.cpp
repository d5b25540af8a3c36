#include "fuzz/live/classifier.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace karpspec::fuzz {
namespace {

using wire::NotifyType;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

// Frames of the sanitizer itself and of what everybody calls.
bool is_everybodys(const std::string& function) {
  constexpr std::array names = {
      "__interceptor", "__asan",     "__sanitizer", "__ubsan", "operator new",  "operator delete",
      "memcpy",        "memmove",    "memset",      "strlen",  "printf_common", "vsnprintf",
      "snprintf",      "__vfprintf", "__GI_",       "_IO_",    "raise",         "abort",
      "gsignal",       "malloc",     "free",        "calloc",  "realloc",       "std::",
      "scanf_common",  "internal_",  "__mem",       "__str",   "__wcs",         "__libc",
      "pthread_kill"};
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return function.starts_with(name); });
}

// "    #1 0x55d in karpspec::planted::keep_nonce(unsigned char const*, unsigned long) file:1"
std::string function_of(const std::string& line) {
  const auto in = line.find(" in ");
  if (in == std::string::npos)
    return {};
  std::string name = line.substr(in + 4);
  if (name.starts_with("(anonymous namespace)::"))
    name.erase(0, 23);
  for (std::size_t at; (at = name.find("(anonymous namespace)::")) != std::string::npos;)
    name.erase(at, 23);
  name = name.substr(0, name.find_first_of("( +<"));
  const auto colons = name.rfind("::");
  return name.starts_with("std::") || colons == std::string::npos ? name : name.substr(colons + 2);
}

std::string without_numbers(const std::string& line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '0' && i + 1 < line.size() && line[i + 1] == 'x') {
      i += 2;
      while (i < line.size() && std::isxdigit(static_cast<unsigned char>(line[i])) != 0)
        ++i;
      --i;
      out += '#';
    } else if (std::isdigit(static_cast<unsigned char>(line[i])) != 0) {
      if (out.empty() || out.back() != '#')
        out += '#';
    } else {
      out += line[i];
    }
  }
  constexpr std::size_t longest = 120;
  return out.substr(0, longest);
}

}  // namespace

const char* to_string(Symptom symptom) {
  switch (symptom) {
    case Symptom::crash:
      return "crash";
    case Symptom::hang:
      return "hang";
    case Symptom::state:
      return "state";
    case Symptom::memory:
      return "memory";
    case Symptom::answer:
      return "answer";
  }
  return "crash";
}

std::string last_words(std::string_view text) {
  const std::vector<std::string> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto at = lines[i].find("ERROR: AddressSanitizer");
    const auto runtime = lines[i].find(": runtime error: ");
    if (runtime != std::string::npos)
      return without_numbers(lines[i].substr(lines[i].rfind('/', runtime) + 1));
    if (at == std::string::npos)
      continue;
    std::string kind = lines[i].substr(at + std::string("ERROR: AddressSanitizer: ").size());
    kind = kind.substr(0, kind.find(kind.starts_with("attempting") ? " on " : " "));
    if (kind.starts_with("attempting"))
      kind = "double-free";
    // The first two frames that are the program's own: who was called may be everybody's helper.
    std::vector<std::string> own;
    for (std::size_t j = i + 1; j < lines.size() && j < i + 24; ++j) {
      if (lines[j].find("    #") != 0)
        continue;
      const std::string function = function_of(lines[j]);
      if (function.empty() || is_everybodys(function) || (!own.empty() && own.back() == function))
        continue;
      own.push_back(function);
      if (own.size() == 2)
        break;
    }
    for (const std::string& function : own)
      kind += (&function == &own.front() ? " in " : " of ") + function;
    return kind;
  }
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    if (line->find_first_not_of(" \t\r") != std::string::npos)
      return without_numbers(*line);
  return {};
}

std::string place_of(const std::string& words) {
  const auto in = words.find(" in ");
  return in == std::string::npos ? words : words.substr(in + 4);
}

std::string signature(Symptom symptom, const std::string& words, const Case& one) {
  std::string out = to_string(symptom);
  if (symptom == Symptom::crash && !words.empty())
    return out + ": " + place_of(words);
  if (symptom == Symptom::state)
    return out + ": " + one.exchange->name;
  if (one.operations.empty())
    return out + ": " + one.exchange->name;
  std::vector<std::string> places;
  for (const Operation& operation : one.operations)
    places.push_back(operation.place());
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  for (const std::string& place : places)
    out += (&place == &places.front() ? ": " : ", ") + place;
  return symptom == Symptom::answer ? out + ", " + words : out;
}

std::optional<std::string> odd_answer(const wire::Message& answer) {
  if (!answer.header.is_response())
    return std::nullopt;
  for (const wire::Payload& payload : answer.payloads) {
    if (const auto* notify = payload.as<wire::NotifyPayload>()) {
      const auto type = static_cast<NotifyType>(notify->type);
      const std::size_t size = notify->data.size();
      const auto wants = [&](std::size_t right) -> std::optional<std::string> {
        if (size == right)
          return std::nullopt;
        return "notification " + std::to_string(notify->type) + " with " + std::to_string(size) +
               " octets of data, where " + std::to_string(right) + " say all there is";
      };
      std::optional<std::string> wrong;
      if (type == NotifyType::INVALID_KE_PAYLOAD)
        wrong = wants(2);
      else if (type == NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD)
        wrong = wants(1);
      else if (type == NotifyType::COOKIE && (size == 0 || size > 64))
        wrong = "a cookie of " + std::to_string(size) + " octets";
      if (wrong)
        return wrong;
    }
    const auto* ke = payload.as<wire::KePayload>();
    const auto* auth = payload.as<wire::AuthPayload>();
    const auto* id = payload.as<wire::IdPayload>();
    const auto* ts = payload.as<wire::TsPayload>();
    if ((ke != nullptr && ke->reserved != 0) || (auth != nullptr && auth->reserved != 0) ||
        (id != nullptr && id->reserved != 0) || (ts != nullptr && ts->reserved != 0))
      return "reserved octets that are not 0 in payload " +
             std::to_string(static_cast<int>(payload.type));
  }
  return std::nullopt;
}

Trend trend_of(const std::vector<Sample>& samples) {
  Trend out;
  const auto n = static_cast<double>(samples.size());
  if (samples.size() < 2)
    return out;
  double x = 0, y = 0;
  for (const Sample& sample : samples) {
    x += sample.at / n;
    y += sample.size / n;
  }
  double xx = 0, xy = 0, yy = 0;
  for (const Sample& sample : samples) {
    xx += (sample.at - x) * (sample.at - x);
    xy += (sample.at - x) * (sample.size - y);
    yy += (sample.size - y) * (sample.size - y);
  }
  if (xx == 0)
    return out;
  out.per_case = xy / xx;
  out.growth = out.per_case * (samples.back().at - samples.front().at);
  out.fit = yy == 0 ? 0 : xy * xy / (xx * yy);
  return out;
}

bool grows_steadily(const std::vector<Sample>& samples, double bound) {
  constexpr std::size_t least = 8;
  constexpr double straight = 0.85;
  if (samples.size() < least)
    return false;
  const Trend trend = trend_of(samples);
  return trend.growth > bound && trend.fit > straight;
}

}  // namespace karpspec::fuzz
