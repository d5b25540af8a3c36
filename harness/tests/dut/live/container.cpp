#include "container.h"

#include "lab/container_engine.h"
#include "support/engine.h"

namespace karpspec::dut {

std::string why_no_container(const std::string& image) {
  const lab::ContainerEngine engine(tests::engine());
  if (const std::string why = engine.why_not(); !why.empty())
    return why;
  const auto there = engine.id_of(image);
  return there ? "" : there.error().message;
}

std::string why_no_exec(const std::string& image) {
  const std::string why = why_no_container(image);
  return why.empty() ? lab::ContainerEngine::why_no_exec() : why;
}

std::string container_file(const std::string& command, const std::string& more) {
  std::string run;
  if (!command.empty())
    run = "  command: [sh, -c, \"" + command + "\"]\n";
  const std::string engine = lab::ContainerEngine(tests::engine()).name();
  return "name: a container\nstart:\n  kind: container\n  image: karpspec/dut\n  engine: " +
         engine + "\n" + run + more +
         "control: {kind: json-rpc, over: stdio, timeout_ms: 10000}\n"
         "pics:\n  roles: [initiator, responder]\n  auth: [psk]\n  control: true\n"
         "  key-table: true\n  claims: [cookies, events, sas, rekey-ike, rekey-key, liveness, "
         "keeps-ike-sa, timers]\n";
}

std::vector<std::string> containers_of(int owner) {
  return lab::ContainerEngine(tests::engine()).list(owner).value_or(std::vector<std::string>{"?"});
}

}  // namespace karpspec::dut
