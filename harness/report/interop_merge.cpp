#include <algorithm>
#include <charconv>
#include <set>

#include "report/interop.h"

namespace karpspec::report {
namespace {

// "all, shard 2/3" is part 2 of 3 of "all".
struct Shard {
  std::string selection;
  std::size_t number = 1, count = 1;
};

std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

Shard shard_of(const std::string& selection) {
  constexpr std::string_view mark = ", shard ";
  const auto at = selection.rfind(mark);
  const auto slash = selection.rfind('/');
  if (at == std::string::npos || slash == std::string::npos || slash < at)
    return {selection};
  const std::string_view text(selection);
  const auto number = number_in(text.substr(at + mark.size(), slash - at - mark.size()));
  const auto count = number_in(text.substr(slash + 1));
  if (!number || !count || *number == 0 || *number > *count)
    return {selection};
  return {selection.substr(0, at), *number, *count};
}

// In what two parts are not of one run, or "". What a device says of itself is only known where it
// was asked.
std::string difference(const InteropRun& a, const InteropRun& b) {
  for (const auto& [what, differs] :
       {std::pair("the matrix", a.matrix_digest != b.matrix_digest || a.title != b.title),
        {"the seed", a.seed != b.seed},
        {"the repetitions", a.repetitions != b.repetitions},
        {"the version of karpspec", a.tool_version != b.tool_version},
        {"the profile", a.profile_version != b.profile_version},
        {"the suites", a.suites_digest != b.suites_digest},
        {"the number of cells", a.cells_in_all != b.cells_in_all},
        {"the number of devices", a.devices.size() != b.devices.size()},
        {"the number of exchanges", a.exchanges.size() != b.exchanges.size()}})
    if (differs)
      return what;
  for (std::size_t i = 0; i < a.devices.size(); ++i) {
    const auto &one = a.devices[i], &other = b.devices[i];
    if (one.name != other.name || one.dut_digest != other.dut_digest)
      return "the device '" + one.name + "'";
    if (!one.version.empty() && !other.version.empty() && one.version != other.version)
      return "the version of '" + one.name + "'";
  }
  for (std::size_t i = 0; i < a.exchanges.size(); ++i)
    if (a.exchanges[i].name != b.exchanges[i].name)
      return "the exchanges";
  return "";
}

// All cells of a matrix, in its order.
std::vector<std::string> names_of_all(const InteropRun& run) {
  const std::size_t devices = run.devices.size();
  const bool with_itself =
      run.cells_in_all == run.exchanges.size() * devices * devices * run.repetitions;
  std::vector<std::string> names;
  for (const auto& exchange : run.exchanges)
    for (const auto& initiator : run.devices)
      for (const auto& responder : run.devices)
        for (unsigned repetition = 1; repetition <= run.repetitions; ++repetition)
          if (with_itself || initiator.name != responder.name)
            names.push_back(exchange.name + "/" + initiator.name + "/" + responder.name +
                            (repetition > 1 ? "/" + std::to_string(repetition) : ""));
  return names;
}

std::string some_of(const std::vector<std::string>& names) {
  std::string out = names.front();
  for (std::size_t i = 1; i < names.size() && i < 3; ++i)
    out += ", " + names[i];
  return out + (names.size() > 3 ? " and " + std::to_string(names.size() - 3) + " more" : "");
}

Result<void> check_parts(const std::vector<InteropPart>& parts) {
  const Shard first = shard_of(parts.front().run.selection);
  std::vector<std::string> there(first.count);
  for (const InteropPart& part : parts) {
    if (const std::string what = difference(parts.front().run, part.run); !what.empty())
      return fail(ErrorCode::bad_value, parts.front().directory + " and " + part.directory +
                                            " are not parts of one run: " + what + " differs");
    const Shard shard = shard_of(part.run.selection);
    if (shard.selection != first.selection || shard.count != first.count)
      return fail(ErrorCode::bad_value, parts.front().directory + " is of '" +
                                            parts.front().run.selection + "', " + part.directory +
                                            " of '" + part.run.selection + "'");
    std::string& place = there[shard.number - 1];
    if (!place.empty())
      return fail(ErrorCode::bad_value, place + " and " + part.directory + " are both part " +
                                            std::to_string(shard.number) + " of " +
                                            std::to_string(shard.count));
    place = part.directory;
  }
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < there.size(); ++i)
    if (there[i].empty())
      missing.push_back("part " + std::to_string(i + 1) + " of " + std::to_string(there.size()));
  if (!missing.empty())
    return fail(ErrorCode::bad_value, "missing: " + some_of(missing));
  return {};
}

// Those of PARTS, each once: what is said of no cell every part says. In the order of an unsplit
// run.
std::vector<verdict::Finding> joined_findings(const std::vector<InteropPart>& parts,
                                              const std::vector<InteropCell>& cells) {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < cells.size(); ++i)
    places.emplace(cells[i].name, i);
  const auto place = [&](const verdict::Finding& finding) {
    const auto found = places.find(finding.test);
    return found == places.end() ? cells.size() : found->second;
  };
  std::vector<verdict::Finding> all;
  for (const InteropPart& part : parts)
    for (const verdict::Finding& finding : part.run.findings)
      if (std::find(all.begin(), all.end(), finding) == all.end())
        all.push_back(finding);
  std::stable_sort(
      all.begin(), all.end(),
      [&](const verdict::Finding& a, const verdict::Finding& b) { return place(a) < place(b); });
  return all;
}

}  // namespace

Result<InteropRun> merge(std::vector<InteropPart> parts) {
  if (parts.empty())
    return fail(ErrorCode::bad_value, "nothing to join");
  KARPSPEC_CHECK(check_parts(parts));
  InteropRun whole = parts.front().run;
  whole.cells.clear();
  whole.selection = shard_of(whole.selection).selection;
  whole.wall_seconds = 0;
  std::map<std::string, std::pair<InteropCell, std::string>> found;  // with its directory
  for (InteropPart& part : parts) {
    whole.wall_seconds += part.run.wall_seconds;
    if (part.run.started < whole.started)
      whole.started = part.run.started;
    for (std::size_t i = 0; i < whole.devices.size(); ++i)
      if (whole.devices[i].version.empty())
        whole.devices[i].version = part.run.devices[i].version;
    for (InteropCell& cell : part.run.cells) {
      const std::string name = cell.name;
      const auto [place, is_new] = found.emplace(name, std::pair(std::move(cell), part.directory));
      if (!is_new)
        return fail(ErrorCode::bad_value, "cell " + name + " is in " + place->second.second +
                                              " and in " + part.directory);
    }
  }
  std::vector<std::string> missing;
  for (const std::string& name : names_of_all(whole)) {
    const auto place = found.find(name);
    if (place == found.end()) {
      missing.push_back(name);
      continue;
    }
    whole.cells.push_back(std::move(place->second.first));
    found.erase(place);
  }
  if (!found.empty())
    return fail(ErrorCode::bad_value,
                found.begin()->second.second + ": its matrix has no cell " + found.begin()->first);
  if (whole.selection == "all" && !missing.empty())
    return fail(ErrorCode::bad_value, "cells are missing: " + some_of(missing));
  whole.findings = joined_findings(parts, whole.cells);
  return whole;
}

}  // namespace karpspec::report
