#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

// Where the program finds what is not inside it, from whatever folder it is called.
namespace karpspec::lab {

// The folder that the program's file is in, links followed.
std::filesystem::path program_folder();

// The folder that has suites/ and the rest in the layout of the source tree. The first of
//   $KARPSPEC_DATA
//   the source tree, when the program stands in the folder where it was built
//   ../share/karpspec beside the program's folder, as `cmake --install` puts it below any prefix
// Errors: not_found, which says where was looked.
Result<std::filesystem::path> data_folder();

// NAME, a library that a device is started with: beside the program where it was built,
// ../lib/karpspec where it was installed.
std::filesystem::path beside_program(const std::string& name);

// Where containers/roots/build puts the roots of daemons: $KARPSPEC_ROOTS, build/roots in the
// source tree, /var/lib/karpspec/roots of an installed program.
std::filesystem::path roots_folder();

}  // namespace karpspec::lab
