#pragma once

#include <string>

#include "dut/dut_file.h"

// Where a device that the harness starts itself lives: a root file system made of Debian's packages
// and a folder that it sees as /mnt.
namespace karpspec::dut {

// The root that FILE names, or NAME in lab::roots_folder(). NEEDED: paths inside that must be
// there. Errors: unsupported, with the command that makes it.
[[nodiscard]] Result<std::string> find_root(const DutFile& file, const std::string& name,
                                            const std::vector<std::string>& needed);

// A new folder for temporary files; whoever asks for it removes it. What killed harnesses left
// behind is removed first: a folder's name says whose it is. Errors: io.
[[nodiscard]] Result<std::string> make_device_folder();
// How the paths of this process's folders of that kind begin; "" where there is no place for them.
[[nodiscard]] std::string own_device_folders();

}  // namespace karpspec::dut
