#pragma once

#include <string>

#include "dut/dut_file.h"

namespace karpspec::dut {

// Why there can be no device of IMAGE ("karpspec/dut") here: no root, no podman, no image; or "".
std::string why_no_container(const std::string& image);
// The same where something is run inside it.
std::string why_no_exec(const std::string& image);
// A DUT file of the reference device as a container, controlled over stdio: COMMAND is what a shell
// in it runs, "" for what the image does; MORE: further lines of `start`.
std::string container_file(const std::string& command, const std::string& more = {});
// Names of the containers that process OWNER has left.
std::vector<std::string> containers_of(int owner);

}  // namespace karpspec::dut
