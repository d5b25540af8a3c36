#pragma once

#include <sys/types.h>

#include <memory>

#include "base/result.h"
#include "lab/container_engine.h"
#include "lab/file_descriptor.h"

namespace karpspec::lab {

// Removes this process's containers, network namespaces and device folders when it ends without
// having done so itself, by whatever signal: a container lives on when those who started it die. It
// is a process that waits for that and for nothing else. Where it is killed too, the next harness
// sweeps.
class Leftovers {
 public:
  // FOLDERS: the common beginning of the paths of folders that are to be removed, or "".
  // Errors: io.
  [[nodiscard]] static Result<std::unique_ptr<Leftovers>> watch(const ContainerEngine& engine,
                                                                const std::string& folders);
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;
  // All has been removed: the process ends without doing anything.
  ~Leftovers();

 private:
  Leftovers(FileDescriptor alive, pid_t process) : alive_(std::move(alive)), process_(process) {}
  FileDescriptor alive_;  // closed by the system when this process ends
  pid_t process_;
};

}  // namespace karpspec::lab
