#pragma once

#include <vector>

#include "base/hidden_secrets.h"
#include "dut/device.h"
#include "interop/cell_play.h"

// What a cell shows of secrets, which is nothing: those are in files of their own.
namespace karpspec::interop {

// The secrets by which a device with CONFIGURATION, parameters of `configure`, proves itself and
// has its peers prove themselves. Errors: none; what is no secret is left out.
[[nodiscard]] std::vector<observer::Secrets::PresharedKey> preshared_keys_of(
    const dut::Json& configuration);
// Adds all of KEYS.
void collect_secrets(const std::vector<dut::ToldKeys>& keys, HiddenSecrets& secrets);
// Takes all of SECRETS out of what PLAYED tells. Errors and last words of devices and their
// adapters are among it, which say what they like.
void hide_secrets(HiddenSecrets& secrets, Played& played);

}  // namespace karpspec::interop
