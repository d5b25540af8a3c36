#pragma once

#include <array>
#include <span>
#include <string>

#include "base/result.h"
#include "cli/manifest.h"

// What karpspec itself leaves in a directory of results, by name: when a run takes the place of
// another one, or goes on, a report of what was there before must not stay to be taken, or signed,
// for one of what is there now.
namespace karpspec::cli {

using FileNames = std::span<const char* const>;

// What `report --sign` makes of any directory.
inline constexpr std::array<const char*, 2> signature_files = {manifest_name, signature_name};
// What `run` and `report` make of a run's results.
inline constexpr std::array<const char*, 6> report_files = {
    "results.json", "junit.xml", "report.html", "summary.md", "results.sarif", "report.pdf"};
// A run itself: its journal, and a folder of evidence.
inline constexpr std::array<const char*, 2> run_files = {"journal.jsonl", "tests"};
// What `interop` makes.
inline constexpr std::array<const char*, 5> interop_files = {
    "cells", "interop.json", "verdicts.json", "interop.html", "journal.jsonl"};
// What `fuzz` makes.
inline constexpr std::array<const char*, 4> fuzz_files = {"findings", "fuzz.json", "fuzz.html",
                                                          "journal.jsonl"};
// What a device in a container printed.
inline constexpr const char* device_log_name = "device.log";

// Removes those of NAMES, files and folders, that DIRECTORY has; what is in such a folder on JOBS
// threads. Errors: io.
Result<void> remove_generated(const std::string& directory, FileNames names, unsigned jobs = 1);

}  // namespace karpspec::cli
